"""How fast a descent gets there, over a grid of settings; and what is known exactly about momentum
on a quadratic.

With momentum b and rate a, along an axis of curvature c, velocity and place of one step are a
linear map of those before. Its eigenvalues s solve s^2 - (1 + b - a c) s + b = 0, and say all: real
and positive, the point creeps in; real and negative, it jumps across at every step; complex, it
swings; of a size above 1, it leaves (Polyak 1964; Goh, Why Momentum Really Works, Distill 2017).
"""

from __future__ import annotations

import cmath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from engine.descent import Descent, Lane
from engine.ops import Array
from engine.surfaces import Point, Surface

MONOTONE, RIPPLES, OSCILLATION, DIVERGENCE = "monotone", "ripples", "oscillation", "divergence"
REGIMES = (MONOTONE, RIPPLES, OSCILLATION, DIVERGENCE)


class Regime(NamedTuple):
    """How momentum behaves along one axis, and by what the distance shrinks with each step in the
    long run: the size of the larger eigenvalue."""

    name: str
    shrinks: float


def regime(rate: float, momentum: float, curvature: float) -> Regime:
    """What heavy-ball momentum does on curvature / 2 * x^2."""
    middle = 1 + momentum - rate * curvature
    root = cmath.sqrt(middle * middle - 4 * momentum)
    sizes = [abs((middle + sign * root) / 2) for sign in (1, -1)]
    largest = max(sizes)
    if largest >= 1:
        return Regime(DIVERGENCE, largest)
    if root.imag:
        return Regime(RIPPLES, largest)
    return Regime(MONOTONE if middle >= 0 else OSCILLATION, largest)


def slowest(rate: float, momentum: float, curvatures: Sequence[float]) -> Regime:
    """The regime along the axis that takes longest, which is the one that is seen in the end."""
    found = [regime(rate, momentum, curvature) for curvature in curvatures]
    return max(found, key=lambda each: each.shrinks)


def steps_needed(
    surface: Surface,
    start: Point,
    lane_of: Callable[[float, float], Lane],
    columns: Sequence[float],
    rows: Sequence[float],
    steps: int,
    share: float,
    seed: int = 0,
) -> Iterator[Array]:
    """Row by row, (columns,): after how many steps `lane_of(column, row)` is for the first time so
    low that only this share of the way down is left; nan where that takes more than `steps`.

    Raises:
        ValueError: the surface has no lowest value.
    """
    if surface.lowest is None:
        raise ValueError(f"{surface.name} has no lowest value to come near to")
    height = float(surface.value(*start)) - surface.lowest
    for row in rows:
        lanes = tuple(lane_of(column, row) for column in columns)
        values = Descent(surface, start, lanes, seed).run(steps).values
        there = values <= surface.lowest + share * height  # not where it is nan
        first = there.argmax(axis=1).astype(float)
        yield np.where(there.any(axis=1), first, np.nan)


def final_values(
    surface: Surface,
    start: Point,
    lane: Lane,
    rates: Sequence[float],
    steps: int,
    seeds: Sequence[int],
) -> Array:
    """(seeds, rates): the value after so many steps with each learning rate, infinite where the
    lane has left for good. Of a surface without noise all seeds say the same."""
    optimizers = [replace(lane.optimizer, learning_rate=rate) for rate in rates]
    lanes = tuple(replace(lane, optimizer=optimizer) for optimizer in optimizers)
    rows = []
    for seed in seeds:
        last = Descent(surface, start, lanes, seed).run(steps).values[:, -1]
        rows.append(np.where(np.isnan(last), np.inf, last))
    return np.array(rows)
