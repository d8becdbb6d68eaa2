"""A time series cut into windows: seven weekly closing prices are told, the eighth is asked for.

The prices are those that Plotly ships: six companies in 2018 and 2019, each divided by its first.
"""

from __future__ import annotations

import csv
import functools
import gzip
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.datasets.source import Dataset, Source, Split
from engine.fields import choice, integer, number, subset
from engine.losses import REGRESSION
from engine.ops import Array

COMPANIES = ("GOOG", "AAPL", "AMZN", "FB", "NFLX", "MSFT")
WINDOW = 7
WEEKS = tuple(f"weeks_ago_{ago}" for ago in range(WINDOW, 0, -1))
WINDOWS = 105 - WINDOW  # that the two years hold


@dataclass(frozen=True)
class Stocks(Source):
    """The next weekly price from the seven before it, split by time: the net learns from the
    earlier weeks and is tested on the later ones, or it would know the answers between which it
    guesses. Standardized by the prices of the training weeks."""

    name = "stocks"
    in_time = True
    task = REGRESSION
    classes = 0
    dimensions = WINDOW
    hidden = (10,)

    company: str = choice("GOOG", COMPANIES)
    samples: int = integer(WINDOWS, 20, WINDOWS)
    noise: float = number(0.0, 0, 0)
    train_fraction: float = number(0.7, 0.1, 0.9)
    features: tuple[str, ...] = subset(WEEKS, WEEKS)

    def order(self, seed: int) -> Array:
        """The earlier windows first, whatever the seed."""
        return np.arange(self.samples)

    def load(self, seed: int, split: Split | None = None) -> Dataset:
        prices = stock_prices()[:, COMPANIES.index(self.company)]
        windows = np.lib.stride_tricks.sliding_window_view(prices, WINDOW + 1)[-self.samples :]
        train, validation = split or self.split(seed)
        measured = windows[:, [WEEKS.index(name) for name in self.features]]
        # one scale for all weeks and the target: a price means the same wherever it stands
        mean, spread = float(windows[train].mean()), float(windows[train].std())

        def encode(points: Array) -> Array:
            return np.asarray((points - mean) / spread)

        low, high = float(prices.min()), float(prices.max())
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
            target="price",
            target_units=(mean, spread),
        )

    @property
    def inputs(self) -> int:
        return len(self.features)


def stocks_file() -> Path:
    """Found without importing Plotly."""
    package = importlib.util.find_spec("plotly")
    if package is None or package.origin is None:
        raise FileNotFoundError("stocks.csv comes with Plotly: pip install plotly")
    return Path(package.origin).parent / "package_data" / "datasets" / "stocks.csv.gz"


@functools.cache
def stock_prices() -> Array:
    """(105, 6): weeks from 2018-01-01 on, companies."""
    with gzip.open(stocks_file(), "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[company]) for company in COMPANIES] for row in rows])
