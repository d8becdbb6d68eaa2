"""Weekly closing prices, those that Plotly ships: six companies in 2018 and 2019, each divided by
its first."""

from __future__ import annotations

import csv
import functools
import gzip
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.datasets.windows import WINDOW, Windows
from engine.fields import choice, integer
from engine.ops import Array

COMPANIES = ("GOOG", "AAPL", "AMZN", "FB", "NFLX", "MSFT")
WINDOWS = 105 - WINDOW  # that the two years hold


@dataclass(frozen=True)
class Stocks(Windows):
    """The next weekly price from the seven before it."""

    name = "stocks"
    target = "price"

    samples: int = integer(WINDOWS, 20, WINDOWS)
    company: str = choice("GOOG", COMPANIES)

    def series(self) -> Array:
        return np.asarray(stock_prices()[:, COMPANIES.index(self.company)])


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
