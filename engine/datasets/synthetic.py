"""Synthetic data: points drawn from a seed, on a plane (or a line) from -6 to 6.

The same seed gives the same points whatever the noise, so moving the noise slider moves points
instead of dealing new ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.datasets.source import Source, inside_picture
from engine.fields import integer, subset
from engine.losses import REGRESSION
from engine.ops import Array

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
    """y = 0.7 sin(x) (1 + x/12): a curve through points, its hills of different heights."""

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
