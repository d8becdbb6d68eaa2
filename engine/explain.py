"""Where a number came from: any element of any tensor on a tape, explained in terms of others.

Nothing here needs to know an op. Feed an op's rule a one-hot upstream gradient and what comes back
are the local derivatives of that one element of its output; everything else is bookkeeping. Only
where an element can reach few others - number by number, in a matrix product - just those are asked
for, which is also how a derivative that happens to be 0 is told from one that must be.

Forward, `depends_on`: the elements an element was computed from, with values and derivatives.
Backward, `terms`: the contributions whose sum is an element's gradient. Each came along one edge:
from element `index` of `node`, as upstream (what had arrived there) times local.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.ops import Array, MatMul, Op
from engine.tape import Node, sum_to, tape

Index = tuple[int, ...]


@dataclass(frozen=True)
class Source:
    """One element that another was computed from."""

    input: int  # which input of the op
    node: Node
    index: Index
    value: float
    local: float  # derivative of the explained element with respect to this one


@dataclass(frozen=True)
class Term:
    """One summand of a gradient: what came back along one edge of the computation."""

    node: Node  # the op output that used the explained element
    input: int  # as which input of that op
    index: Index  # the element of the output
    upstream: float  # dL / d(that element)
    local: float  # d(that element) / d(explained element)

    @property
    def contribution(self) -> float:
        """upstream x local."""
        return self.upstream * self.local


def depends_on(node: Node, index: Index) -> list[Source]:
    """The elements of the inputs that element `index` of `node` was computed from.

    An element counts also when its derivative happens to be 0 (a dead relu, a factor of 0): the
    rule is asked a second time at other inputs, where it is not.
    """
    if node.op is None:
        return []
    inputs = [source.data for source in node.inputs]
    others = [_elsewhere(array) for array in inputs]
    here = _row(node.op, index, node.data, inputs)
    elsewhere = _row(node.op, index, np.asarray(node.op.forward(*others)), others)
    found = []
    for i, source in enumerate(node.inputs):
        local, other = here[i], elsewhere[i]
        if local is None or other is None:
            continue  # choices, such as the index of a gather, have no derivative
        for at in _places((local != 0) | (other != 0)):
            found.append(Source(i, source, at, float(source.data[at]), float(local[at])))
    return found


def terms(loss: Node, node: Node, index: Index) -> list[Term]:
    """The contributions to the gradient of element `index` of `node`, in the order of arrival.

    Needs a finished `backward` of `loss`, which left its upstream gradients on the tape.
    """
    return list(Explanation(loss).terms(node, index))


class Explanation:
    """All terms of one backward pass; the local derivatives of an op are computed once."""

    def __init__(self, loss: Node) -> None:
        self.loss = loss
        self._users: dict[Node, list[tuple[Node, int]]] = {}
        for user in reversed(tape(loss)):
            for i, source in enumerate(user.inputs):
                self._users.setdefault(source, []).append((user, i))
        self._jacobians: dict[tuple[Node, int], Array] = {}

    def terms(self, node: Node, index: Index) -> Iterator[Term]:
        """The contributions to one element. The loss itself has none: its gradient 1 is given."""
        for user, i in self._users.get(node, []):
            if user.grad is None:
                continue  # nothing flowed back through here
            for place, local in self._column(user, i, index):
                yield Term(user, i, place, float(user.grad[place]), local)

    def path(self, term: Term) -> list[Term]:
        """The way on from a term to the loss, at each op along the term that carries the most."""
        way = [term]
        while onward := list(self.terms(way[-1].node, way[-1].index)):
            way.append(max(onward, key=lambda each: abs(each.contribution)))
        return way

    def _column(self, user: Node, i: int, index: Index) -> Iterator[tuple[Index, float]]:
        """d(each element of `user`) / d(element `index` of its input i), where there can be one."""
        if _by_numbers(user):
            yield from _reached(user, i, index)
        elif _is_plain_product(user):
            yield from _line(user, i, index)
        elif user.data.size * user.inputs[i].data.size <= LARGEST_KEPT:
            if (user, i) not in self._jacobians:
                self._jacobians[user, i] = np.stack([row for _, row in _rows(user, i)]).reshape(
                    user.data.shape + user.inputs[i].data.shape
                )
            behind: Any = (..., *index)
            column = self._jacobians[user, i][behind]
            yield from ((at, float(column[at])) for at in _places(column))
        else:
            for at, row in _rows(user, i):
                if row[index] != 0:
                    yield at, float(row[index])


LARGEST_KEPT = 1_000_000  # elements of a Jacobian


def _by_numbers(user: Node) -> bool:
    """Whether each number comes from one number of each input: such an op has an expression."""
    return bool(getattr(user.op, "expression", ""))


def _reached(user: Node, i: int, index: Index) -> Iterator[tuple[Index, float]]:
    """The elements one number went into: where broadcasting took it."""
    assert user.op is not None
    inputs = [source.data for source in user.inputs]
    here = np.zeros(inputs[i].shape, bool)
    here[index] = True
    reached = np.broadcast_to(here, user.data.shape)
    rows = user.op.vjp(reached.astype(user.data.dtype), user.data, *inputs)[i]
    if rows is not None:
        local = np.broadcast_to(rows, user.data.shape)
        yield from ((at, float(local[at])) for at in _places(reached))


def _is_plain_product(user: Node) -> bool:
    return isinstance(user.op, MatMul) and all(source.data.ndim == 2 for source in user.inputs)


def _line(user: Node, i: int, index: Index) -> Iterator[tuple[Index, float]]:
    """Z = X Y: an element of X went into its row of Z, times a row of Y; one of Y into a column."""
    x, y = (source.data for source in user.inputs)
    if i == 0:
        yield from (((index[0], j), float(y[index[1], j])) for j in range(y.shape[1]))
    else:
        yield from (((n, index[1]), float(x[n, index[0]])) for n in range(x.shape[0]))


def _rows(user: Node, i: int) -> Iterator[tuple[Index, Array]]:
    """The Jacobian of one input, a row for each element of the output."""
    assert user.op is not None
    inputs = [source.data for source in user.inputs]
    for at in np.ndindex(user.data.shape):
        row = _row(user.op, at, user.data, inputs)[i]
        yield at, np.zeros(inputs[i].shape) if row is None else row


def _row(op: Op, index: Index, out: Array, inputs: list[Array]) -> list[Array | None]:
    """The derivatives of one output element with respect to every element of every input."""
    one_hot = np.zeros(out.shape, out.dtype)
    one_hot[index] = 1.0
    return [
        None if row is None else sum_to(np.asarray(row), array.shape)
        for row, array in zip(op.vjp(one_hot, out, *inputs), inputs, strict=True)
    ]


def _places(array: Array) -> Iterator[Index]:
    """Where an array is not 0."""
    if array.ndim == 0:
        if array:
            yield ()
        return
    for place in np.argwhere(array).tolist():
        yield tuple(place)


def _elsewhere(array: Array) -> Array:
    """Other numbers of the same shape, positive and all different; choices (whole numbers) stay."""
    if array.dtype.kind != "f":
        return array
    return np.random.default_rng(array.size).uniform(0.5, 0.9, array.shape).astype(array.dtype)
