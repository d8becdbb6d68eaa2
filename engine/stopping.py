"""Early stopping: end a run when the validation loss no longer falls, and keep the best moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.fields import Declared, integer, number


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
