"""The ops of a tape as pieces of work: mostly one each, sometimes two that are better done at once.

Two such pairs are worth it. A product and the bias added to it become one product (`Affine`), since
adding a row to a matrix costs more than the whole product of a small layer. And the logarithm of a
softmax of which one number per row is taken, the cross-entropy, has a gradient that needs no
logarithm (`PickedLogSoftmax`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from engine import ops
from engine.replay.flat import Flat
from engine.replay.kernels import Affine, PickedLogSoftmax
from engine.tape import Node

VIEWS = (ops.Reshape, ops.Transpose, ops.Slice)  # ops whose values may lie in those of another


@dataclass(frozen=True, eq=False)
class Piece:
    """What one kernel does. `op` is an op of the tape, or the class of a pair."""

    op: Any
    output: Node
    inputs: tuple[Node, ...]


def pieces_of(
    nodes: list[Node], flat: Flat, x: Node, tables: dict[Node, str | None]
) -> list[Piece]:
    """The pieces of a tape in its order; a pair stands in the place of its second op."""
    uses = Counter(source for node in nodes for source in node.inputs)
    pieces: dict[Node, Piece] = {}
    for node in nodes:
        first = pieces.get(node.inputs[0])
        if first is None or uses[first.output] > 1:
            pieces[node] = Piece(node.op, node, node.inputs)
        elif _is_affine(first, node, flat, x):
            del pieces[first.output]
            pieces[node] = Piece(Affine, node, (*first.inputs, node.inputs[1]))
        elif _is_picked(first, node, tables):
            del pieces[first.output]
            pieces[node] = Piece(PickedLogSoftmax, node, (first.inputs[0], node.inputs[1]))
        else:
            pieces[node] = Piece(node.op, node, node.inputs)
    return list(pieces.values())


def _is_affine(product: Piece, node: Node, flat: Flat, x: Node) -> bool:
    """x W + b with neighbouring parameters, and an x behind which there is room for ones."""
    if not (isinstance(product.op, ops.MatMul) and isinstance(node.op, ops.Add)):
        return False
    (left, weight), bias = product.inputs, node.inputs[1]
    return (
        left.data.ndim == weight.data.ndim == 2
        and bias.data.ndim == 1
        and flat.joined(flat.data, weight, bias) is not None
        and (left is x or (left.op is not None and not isinstance(left.op, VIEWS)))
    )


def _is_picked(logs: Piece, node: Node, tables: dict[Node, str | None]) -> bool:
    """(ln softmax x)[n, k_n] with k_n from a table of the loss."""
    return (
        isinstance(logs.op, ops.LogSoftmax)
        and isinstance(node.op, ops.Gather)
        and logs.output.data.ndim == 2
        and logs.op.axis in (1, -1)
        and tables.get(node.inputs[1]) is not None
    )
