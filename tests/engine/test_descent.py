"""Surfaces are what they say, and whoever goes down on one does what its optimizer does by hand."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clipping import ClipByNorm, ClipByValue, NoClipping
from engine.convergence import (
    DIVERGENCE,
    MONOTONE,
    OSCILLATION,
    RIPPLES,
    regime,
    slowest,
    steps_needed,
)
from engine.descent import Descent, Lane
from engine.fields import SpecError, parse_named
from engine.optimizers import OPTIMIZERS, SGD, Adam, Memory, Momentum
from engine.schedules import Constant, Cosine, Warmup
from engine.surfaces import SURFACES, Bowl, Himmelblau, Ravine, Saddle, Surface, Typed
from engine.tensor import Tensor

ALL = [surface() for surface in SURFACES.values()]
IDS = list(SURFACES)

# written anew, from the literature, and without the engine
BY_HAND: dict[str, Any] = {
    "bowl": lambda x, y: (x * x + 10 * y * y) / 2,
    "noisy_bowl": lambda x, y: (x * x + 10 * y * y) / 2,
    "ravine": lambda x, y: x * x / 20 + y * y,
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    "beale": lambda x, y: sum(
        (c - x * (1 - y**k)) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))
    ),
    "himmelblau": lambda x, y: (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
    "rastrigin": lambda x, y: 20 + sum(z * z - 10 * math.cos(2 * math.pi * z) for z in (x, y)),
    "saddle": lambda x, y: (x + y) * (x - y),
    "monkey_saddle": lambda x, y: x * (x * x - 3 * y * y),
    "plateau": lambda x, y: 1 - math.exp(-2 * (x * x + y * y)) + (x * x + y * y) / 100,
    "typed": lambda x, y: x * x + 10 * y * y,
}


def inside(surface: Surface) -> st.SearchStrategy[tuple[float, float]]:
    return st.tuples(*(st.floats(low, high) for low, high in surface.bounds))


def value_at(surface: Surface, x: float, y: float) -> float:
    """As one of many: the powers of a single NumPy number may end in another digit."""
    return float(np.asarray(surface.value(np.array([x]), np.array([y])))[0])


# --- surfaces ---


@pytest.mark.parametrize("surface", ALL, ids=IDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_surface_has_the_value_of_its_formula_and_the_gradient_of_differences(
    surface: Surface, data: st.DataObject
) -> None:
    x, y = data.draw(inside(surface))
    true = BY_HAND[surface.name]
    value, gradient = surface.gradient(np.array([[x, y]]))
    scale = 1 + abs(true(x, y))
    assert value[0] == pytest.approx(true(x, y), rel=1e-12, abs=1e-12 * scale)
    assert value_at(surface, x, y) == value[0]
    h = 1e-5
    slopes = [true(x + h, y) - true(x - h, y), true(x, y + h) - true(x, y - h)]
    np.testing.assert_allclose(
        gradient[0], np.array(slopes) / (2 * h), rtol=1e-5, atol=1e-5 * scale
    )


@pytest.mark.parametrize("surface", [s for s in ALL if s.minima], ids=lambda s: s.name)
def test_the_minima_are_the_lowest_points_of_the_map(surface: Surface) -> None:
    values, gradients = surface.gradient(np.array(surface.minima))
    assert surface.lowest is not None
    np.testing.assert_allclose(values, surface.lowest, atol=1e-20)
    np.testing.assert_allclose(gradients, 0.0, atol=1e-12)
    (left, right), (bottom, top) = surface.bounds
    x, y = np.meshgrid(np.linspace(left, right, 201), np.linspace(bottom, top, 201))
    everywhere = np.asarray(surface.value(x.ravel(), y.ravel()))
    assert everywhere.min() >= surface.lowest
    low = int(everywhere.argmin())  # lies beside one that is named
    near = np.array([x.ravel()[low], y.ravel()[low]]) - np.array(surface.minima)
    assert np.linalg.norm(near, axis=1).min() < 0.01 * (right - left)


@pytest.mark.parametrize("surface", ALL, ids=IDS)
def test_the_start_is_on_the_map_and_not_at_the_end(surface: Surface) -> None:
    for at, (low, high) in zip(surface.start, surface.bounds, strict=True):
        assert low < at < high
    _, gradient = surface.gradient(np.array([surface.start]))
    assert np.abs(gradient).max() > 1e-3


def test_the_condition_number_is_that_of_the_curvatures() -> None:
    for condition in (1.0, 30.0, 1000.0):
        h = 1e-3
        bowl = Bowl(condition=condition)
        along, across = (
            (bowl.value(h * x, h * y) - 2 * bowl.value(0.0, 0.0) + bowl.value(-h * x, -h * y))
            / h**2
            for x, y in ((1, 0), (0, 1))
        )
        assert across / along == pytest.approx(condition)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x**2 +", "expression"),
        ("x + z", "z is neither x nor y"),
        ("__import__('os')", "expression"),
        ("x" * 600, "expression"),
        (3, "text"),
    ],
)
def test_what_is_typed_is_refused_with_the_place_and_never_run(text: Any, reason: str) -> None:
    with pytest.raises(SpecError, match=re.escape(reason)) as refused:
        parse_named(SURFACES, {"name": "typed", "expression": text}, "surface", "ravine")
    assert refused.value.field == "surface.expression"
    assert refused.value.allowed["variables"] == ["x", "y"]


@pytest.mark.parametrize("text", ["2", "x**2", "3*y", "abs(x) + abs(y)", "m = x*y; m**2 + m"])
def test_an_expression_may_leave_out_what_it_likes(text: str) -> None:
    surface = Typed(expression=text)
    points = np.array([[0.5, -1.5], [2.0, 0.25]])
    values, gradients = surface.gradient(points)
    h = 1e-6
    for k, shift in enumerate((np.array([h, 0]), np.array([0, h]))):
        ahead, behind = (surface.value(*(points + s * shift).T) for s in (1, -1))
        slope = np.broadcast_to((np.asarray(ahead) - np.asarray(behind)) / (2 * h), 2)
        np.testing.assert_allclose(gradients[:, k], slope, atol=1e-6)
    assert values.shape == (2,)
    paths = Descent(surface, (1.0, 1.0), (Lane(SGD(learning_rate=0.1)),)).run(5)
    moved = paths.points[0, 1] - paths.points[0, 0]
    np.testing.assert_allclose(moved, -0.1 * paths.gradients[0, 0], atol=1e-15)


# --- going down ---


def by_hand(surface: Surface, lane: Lane, start: Any, steps: int, seed: int = 0) -> list[Any]:
    """An optimizer of the engine, by its own `propose`, on a tape of single numbers."""
    places, memory, point = [np.array(start, float)], Memory(), np.array(start, float)
    noise = Descent(surface, start, (lane,), seed).noise(steps + 1)
    for step in range(steps):
        x, y = Tensor(point[0]), Tensor(point[1])
        surface.value(x, y).backward()
        gradient = np.array([float(x.grad), float(y.grad)])  # type: ignore[arg-type]
        if noise is not None:
            gradient = gradient + noise[step]
        clipped = lane.clipping.clip({"w": gradient})
        terms, memory = lane.optimizer.propose({"w": point}, clipped, memory)
        update = terms["w"]["update"]
        factor = lane.schedule.factor(step)
        point = point + (update if factor == 1.0 else update * factor)
        places.append(point)
    return places


@pytest.mark.parametrize("surface", ALL, ids=IDS)
def test_every_optimizer_on_every_surface_does_what_it_does_by_hand(surface: Surface) -> None:
    lanes = tuple(Lane(optimizer(learning_rate=0.002)) for optimizer in OPTIMIZERS.values())
    paths = Descent(surface, surface.start, lanes, seed=3).run(60)
    assert paths.left == (None,) * len(lanes)
    for i, lane in enumerate(lanes):
        np.testing.assert_array_equal(
            paths.points[i], by_hand(surface, lane, surface.start, 60, seed=3), lane.optimizer.name
        )
        np.testing.assert_array_equal(
            paths.values[i], [value_at(surface, *point) for point in paths.points[i]]
        )


CLIPPINGS = st.sampled_from([NoClipping(), ClipByNorm(limit=0.5), ClipByValue(limit=0.3)])
SCHEDULES = st.sampled_from([Constant(), Warmup(), Cosine(steps=30)])


@given(
    name=st.sampled_from(list(OPTIMIZERS)),
    surface=st.sampled_from([s for s in ALL if s.name != "typed"]),
    rate=st.floats(1e-4, 0.01),
    clipping=CLIPPINGS,
    schedule=SCHEDULES,
    seed=st.integers(0, 100),
    step=st.integers(0, 39),
)
@settings(max_examples=60, deadline=None)
def test_clipping_schedules_and_seeds_and_the_terms_of_a_step(
    name: str, surface: Surface, rate: float, clipping: Any, schedule: Any, seed: int, step: int
) -> None:
    lane = Lane(OPTIMIZERS[name](learning_rate=rate), schedule, clipping)
    descent = Descent(surface, surface.start, (lane, Lane(SGD(learning_rate=1e-5))), seed)
    paths = descent.run(40)
    np.testing.assert_array_equal(paths.points[0], by_hand(surface, lane, surface.start, 40, seed))
    terms, _, point = descent.terms(0, step)
    np.testing.assert_array_equal(point, paths.points[0, step])
    np.testing.assert_array_equal(point + terms["update"], paths.points[0, step + 1])
    np.testing.assert_array_equal(terms["gradient"], paths.gradients[0, step])


def test_lanes_do_not_know_of_each_other() -> None:
    lanes = [Lane(optimizer(learning_rate=0.01)) for optimizer in OPTIMIZERS.values()]
    surface = Himmelblau(noise=0.5)
    one = Descent(surface, (-1.0, 1.0), tuple(lanes), 5).run(40).points
    other = Descent(surface, (-1.0, 1.0), tuple(reversed(lanes)), 5).run(40).points[::-1]
    np.testing.assert_array_equal(one, other)


def test_who_leaves_the_map_for_good_is_told_with_the_step() -> None:
    lanes = (Lane(SGD(learning_rate=3.0)), Lane(SGD(learning_rate=0.1)))
    paths = Descent(Ravine(), (-7.0, 2.0), lanes).run(60)
    left, stays = paths.left
    assert stays is None and left is not None
    assert np.isfinite(paths.points[0, : left + 1]).all()
    assert (
        np.isnan(paths.points[0, left + 1 :]).all() and np.isnan(paths.values[0, left + 1 :]).all()
    )
    assert np.abs(paths.points[0, left]).max() > 20_000 >= np.abs(paths.points[0, left - 1]).max()
    assert np.isfinite(paths.points[1]).all()


def test_noise_is_normal_with_the_deviation_asked_for_and_follows_the_seed() -> None:
    descent = Descent(Bowl(noise=2.0), (1.0, 1.0), (Lane(SGD()),), seed=1)
    noise = descent.noise(20_000)
    assert noise is not None and noise.std() == pytest.approx(2.0, rel=0.02)
    assert noise.mean() == pytest.approx(0.0, abs=0.05)
    np.testing.assert_array_equal(noise[:10], descent.noise(10))
    assert Descent(Bowl(), (1.0, 1.0), (Lane(SGD()),)).noise(10) is None


# --- how fast ---


@given(rate=st.floats(0.01, 5), momentum=st.floats(0, 0.99), curvature=st.floats(0.05, 5))
@settings(max_examples=150, deadline=None)
def test_a_regime_is_what_momentum_does(rate: float, momentum: float, curvature: float) -> None:
    """Against the optimizer on the same parabola: growth in the long run, and changes of side."""
    found = regime(rate, momentum, curvature)
    surface = Typed(expression=f"{curvature!r} * x**2 / 2 + 0*y")
    lane = Lane(Momentum(learning_rate=rate, momentum=momentum))
    places = Descent(surface, (1.0, 0.0), (lane,)).run(400).points[0, :, 0]
    places = places[np.isfinite(places)]
    sizes = np.abs(places)
    if found.name == DIVERGENCE:
        assert found.shrinks >= 1
        if found.shrinks > 1.05:
            assert sizes[-1] > 1
        return
    if found.shrinks < 0.95:
        assert sizes[-1] < 1e-6
    moving = sizes > 1e-250
    turns = np.flatnonzero(np.sign(places[:-1]) != np.sign(places[1:]))
    turns = turns[moving[turns]]
    if found.name == MONOTONE:
        assert len(turns) <= 1  # what is far out may still have come across once
    if found.name == OSCILLATION and found.shrinks > 0.5:
        tail = [t for t in range(20, 60) if moving[t + 1]]
        assert all(np.sign(places[t]) != np.sign(places[t + 1]) for t in tail)
    assert found.name in (MONOTONE, OSCILLATION, RIPPLES)


@pytest.mark.parametrize(
    ("rate", "momentum", "name"),
    [
        (0.5, 0.0, MONOTONE),
        (1.5, 0.0, OSCILLATION),
        (2.1, 0.0, DIVERGENCE),
        (0.5, 0.9, RIPPLES),
        (3.7, 0.9, RIPPLES),
        (3.9, 0.9, DIVERGENCE),
        (0.001, 0.9, MONOTONE),
    ],
)
def test_regimes_of_a_parabola(rate: float, momentum: float, name: str) -> None:
    assert regime(rate, momentum, 1.0).name == name


def test_the_best_rate_and_momentum_of_a_quadratic_are_the_known_ones() -> None:
    """Polyak: the rate (2 / (sqrt a + sqrt b))^2 and the momentum ((sqrt b - sqrt a) / (sqrt b +
    sqrt a))^2 shrink the error by the root of the latter."""
    low, high = 1.0, 25.0
    root = (math.sqrt(high) - math.sqrt(low)) / (math.sqrt(high) + math.sqrt(low))
    rate = (2 / (math.sqrt(low) + math.sqrt(high))) ** 2
    assert slowest(rate, root**2, (low, high)).shrinks == pytest.approx(root, abs=1e-6)
    others = [
        slowest(r, b, (low, high)).shrinks
        for r in np.linspace(0.01, 0.2, 40)
        for b in np.linspace(0, 0.95, 40)
    ]
    assert min(others) >= root - 1e-9


def test_steps_needed_are_those_of_a_run() -> None:
    surface, rates, momenta = Ravine(), [0.1, 0.5, 0.9, 1.5], [0.0, 0.5, 0.9]

    def lane(rate: float, momentum: float) -> Lane:
        return Lane(Momentum(learning_rate=rate, momentum=momentum))

    grid = np.array(list(steps_needed(surface, surface.start, lane, rates, momenta, 200, 0.01)))
    assert grid.shape == (3, 4)
    height = float(surface.value(*surface.start))
    for i, momentum in enumerate(momenta):
        for j, rate in enumerate(rates):
            values = Descent(surface, surface.start, (lane(rate, momentum),)).run(200).values[0]
            low = np.flatnonzero(values <= 0.01 * height)
            assert grid[i, j] == low[0] if len(low) else np.isnan(grid[i, j])
    assert np.isnan(grid[0, 3]) and not np.isnan(grid[0, 1])  # 1.5 is too much without momentum


def test_there_is_no_way_to_the_bottom_of_a_saddle() -> None:
    rows = steps_needed(Saddle(), (1.0, 0.1), lambda a, b: Lane(Adam()), [0.1], [0.9], 10, 0.1)
    with pytest.raises(ValueError, match="saddle has no lowest value"):
        next(rows)
