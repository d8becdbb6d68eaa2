"""Gradients held against finite differences.

Change one number a little both ways and see what the result does.

A central difference (f(x + h) - f(x - h)) / 2h is wrong by about h^2 for smooth f, and by about
1e-16 / h through rounding, so h = 1e-5 leaves ten digits; a tiny h such as 1e-12 leaves four.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.ops import Array
from engine.tape import backward, no_grad
from engine.tensor import Tensor

H = 1e-5
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Check:
    """One element of one input: the gradient from the tape beside the finite difference."""

    input: int
    index: tuple[int, ...]
    gradient: float
    difference: float

    @property
    def error(self) -> float:
        """Relative to the larger of the two, or absolute below 1, where digits are few."""
        scale = max(1.0, abs(self.gradient), abs(self.difference))
        return abs(self.gradient - self.difference) / scale


class GradientError(AssertionError):
    """A gradient that is not the derivative."""


def difference(
    value: Callable[[], float], array: Array, index: tuple[int, ...], h: float = H
) -> float:
    """The central difference of `value()` by one element, which is put back afterwards."""
    before = array[index]
    array[index] = before + h
    above = value()
    array[index] = before - h
    below = value()
    array[index] = before
    return (above - below) / (2 * h)


def compare(
    function: Callable[..., Tensor], *inputs: Tensor, h: float = H, upstream: Array | None = None
) -> Iterator[Check]:
    """Every element of every input that asks for a gradient, one check each.

    A result that is not one number is weighted with `upstream`, by default with random weights:
    each element of the result then matters, and none can cancel another by chance.
    """
    copies = [Tensor(tensor.data.copy(), tensor.requires_grad) for tensor in inputs]
    result = function(*copies)
    if upstream is None:
        upstream = np.random.default_rng(0).uniform(0.5, 1.5, result.shape)
    backward(result, upstream)

    def value() -> float:
        with no_grad():
            return float(np.sum(function(*copies).data * upstream))

    for i, tensor in enumerate(copies):
        if tensor.requires_grad:
            grad = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad
            for index in np.ndindex(tensor.shape):
                yield Check(i, index, float(grad[index]), difference(value, tensor.data, index, h))


def gradcheck(
    function: Callable[..., Tensor],
    *inputs: Tensor,
    h: float = H,
    tolerance: float = TOLERANCE,
    name: str = "",
) -> float:
    """The largest relative error; GradientError says which element is above `tolerance`."""
    worst = 0.0
    for check in compare(function, *inputs, h=h):
        if not check.error <= tolerance:  # also when it is nan
            what = name or getattr(function, "__name__", "function")
            place = ", ".join(str(i) for i in check.index)
            raise GradientError(
                f"{what}: the gradient of input {check.input} at [{place}] is "
                f"{check.gradient:.10g}, but changing that element by {h:g} both ways changes the "
                f"result as if it were {check.difference:.10g} "
                f"(relative error {check.error:.2g}, allowed {tolerance:g})"
            )
        worst = max(worst, check.error)
    return worst
