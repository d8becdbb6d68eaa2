"""Real data: rows of the files scikit-learn ships, read with NumPy."""

from __future__ import annotations

import functools
import gzip
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.datasets.source import POINTS, Dataset, Source, Split, bounds_of, scale_of
from engine.fields import integer, number, subset
from engine.losses import MULTICLASS, REGRESSION
from engine.ops import Array

IRIS_FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
DIABETES_FEATURES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


@dataclass(frozen=True)
class Recorded(Source):
    """Rows of a file: there is nothing to add noise to."""

    task = MULTICLASS
    loss = "cross_entropy"

    noise: float = number(0.0, 0, 0)

    def rows(self, table: Array, seed: int) -> Array:
        """`samples` rows of a table, each at most once."""
        order = np.random.default_rng([seed, POINTS]).permutation(len(table))
        return np.asarray(table[order[: self.samples]])


@dataclass(frozen=True)
class Iris(Recorded):
    """Three species of iris by petals and sepals in cm (Anderson 1935), standardized."""

    name = "iris"
    classes = 3
    outputs = 3
    hidden = (8,)

    samples: int = integer(150, 20, 150)
    train_fraction: float = number(0.6, 0.1, 0.9)
    features: tuple[str, ...] = subset(IRIS_FEATURES[2:], IRIS_FEATURES, (2, 4))

    def load(self, seed: int, split: Split | None = None) -> Dataset:
        rows = self.rows(iris_table(), seed)
        train, validation = split or self.split(seed)
        measured = rows[:, [IRIS_FEATURES.index(name) for name in self.features]]
        # only what the net may see decides the scale
        mean, spread = measured[train].mean(axis=0), measured[train].std(axis=0)
        spread[spread == 0] = 1.0

        def encode(points: Array) -> Array:
            return np.asarray((points - mean) / spread)

        low, high = measured.min(axis=0), measured.max(axis=0)
        margin = 0.05 * (high - low)
        return Dataset(
            name=self.name,
            task=self.task,
            classes=self.classes,
            x=encode(measured),
            y=rows[:, 4].astype(np.int64),
            train=train,
            validation=validation,
            points=measured if len(self.features) == 2 else None,
            bounds=[(float(a), float(b)) for a, b in zip(low - margin, high + margin, strict=True)],
            axes=list(self.features),
            inputs=list(self.features),
            encode=encode,
            original=measured,
        )


@dataclass(frozen=True)
class Digits(Recorded):
    """Handwritten digits, 8 x 8 pixels of 0..16 (Alpaydin & Kaynak 1998), divided by 16."""

    name = "digits"
    classes = 10
    outputs = 10
    dimensions = 64
    hidden = (16,)
    batch_size = 32

    samples: int = integer(1797, 20, 1797)
    features: tuple[str, ...] = subset(("pixels",), ("pixels",))

    @property
    def inputs(self) -> int:
        return 64

    def load(self, seed: int, split: Split | None = None) -> Dataset:
        train, validation = split or self.split(seed)
        rows = self.rows(digits_table(), seed)
        return Dataset(
            name=self.name,
            task=self.task,
            classes=self.classes,
            x=self.encode(rows[:, :64]),
            y=rows[:, 64].astype(np.int64),
            train=train,
            validation=validation,
            points=None,
            bounds=[(0.0, 16.0)] * 64,
            axes=[],
            inputs=[f"pixel_{row}_{column}" for row in range(8) for column in range(8)],
            encode=self.encode,
            original=rows[:, :64],
        )

    def encode(self, points: Array) -> Array:
        return np.asarray(points / 16.0)


@dataclass(frozen=True)
class Diabetes(Recorded):
    """How far diabetes has come after a year, of 442 patients, from age, sex, body mass index,
    blood pressure and six blood values (Efron et al. 2004). Standardized, the target too."""

    name = "diabetes"
    task = REGRESSION
    loss = "mse"
    classes = 0
    outputs = 1
    hidden = (8,)

    samples: int = integer(442, 20, 442)
    train_fraction: float = number(0.7, 0.1, 0.9)
    features: tuple[str, ...] = subset(DIABETES_FEATURES, DIABETES_FEATURES)

    @property
    def inputs(self) -> int:
        return len(self.features)

    def load(self, seed: int, split: Split | None = None) -> Dataset:
        rows = self.rows(diabetes_table(), seed)
        train, validation = split or self.split(seed)
        measured = rows[:, [DIABETES_FEATURES.index(name) for name in self.features]]
        shift, spread = scale_of(measured[train], "standardize")
        low, unit = scale_of(rows[train, 10:], "standardize")

        def encode(points: Array) -> Array:
            return np.asarray((points - shift) / spread)

        return Dataset(
            name=self.name,
            task=self.task,
            classes=self.classes,
            x=encode(measured),
            y=(rows[:, 10] - low[0]) / unit[0],
            train=train,
            validation=validation,
            points=measured if len(self.features) <= 2 else None,
            bounds=bounds_of(measured),
            axes=list(self.features),
            inputs=list(self.features),
            encode=encode,
            original=measured,
            target="progression",
            target_units=(float(low[0]), float(unit[0])),
        )


def shipped_file(name: str) -> Path:
    """A file of scikit-learn, found without importing it (a second, and 100 MB)."""
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        raise FileNotFoundError(f"{name} comes with scikit-learn: pip install scikit-learn")
    return Path(package.origin).parent / "datasets" / "data" / name


@functools.cache
def iris_table() -> Array:
    """(150, 5): four measurements and the species."""
    return np.loadtxt(shipped_file("iris.csv"), delimiter=",", skiprows=1)


@functools.cache
def digits_table() -> Array:
    """(1797, 65): 64 pixels and the digit, each a number of one or two digits."""
    text = np.frombuffer(
        gzip.decompress(shipped_file("digits.csv.gz").read_bytes()), np.uint8
    ).astype(float)
    zero = ord("0")
    (ends,) = np.nonzero(text < zero)  # the comma or line break after each number
    ones, tens = text[ends - 1] - zero, text[ends - 2] - zero
    numbers = ones + 10 * np.maximum(tens, 0)
    return np.asarray(numbers).reshape(-1, 65)  # in a tenth of the time of loadtxt


@functools.cache
def diabetes_table() -> Array:
    """(442, 11): ten measurements and the progression."""
    columns = [
        np.array(gzip.decompress(shipped_file(name).read_bytes()).split(), dtype=float)
        for name in ("diabetes_data_raw.csv.gz", "diabetes_target.csv.gz")
    ]
    return np.column_stack([columns[0].reshape(-1, 10), columns[1]])
