"""Sums, means and extremes over axes. `axis=None` reduces everything to one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.ops.op import Array, Gradients, Op, expand

Axis = int | tuple[int, ...] | None


def reduced_count(x: Array, axis: Axis) -> int:
    """How many elements went into each result."""
    if axis is None:
        return x.size
    axes = (axis,) if isinstance(axis, int) else axis
    count = 1
    for each in axes:
        count *= x.shape[each]
    return count


@dataclass(frozen=True)
class Sum(Op, name="sum", formula=r"z = \sum_i x_i"):
    """Every term receives the upstream gradient."""

    axis: Axis = None
    keepdims: bool = False

    def forward(self, x: Array) -> Array:
        return np.asarray(x.sum(axis=self.axis, keepdims=self.keepdims))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        spread = np.empty_like(x)
        spread[...] = expand(g, self.axis, self.keepdims)
        return (spread,)


@dataclass(frozen=True)
class Mean(Op, name="mean", formula=r"z = \frac{1}{n} \sum_i x_i"):
    """Every term receives 1/n of the upstream gradient."""

    axis: Axis = None
    keepdims: bool = False

    def forward(self, x: Array) -> Array:
        total = x.sum(axis=self.axis, keepdims=self.keepdims)
        return np.asarray(total / reduced_count(x, self.axis))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        spread = np.empty_like(x)
        spread[...] = expand(g, self.axis, self.keepdims) / reduced_count(x, self.axis)
        return (spread,)


@dataclass(frozen=True)
class Max(
    Op,
    name="max",
    formula=r"z = \max_i x_i",
    convention="equal largest elements share the gradient evenly",
):
    """The largest element receives everything."""

    axis: Axis = None
    keepdims: bool = False

    def forward(self, x: Array) -> Array:
        return np.asarray(np.max(x, axis=self.axis, keepdims=self.keepdims))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        largest = x == expand(out, self.axis, self.keepdims)
        share = (largest / largest.sum(axis=self.axis, keepdims=True)).astype(g.dtype)
        return (expand(g, self.axis, self.keepdims) * share,)


@dataclass(frozen=True)
class Var(Op, name="var", formula=r"z = \frac{1}{n} \sum_i (x_i - \bar{x})^2"):
    """2 (x_i - mean) / n: the mean moves too, but deviations sum to zero."""

    axis: Axis = None
    keepdims: bool = False

    def forward(self, x: Array) -> Array:
        return np.asarray(np.var(x, axis=self.axis, keepdims=self.keepdims))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        deviation = x - np.mean(x, axis=self.axis, keepdims=True)
        return (
            expand(g, self.axis, self.keepdims) * 2.0 * deviation / reduced_count(x, self.axis),
        )


@dataclass(frozen=True)
class LogSumExp(Op, name="logsumexp", formula=r"z = \ln \sum_i e^{x_i}"):
    """The derivative is the softmax. The largest element is taken out first: no overflow."""

    axis: Axis = None
    keepdims: bool = False

    def forward(self, x: Array) -> Array:
        largest = np.max(x, axis=self.axis, keepdims=True)
        # an infinite largest element would make inf - inf of itself
        shift = np.where(np.isfinite(largest), largest, 0.0).astype(x.dtype)
        total = np.exp(x - shift).sum(axis=self.axis, keepdims=True)
        result = np.log(total) + shift
        if self.keepdims:
            return np.asarray(result)
        return np.asarray(np.squeeze(result, axis=self.axis))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        softmax = np.exp(x - expand(out, self.axis, self.keepdims))
        return (expand(g, self.axis, self.keepdims) * softmax,)
