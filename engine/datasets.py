"""Data sets: synthetic ones drawn from a seed, real ones read from the files scikit-learn ships.

Each is a frozen dataclass whose fields are its form. The same seed gives the same points whatever
the noise, so moving the noise slider moves points instead of dealing new ones. Plane coordinates
run from -6 to 6.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from engine.fields import integer, number, subset
from engine.losses import BINARY, MULTICLASS, REGRESSION
from engine.ops import Array

HALF_WIDTH = 6.0  # of the picture of the plane
POINTS, NOISE, SPLIT = 0, 1, 2  # independent random streams of one seed; weights and batches follow

PLANE_FEATURES: dict[str, Callable[[Array, Array], Array]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1_squared": lambda x1, x2: x1 * x1,
    "x2_squared": lambda x1, x2: x2 * x2,
    "x1_x2": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(x1),
    "sin_x2": lambda x1, x2: np.sin(x2),
}
IRIS_FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples ready for a net, and what a picture of them needs."""

    name: str
    task: str
    classes: int  # 0 for regression
    x: Array  # (N, inputs)
    y: Array  # (N,) -1/+1, class numbers, or values
    train: Array  # (N,) bool
    points: Array | None  # (N, d) in original units, for d <= 2
    bounds: list[tuple[float, float]]  # of the picture, one pair for each axis
    axes: list[str]
    inputs: list[str]  # names of the columns of x
    encode: Callable[[Array], Array]  # points of the plane (M, d) -> net inputs (M, inputs)

    @property
    def x_train(self) -> Array:
        return self.x[self.train]

    @property
    def y_train(self) -> Array:
        return self.y[self.train]

    @property
    def x_test(self) -> Array:
        return self.x[~self.train]

    @property
    def y_test(self) -> Array:
        return self.y[~self.train]


# --- kinds of sources ---


@dataclass(frozen=True)
class Source:
    """Where samples come from. The class says what a sensible net for them looks like."""

    name: ClassVar[str]
    task: ClassVar[str] = BINARY
    classes: ClassVar[int] = 2
    outputs: ClassVar[int] = 1
    dimensions: ClassVar[int] = 2
    loss: ClassVar[str] = "mse"
    hidden: ClassVar[tuple[int, ...]] = (4, 2)
    hidden_activation: ClassVar[str] = "tanh"
    batch_size: ClassVar[int] = 10

    samples: int = integer(500, 20, 5000)
    noise: float = number(0.0, 0, 1)
    train_fraction: float = number(0.5, 0.1, 0.9)
    features: tuple[str, ...] = subset(("x1", "x2"), tuple(PLANE_FEATURES))

    @property
    def inputs(self) -> int:
        return len(self.features)

    @property
    def train_rows(self) -> int:
        """At least one sample on each side."""
        return min(max(round(self.samples * self.train_fraction), 1), self.samples - 1)

    def train_mask(self, seed: int) -> Array:
        mask = np.zeros(self.samples, bool)
        order = np.random.default_rng([seed, SPLIT]).permutation(self.samples)
        mask[order[: self.train_rows]] = True
        return mask

    def load(self, seed: int) -> Dataset:
        points, y = self.draw(
            np.random.default_rng([seed, POINTS]), np.random.default_rng([seed, NOISE])
        )
        return Dataset(
            name=self.name,
            task=self.task,
            classes=self.classes,
            x=self.encode(points),
            y=y,
            train=self.train_mask(seed),
            points=points,
            bounds=[(-HALF_WIDTH, HALF_WIDTH)] * self.dimensions,
            axes=["x1", "x2"] if self.dimensions == 2 else ["x"],
            inputs=list(self.features),
            encode=self.encode,
        )

    def encode(self, points: Array) -> Array:
        """The chosen features of points (M, 2)."""
        return np.stack(
            [PLANE_FEATURES[name](points[:, 0], points[:, 1]) for name in self.features], axis=1
        )

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        """Points (N, d) and targets (N,). `noise` is a stream of its own."""
        raise NotImplementedError

    def halves(self) -> tuple[Array, Array]:
        """Which samples are of the first class, and the targets: +1 for them, -1 for the rest."""
        first = np.arange(self.samples) < (self.samples + 1) // 2
        return first, np.where(first, 1.0, -1.0)


# --- two classes in the plane ---


@dataclass(frozen=True)
class Circle(Source):
    """A disc of radius 2.5 inside a ring from 3.5 to 5, as in TensorFlow Playground."""

    name = "circle"

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        inside, _ = self.halves()
        radius = rng.uniform(np.where(inside, 0.0, 3.5), np.where(inside, 2.5, 5.0))
        angle = rng.uniform(0, 2 * np.pi, self.samples)
        points = radius[:, np.newaxis] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        # noise moves a point before it gets its label, and back: classes mix where they meet
        moved = points + 2.5 * self.noise * noise.uniform(-1, 1, points.shape)
        return points, np.where(np.hypot(moved[:, 0], moved[:, 1]) < 3.0, 1.0, -1.0)


@dataclass(frozen=True)
class Xor(Source):
    """Opposite quadrants share a class, so no straight line helps."""

    name = "xor"

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        points = rng.uniform(-4.7, 4.7, (self.samples, 2))
        points += 0.3 * np.sign(points)  # a gap along the axes
        moved = points + 2.5 * self.noise * noise.uniform(-1, 1, points.shape)
        return points, np.where(moved[:, 0] * moved[:, 1] > 0, 1.0, -1.0)


