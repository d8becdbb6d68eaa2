"""Activation functions, each in the form that cannot overflow.

Outputs are reused in the derivatives where that is the textbook form: tanh' = 1 - z^2, sigmoid' =
z (1 - z).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.ops.op import Array, Gradients, Op


def stable_sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x) = (1 + tanh(x/2)) / 2: tanh saturates where e^-x would overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


# --- saturating ---


@dataclass(frozen=True)
class Sigmoid(Op, name="sigmoid", formula=r"z = \frac{1}{1 + e^{-x}}"):
    """z (1 - z), at most 1/4."""

    expression = "1 / (1 + exp(-x))"
    derivatives = ("z * (1 - z)",)

    def forward(self, x: Array) -> Array:
        return stable_sigmoid(x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g * out * (1.0 - out),)


@dataclass(frozen=True)
class Tanh(Op, name="tanh", formula=r"z = \tanh x"):
    """1 - z^2, at most 1."""

    expression = "tanh(x)"
    derivatives = ("1 - z**2",)

    def forward(self, x: Array) -> Array:
        return np.tanh(x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g - g * out * out,)


# --- piecewise linear ---


@dataclass(frozen=True)
class Relu(Op, name="relu", formula=r"z = \max(0, x)", convention="0 at x = 0"):
    """The gradient passes where x > 0."""

    expression = "maximum(0, x)"
    derivatives = ("choose(x, 1, 0)",)

    def forward(self, x: Array) -> Array:
        return np.maximum(x, 0.0)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g * (x > 0),)


@dataclass(frozen=True)
class LeakyRelu(
    Op,
    name="leaky_relu",
    formula=r"z = x \text{ if } x > 0 \text{ else } a x",
    convention="the slope a at x = 0",
):
    """1 where x > 0, the small slope elsewhere, so no unit dies."""

    expression = "choose(x, x, slope * x)"
    derivatives = ("choose(x, 1, slope)",)

    slope: float = 0.01

    def forward(self, x: Array) -> Array:
        return np.where(x > 0, x, self.slope * x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (np.where(x > 0, g, self.slope * g),)


# --- smooth relatives of relu ---


@dataclass(frozen=True)
class Elu(
    Op,
    name="elu",
    formula=r"z = x \text{ if } x > 0 \text{ else } a (e^{x} - 1)",
    convention="a at x = 0, the derivative from the left",
):
    """a e^x = z + a on the negative side (Clevert, Unterthiner & Hochreiter 2015)."""

    expression = "choose(x, x, alpha * (exp(x) - 1))"
    derivatives = ("choose(x, 1, z + alpha)",)

    alpha: float = 1.0

    def forward(self, x: Array) -> Array:
        return np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (np.where(x > 0, g, g * (out + self.alpha)),)


@dataclass(frozen=True)
class Softplus(Op, name="softplus", formula=r"z = \ln(1 + e^{x})"):
    """The derivative is the sigmoid."""

    expression = "log(1 + exp(x))"
    derivatives = ("sigmoid(x)",)

    def forward(self, x: Array) -> Array:
        return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g * stable_sigmoid(x),)


@dataclass(frozen=True)
class Silu(Op, name="silu", formula=r"z = x \, \sigma(x)"):
    """s + x s (1 - s), also called swish (Elfwing, Uchibe & Doya 2017)."""

    expression = "x * sigmoid(x)"
    derivatives = ("sigmoid(x) + z * (1 - sigmoid(x))",)

    def forward(self, x: Array) -> Array:
        return x * stable_sigmoid(x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        s = stable_sigmoid(x)
        return (g * (s + out * (1.0 - s)),)


@dataclass(frozen=True)
class Gelu(
    Op,
    name="gelu",
    formula=r"z = \tfrac{x}{2}\left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715 x^3)\right)\right)",
):
    """The tanh form of Hendrycks & Gimpel 2016, as in GPT-2; NumPy has no error function."""

    expression = "x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))"
    derivatives = (
        "(1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2"
        " + x / 2 * (1 - tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))**2)"
        " * sqrt(2 / pi) * (1 + 3 * 0.044715 * x**2)",
    )

    def forward(self, x: Array) -> Array:
        return 0.5 * x * (1.0 + np.tanh(_SCALE * (x + _CUBIC * x * x * x)))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        t = np.tanh(_SCALE * (x + _CUBIC * x * x * x))
        inner = _SCALE * (1.0 + 3.0 * _CUBIC * x * x)
        return (g * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner),)


_SCALE = math.sqrt(2.0 / math.pi)
_CUBIC = 0.044715

# --- over an axis ---


@dataclass(frozen=True)
class Softmax(Op, name="softmax", formula=r"z_i = \frac{e^{x_i}}{\sum_k e^{x_k}}"):
    """z_i (g_i - sum_k g_k z_k). The largest score is taken off first: no overflow."""

    axis: int = -1

    def forward(self, x: Array) -> Array:
        e = np.exp(x - np.max(x, axis=self.axis, keepdims=True, initial=-np.inf))
        return np.asarray(e / e.sum(axis=self.axis, keepdims=True))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (out * (g - (g * out).sum(axis=self.axis, keepdims=True)),)


@dataclass(frozen=True)
class LogSoftmax(Op, name="log_softmax", formula=r"z_i = x_i - \ln \sum_k e^{x_k}"):
    """g_i - softmax_i sum_k g_k."""

    axis: int = -1

    def forward(self, x: Array) -> Array:
        shifted = x - np.max(x, axis=self.axis, keepdims=True, initial=-np.inf)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=self.axis, keepdims=True)))

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g - np.exp(out) * g.sum(axis=self.axis, keepdims=True),)
