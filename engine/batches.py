"""Which samples come when: minibatches, and the order that a snapshot brings back."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops import Array

BATCHES = 4  # random stream of a seed


class Batches:
    """Minibatches without replacement: a new order each epoch, whose last batch may be smaller."""

    def __init__(self, x: Array, y: Array, seed: int) -> None:
        self.x, self.y = x, y
        self.rng = np.random.default_rng([seed, BATCHES])
        self.seen = 0
        self._begin(self.rng.permutation(len(x)), 0)

    def deal(self, x: Array, y: Array) -> None:
        """Other rows from here on: the epoch under way ends early, and a new one begins."""
        epochs = -(-self.seen // len(self.x))
        self.x, self.y, self.seen = x, y, epochs * len(x)
        self._begin(self.rng.permutation(len(x)), 0)

    def _begin(self, order: Array, position: int) -> None:
        self.order, self.position = order, position

    def rows(self, size: int) -> Array:
        return self.order[self.position : self.position + size]

    def peek(self, size: int) -> tuple[Array, Array]:
        rows = self.rows(size)
        return self.x[rows], self.y[rows]

    def left(self, size: int) -> int:
        """How many batches there are until the end of the epoch."""
        return -(-(len(self.x) - self.position) // size)

    def advance(self, size: int) -> None:
        taken = min(size, len(self.x) - self.position)
        self.seen += taken
        self.position += taken
        if self.position == len(self.x):
            self._begin(self.rng.permutation(len(self.x)), 0)

    def snapshot(self) -> tuple[Any, ...]:
        return self.rng.bit_generator.state, self.order, self.position, self.seen

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        self.rng.bit_generator.state, order, position, self.seen = snapshot
        self._begin(order, position)
