"""The check a reader can do on any number: change it a little, run the rest again, see what the
loss does.

`Rerun` keeps what a tape recorded and computes its loss again with one element of one node
replaced, leaf or not: the ops after it run as they were recorded, nothing is traced or built anew.
`check` does so along a line through the number, and at ever smaller steps either side of it: the
slice of the loss, the secants, and the error of each beside the gradient from the tape. Large
steps are wrong by the bend of the loss (truncation), tiny ones by the last digit (round-off).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from engine.ops import Array
from engine.tape import Node, tape

Index = tuple[int, ...]

STEPS = tuple(
    float(f"1e-{halves // 2}") if halves % 2 == 0 else 10 ** (-halves / 2)
    for halves in range(2, 25)
)
"""1e-1 ... 1e-12 in half decades."""

SLICE = 81  # points of the slice, the middle one is the number itself
LEAST_REACH = 0.5  # how far the slice goes to either side of a small number

Numbers = dict[Node, Array]


class Rerun:
    """A recorded computation, ready to run again with one number changed. In double precision,
    whatever it was recorded in: with floats, a step below 1e-4 would change nothing."""

    def __init__(self, loss: Node) -> None:
        self.result = loss
        self._nodes = tape(loss)
        self._data: Numbers = {}
        for node in self._nodes:
            for source in node.inputs:
                if source.op is None:
                    self._data[source] = _double(source.data)
        self._run(self._nodes, self._data)

    def value(self, node: Node, index: Index = ()) -> float:
        """An element as it is without any change."""
        return float(self._data[node][index])

    @property
    def loss(self) -> float:
        return self.value(self.result, (0,) * self.result.data.ndim)

    def losses(self, node: Node, index: Index, values: Array) -> Array:
        """The loss for each of `values` in the place of one element of `node`."""
        after = self._after(node)
        if all(_elementwise(each) for each in after):
            # single numbers only: all values go through the ops at once
            changed = {node: np.asarray(values, np.float64)}
            self._run(after, changed)
            return np.broadcast_to(changed.get(self.result, self.loss), len(values))
        return np.array([self._loss(after, node, index, value) for value in values])

    def _loss(self, after: list[Node], node: Node, index: Index, value: float) -> float:
        replaced = self._data[node].copy()
        replaced[index] = value
        changed = {node: replaced}
        self._run(after, changed)
        return float(changed[self.result].sum()) if self.result in changed else self.loss

    def _after(self, node: Node) -> list[Node]:
        """What is computed from `node`, in the order of recording."""
        reached = {node}
        found = []
        for each in self._nodes:
            if each is not node and not reached.isdisjoint(each.inputs):
                reached.add(each)
                found.append(each)
        return found

    def _run(self, nodes: list[Node], changed: Numbers) -> None:
        """Compute `nodes` from what has changed, and from the record where nothing has."""
        with np.errstate(all="ignore"):  # a slice may leave the domain of a logarithm
            for node in nodes:
                assert node.op is not None
                inputs = [
                    changed[source] if source in changed else self._data[source]
                    for source in node.inputs
                ]
                changed[node] = np.asarray(node.op.forward(*inputs))


def _double(data: Array) -> Array:
    return data.astype(np.float64) if data.dtype.kind == "f" else data


def _elementwise(node: Node) -> bool:
    """Whether a node is a single number, by an op that takes single numbers one by one."""
    assert node.op is not None
    single = node.data.ndim == 0 and all(source.data.ndim == 0 for source in node.inputs)
    return single and node.op.expression != ""


# --- the check ---


class Difference(NamedTuple):
    """The secant of one step."""

    h: float
    minus: float  # the loss at value - h
    plus: float  # the loss at value + h
    numeric: float  # (plus - minus) / 2h
    relative_error: float  # nan where there is no gradient to compare with


class Kink(NamedTuple):
    """The slopes to either side of a corner of the loss, where it has no derivative."""

    left: float
    right: float


@dataclass(frozen=True)
class Check:
    """One element: its value, its gradient, the loss along it, and the secants."""

    value: float
    analytic: float | None
    values: Array  # (SLICE,)
    losses: Array  # (SLICE,)
    steps: tuple[Difference, ...]
    kink: Kink | None

    @property
    def best(self) -> int:
        """The step whose secant comes nearest; the middle one where no gradient is."""
        errors = [math.inf if math.isnan(e) else e for *_, e in self.steps]
        least = min(range(len(errors)), key=errors.__getitem__)
        return least if math.isfinite(errors[least]) else len(errors) // 2


def check(rerun: Rerun, node: Node, index: Index = (), *, learns: bool = True) -> Check:
    """Hold the gradient of an element (`node.grad`, after backward) against finite differences.
    Of what does not learn, a constant, only the differences are given."""
    value = rerun.value(node, index)
    analytic = None if node.grad is None or not learns else float(node.grad[index])
    reach = max(LEAST_REACH, abs(value) / 3)
    values = value + np.linspace(-reach, reach, SLICE)
    values[SLICE // 2] = value
    h = np.array(STEPS)
    losses = rerun.losses(node, index, np.concatenate([values, value - h, value + h]))
    along, minus, plus = np.split(losses, [SLICE, SLICE + len(h)])
    steps = tuple(map(partial(_difference, analytic), STEPS, minus.tolist(), plus.tolist()))
    return Check(value, analytic, values, along, steps, _kink(steps, rerun.loss))


def _difference(analytic: float | None, h: float, minus: float, plus: float) -> Difference:
    numeric = (plus - minus) / (2 * h)
    return Difference(h, minus, plus, numeric, relative_error(numeric, analytic))


LEAST_SCALE = 1e-4


def relative_error(numeric: float, analytic: float | None) -> float:
    """|numeric - analytic| / the larger of the two, which counts as `LEAST_SCALE` at the least:
    a gradient of nothing would leave nothing but noise to divide by."""
    if analytic is None:
        return math.nan
    return abs(numeric - analytic) / max(abs(numeric), abs(analytic), LEAST_SCALE)


def _kink(steps: tuple[Difference, ...], loss: float) -> Kink | None:
    """Whether the slopes left and right stay apart as the step shrinks. Where the loss is smooth,
    they differ by h times its bend: a hundredth at a hundredth of the step."""
    coarse, fine = (_slopes(steps, h, loss) for h in (1e-4, 1e-6))
    apart = abs(fine.right - fine.left)
    if apart <= 1e-5 * max(abs(fine.left), abs(fine.right), abs(loss), LEAST_SCALE):
        return None
    return fine if apart > 0.5 * abs(coarse.right - coarse.left) else None


def _slopes(steps: tuple[Difference, ...], h: float, loss: float) -> Kink:
    step = steps[STEPS.index(h)]
    return Kink((loss - step.minus) / h, (step.plus - loss) / h)
