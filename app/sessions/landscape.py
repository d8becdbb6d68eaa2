"""A slice of the loss around a moment of a run, as the page is told: first what it is, then the
losses, as they are computed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal

import numpy as np

from app.bodies.inspection import LandscapeBegin, LandscapeValues
from engine.landscape import LossAround, descent, filter_normalized, length, line, places, plane
from engine.training import Trainer

Kind = Literal["gradient", "line", "plane"]
LEAST = 3  # places along each direction
MOST = {"gradient": 201, "line": 201, "plane": 81}
_CHUNK = 8  # losses told of together


class Landscape:
    """A slice of the loss around a moment, computed when it is gone through."""

    def __init__(
        self,
        session: str,
        run: int,
        trainer: Trainer,
        kind: Kind,
        *,
        seed: int,
        resolution: int,
        reach: float,
    ) -> None:
        self._loss = LossAround(trainer)
        centre, at = self._loss.centre, places(reach, resolution)
        now, rate = self._loss(centre), None
        if kind == "gradient":
            gradient = self._loss.gradient()
            direction = descent(centre, gradient)
            step = trainer.spec.optimizer.learning_rate * trainer.factor * length(gradient)
            rate = step / length(direction) if length(direction) else None
            self._losses = line(self._loss, centre, direction, at)
        else:
            rng = np.random.default_rng(seed)
            first = filter_normalized(centre, rng)
            if kind == "line":
                self._losses = line(self._loss, centre, first, at)
            else:
                self._losses = plane(self._loss, centre, first, filter_normalized(centre, rng), at)
        self.begin = LandscapeBegin(
            session=session,
            run=run,
            step=trainer.step_count,
            kind=kind,
            seed=seed,
            at=at,
            train=now.train,
            test=now.test,
            rate=rate,
            count=resolution**2 if kind == "plane" else resolution,
        )

    def __iter__(self) -> Iterator[LandscapeValues]:
        while some := list(islice(self._losses, _CHUNK)):
            yield LandscapeValues(
                train=[each.train for each in some], test=[each.test for each in some]
            )
