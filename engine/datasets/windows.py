"""A time series cut into windows: seven weeks are told, the eighth is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.datasets.source import Dataset, Source, Split
from engine.fields import number, subset
from engine.losses import REGRESSION
from engine.ops import Array

WINDOW = 7
WEEKS = tuple(f"weeks_ago_{ago}" for ago in range(WINDOW, 0, -1))


@dataclass(frozen=True)
class Windows(Source):
    """The next week from the seven before it, split by time: the net learns from the earlier weeks
    and is tested on the later ones, or it would know the answers between which it guesses.
    Standardized by the weeks it is trained on."""

    in_time = True
    task = REGRESSION
    classes = 0
    dimensions = WINDOW
    hidden = (10,)
    target: ClassVar[str]  # what is told and asked for

    noise: float = number(0.0, 0, 0)
    train_fraction: float = number(0.7, 0.1, 0.9)
    features: tuple[str, ...] = subset(WEEKS, WEEKS)

    def series(self) -> Array:
        """(weeks,), the earliest first."""
        raise NotImplementedError

    def order(self, seed: int) -> Array:
        """The earlier windows first, whatever the seed."""
        return np.arange(self.samples)

    def load(self, seed: int, split: Split | None = None) -> Dataset:
        series = self.series()
        windows = np.lib.stride_tricks.sliding_window_view(series, WINDOW + 1)[-self.samples :]
        train, validation = split or self.split(seed)
        measured = windows[:, [WEEKS.index(name) for name in self.features]]
        # one scale for all weeks and the target: a number means the same wherever it stands
        mean, spread = float(windows[train].mean()), float(windows[train].std())

        def encode(points: Array) -> Array:
            return np.asarray((points - mean) / spread)

        low, high = float(series.min()), float(series.max())
        bounds = (low - 0.05 * (high - low), high + 0.05 * (high - low))
        drawn = len(self.features) <= 2
        return Dataset(
            name=self.name,
            task=self.task,
            classes=self.classes,
            x=encode(measured),
            y=encode(windows[:, WINDOW]),
            train=train,
            validation=validation,
            points=np.array(measured) if drawn else None,
            bounds=[bounds] * len(self.features),
            axes=list(self.features),
            inputs=list(self.features),
            encode=encode,
            original=np.array(measured),
            target=self.target,
            target_units=(mean, spread),
        )

    @property
    def inputs(self) -> int:
        return len(self.features)
