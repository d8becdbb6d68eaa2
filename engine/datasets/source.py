"""What a data set is: where samples come from, and what is handed to a net and to a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np

from engine.fields import Declared, integer, number, subset
from engine.losses import BINARY
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


class Split(NamedTuple):
    """Which samples a net learns from, and which say meanwhile how well: masks (N,)."""

    train: Array
    validation: Array


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples ready for a net, and what a picture of them needs."""

    name: str
    task: str
    classes: int  # 0 for regression
    x: Array  # (N, inputs)
    y: Array  # (N,) -1/+1, class numbers, or values
    train: Array  # (N,) bool
    validation: Array  # (N,) bool: looked at while training; what is left is for the test
    points: Array | None  # (N, d) in original units, for d <= 2
    bounds: list[tuple[float, float]]  # of the picture, one pair for each axis
    axes: list[str]
    inputs: list[str]  # names of the columns of x
    encode: Callable[[Array], Array]  # points of the plane (M, d) -> net inputs (M, inputs)
    original: Array | None = None  # (N, inputs) in original units, where x is not
    target: str = "y"
    target_units: tuple[float, float] = (0.0, 1.0)  # value = y * second + first
    class_names: list[str] = field(default_factory=list)  # where the data bring their own

    @property
    def test(self) -> Array:
        """(N,) bool: neither trained on nor looked at while training."""
        return ~(self.train | self.validation)

    @property
    def x_train(self) -> Array:
        return self.x[self.train]

    @property
    def y_train(self) -> Array:
        return self.y[self.train]

    @property
    def x_test(self) -> Array:
        return self.x[self.test]

    @property
    def y_test(self) -> Array:
        return self.y[self.test]


@dataclass(frozen=True)
class Source(Declared):
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
    most_samples: ClassVar[int] = 0  # where there is no field for it
    in_time: ClassVar[bool] = False  # whether samples follow one another

    samples: int = integer(500, 20, 5000)
    noise: float = number(0.0, 0, 1)
    train_fraction: float = number(0.5, 0.1, 0.9)
    validation_fraction: float = number(0.0, 0, 0.8)
    features: tuple[str, ...] = subset(("x1", "x2"), tuple(PLANE_FEATURES))

    @property
    def inputs(self) -> int:
        return len(self.features)

    @property
    def train_rows(self) -> int:
        """At least one sample on each side."""
        return min(max(round(self.samples * self.train_fraction), 1), self.samples - 1)

    @property
    def validation_rows(self) -> int:
        """Of the samples that are not trained on; at least one of them stays for the test."""
        if self.validation_fraction == 0.0:
            return 0
        rest = self.samples - self.train_rows
        return max(0, min(max(round(self.samples * self.validation_fraction), 1), rest - 1))

    def order(self, seed: int) -> Array:
        """The samples in the order in which they are dealt out: to train, to validate, to test."""
        return np.random.default_rng([seed, SPLIT]).permutation(self.samples)

    def split(self, seed: int) -> Split:
        order, end = self.order(seed), self.train_rows
        train, validation = np.zeros(self.samples, bool), np.zeros(self.samples, bool)
        train[order[:end]] = True
        validation[order[end : end + self.validation_rows]] = True
        return Split(train, validation)

    def load(self, seed: int, split: Split | None = None) -> Dataset:
        """The samples for a seed, dealt out as the settings say, or as one wishes."""
        train, validation = split or self.split(seed)
        points, y = self.draw(
            np.random.default_rng([seed, POINTS]), np.random.default_rng([seed, NOISE])
        )
        return Dataset(
            name=self.name,
            task=self.task,
            classes=self.classes,
            x=self.encode(points),
            y=y,
            train=train,
            validation=validation,
            points=points,
            bounds=[(-HALF_WIDTH, HALF_WIDTH)] * self.dimensions,
            axes=["x1", "x2"] if self.dimensions == 2 else ["x"],
            inputs=list(self.features),
            encode=self.encode,
        )

    def continues(self, other: Source) -> bool:
        """Whether a net that learns from another source can go on with this one."""
        return self == other

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


def inside_picture(points: Array) -> Array:
    """The few points that noise throws off the picture are put on its edge."""
    return np.clip(points, -HALF_WIDTH, HALF_WIDTH)


# --- units of what was measured ---


def scale_of(training: Array, scaling: str) -> tuple[Array, Array]:
    """What to take away from each column, and what to divide it by then."""
    zeros, ones = np.zeros(training.shape[1]), np.ones(training.shape[1])
    if scaling == "none":
        return zeros, ones
    with np.errstate(over="ignore", invalid="ignore"):
        if scaling == "standardize":
            shift, spread = training.mean(axis=0), training.std(axis=0)
        else:
            shift = training.min(axis=0)
            spread = training.max(axis=0) - shift
    usable = np.isfinite(shift) & np.isfinite(spread) & (spread > 0)
    return np.where(np.isfinite(shift), shift, 0.0), np.where(usable, spread, ones)


def bounds_of(measured: Array) -> list[tuple[float, float]]:
    """Of the picture: a little more than the rows."""
    low, high = measured.min(axis=0), measured.max(axis=0)
    margin = np.where(high > low, 0.05 * (high - low), np.maximum(0.5, 0.05 * np.abs(low)))
    return [(float(a), float(b)) for a, b in zip(low - margin, high + margin, strict=True)]
