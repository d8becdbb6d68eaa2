"""Planes through the space of weights: principal components as NumPy's SVD has them, feet and
distances by definition, and the ways of runs in it."""

import numpy as np
import pytest

from engine.landscape import LossAround
from engine.spec import Spec
from engine.subspace import Subspace, places_through_nought, principal_space
from engine.training import Trainer
from engine.trajectory import Trajectory, best, joined, parted, spread_out


def cloud(count: int = 40, size: int = 12) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.standard_normal((count, size)) * np.linspace(3, 0.1, size) + 2.0


def test_directions_and_shares_are_those_of_the_singular_value_decomposition() -> None:
    points = cloud()
    space = principal_space(points[-1], points, 2)
    _, sizes, directions = np.linalg.svd(points - points.mean(axis=0))
    for found, exact in zip(space.directions, directions, strict=False):
        assert abs(found @ exact) == pytest.approx(1.0, abs=1e-12)
    assert space.explained == pytest.approx(sizes[:2] ** 2 / (sizes**2).sum(), rel=1e-12)
    assert (space.of(points[-1:]) == 0).all()


def test_the_first_component_alone_is_a_line() -> None:
    points = cloud()
    line, plane = (principal_space(points[0], points, n) for n in (1, 2))
    assert np.array_equal(line.directions[0], plane.directions[0])
    assert line.explained is not None and plane.explained is not None
    assert line.explained[0] == plane.explained[0]


def test_a_foot_is_the_nearest_point_also_where_directions_are_askew() -> None:
    rng = np.random.default_rng(1)
    space = Subspace(rng.standard_normal(9), rng.standard_normal((2, 9)))
    points = rng.standard_normal((20, 9))
    feet = space.origin + space.of(points) @ space.directions
    beside = points - feet
    assert np.abs(beside @ space.directions.T).max() < 1e-12
    assert space.away(points) == pytest.approx(np.linalg.norm(beside, axis=1))
    there = space.origin + np.array([[0.3, -2.0]]) @ space.directions
    assert space.of(there)[0] == pytest.approx([0.3, -2.0])
    assert space.away(there)[0] == pytest.approx(0.0, abs=1e-12)


def test_how_much_of_the_ways_it_holds() -> None:
    origin, flat = np.zeros(3), np.eye(3)[:2]
    space = Subspace(origin, flat)
    assert space.held(np.array([[1.0, 1.0, 0.0]])) == pytest.approx(1.0)
    assert space.held(np.array([[0.0, 3.0, 4.0]])) == pytest.approx(9 / 25)
    assert space.held(np.zeros((2, 3))) == 1.0


@pytest.mark.parametrize(
    "points", [np.ones((6, 5)), np.outer(np.arange(6.0), np.ones(5)), np.ones((1, 5))]
)
def test_what_does_not_fill_a_plane_still_has_one(points: np.ndarray) -> None:
    space = principal_space(points[0], points, 2)
    assert space.directions @ space.directions.T == pytest.approx(np.eye(2), abs=1e-10)
    assert space.explained is not None
    assert space.explained[1] == pytest.approx(0.0, abs=1e-12)
    assert np.array_equal(space.directions, principal_space(points[0], points, 2).directions)


@pytest.mark.parametrize("count", [11, 12, 50, 101])
@pytest.mark.parametrize("side", [(-1.0, 1.0), (-0.2, 3.0), (-5.0, 0.0), (0.0, 2.0)])
def test_nought_is_one_of_the_places(side: tuple[float, float], count: int) -> None:
    at = places_through_nought(*side, count)
    assert len(at) == count
    assert 0.0 in at
    assert np.allclose(np.diff(at), (side[1] - side[0]) / (count - 1))
    assert abs(at[0] - side[0]) <= (side[1] - side[0]) / (count - 1) / 2 + 1e-12


def test_a_side_without_nought_is_taken_as_it_is() -> None:
    assert places_through_nought(2.0, 4.0, 3) == [2.0, 3.0, 4.0]


# --- the ways of runs ---


def gone(spec: object, steps: int, every: int) -> Trajectory:
    trajectory = Trajectory(Spec.parse(spec), steps, every)
    told = list(trajectory.go())
    assert told == sorted(told)
    return trajectory


@pytest.mark.parametrize("spec", [{}, {"dtype": "float32"}, {"optimizer": {"name": "adam"}}])
def test_every_place_is_where_the_run_is_at_that_step(spec: object) -> None:
    found = gone(spec, 45, 10)
    assert found.steps == [0, 10, 20, 30, 40, 45]
    trainer = Trainer(Spec.parse(spec))
    for step, point, losses in zip(found.steps, found.points, found.losses, strict=True):
        trainer.run(step - trainer.step_count)
        weights = {name: tensor.data for name, tensor in trainer.network.named_parameters()}
        assert np.array_equal(point, joined(weights))
        assert losses.train == trainer.evaluate()["train_loss"]
        assert losses.test == trainer.evaluate()["test_loss"]


def test_a_run_that_diverges_ends_where_it_does() -> None:
    spec = {"optimizer": {"learning_rate": 100.0}, "loss": "mse", "data": {"name": "diabetes"}}
    found = gone(spec, 400, 50)
    trainer = Trainer(Spec.parse(spec))
    trainer.run(400)
    assert trainer.overflow is not None
    assert found.diverged == trainer.step_count
    assert found.steps[-1] == trainer.step_count
    assert np.isfinite(found.points).all()


def test_weights_are_the_same_after_being_one_vector() -> None:
    trainer = Trainer(Spec.parse({"dtype": "float32"}))
    centre = LossAround(trainer).centre
    again = parted(joined(centre), centre)
    for name, array in centre.items():
        assert again[name].dtype == array.dtype
        assert np.array_equal(again[name], array)


def test_the_best_run_is_the_one_that_ends_lowest_and_has_not_diverged() -> None:
    slow = gone({"optimizer": {"learning_rate": 0.001}}, 60, 20)
    fast = gone({"optimizer": {"learning_rate": 0.1}}, 60, 20)
    lost = gone({"optimizer": {"learning_rate": 0.1}}, 60, 20)
    lost.diverged = 60
    assert best([slow, fast]) == 1
    assert best([lost, slow]) == 1
    assert best([lost]) == 0


@pytest.mark.parametrize(("length", "most", "every"), [(100, 50, 2), (101, 50, 3), (3, 50, 1)])
def test_at_most_so_many_places(length: int, most: int, every: int) -> None:
    assert spread_out(length, most) == every
