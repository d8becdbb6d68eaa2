"""The curvature is the largest eigenvalue of the exact Hessian, and steps beyond the limit that a
learning rate sets do grow."""

from dataclasses import replace

import numpy as np
import pytest

from engine.curvature import SlopeOf, largest_curvature, stability_limit
from engine.descent import Descent, Lane
from engine.optimizers import SGD, Adam, Momentum, Optimizer
from engine.spec import Spec
from engine.surfaces import Bowl
from engine.training import Trainer
from engine.trajectory import joined

SPECS = {
    "tanh": {"network": {"layers": [{"units": 3}, {}]}},
    "float32": {"dtype": "float32", "network": {"layers": [{"units": 3}, {}]}},
    "classes": {"data": {"name": "iris"}, "network": {"layers": [{"units": 4}, {"units": 3}]}},
    "penalty": {
        "regularization": {"name": "l2", "rate": 0.5},
        "network": {"layers": [{"units": 3}, {}]},
    },
    "norms": {"network": {"layers": [{"units": 3, "normalization": "batch"}, {}]}},
}


def trained(spec: object, steps: int = 60) -> Trainer:
    trainer = Trainer(Spec.parse(spec))
    trainer.run(steps)
    return trainer


def hessian(slope: SlopeOf, at: np.ndarray) -> np.ndarray:
    """All of it, column by column, from the tape's gradients."""
    h = 1e-5
    columns = [(slope(at + h * e) - slope(at - h * e)) / (2 * h) for e in np.eye(len(at))]
    return (np.array(columns) + np.array(columns).T) / 2


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
@pytest.mark.parametrize("steps", [0, 60])
def test_it_is_the_largest_eigenvalue_of_the_hessian(spec: object, steps: int) -> None:
    trainer = trained(spec, steps)
    slope = SlopeOf(trainer.spec)
    at = slope.stand(trainer)
    exact = np.linalg.eigvalsh(hessian(slope, at))
    found = largest_curvature(slope, at, tolerance=1e-6, most=5000)
    assert found.largest == pytest.approx(exact[-1], rel=1e-4, abs=1e-7)
    assert np.abs(exact - found.largest).min() <= found.residual + 1e-6
    assert np.linalg.norm(found.direction) == pytest.approx(1.0)


def test_where_the_hessian_is_known_it_is_that_one() -> None:
    """Half the sum of squares times curvatures; one of them negative and larger than all others."""
    curvatures = np.array([-9.0, 0.1, 2.0, 5.0])
    found = largest_curvature(lambda w: curvatures * w, np.ones(4), tolerance=1e-7, most=1000)
    assert found.largest == pytest.approx(5.0, rel=1e-8)
    assert abs(found.direction[3]) == pytest.approx(1.0)
    assert found.rounds > 2


def test_an_eigenvalue_lies_within_the_residual_also_after_few_rounds() -> None:
    rng = np.random.default_rng(4)
    matrix = rng.standard_normal((30, 30))
    matrix += matrix.T
    found = largest_curvature(lambda w: matrix @ w, np.zeros(30), most=3)
    distance = np.abs(np.linalg.eigvalsh(matrix) - found.largest).min()
    assert 0 < distance <= found.residual


def test_a_plain_has_no_curvature_and_a_net_that_is_lost_none_that_is_known() -> None:
    flat = largest_curvature(lambda w: np.zeros_like(w), np.ones(3))
    assert (flat.largest, flat.residual) == (0.0, 0.0)
    lost = largest_curvature(lambda w: w * np.inf, np.ones(3))
    assert np.isnan(lost.largest)


def test_the_same_seed_finds_the_same_bits() -> None:
    trainer = trained(SPECS["tanh"])
    slope = SlopeOf(trainer.spec)
    at = slope.stand(trainer)
    one, same = (largest_curvature(slope, at, seed=3) for _ in range(2))
    assert one.largest == same.largest
    assert np.array_equal(one.direction, same.direction)


def test_the_slope_is_the_gradient_of_a_step_of_all_rows() -> None:
    spec = {"batch_size": "all", "regularization": {"name": "l2", "rate": 0.1}}
    trainer = trained(spec)
    slope = SlopeOf(trainer.spec)
    found = slope(slope.stand(trainer))
    trainer.gradients()
    assert trainer.objective is not None
    grads = {n: t.grad for n, t in trainer.network.named_parameters() if t.grad is not None}
    assert found == pytest.approx(joined(grads), rel=1e-9, abs=1e-12)


def test_what_is_frozen_has_no_slope() -> None:
    layers = [{"units": 3, "frozen": [[0, 1], [2]]}, {}]
    trainer = trained({"network": {"layers": layers}})
    slope = SlopeOf(trainer.spec)
    found = slope(slope.stand(trainer))
    still = np.zeros(len(found), bool)
    still[[1, 6 + 2]] = True  # weight (2, 3) first, then the bias
    assert (found[still] == 0).all()
    assert (found[~still] != 0).all()


def test_looking_leaves_the_run_alone() -> None:
    looked, other = trained(SPECS["norms"]), trained(SPECS["norms"])
    slope = SlopeOf(looked.spec)
    largest_curvature(slope, slope.stand(looked), most=5)
    assert looked.run(20) == other.run(20)


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(0.05),
        SGD(0.05, momentum=0.8),
        SGD(0.05, momentum=0.8, dampening=0.5),
        SGD(0.05, momentum=0.8, nesterov=True),
        Momentum(0.05, 0.6),
    ],
    ids=str,
)
def test_below_the_limit_a_descent_shrinks_and_above_it_grows(optimizer: Optimizer) -> None:
    """On a bowl whose steeper axis has the curvature of its condition number."""
    bowl = Bowl(condition=10.0)
    limit = stability_limit(optimizer)
    assert limit is not None
    for share, shrinks in ((0.99, True), (1.01, False)):
        rate = optimizer.learning_rate * limit / 10.0 * share
        lane = Lane(replace(optimizer, learning_rate=rate))
        points = Descent(bowl, (0.0, 1.0), (lane,)).run(1500).points[0]
        size = np.abs(points[:, 1])
        last = size[np.isfinite(size)][-1]
        assert (last < 1e-3) if shrinks else (last > 1e3)


def test_a_schedule_moves_the_limit_and_adaptive_rules_have_none() -> None:
    assert stability_limit(SGD(0.1), 0.5) == pytest.approx(40.0)
    assert stability_limit(SGD(0.1), 0.0) is None
    assert stability_limit(Adam()) is None
    assert stability_limit(SGD(0.1, momentum=0.5, dampening=0.5, nesterov=True)) is None
