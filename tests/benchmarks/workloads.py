"""Five small trainings that all contenders of `engine.py` run: the same data, weights, batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Workload:
    """A net, a loss and an optimizer; the output is linear unless the loss is half the square."""

    name: str
    sizes: tuple[int, ...]  # inputs first
    activation: str  # "tanh" or "relu", of the hidden layers
    loss: str  # "half_mse", "cross_entropy" or "hinge"
    optimizer: str  # "sgd" or "adam"
    learning_rate: float
    rows: int
    batch: int
    l2: float = 0.0  # added to the loss: l2 / 2 times the sum of all squared parameters

    @property
    def activations(self) -> list[str]:
        last = "tanh" if self.loss == "half_mse" else "linear"
        return [self.activation] * (len(self.sizes) - 2) + [last]

    def weights(self) -> list[tuple[Array, Array]]:
        """The start: a weight (inputs, units) and a bias (units,) for each layer."""
        rng = np.random.default_rng(1)
        return [
            (rng.normal(0, fan_in**-0.5, (fan_in, units)), np.zeros(units))
            for fan_in, units in zip(self.sizes, self.sizes[1:], strict=False)
        ]

    def data(self) -> tuple[Array, Array]:
        """Samples (rows, inputs), and targets -1 and 1 or class numbers, which follow from them."""
        rng = np.random.default_rng(2)
        x = rng.normal(size=(self.rows, self.sizes[0]))
        if self.loss == "cross_entropy":
            directions = rng.normal(size=(self.sizes[0], self.sizes[-1]))
            return x, np.argmax(x @ directions, axis=1)
        return x, np.where((x**2).sum(axis=1) < self.sizes[0], 1.0, -1.0)

    def batches(self, dtype: str) -> list[tuple[Array, Array]]:
        """One epoch. Contenders may lay it out as they like before the clock starts."""
        x, y = self.data()
        y = y if self.loss == "cross_entropy" else y.astype(dtype)
        starts = range(0, self.rows - self.batch + 1, self.batch)
        return [(x[i : i + self.batch].astype(dtype), y[i : i + self.batch]) for i in starts]


WORKLOADS = [
    Workload("W1", (2, 4, 2, 1), "tanh", "half_mse", "sgd", 0.03, 250, 10),
    Workload("W2", (2, 8, 8, 8, 8, 8, 8, 1), "tanh", "half_mse", "sgd", 0.03, 250, 10),
    Workload("W3", (64, 32, 10), "relu", "cross_entropy", "adam", 0.001, 1797, 32),
    Workload("W4", (784, 128, 10), "relu", "cross_entropy", "adam", 0.001, 4096, 64),
    Workload("W5", (2, 16, 16, 1), "relu", "hinge", "sgd", 0.1, 100, 100, 2e-4),
]
