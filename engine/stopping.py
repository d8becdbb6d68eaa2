"""When a run ends by itself: at an epoch, or early, when the loss on samples it does not learn from
no longer falls. The best moment is remembered."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.fields import Declared, integer, number, optional_integer


@dataclass(frozen=True)
class Progress:
    """What early stopping has seen so far."""

    best: float = math.inf
    best_step: int = 0
    waited: int = 0  # measurements since the best one
    stop: bool = False


@dataclass(frozen=True)
class EarlyStopping(Declared):
    """Stop after `patience` measurements that are not better than the best by `margin`."""

    patience: int = integer(10, 1, 10_000)
    margin: float = number(0.0, 0, 1e6)

    def after(self, loss: float, step: int, progress: Progress) -> Progress:
        """The state after one more measurement. A loss that is not a number is never better."""
        if loss < progress.best - self.margin:
            return Progress(loss, step, 0, False)
        waited = progress.waited + 1
        return Progress(progress.best, progress.best_step, waited, waited >= self.patience)


@dataclass(frozen=True)
class Stopping(Declared):
    """When a session stands still by itself. Who plays on trains on: past that epoch, or until
    `patience` more epochs have brought nothing better."""

    epoch: int | None = optional_integer(1, 1_000_000)
    patience: int | None = optional_integer(1, 10_000)  # epochs
    margin: float = number(0.0, 0, 1e6)

    def after(self, loss: float, step: int, progress: Progress) -> Progress:
        """The state after one more epoch."""
        assert self.patience is not None
        return EarlyStopping(self.patience, self.margin).after(loss, step, progress)

    def reason(self, epoch: float, progress: Progress) -> str | None:
        """Why to stop at the end of an epoch, if at all."""
        if self.epoch is not None and epoch == self.epoch:
            return "epoch"
        if self.patience and progress.waited and progress.waited % self.patience == 0:
            return "patience"
        return None