@dataclass(frozen=True)
class Gauss(Source):
    """Two round clouds at (2, 2) and (-2, -2); noise widens them until they overlap."""

    name = "gauss"

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        _, y = self.halves()
        spread = 0.7 + 0.9 * self.noise
        points = 2.0 * y[:, np.newaxis] + spread * rng.normal(size=(self.samples, 2))
        return inside_picture(points), y


@dataclass(frozen=True)
class Spiral(Source):
    """Two arms of a turn and three quarters, each between the other's windings."""

    name = "spiral"
    hidden = (8, 8)

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        first, y = self.halves()
        along = np.where(first, np.cumsum(first) - 1, np.cumsum(~first) - 1)
        along = along / max((self.samples + 1) // 2 - 1, 1)  # 0..1 from the centre out
        angle = 1.75 * 2 * np.pi * along + np.where(first, 0.0, np.pi)
        points = 5.0 * along[:, np.newaxis] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        points += rng.uniform(-0.1, 0.1, points.shape)
        return inside_picture(points + self.noise * noise.uniform(-1, 1, points.shape)), y


@dataclass(frozen=True)
class Moons(Source):
    """Two half circles hooked into each other."""

    name = "moons"

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        first, y = self.halves()
        angle = rng.uniform(0, np.pi, self.samples)
        side = np.where(first, 1.0, -1.0)  # the second moon is the first one turned round
        points = np.stack(
            [side * (3 * np.cos(angle) - 1.5), side * (3 * np.sin(angle) - 0.75)], axis=1
        )
        return inside_picture(points + 1.5 * self.noise * noise.normal(size=points.shape)), y


# --- regression ---


@dataclass(frozen=True)
class Plane(Source):
    """y = (x1 + x2) / 10: one neuron can learn it exactly."""

    name = "plane"
    task = REGRESSION
    classes = 0

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        points = rng.uniform(-5, 5, (self.samples, 2))
        return points, points.sum(axis=1) / 10 + 0.5 * self.noise * noise.normal(size=len(points))


@dataclass(frozen=True)
class Wave(Source):
    """y = sin(x) (1 + x/12): a curve through points, with its hills of different heights."""

    name = "wave"
    task = REGRESSION
    classes = 0
    dimensions = 1
    hidden = (8, 8)

    samples: int = integer(200, 20, 5000)
    features: tuple[str, ...] = subset(("x",), ("x",))

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        x = rng.uniform(-5.5, 5.5, self.samples)
        y = 0.7 * np.sin(x) * (1 + x / 12)
        return x[:, np.newaxis], y + 0.5 * self.noise * noise.normal(size=len(x))

    def encode(self, points: Array) -> Array:
        return np.array(points, dtype=float)


# --- real data ---


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
    """Three species of iris by their petals and sepals in cm (Anderson 1935, Fisher 1936),
    standardized.
    """

    name = "iris"
    classes = 3
    outputs = 3
    hidden = (8,)

    samples: int = integer(150, 20, 150)
    train_fraction: float = number(0.6, 0.1, 0.9)
    features: tuple[str, ...] = subset(IRIS_FEATURES[2:], IRIS_FEATURES, (2, 4))

    def load(self, seed: int) -> Dataset:
        rows = self.rows(iris_table(), seed)
        train = self.train_mask(seed)
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
            points=measured if len(self.features) == 2 else None,
            bounds=[(float(a), float(b)) for a, b in zip(low - margin, high + margin, strict=True)],
            axes=list(self.features),
            inputs=list(self.features),
            encode=encode,
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

    def load(self, seed: int) -> Dataset:
        rows = self.rows(digits_table(), seed)
        return Dataset(
            name=self.name,
            task=self.task,
            classes=self.classes,
            x=self.encode(rows[:, :64]),
            y=rows[:, 64].astype(np.int64),
            train=self.train_mask(seed),
            points=None,
            bounds=[(0.0, 16.0)] * 64,
            axes=[],
            inputs=[f"pixel_{row}_{column}" for row in range(8) for column in range(8)],
            encode=self.encode,
        )

    def encode(self, points: Array) -> Array:
        return np.asarray(points / 16.0)


def shipped_file(name: str) -> Path:
    """A data file of scikit-learn, found without importing it (which would cost a second and 100
    MB).
    """
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
    """(1797, 65): 64 pixels and the digit."""
    text = gzip.decompress(shipped_file("digits.csv.gz").read_bytes())
    return np.fromstring(text.replace(b"\n", b","), sep=",").reshape(-1, 65)  # a fifth of loadtxt


def inside_picture(points: Array) -> Array:
    """The few points that noise throws off the picture are put on its edge."""
    return np.clip(points, -HALF_WIDTH, HALF_WIDTH)


def load(source: Source, seed: int) -> Dataset:
    return source.load(seed)


DATASETS: dict[str, type[Source]] = {
    "circle": Circle,
    "xor": Xor,
    "gauss": Gauss,
    "spiral": Spiral,
    "moons": Moons,
    "plane": Plane,
    "wave": Wave,
    "iris": Iris,
    "digits": Digits,
}
