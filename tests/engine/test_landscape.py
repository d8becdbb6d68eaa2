"""Slices of the loss: the centre is the run's loss, directions are as long as they say, and along
the gradient the slope is the gradient's."""

import numpy as np
import pytest

from engine.landscape import (
    LossAround,
    descent,
    filter_normalized,
    length,
    line,
    places,
    plane,
)
from engine.spec import Spec
from engine.training import Trainer

SPECS = {
    "default": {},
    "float32": {"dtype": "float32"},
    "classes": {"data": {"name": "iris"}},
    "norms": {
        "network": {
            "layers": [
                {"units": 4, "normalization": "batch", "dropout": 0.2},
                {"units": 4, "normalization": "layer", "residual": True},
                {},
            ]
        }
    },
    "penalty": {"regularization": {"name": "l2", "rate": 0.01}},
}


def trained(spec: object = None, steps: int = 40) -> Trainer:
    trainer = Trainer(Spec.parse(spec or {}))
    trainer.run(steps)
    return trainer


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
def test_the_centre_is_the_loss_of_the_run(spec: object) -> None:
    trainer = trained(spec)
    now = trainer.evaluate()
    loss = LossAround(trainer)
    rng = np.random.default_rng(3)
    first, second = (filter_normalized(loss.centre, rng) for _ in range(2))
    steepest = descent(loss.centre, loss.gradient())
    at = places(0.5, 5)
    for values in (
        list(line(loss, loss.centre, first, at)),
        list(line(loss, loss.centre, steepest, at)),
        list(plane(loss, loss.centre, first, second, at))[10:15],
    ):
        assert len(values) == 5
        assert values[2].train == pytest.approx(now["train_loss"], abs=1e-12)
        assert values[2].test == pytest.approx(now["test_loss"], abs=1e-12)
        assert values[0] != values[2] != values[4]


def test_a_plane_is_gone_through_row_by_row() -> None:
    trainer = trained()
    loss = LossAround(trainer)
    rng = np.random.default_rng(0)
    first, second = (filter_normalized(loss.centre, rng) for _ in range(2))
    at = places(1.0, 3)
    values = list(plane(loss, loss.centre, first, second, at))
    for j, b in enumerate(at):
        for i, a in enumerate(at):
            moved = {n: w + a * first[n] + b * second[n] for n, w in loss.centre.items()}
            assert values[3 * j + i].train == pytest.approx(loss(moved).train, rel=1e-12)


def test_what_leads_to_a_neuron_is_as_long_as_its_weights() -> None:
    centre = LossAround(trained(SPECS["norms"])).centre
    direction = filter_normalized(centre, np.random.default_rng(7))
    for name, array in centre.items():
        if array.ndim > 1:
            lengths = np.linalg.norm(direction[name], axis=0)
            assert lengths == pytest.approx(np.linalg.norm(array, axis=0), rel=1e-12)
        else:
            assert not direction[name].any(), f"{name} does not move"


def test_the_same_seed_gives_the_same_direction_and_another_one_another() -> None:
    centre = LossAround(trained()).centre
    one, same, other = (filter_normalized(centre, np.random.default_rng(s)) for s in (1, 1, 2))
    for name in centre:
        assert np.array_equal(one[name], same[name])
    assert not np.array_equal(one["layers.0.weight"], other["layers.0.weight"])


def test_along_the_descent_the_loss_falls_as_fast_as_the_gradient_says() -> None:
    trainer = trained()
    loss = LossAround(trainer)
    gradient = loss.gradient()
    direction = descent(loss.centre, gradient)
    assert length(direction) == pytest.approx(length(loss.centre), rel=1e-12)
    h = 1e-6
    low, high = line(loss, loss.centre, direction, [-h, h])
    slope = (high.train - low.train) / (2 * h)
    assert slope == pytest.approx(-length(gradient) * length(loss.centre), rel=1e-6)


def test_the_gradient_is_that_of_all_training_rows() -> None:
    spec = {"batch_size": "all"}
    trainer = trained(spec)
    trainer.gradients()
    by_step = {name: tensor.grad for name, tensor in trainer.network.named_parameters()}
    gradient = LossAround(trained(spec)).gradient()
    for name, grad in by_step.items():
        assert gradient[name] == pytest.approx(grad, rel=1e-9, abs=1e-12)


def test_weights_that_are_nothing_have_a_way_down_and_no_random_one() -> None:
    loss = LossAround(trained({"network": {"layers": [{"initializer": "zeros"}]}}, steps=0))
    assert length(loss.centre) == 0.0
    assert length(descent(loss.centre, loss.gradient())) == pytest.approx(1.0)
    assert length(filter_normalized(loss.centre, np.random.default_rng(0))) == 0.0


@pytest.mark.parametrize("resolution", [3, 11, 41, 101])
def test_places_are_even_and_have_nought_in_the_middle(resolution: int) -> None:
    at = places(0.7, resolution)
    assert at[resolution // 2] == 0.0
    assert (at[0], at[-1]) == (-0.7, 0.7)
    assert np.allclose(np.diff(at), 1.4 / (resolution - 1))
