"""A walk through a graph: where it can stop, and what is known there.

The backward pass is the engine's own (`engine.tape.walk`), seen one edge at a time: what arrived,
as upstream times local, and the sum so far, which is the very sum the engine makes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.ops import Array
from engine.tape import walk
from engine.tensor import Tensor
from engine.walkthrough.graph import Graph, Vertex


class Arrival(NamedTuple):
    """What comes back into a vertex along one edge."""

    vertex: int
    source: int  # the op that used the vertex
    input: int  # as which of its inputs
    upstream: float
    local: float
    contribution: float
    sum: float  # of this and all earlier arrivals here
    nth: int  # from 1
    of: int  # arrivals here in all


@dataclass(frozen=True)
class Backward:
    """A finished backward pass over a graph."""

    arrivals: tuple[Arrival, ...]
    locals: dict[int, tuple[float | None, ...]]  # by op; None where an op gives no derivative


@np.errstate(all="ignore")  # a diverged net is gone through, too
def backward(graph: Graph) -> Backward:
    """Walk back from the loss, and fill every `grad`."""
    by_tensor = {vertex.tensor: vertex for vertex in graph.vertices}
    for vertex in graph.vertices:
        vertex.tensor.grad = None
    steps = [(by_tensor[step.node], step) for step in walk(graph.loss)]  # type: ignore[index]
    locals_ = {vertex.id: local_derivatives(vertex) for vertex, _ in steps}
    for vertex in graph.vertices:  # constants only: no gradient passes, derivatives there are
        if vertex.op is not None and vertex.id not in locals_:
            locals_[vertex.id] = local_derivatives(vertex)
    coming = Counter(i for vertex, _ in steps for i in arriving(graph, vertex))
    sums: dict[int, Array] = {}
    come: Counter[int] = Counter()
    arrivals = []
    for user, step in steps:
        for i, source in enumerate(user.inputs):
            contribution, local = step.contributions[i], locals_[user.id][i]
            if contribution is None or local is None or not graph.vertices[source].learns:
                continue
            sums[source] = sums[source] + contribution if source in sums else contribution
            come[source] += 1
            arrivals.append(
                Arrival(
                    source,
                    user.id,
                    i,
                    float(step.upstream),
                    local,
                    float(contribution),
                    float(sums[source]),
                    come[source],
                    coming[source],
                )
            )
    return Backward(tuple(arrivals), locals_)


def arriving(graph: Graph, user: Vertex) -> Iterator[int]:
    """The inputs of an op that something comes back into, one for each edge."""
    return (source for source in user.inputs if graph.vertices[source].learns)


def local_derivatives(vertex: Vertex) -> tuple[float | None, ...]:
    """The derivatives of an op by each of its inputs: its rule, asked with an upstream of 1."""
    tensor = vertex.tensor
    assert tensor.op is not None
    one = np.ones_like(tensor.data)
    rows = tensor.op.vjp(one, tensor.data, *[source.data for source in tensor.inputs])
    return tuple(None if row is None else float(row) for row in rows)


def gradient(tensor: Tensor) -> float:
    return 0.0 if tensor.grad is None else float(tensor.grad)
