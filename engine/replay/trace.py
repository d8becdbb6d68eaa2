"""From one training step on the tape to a program that repeats it without the tape.

The step runs once, forward only. Each op on the tape then writes its kernel into a program
(`Lines`), first all values in the order of the tape, then all gradients in reverse. That is the
work of `engine/tape.py` done once for all steps: the order is fixed, every value and every gradient
has its array, and where gradients meet, a sum is a line of the program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.ops import Array
from engine.replay.flat import Flat
from engine.replay.fuse import VIEWS, Piece, pieces_of
from engine.replay.kernels import (
    BACKWARD,
    ELEMENTWISE,
    FORWARD,
    Affine,
    Backward,
    Forward,
    PickedLogSoftmax,
    backward_by_rule,
    forward_by_rule,
)
from engine.replay.lines import Lines, root
from engine.replay.rows import (
    Loss,
    Rows,
    Unreplayable,
    constants_after,
    constants_before,
    same_arrays,
)
from engine.tape import Node, tape
from engine.tensor import Tensor


@dataclass(frozen=True)
class Program:
    """Fills the flat gradient and the loss. Its arguments are rows of the tables it names."""

    run: Callable[..., None]
    tables: tuple[str, ...]
    loss: Array  # of one element
    source: str


def trace(
    flat: Flat,
    forward: Callable[[Tensor], Tensor],
    loss: Loss,
    rows: Rows,
    size: int,
    penalty: Callable[[], Tensor | None] | None = None,
) -> Program:
    """A program for batches of `size` rows. Unreplayable: says why there is none."""
    x = Tensor(rows.x[:size])  # asks for a gradient, or what is made of it alone is not recorded
    output = forward(x)
    others = Tensor(rows.x[::-1][:size])
    if not same_arrays(constants_before(output), constants_before(forward(others))):
        raise Unreplayable("a layer computes with numbers that are not on the tape")
    value = loss(output, rows.y[:size])
    cost = penalty() if penalty else None
    objective = value if cost is None else value + cost
    if value.data.size != 1:
        raise Unreplayable("the loss is not one number")
    return Trace(flat, rows, size, x, output, value, objective, loss).program()


class Trace:
    """The arrays of one traced step, by node."""

    def __init__(
        self,
        flat: Flat,
        rows: Rows,
        size: int,
        x: Tensor,
        output: Node,
        value: Node,
        objective: Node,
        loss: Loss,
    ) -> None:
        self.flat, self.rows, self.size = flat, rows, size
        self.x, self.value_node, self.objective = x, value, objective
        self.lines = Lines()
        for (name, _), (_, data, grad) in zip(flat.parameters, flat.owned, strict=True):
            self.lines.name(name, data)
            self.lines.name(name + "_grad", grad)
        self.nodes = tape(objective)
        self.named: Counter[str] = Counter()
        self.values: dict[Node, Array] = {}
        self.grads: dict[Node, Array] = {}
        self.ones: dict[Node, Array] = {}  # values with a column of ones behind them
        self.tables: dict[str, Array] = {}  # arguments of the program: their examples
        constants = constants_after(output, value)
        names = rows.targets(loss, [leaf.data for leaf in constants], size, output.data.shape[1:])
        self.leaf_tables = dict(zip(constants, names, strict=True))
        self._picked: dict[Piece, PickedLogSoftmax] = {}
        self.pieces = pieces_of(self.nodes, flat, x, self.leaf_tables)
        products = [piece for piece in self.pieces if piece.op is Affine]
        self.with_ones = {piece.inputs[0] for piece in products}
        self.samples_as_they_are = all(p in products for p in self.pieces if x in p.inputs)

    def program(self) -> Program:
        for piece in self.pieces:
            self._forward(piece)
        self._backward()
        missing = [name for name, t in self.flat.parameters if t not in self.grads]
        if missing:
            raise Unreplayable(f"no gradient reaches {missing[0]}")
        lines, value = self.lines, self.values[self.value_node]
        lines.drop_unread(value, self.flat.grad)
        used = {id(root(array)) for call in lines.calls for array in call.reads}
        lines.arguments = [
            (name, example) for name, example in lines.arguments if id(root(example)) in used
        ]
        names = tuple(name for name, _ in lines.arguments)
        return Program(lines.bind(), names, value, lines.source)

    # --- values ---

    def _forward(self, piece: Piece) -> None:
        inputs = [self._value(source) for source in piece.inputs]
        out = self._room_for(piece, inputs)
        self.values[piece.output] = out
        op = self._operation(piece)
        if isinstance(op, VIEWS) and root(out) is root(inputs[0]):
            return
        self.named[op.name] += 1
        name = self.lines.name(f"{op.name}_{self.named[op.name]}", out)
        if piece.output in self.ones:
            self.lines.name(f"{name}_ones", self.ones[piece.output])
        kernel: Forward = FORWARD.get(type(op), forward_by_rule)
        kernel(self.lines, op, out, *inputs)

    def _operation(self, piece: Piece) -> Any:
        """The op, or the fused one with its arrays."""
        if piece.op is Affine:
            x, weight, bias = piece.inputs
            joined = self.flat.joined(self.flat.data, weight, bias)
            gradient = self.flat.joined(self.flat.grad, weight, bias)
            assert joined is not None and gradient is not None
            layer = self.flat.names[weight].rpartition(".")[0] or "layer"
            self.lines.name(layer, joined)
            self.lines.name(f"{layer}_grad", gradient)
            return Affine(self.ones[x], joined, gradient)
        if piece.op is PickedLogSoftmax:
            if piece not in self._picked:
                x, index = piece.inputs
                table = self.leaf_tables[index]
                assert table is not None
                scores = self._value(x)
                name = self.rows.chosen(table, scores.shape[1])
                totals = np.empty((self.size, 1), scores.dtype)
                self._picked[piece] = PickedLogSoftmax(
                    self._argument(name), self.lines.empty(scores), totals
                )
            return self._picked[piece]
        return piece.op

    def _room_for(self, piece: Piece, inputs: list[Array]) -> Array:
        """The array for a value, and behind it a column of ones if a product wants one.

        Features lie in rows, samples in columns: then both a value and the value with ones are
        whole arrays to BLAS, which copies others.
        """
        data, op = piece.output.data, piece.op
        if isinstance(op, VIEWS):
            view = op.forward(inputs[0])
            if root(view) is root(inputs[0]):
                return view
        if piece.output in self.with_ones:
            self.ones[piece.output] = np.ones((data.shape[1] + 1, len(data)), data.dtype).T
            return self.ones[piece.output][:, :-1]
        if data.ndim == 2:
            return np.empty(data.shape, data.dtype, "F")
        return np.empty(data.shape, data.dtype)

    def _value(self, node: Node) -> Array:
        """The array of a value, or of a leaf that is met for the first time."""
        if node not in self.values:
            self.values[node] = self._leaf(node)
        return self.values[node]

    def _leaf(self, node: Node) -> Array:
        if node is self.x:
            if self.samples_as_they_are:
                self.ones[node] = self._argument(self.rows.with_ones())
                return self.ones[node][:, :-1]
            return self._copied("x", with_ones=node in self.with_ones)
        if node in self.flat.places:
            return node.data
        if node.requires_grad:
            raise Unreplayable("a gradient goes to a tensor that is not a parameter")
        table = self.leaf_tables.get(node)
        if table is None:
            return self.lines.constant(node.data)
        if all(type(p.op) in ELEMENTWISE for p in self.pieces if node in p.inputs):
            return self._argument(table)
        if all(p.op is PickedLogSoftmax for p in self.pieces if node in p.inputs):
            return node.data  # only the table of choices is used
        return self._copied(table)

    def _argument(self, table: str) -> Array:
        if table not in self.tables:
            example = self.rows.tables[table][: self.size].copy(order="K")
            self.tables[table] = self.lines.argument(table, example)
        return self.tables[table]

    def _copied(self, table: str, with_ones: bool = False) -> Array:
        """A batch in an array of its own, for ops that look at it in their own ways."""
        argument = self._argument(table)
        own = np.empty_like(argument)
        if with_ones:
            self.ones[self.x] = np.ones((argument.shape[1] + 1, self.size), argument.dtype).T
            own = self.ones[self.x][:, :-1]
        return self.lines.copy(own, argument)

    # --- gradients ---

    def _backward(self) -> None:
        value = self.values[self.objective]
        self.grads[self.objective] = self.lines.constant(np.ones_like(value))
        for piece in reversed(self.pieces):
            g = self.grads.get(piece.output)
            if g is None:
                continue
            op, inputs = self._operation(piece), [self._value(source) for source in piece.inputs]
            into = self._rooms(piece)
            kernel: Backward = BACKWARD.get(type(op), backward_by_rule)
            contributions = kernel(self.lines, op, g, self.values[piece.output], into, *inputs)
            for source, contribution in zip(piece.inputs, contributions, strict=True):
                if contribution is not None and source.requires_grad:
                    self._receive(source, contribution)

    def _rooms(self, piece: Piece) -> list[Array]:
        """An array for each contribution: for the first one to a parameter, its own gradient."""
        rooms: list[Array] = []
        for i, source in enumerate(piece.inputs):
            first = source not in self.grads and source not in piece.inputs[:i]
            whole = type(piece.op) in ELEMENTWISE
            like = self.values[piece.output] if whole else self._value(source)
            if source in self.flat.places and first and like.shape == source.data.shape:
                rooms.append(self.flat.view(self.flat.grad, source))
            else:
                rooms.append(self.lines.empty(like, piece.output.data.dtype))
                if source.op is not None:
                    name = self.lines.name(source.op.name, self.values[source])
                    self.lines.name(f"{name}_grad", rooms[-1])
        return rooms

    def _receive(self, source: Node, contribution: Array) -> None:
        """The first contribution is the gradient so far, another is added."""
        lines, shape = self.lines, source.data.shape
        if contribution.shape != shape:
            contribution = self._sum_to(contribution, shape)
        known = self.grads.get(source)
        if source in self.flat.places:
            own = self.flat.view(self.flat.grad, source)
            if known is not None:
                lines.call(np.add, known, contribution, into=own)
            elif root(contribution) is not root(own):
                lines.copy(own, contribution)
            self.grads[source] = own
        elif known is None:
            self.grads[source] = contribution
        else:
            self.grads[source] = lines.call(np.add, known, contribution, into=lines.empty(known))

    def _sum_to(self, contribution: Array, shape: tuple[int, ...]) -> Array:
        """Undo broadcasting, as `engine.tape.sum_to` does."""
        extra = contribution.ndim - len(shape)
        stretched = tuple(
            i
            for i, n in enumerate(contribution.shape)
            if i < extra or (shape[i - extra] == 1 and n != 1)
        )
        total = np.empty(shape, contribution.dtype)
        kept = [n for i, n in enumerate(contribution.shape) if i not in stretched]
        self.lines.reduce(np.add, contribution, stretched, False, into=total.reshape(kept))
        return total
