"""Runs: what a session remembers of its training, so that every step can be gone back to.

A run is a line of training: how it began, what was changed at which step, and on the way keyframes
and loss points. The rest of it can be computed again, to the last bit. Whoever changes something at
an earlier step begins another run there; both are kept.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np

from app.sessions.history import Thinned
from app.sessions.travel import Edit, Moment
from engine.training import Snapshot

# step, train loss, test loss, validation loss: nan where no part of the data is for that
LossPoint = tuple[int, float, float, float]

# A loss point costs as much as five steps, so a long run takes fewer: the interval doubles whenever
# there are more than a curve on a screen can show.
_POINTS = 128

# To go to a step takes half an interval of steps on average, so keyframes are as many as memory
# allows: a million steps with 400 of them are at most 4,096 steps apart.
_KEYFRAMES, _KEYFRAME_INTERVAL, _KEYFRAME_BYTES = 400, 256, 24e6


def loss_point(step: int, metrics: Mapping[str, float]) -> LossPoint:
    """The point of a step, from what was measured at it."""
    validation = metrics.get("validation_loss", math.nan)
    return step, float(metrics["train_loss"]), float(metrics["test_loss"]), float(validation)


class Place(NamedTuple):
    """A point of a run: at a step, after so many of its edits."""

    run: int
    step: int
    edits: int


class Run:
    """What is remembered of one line of training. ``parent`` is where it left another."""

    def __init__(self, run_id: int, start: Snapshot, interval: int) -> None:
        self.id, self.name = run_id, ""
        self.parent: Place | None = None
        self.because: str | None = None  # the kind of change that it began with
        self.start = start
        self.head = start.step_count  # the furthest step it has come to
        self.edits: list[tuple[int, Edit]] = []
        self.losses: Thinned[LossPoint] = Thinned(interval, _POINTS)
        most = max(8, min(_KEYFRAMES, int(_KEYFRAME_BYTES / size_of(start))))
        self.keyframes: Thinned[Snapshot] = Thinned(_KEYFRAME_INTERVAL, most)
        self.measured: dict[Hashable, dict[int, Any]] = {}  # afterwards, by who asks: sweep.py

    def fork(self, run_id: int, place: Place) -> Run:
        """A run that is the same until ``place``."""
        fork = Run(run_id, self.start, self.losses.interval)
        fork.parent, fork.head = place, place.step
        fork.edits = self.edits[: place.edits]
        fork.losses = self.losses.until(place.step)
        fork.keyframes = self.keyframes.until(place.step)
        return fork

    def until_due(self, step: int) -> int:
        """How many steps until something is to be recorded or was changed."""
        ahead = [record.interval - step % record.interval for record in self.records]
        return min([*ahead, *(at - step for at, _ in self.edits if at > step)])

    @property
    def first_step(self) -> int:
        """Where it begins, or leaves another."""
        return self.start.step_count if self.parent is None else self.parent.step

    @property
    def inherited(self) -> int:
        """How many of its edits were made before it left another run."""
        return 0 if self.parent is None else self.parent.edits

    @property
    def trained(self) -> bool:
        """Whether it has steps of its own."""
        return self.head > self.first_step

    @property
    def records(self) -> tuple[Thinned[LossPoint], Thinned[Snapshot]]:
        return self.losses, self.keyframes

    def way_to(self, place: Place) -> Moment:
        """From the latest keyframe before. It was taken before the edits made at its step."""
        snapshot = self.keyframes.latest(place.step)
        since = snapshot.step_count
        edits = tuple(edit for edit in self.edits[: place.edits] if edit[0] >= since)
        return Moment(place.step, snapshot, edits)

    def edits_until(self, step: int) -> int:
        """How many edits were made up to a step, those at it included."""
        return sum(at <= step for at, _ in self.edits)

    def last_good_step(self) -> int:
        """Before a run went wrong: the latest loss point that is at most twice the smallest."""
        start = self.start.step_count
        losses = {step: train for step, train, *_ in self.losses.items if step >= start}
        most = 2 * min(filter(math.isfinite, losses.values()), default=0.0)
        return max((step for step, loss in losses.items() if loss <= most), default=start)


def size_of(snapshot: Snapshot) -> int:
    """Bytes a keyframe holds, about: weights, what an optimizer may remember, the order of rows."""
    arrays = [*snapshot.parameters.values(), *snapshot.batches]
    numbers = sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))
    return 2048 + numbers + 2 * sum(array.nbytes for array in snapshot.parameters.values())
