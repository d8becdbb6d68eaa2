"""How each op runs into arrays that exist already: the knowledge of replay, a list.

A forward kernel fills `out`. A backward kernel fills the arrays `into`, one for each input, with
what the op's `vjp` returns, or returns other arrays that hold it already (both inputs of a sum
receive the upstream gradient itself). Calls whose results nobody needs are dropped later, so a
kernel need not ask which input wants a gradient. The calls are those of the op's own rule, in its
order, so that results agree to the last bit, unless the comment says what is gained by another way.
An op that is not in the list replays with its own rule, whose result is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import ops
from engine.ops import Array
from engine.ops.activations import _CUBIC, _SCALE
from engine.ops.op import expand
from engine.ops.reductions import reduced_count
from engine.replay.lines import Lines, root

Forward = Callable[..., Any]  # (lines, op, out, *inputs)
Backward = Callable[..., Sequence[Array | None]]  # (lines, op, g, out, into, *inputs)

FORWARD: dict[type, Forward] = {}
BACKWARD: dict[type, Backward] = {}


def forward(*kinds: type) -> Callable[[Forward], Forward]:
    def enter(kernel: Forward) -> Forward:
        FORWARD.update(dict.fromkeys(kinds, kernel))
        return kernel

    return enter


def backward(*kinds: type) -> Callable[[Backward], Backward]:
    def enter(kernel: Backward) -> Backward:
        BACKWARD.update(dict.fromkeys(kinds, kernel))
        return kernel

    return enter


# --- any op ---


def forward_by_rule(lines: Lines, op: Any, out: Array, *inputs: Array) -> None:
    def rule(*arrays: Array) -> None:
        *given, target = arrays
        target[...] = op.forward(*given)

    rule.__name__ = op.name
    lines.call(rule, *inputs, into=out)


def backward_by_rule(
    lines: Lines, op: Any, g: Array, out: Array, into: list[Array], *inputs: Array
) -> Sequence[Array | None]:
    for i, target in enumerate(into):
        lines.call(_one_contribution(op, i), g, out, *inputs, into=target)
    return into


def _one_contribution(op: Any, i: int) -> Callable[..., None]:
    def rule(g: Array, out: Array, *arrays: Array) -> None:
        *inputs, target = arrays
        contribution = op.vjp(g, out, *inputs)[i]
        if contribution is not None:
            target[...] = contribution

    rule.__name__ = f"{op.name}_vjp_{i}"
    return rule


# --- one ufunc each ---

UFUNCS: dict[type, np.ufunc] = {
    ops.Add: np.add,
    ops.Sub: np.subtract,
    ops.Mul: np.multiply,
    ops.Div: np.divide,
    ops.Pow: np.power,
    ops.Maximum: np.maximum,
    ops.Minimum: np.minimum,
    ops.Neg: np.negative,
    ops.Exp: np.exp,
    ops.Log: np.log,
    ops.Sqrt: np.sqrt,
    ops.Abs: np.absolute,
    ops.Sin: np.sin,
    ops.Cos: np.cos,
    ops.Tanh: np.tanh,
}
ELEMENTWISE = {ops.Add, ops.Sub, ops.Mul, ops.Div, ops.Pow, ops.Maximum, ops.Minimum, ops.Where}


@forward(*UFUNCS)
def _(w: Lines, op: Any, out: Array, *inputs: Array) -> None:
    w.call(UFUNCS[type(op)], *inputs, into=out)


# --- arithmetic ---


@backward(ops.Add)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array, y: Array) -> Any:
    return g, g


@backward(ops.Sub)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array, y: Array) -> Any:
    return g, w.call(np.negative, g, into=into[1])


@backward(ops.Mul)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array, y: Array) -> Any:
    return (
        w.call(np.multiply, uniform(w, g), y, into=into[0]),
        w.call(np.multiply, uniform(w, g), x, into=into[1]),
    )


@backward(ops.Div)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array, y: Array) -> Any:
    to_x, to_y = into
    w.call(np.divide, g, y, into=to_x)
    w.call(np.negative, g, into=to_y)
    w.call(np.multiply, to_y, out, into=to_y)
    return to_x, w.call(np.divide, to_y, y, into=to_y)


@backward(ops.Neg)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    return (w.call(np.negative, g, into=into[0]),)


@forward(ops.Power)
def _(w: Lines, op: ops.Power, out: Array, x: Array) -> None:
    if op.exponent == 2:
        w.call(np.multiply, x, x, into=out)
    else:
        forward_by_rule(w, op, out, x)


@backward(ops.Power)
def _(w: Lines, op: ops.Power, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    if op.exponent != 2:
        return backward_by_rule(w, op, g, out, into, x)
    twice = w.call(np.add, g, g, into=w.empty(g))
    return (w.call(np.multiply, uniform(w, twice), x, into=into[0]),)


@backward(ops.Exp)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    return (w.call(np.multiply, g, out, into=into[0]),)


@backward(ops.Log)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    return (w.call(np.divide, g, x, into=into[0]),)


@backward(ops.Sqrt)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    half = w.call(np.multiply, 0.5, g, into=into[0])
    return (w.call(np.divide, half, out, into=half),)


@backward(ops.Abs)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    sign = w.call(np.sign, x, into=w.empty(x))
    return (w.call(np.multiply, g, sign, into=into[0]),)


@backward(ops.Sin)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    slope = w.call(np.cos, x, into=w.empty(x))
    return (w.call(np.multiply, g, slope, into=into[0]),)


@backward(ops.Cos)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    slope = w.call(np.sin, x, into=w.empty(x))
    to_x = w.call(np.multiply, g, slope, into=into[0])
    return (w.call(np.negative, to_x, into=to_x),)


@forward(ops.Clip)
def _(w: Lines, op: ops.Clip, out: Array, x: Array) -> None:
    w.call(np.maximum, x, op.low, into=out)
    w.call(np.minimum, out, op.high, into=out)


@backward(ops.Clip)
def _(w: Lines, op: ops.Clip, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    inside = w.call(np.greater_equal, x, op.low, into=w.empty(x, bool))
    below = w.call(np.less_equal, x, op.high, into=w.empty(x, bool))
    w.call(np.logical_and, inside, below, into=inside)
    return (w.call(np.multiply, g, inside, into=into[0]),)


# --- activations ---


@backward(ops.Tanh)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    t = w.call(np.multiply, g, out, into=into[0])
    w.call(np.multiply, t, out, into=t)
    return (w.call(np.subtract, g, t, into=t),)


def sigmoid(w: Lines, x: Array, into: Array) -> Array:
    w.call(np.multiply, 0.5, x, into=into)
    w.call(np.tanh, into, into=into)
    w.call(np.add, 1.0, into, into=into)
    return w.call(np.multiply, 0.5, into, into=into)


@forward(ops.Sigmoid)
def _(w: Lines, op: Any, out: Array, x: Array) -> None:
    sigmoid(w, x, out)


@backward(ops.Sigmoid)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    to_x = w.call(np.multiply, g, out, into=into[0])
    rest = w.call(np.subtract, 1.0, out, into=w.empty(out))
    return (w.call(np.multiply, to_x, rest, into=to_x),)


@forward(ops.Relu)
def _(w: Lines, op: Any, out: Array, x: Array) -> None:
    w.call(np.maximum, x, 0.0, into=out)


@backward(ops.Relu)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    on = w.call(np.sign, out, into=into[0])  # 0 or 1, and no conversion from bool
    return (w.call(np.multiply, uniform(w, g), on, into=on),)


@backward(ops.LeakyRelu)
def _(w: Lines, op: ops.LeakyRelu, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    on = w.call(np.greater, x, 0.0, into=w.empty(x, bool))
    to_x = w.call(np.multiply, op.slope, g, into=into[0])
    return (w.set_where(to_x, on, g),)


@forward(ops.LeakyRelu)
def _(w: Lines, op: ops.LeakyRelu, out: Array, x: Array) -> None:
    on = w.call(np.greater, x, 0.0, into=w.empty(x, bool))
    w.call(np.multiply, op.slope, x, into=out)
    w.set_where(out, on, x)


@forward(ops.Elu)
def _(w: Lines, op: ops.Elu, out: Array, x: Array) -> None:
    on = w.call(np.greater, x, 0.0, into=w.empty(x, bool))
    w.call(np.minimum, x, 0.0, into=out)
    w.call(np.expm1, out, into=out)
    w.call(np.multiply, op.alpha, out, into=out)
    w.set_where(out, on, x)


@backward(ops.Elu)
def _(w: Lines, op: ops.Elu, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    on = w.call(np.greater, x, 0.0, into=w.empty(x, bool))
    to_x = w.call(np.add, out, op.alpha, into=into[0])
    w.call(np.multiply, g, to_x, into=to_x)
    return (w.set_where(to_x, on, g),)


@forward(ops.Softplus)
def _(w: Lines, op: Any, out: Array, x: Array) -> None:
    t = w.call(np.absolute, x, into=w.empty(x))
    w.call(np.negative, t, into=t)
    w.call(np.exp, t, into=t)
    w.call(np.log1p, t, into=t)
    w.call(np.maximum, x, 0.0, into=out)
    w.call(np.add, out, t, into=out)


@backward(ops.Softplus)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    slope = sigmoid(w, x, into[0])
    return (w.call(np.multiply, g, slope, into=slope),)


@forward(ops.Silu)
def _(w: Lines, op: Any, out: Array, x: Array) -> None:
    w.call(np.multiply, x, sigmoid(w, x, out), into=out)


@backward(ops.Silu)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    s = sigmoid(w, x, w.empty(x))
    to_x = w.call(np.subtract, 1.0, s, into=into[0])
    w.call(np.multiply, out, to_x, into=to_x)
    w.call(np.add, s, to_x, into=to_x)
    return (w.call(np.multiply, g, to_x, into=to_x),)


def gelu_tanh(w: Lines, x: Array, into: Array) -> Array:
    w.call(np.multiply, _CUBIC, x, into=into)
    w.call(np.multiply, into, x, into=into)
    w.call(np.multiply, into, x, into=into)
    w.call(np.add, x, into, into=into)
    w.call(np.multiply, _SCALE, into, into=into)
    return w.call(np.tanh, into, into=into)


@forward(ops.Gelu)
def _(w: Lines, op: Any, out: Array, x: Array) -> None:
    t = gelu_tanh(w, x, w.empty(x))
    w.call(np.add, 1.0, t, into=t)
    w.call(np.multiply, 0.5, x, into=out)
    w.call(np.multiply, out, t, into=out)


@backward(ops.Gelu)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    t = gelu_tanh(w, x, w.empty(x))
    inner = w.call(np.multiply, 3.0 * _CUBIC, x, into=w.empty(x))
    w.call(np.multiply, inner, x, into=inner)
    w.call(np.add, 1.0, inner, into=inner)
    w.call(np.multiply, _SCALE, inner, into=inner)
    rest = w.call(np.multiply, t, t, into=w.empty(x))
    w.call(np.subtract, 1.0, rest, into=rest)
    to_x = w.call(np.multiply, 0.5, x, into=into[0])
    w.call(np.multiply, to_x, rest, into=to_x)
    w.call(np.multiply, to_x, inner, into=to_x)
    w.call(np.add, 1.0, t, into=t)
    w.call(np.multiply, 0.5, t, into=t)
    w.call(np.add, t, to_x, into=to_x)
    return (w.call(np.multiply, g, to_x, into=to_x),)


@forward(ops.Softmax)
def _(w: Lines, op: ops.Softmax, out: Array, x: Array) -> None:
    _exponentials(w, x, op.axis, into=out)
    total = w.reduce(np.add, out, op.axis, True, into=_reduced(x, op.axis))
    w.call(np.divide, out, total, into=out)


@backward(ops.Softmax)
def _(w: Lines, op: ops.Softmax, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    to_x = w.call(np.multiply, g, out, into=into[0])
    total = w.reduce(np.add, to_x, op.axis, True, into=_reduced(x, op.axis))
    w.call(np.subtract, g, total, into=to_x)
    return (w.call(np.multiply, out, to_x, into=to_x),)


@forward(ops.LogSoftmax)
def _(w: Lines, op: ops.LogSoftmax, out: Array, x: Array) -> None:
    shifted = w.empty(x)
    e = _exponentials(w, x, op.axis, into=w.empty(x), shifted=shifted)
    total = w.reduce(np.add, e, op.axis, True, into=_reduced(x, op.axis))
    w.call(np.log, total, into=total)
    w.call(np.subtract, shifted, total, into=out)


@backward(ops.LogSoftmax)
def _(w: Lines, op: ops.LogSoftmax, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    total = w.reduce(np.add, g, op.axis, True, into=_reduced(x, op.axis))
    to_x = w.call(np.exp, out, into=into[0])
    w.call(np.multiply, to_x, total, into=to_x)
    return (w.call(np.subtract, g, to_x, into=to_x),)


def _exponentials(
    w: Lines, x: Array, axis: int, into: Array, shifted: Array | None = None
) -> Array:
    """e^(x - largest x)."""
    largest = w.reduce(np.maximum, x, axis, True, into=_reduced(x, axis))
    shifted = w.call(np.subtract, x, largest, into=into if shifted is None else shifted)
    return w.call(np.exp, shifted, into=into)


def _reduced(x: Array, axis: Any) -> Array:
    """Room for a reduction that keeps its axis."""
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    shape = list(x.shape)
    for each in axes:
        shape[each] = 1
    return np.empty(shape, x.dtype)


# --- products ---


@dataclass(frozen=True, eq=False)
class Affine:
    """x W + b in one product, [x 1] [W; b]: the bias costs no call, nor does its gradient."""

    name = "affine"
    ones: Array  # x with a column of ones behind it
    joined: Array  # W with b as its last row
    gradient: Array  # and the place of both gradients


@forward(Affine)
def _(w: Lines, op: Affine, out: Array, x: Array, weight: Array, bias: Array) -> None:
    w.dot(op.ones, op.joined, into=out)


@backward(Affine)
def _(w: Lines, op: Affine, g: Array, out: Array, into: list[Array], *inputs: Array) -> Any:
    weight = inputs[1]
    fresh = root(into[1]) is root(op.gradient) and root(into[2]) is root(op.gradient)
    both = w.dot(op.ones.T, g, into=op.gradient if fresh else np.empty_like(op.gradient))
    return w.dot(g, weight.T, into=into[0]), both[:-1], both[-1]


@forward(ops.MatMul)
def _(w: Lines, op: Any, out: Array, x: Array, y: Array) -> None:
    if x.ndim == y.ndim == 2:
        w.dot(x, y, into=out)
    else:
        w.call(np.matmul, x, y, into=out)


@backward(ops.MatMul)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array, y: Array) -> Any:
    if x.ndim == y.ndim == 2:
        return w.dot(g, y.T, into=into[0]), w.dot(x.T, g, into=into[1])
    if x.ndim > 2 and y.ndim > 2 and x.shape[:-2] == y.shape[:-2]:
        to_x = w.call(np.matmul, g, np.swapaxes(y, -1, -2), into=into[0])
        return to_x, w.call(np.matmul, np.swapaxes(x, -1, -2), g, into=into[1])
    # the rule of the op gives contributions that still have the broadcast axes
    shapes = [c.shape if c is not None else () for c in op.vjp(g, out, x, y)]
    return backward_by_rule(w, op, g, out, [np.empty(s, g.dtype) for s in shapes], x, y)


# --- reductions ---


@forward(ops.Sum, ops.Mean)
def _(w: Lines, op: Any, out: Array, x: Array) -> None:
    count = reduced_count(x, op.axis) if isinstance(op, ops.Mean) else 1
    flat = x.ravel(order="K")
    if out.size == 1 and root(flat) is root(x):  # a product with ones takes a third of the time
        w.dot(flat, w.constant(np.full(x.size, 1.0 / count, x.dtype)), into=out.reshape(()))
        return
    w.reduce(np.add, x, op.axis, op.keepdims, into=out)
    if count != 1:
        w.call(np.divide, out, float(count), into=out)


@backward(ops.Sum, ops.Mean)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    count = reduced_count(x, op.axis) if isinstance(op, ops.Mean) else 1
    each = g
    if count != 1:
        each = w.call(np.divide, g, float(count), into=w.empty(g))
    return (w.copy(into[0], expand(each, op.axis, op.keepdims)),)


@forward(ops.Var)
def _(w: Lines, op: ops.Var, out: Array, x: Array) -> None:
    square = _deviation(w, x, op.axis)
    w.call(np.multiply, square, square, into=square)
    w.reduce(np.add, square, op.axis, op.keepdims, into=out)
    w.call(np.divide, out, float(reduced_count(x, op.axis)), into=out)


@backward(ops.Var)
def _(w: Lines, op: ops.Var, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    deviation = _deviation(w, x, op.axis)
    twice = w.call(np.multiply, g, 2.0, into=w.empty(g))
    to_x = w.call(np.multiply, expand(twice, op.axis, op.keepdims), deviation, into=into[0])
    return (w.call(np.divide, to_x, float(reduced_count(x, op.axis)), into=to_x),)


def _deviation(w: Lines, x: Array, axis: Any) -> Array:
    mean = w.reduce(np.add, x, axis, True, into=_reduced(x, axis))
    w.call(np.divide, mean, float(reduced_count(x, axis)), into=mean)
    return w.call(np.subtract, x, mean, into=w.empty(x))


# --- shape: what another array holds already is not computed ---


@backward(ops.Reshape, ops.Transpose, ops.Pad)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    (back,) = op.vjp(g, out, x)
    return (back,) if root(back) is root(g) else backward_by_rule(w, op, g, out, into, x)


@backward(ops.Slice)
def _(w: Lines, op: ops.Slice, g: Array, out: Array, into: list[Array], x: Array) -> Any:
    back = np.zeros_like(into[0])
    taken = back[op.index]
    if not isinstance(taken, np.ndarray) or root(taken) is not back:
        return backward_by_rule(w, op, g, out, into, x)  # chosen one by one, perhaps twice
    w.copy(taken, g)  # the rest of `back` stays 0
    return (back,)


@forward(ops.Concat)
def _(w: Lines, op: ops.Concat, out: Array, *parts: Array) -> None:
    ends = np.cumsum([part.shape[op.axis] for part in parts])[:-1]
    for piece, part in zip(np.split(out, ends, axis=op.axis), parts, strict=True):
        w.copy(piece, part)


@forward(ops.Stack)
def _(w: Lines, op: ops.Stack, out: Array, *parts: Array) -> None:
    for piece, part in zip(np.moveaxis(out, op.axis, 0), parts, strict=True):
        w.copy(piece, part)


@backward(ops.Concat, ops.Stack)
def _(w: Lines, op: Any, g: Array, out: Array, into: list[Array], *parts: Array) -> Any:
    return op.vjp(g, out, *parts)  # views of g


# --- cross-entropy ---


@dataclass(frozen=True, eq=False)
class PickedLogSoftmax:
    """One log-probability of each row, (ln softmax x)[n, k_n]. Its derivative is what it is known
    for: 1 at k_n, minus the softmax.

    The choice is a table with a 1 in each row: products with it take a tenth of the time of
    choosing by number.
    """

    name = "picked_log_softmax"
    chosen: Array
    exponentials: Array
    totals: Array


@forward(PickedLogSoftmax)
def _(w: Lines, op: PickedLogSoftmax, out: Array, x: Array, index: Array) -> None:
    shifted = w.empty(x)
    _exponentials(w, x, 1, into=op.exponentials, shifted=shifted)
    ones = w.constant(np.ones((x.shape[1], 1), x.dtype))  # a product with ones is a cheaper sum
    w.dot(op.exponentials, ones, into=op.totals)
    logarithm = w.call(np.log, op.totals, into=np.empty_like(op.totals))
    picked = w.call(np.multiply, shifted, op.chosen, into=shifted)
    w.dot(picked, ones, into=out[:, None])
    w.call(np.subtract, out, logarithm[:, 0], into=out)


@backward(PickedLogSoftmax)
def _(w: Lines, op: PickedLogSoftmax, g: Array, out: Array, into: list[Array], *_: Array) -> Any:
    to_x = w.call(np.divide, op.exponentials, op.totals, into=into[0])
    w.call(np.subtract, op.chosen, to_x, into=to_x)
    g = uniform(w, g)
    return w.call(np.multiply, to_x, g if g.ndim == 0 else g[:, None], into=to_x), None


def uniform(w: Lines, g: Array) -> Array:
    """A constant whose elements are all the same, as one number: less to read at each step."""
    if w.is_constant(g) and g.size and (g == g.flat[0]).all():
        return w.scalar(float(g.flat[0]), g.dtype)
    return g
