"""Automatic differentiation: remember each operation, then walk back through them.

Every recorded value is a `Node`: its data, the op that made it, that op's inputs, and a serial
number. Inputs always exist before outputs, so the serial numbers are a topological order for
free, and the tape of a loss is simply the nodes it depends on, in that order. `walk` goes through
it backwards one op at a time, which is the lesson; `backward` drains the walk, which is training.
Nothing recurses, so a chain may be as long as memory allows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from operator import attrgetter
from typing import NamedTuple, TypeVar

import numpy as np

from engine.ops import Array, Op

_serials = itertools.count(1)
_recording = ContextVar("recording", default=True)


class ShapeError(ValueError):
    """An op was given arrays that do not fit together."""


class Node:
    """A value on the tape: a leaf (`op is None`) that was put there, or computed from inputs."""

    __slots__ = ("data", "grad", "inputs", "op", "requires_grad", "serial")

    data: Array
    grad: Array | None  # dL/d(data); replaced by sums, never changed in place
    requires_grad: bool
    op: Op | None
    inputs: tuple[Node, ...]
    serial: int  # order of recording, 0 for leaves


N = TypeVar("N", bound=Node)


class Step(NamedTuple):
    """One op of a backward pass, after it ran."""

    node: Node
    upstream: Array  # dL/d(node.data), complete: all ops that used the node have already run
    contributions: tuple[Array | None, ...]  # what each input received from this op


def record(kind: type[N], op: Op, inputs: tuple[Node, ...]) -> N:
    """Run `op` and put its output on the tape, unless nothing in it asks for a gradient."""
    try:
        data = op.forward(*[node.data for node in inputs])
    except ValueError as error:
        shapes = " and ".join(str(node.data.shape) for node in inputs)
        raise ShapeError(f"{op.name} cannot take shapes {shapes}: {error}") from error
    output = kind.__new__(kind)  # without __init__, which would make a leaf of it
    output.data = data if isinstance(data, np.ndarray) else np.asarray(data)
    output.grad = None
    for node in inputs:
        if node.requires_grad and _recording.get():
            output.requires_grad = True
            output.op = op
            output.inputs = inputs
            output.serial = next(_serials)
            return output
    output.requires_grad = False
    output.op = None
    output.inputs = ()
    output.serial = 0
    return output


def tape(loss: Node) -> list[Node]:
    """The computed nodes `loss` depends on, in the order in which they were recorded."""
    if loss.op is None:
        return []
    nodes = [loss]
    seen = {loss}
    for node in nodes:  # grows while it is read
        for source in node.inputs:
            if source.op is not None and source not in seen:
                seen.add(source)
                nodes.append(source)
    nodes.sort(key=attrgetter("serial"))
    return nodes


def walk(loss: Node, upstream: Array | None = None) -> Iterator[Step]:
    """Backpropagation, one op per step, from `loss` to the leaves.

    A leaf adds what it receives to the `grad` it already has, so a second pass doubles it and two
    losses add up. An inner node starts each pass anew: its `grad` always belongs to the latest
    pass through it.
    """
    if not loss.requires_grad:
        raise ValueError("nothing on this tape asks for a gradient (requires_grad is False)")
    if upstream is None and loss.data.size != 1:
        raise ValueError(
            f"backward starts at one number, got shape {loss.data.shape}: "
            "reduce it, or pass the upstream gradient"
        )
    nodes = tape(loss)
    for node in nodes:
        node.grad = None
    seed = np.ones_like(loss.data) if upstream is None else np.asarray(upstream, loss.data.dtype)
    if seed.shape != loss.data.shape:
        raise ShapeError(f"upstream has shape {seed.shape}, the value has {loss.data.shape}")
    loss.grad = seed if loss.grad is None else loss.grad + seed
    for node in reversed(nodes):
        if node.grad is not None:
            yield _step(node, node.op, node.grad)


def _step(node: Node, op: Op | None, upstream: Array) -> Step:
    """Ask one op for its rule and hand every input its contribution."""
    assert op is not None
    inputs = node.inputs
    contributions = list(op.vjp(upstream, node.data, *[source.data for source in inputs]))
    for i, source in enumerate(inputs):
        contribution = contributions[i]
        if contribution is None or not source.requires_grad:
            continue
        if contribution.shape != source.data.shape:
            contributions[i] = contribution = sum_to(contribution, source.data.shape)
        grad = source.grad
        source.grad = contribution if grad is None else grad + contribution
    return Step(node, upstream, tuple(contributions))


def backward(loss: Node, upstream: Array | None = None) -> None:
    """Fill `grad` of everything `loss` depends on."""
    for _ in walk(loss, upstream):
        pass


def sum_to(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Undo broadcasting: an element used many times receives the sum over its uses.

    From (3, 4) to (4,) the rows are added up, to (3, 1) the columns.
    """
    extra = gradient.ndim - len(shape)
    stretched = tuple(
        i for i, n in enumerate(gradient.shape) if i < extra or (shape[i - extra] == 1 and n != 1)
    )
    return np.asarray(gradient.sum(axis=stretched)).reshape(shape)


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: evaluation needs values, not gradients."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)
