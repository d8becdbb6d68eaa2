"""Elementwise arithmetic: the first rules of any calculus book, each beside its derivative."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.ops.op import Array, Gradients, Op

# --- two inputs ---


@dataclass(frozen=True)
class Add(Op, name="add", formula=r"z = x + y"):
    """Both terms receive the upstream gradient unchanged."""

    expression = "x + y"
    derivatives = ("1", "1")

    def forward(self, x: Array, y: Array) -> Array:
        return x + y

    def vjp(self, g: Array, out: Array, x: Array, y: Array) -> Gradients:
        return g, g


@dataclass(frozen=True)
class Sub(Op, name="sub", formula=r"z = x - y"):
    """The subtracted term receives the upstream gradient with its sign turned."""

    expression = "x - y"
    derivatives = ("1", "-1")

    def forward(self, x: Array, y: Array) -> Array:
        return x - y

    def vjp(self, g: Array, out: Array, x: Array, y: Array) -> Gradients:
        return g, -g


@dataclass(frozen=True)
class Mul(Op, name="mul", formula=r"z = x \cdot y"):
    """Each factor receives the upstream gradient times the other factor."""

    expression = "x * y"
    derivatives = ("y", "x")

    def forward(self, x: Array, y: Array) -> Array:
        return x * y

    def vjp(self, g: Array, out: Array, x: Array, y: Array) -> Gradients:
        return g * y, g * x


@dataclass(frozen=True)
class Div(Op, name="div", formula=r"z = \frac{x}{y}"):
    """The quotient rule: 1/y for the numerator, -x/y^2 = -z/y for the denominator."""

    expression = "x / y"
    derivatives = ("1 / y", "-x / y**2")

    def forward(self, x: Array, y: Array) -> Array:
        return x / y

    def vjp(self, g: Array, out: Array, x: Array, y: Array) -> Gradients:
        return g / y, -g * out / y


@dataclass(frozen=True)
class Pow(
    Op,
    name="pow",
    formula=r"z = x^{y}",
    convention="at x = 0 the exponent receives 0",
):
    """Base: y x^(y-1). Exponent: x^y ln x, defined for x > 0 only."""

    expression = "x**y"
    derivatives = ("y * x**(y - 1)", "z * log(x)")

    def forward(self, x: Array, y: Array) -> Array:
        return np.power(x, y)

    def vjp(self, g: Array, out: Array, x: Array, y: Array) -> Gradients:
        log = np.log(np.where(x == 0, 1, x))
        return g * y * np.power(x, y - 1), g * out * log


@dataclass(frozen=True)
class Maximum(
    Op,
    name="maximum",
    formula=r"z = \max(x, y)",
    convention="equal inputs share the gradient half and half",
):
    """The larger input receives everything."""

    expression = "maximum(x, y)"
    derivatives = ("larger(x, y, 1, 0)", "larger(x, y, 0, 1)")

    def forward(self, x: Array, y: Array) -> Array:
        return np.maximum(x, y)

    def vjp(self, g: Array, out: Array, x: Array, y: Array) -> Gradients:
        share = ((x > y) + 0.5 * (x == y)).astype(g.dtype)
        return g * share, g * (1 - share)


@dataclass(frozen=True)
class Minimum(
    Op,
    name="minimum",
    formula=r"z = \min(x, y)",
    convention="equal inputs share the gradient half and half",
):
    """The smaller input receives everything."""

    expression = "minimum(x, y)"
    derivatives = ("larger(x, y, 0, 1)", "larger(x, y, 1, 0)")

    def forward(self, x: Array, y: Array) -> Array:
        return np.minimum(x, y)

    def vjp(self, g: Array, out: Array, x: Array, y: Array) -> Gradients:
        share = ((x < y) + 0.5 * (x == y)).astype(g.dtype)
        return g * share, g * (1 - share)


@dataclass(frozen=True)
class Where(Op, name="where", formula=r"z = c \,?\, x : y"):
    """A switch: each element's gradient goes to the side that was chosen, none to the condition."""

    def forward(self, condition: Array, x: Array, y: Array) -> Array:
        return np.where(condition, x, y)

    def vjp(self, g: Array, out: Array, condition: Array, x: Array, y: Array) -> Gradients:
        chosen = condition.astype(bool)
        return None, np.where(chosen, g, 0), np.where(chosen, 0, g)


# --- one input ---


@dataclass(frozen=True)
class Neg(Op, name="neg", formula=r"z = -x"):
    """The sign of the gradient turns."""

    expression = "-x"
    derivatives = ("-1",)

    def forward(self, x: Array) -> Array:
        return -x

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (-g,)


@dataclass(frozen=True)
class Power(
    Op,
    name="power",
    formula=r"z = x^{n}",
    convention="x^0 has the derivative 0 everywhere, also at x = 0",
):
    """A constant exponent: n x^(n-1)."""

    expression = "x**exponent"
    derivatives = ("exponent * x**(exponent - 1)",)

    exponent: float = 2.0

    def forward(self, x: Array) -> Array:
        return x * x if self.exponent == 2 else x**self.exponent

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        n = self.exponent
        if n == 2:
            return ((g + g) * x,)
        return (g * n * x ** (n - 1) if n != 0 else np.zeros_like(x),)


@dataclass(frozen=True)
class Exp(Op, name="exp", formula=r"z = e^{x}"):
    """Its own derivative."""

    expression = "exp(x)"
    derivatives = ("z",)

    def forward(self, x: Array) -> Array:
        return np.exp(x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g * out,)


@dataclass(frozen=True)
class Log(Op, name="log", formula=r"z = \ln x"):
    """1/x."""

    expression = "log(x)"
    derivatives = ("1 / x",)

    def forward(self, x: Array) -> Array:
        return np.log(x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g / x,)


@dataclass(frozen=True)
class Sqrt(Op, name="sqrt", formula=r"z = \sqrt{x}", convention="infinite at x = 0"):
    """1 / (2 sqrt x)."""

    expression = "sqrt(x)"
    derivatives = ("1 / (2 * z)",)

    def forward(self, x: Array) -> Array:
        return np.sqrt(x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (0.5 * g / out,)


@dataclass(frozen=True)
class Sin(Op, name="sin", formula=r"z = \sin x"):
    """The cosine."""

    expression = "sin(x)"
    derivatives = ("cos(x)",)

    def forward(self, x: Array) -> Array:
        return np.sin(x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g * np.cos(x),)


@dataclass(frozen=True)
class Cos(Op, name="cos", formula=r"z = \cos x"):
    """Minus the sine."""

    expression = "cos(x)"
    derivatives = ("-sin(x)",)

    def forward(self, x: Array) -> Array:
        return np.cos(x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (-(g * np.sin(x)),)


@dataclass(frozen=True)
class Abs(Op, name="abs", formula=r"z = |x|", convention="0 at x = 0"):
    """The sign of x."""

    expression = "abs(x)"
    derivatives = ("sign(x)",)

    def forward(self, x: Array) -> Array:
        return np.abs(x)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g * np.sign(x),)


@dataclass(frozen=True)
class Clip(
    Op,
    name="clip",
    formula=r"z = \min(\max(x, a), b)",
    convention="exactly on a bound the gradient passes",
):
    """The gradient passes inside the bounds and stops outside."""

    expression = "minimum(maximum(x, low), high)"
    derivatives = ("between(x, low, high)",)

    low: float = -1.0
    high: float = 1.0

    def forward(self, x: Array) -> Array:
        return np.clip(x, self.low, self.high)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g * ((x >= self.low) & (x <= self.high)),)
