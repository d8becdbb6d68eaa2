"""Training rows in the forms in which a traced program takes them.

What a loss makes of its targets (a column, signs, class numbers) it makes outside of the tape, so
a trace sees only the result, as constants. But it makes them row by row. So they are computed once
for all rows, and what a batch needs is a slice, like the samples themselves.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.ops import Array
from engine.tape import Node, tape
from engine.tensor import Tensor

Loss = Callable[[Tensor, Array], Tensor]


class Unreplayable(ValueError):
    """Why a step has to run on the tape each time."""


class Rows:
    """Samples x (N, ...), targets y (N, ...), and tables made of them, each with a row for each."""

    def __init__(self, x: Array, y: Array, dtype: np.dtype[np.generic]) -> None:
        self.x, self.y, self.dtype = np.asarray(x, dtype), y, dtype
        self.tables: dict[str, Array] = {"x": self.x}
        self.order = np.arange(len(y))
        self._ordered: dict[tuple[str, ...], list[Array]] = {}

    def reorder(self, order: Array) -> None:
        """Put the rows of all tables in this order: batches are slices of it."""
        self.order = order
        self._ordered = {}

    def ordered(self, names: tuple[str, ...]) -> list[Array]:
        """These tables in the order of now."""
        tables = self._ordered.get(names)
        if tables is None:
            tables = self._ordered[names] = [self._in_order(name) for name in names]
        return tables

    def _in_order(self, name: str) -> Array:
        table = self.tables[name]
        # features first, if they are so in the table: a batch is laid out like the whole
        return table.T[..., self.order].T if name.startswith("chosen") else table[self.order]

    # --- tables ---

    def with_ones(self) -> str:
        """Samples with a 1 behind the last feature, for products that add a bias."""
        if "x_1" not in self.tables:
            ones = np.ones((len(self.x), 1), self.dtype)
            self.tables["x_1"] = np.concatenate([self.x, ones], axis=1)
        return "x_1"

    def chosen(self, name: str, classes: int) -> str:
        """A table of class numbers as one of ones and zeros (N, classes)."""
        new = f"chosen_{name}"
        if new not in self.tables:
            hot = np.zeros((classes, len(self.y)), self.dtype)
            hot[self.tables[name], np.arange(len(self.y))] = 1
            self.tables[new] = hot.T
        return new

    def targets(
        self, loss: Loss, constants: list[Array], size: int, tail: tuple[int, ...]
    ) -> list[str | None]:
        """For each constant of a loss, traced on the first `size` rows, its table: None if it is
        the same for all batches.
        """
        by_target = np.argsort(self.y.reshape(len(self.y), -1)[:, 0], kind="stable")
        low = self._constants(loss, by_target[:size], tail)
        high = self._constants(loss, by_target[::-1][:size], tail)
        everything = self._constants(loss, np.arange(len(self.y)), tail)
        names: list[str | None] = []
        for k, array in enumerate(constants):
            if _same(low[k], high[k]) and _same(low[k], array):
                names.append(None)
            elif everything[k].ndim and _same(everything[k][:size], array):
                self.tables[f"t{k}"] = everything[k]
                names.append(f"t{k}")
            else:
                raise Unreplayable("the loss takes a number from the batch as a whole")
        return names

    def _constants(self, loss: Loss, rows: Array, tail: tuple[int, ...]) -> list[Array]:
        output = Tensor(np.zeros((len(rows), *tail), self.dtype))
        return [leaf.data for leaf in constants_after(output, loss(output, self.y[rows]))]


def constants_before(output: Node) -> list[Array]:
    """The constants that went into a net's output."""
    return [leaf.data for leaf in _constants(tape(output))]


def constants_after(output: Node, value: Node) -> list[Node]:
    """The leaves that a loss brought in itself, in the order in which it used them."""
    return _constants([node for node in tape(value) if node.serial > output.serial])


def _constants(nodes: list[Node]) -> list[Node]:
    sources = (source for node in nodes for source in node.inputs)
    return list(dict.fromkeys(n for n in sources if n.op is None and not n.requires_grad))


def same_arrays(some: list[Array], others: list[Array]) -> bool:
    return len(some) == len(others) and all(map(_same, some, others))


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool((a == b).all())
