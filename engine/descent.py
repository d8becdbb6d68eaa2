"""Several optimizers go down a surface together: the same start, the same noise, a lane each.

All lanes' gradients come from one pass, traced once. Updates are made by the optimizers' own rules:
a path is to the last bit what one gets by hand. `Descent.terms` shows one step of it in full.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from engine.clipping import Clipping, NoClipping
from engine.ops import Array
from engine.optimizers import Memory, Optimizer, State, Terms
from engine.replay.flat import Flat
from engine.replay.rows import Rows, Unreplayable
from engine.replay.trace import trace
from engine.schedules import Constant, Schedule
from engine.surfaces import Point, Surface
from engine.tensor import Tensor
from engine.update import proposed

NOISE = 7  # random stream of a seed
_FAR = 1e3  # times the width of the map: whoever is so far away does not come back


@dataclass(frozen=True)
class Lane:
    """Who goes down: an optimizer with its own fields, a schedule, clipping."""

    optimizer: Optimizer
    schedule: Schedule = field(default_factory=Constant)
    clipping: Clipping = field(default_factory=NoClipping)


class Paths(NamedTuple):
    """Where every lane was, step by step; nan after it has left for good."""

    points: Array  # (lanes, steps + 1, 2)
    values: Array  # (lanes, steps + 1)
    gradients: Array  # (lanes, steps + 1, 2), as the optimizers saw them
    left: tuple[int | None, ...]  # the first step at which a lane was no longer anywhere near


class Descent:
    """Lanes on a surface from one start. Everything follows from these and the seed."""

    def __init__(
        self, surface: Surface, start: Point, lanes: tuple[Lane, ...], seed: int = 0
    ) -> None:
        self.surface, self.start, self.lanes, self.seed = surface, start, lanes, seed
        self._slope = slope_of(surface, len(lanes))
        bounds = np.array(surface.bounds)
        self._far = _FAR * float((bounds[:, 1] - bounds[:, 0]).max())

    def noise(self, steps: int) -> Array | None:
        """What is added to the gradients of each step, (steps, 2); None where nothing is."""
        if self.surface.noise == 0.0:
            return None
        rng = np.random.default_rng([self.seed, NOISE])
        return self.surface.noise * rng.standard_normal((steps, 2))

    @np.errstate(all="ignore")  # a lane that diverges is followed to the end of the numbers
    def run(self, steps: int) -> Paths:
        """So many steps of every lane."""
        count, noise = len(self.lanes), self.noise(steps + 1)
        points = np.full((steps + 1, count, 2), np.nan)
        gradients = np.full((steps + 1, count, 2), np.nan)
        now = np.tile(np.array(self.start, float), (count, 1))
        movers = [_mover(lane, now[i]) for i, lane in enumerate(self.lanes)]
        left: list[int | None] = [None] * count
        going = list(range(count))
        for step in range(steps + 1):
            points[step, going] = now[going]
            slope = self._slope(now)
            if noise is not None:
                slope += noise[step]
            gradients[step, going] = slope[going]
            if step == steps:
                break
            for i in going:
                movers[i](slope[i], step)
            near = np.abs(now).max(axis=1) <= self._far  # false for what is not a number, too
            for i in [i for i in going if not near[i]]:
                left[i] = step + 1
                points[step + 1, i] = now[i]
                going.remove(i)
        by_lane = np.ascontiguousarray(points.transpose(1, 0, 2))
        flat = by_lane.reshape(-1, 2)
        values = np.broadcast_to(self.surface.value(flat[:, 0], flat[:, 1]), len(flat))
        return Paths(
            by_lane,
            np.where(np.isnan(flat[:, 0]), np.nan, values).reshape(count, steps + 1),
            np.ascontiguousarray(gradients.transpose(1, 0, 2)),
            tuple(left),
        )

    @np.errstate(all="ignore")
    def terms(self, lane: int, step: int) -> tuple[Terms, Memory, Array]:
        """What a lane computed for the update after `step` updates, in the order of computation,
        what it remembered before, and where it was. Goes there by the readable rule.
        """
        who, noise = self.lanes[lane], self.noise(step + 1)
        point, memory = np.array(self.start, float), Memory()
        for at in range(step + 1):
            _, slope = self.surface.gradient(point[np.newaxis])
            gradient = slope[0] if noise is None else slope[0] + noise[at]
            terms, after = proposed(
                who.optimizer,
                who.clipping,
                {"point": point},
                {"point": gradient},
                memory,
                who.schedule.factor(at),
            )
            if at < step:
                point, memory = point + terms["point"]["update"], after
        return terms["point"], memory, point


def slope_of(surface: Surface, count: int) -> Callable[[Array], Array]:
    """The gradient (count, 2) at points (count, 2): one pass traced once, where it can be."""
    x, y = Tensor(np.zeros(count)), Tensor(np.zeros(count))
    flat = Flat([("x", x), ("y", y)])
    none = Rows(np.zeros((2, 1)), np.zeros(2), flat.dtype)

    def value(_: Tensor) -> Tensor:
        found: Tensor = surface.value(x, y)
        return found

    try:
        program = trace(flat, value, lambda found, _: found.sum(), none, 1)
    except (Unreplayable, AttributeError):  # x or y is not in it, or neither
        return lambda points: surface.gradient(points)[1]
    data, grad = flat.data.reshape(2, count), flat.grad.reshape(2, count)

    def slope(points: Array) -> Array:
        data[...] = points.T
        program.run()
        return grad.T.copy()

    return slope


def _mover(lane: Lane, point: Array) -> Callable[[Array, int], None]:
    """Moves a point in place, by an update from the gradient at a step."""
    rule, factor, clip = lane.optimizer.rule, lane.schedule.factor, lane.clipping.clip
    state: State = {key: np.zeros(2) for key in lane.optimizer.remembers}
    free = isinstance(lane.clipping, NoClipping)

    def move(gradient: Array, step: int) -> None:
        seen = gradient if free else clip({"point": gradient})["point"]
        update = rule(point, seen, state, step + 1)["update"]
        share = factor(step)
        np.add(point, update if share == 1.0 else update * share, point)

    return move
