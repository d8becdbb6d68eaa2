"""Surfaces to go down on: functions of two numbers, x and y, that show what an optimizer is good
at. Each is an expression in the language of formulas (`engine/expression`), so that a reader sees
it, a program can be written of it, and its gradient is the engine's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from engine.expression import ExpressionError, Program, parse, run
from engine.fields import Allowed, Declared, Kind, SpecError, number
from engine.ops import Array
from engine.tensor import Tensor

Point = tuple[float, float]
Bounds = tuple[Point, Point]  # of x, of y

VARIABLES = ("x", "y")


@dataclass(frozen=True)
class Surface(Declared):
    """f(x, y), where on it there is something to see, and where its lowest points are.

    Noise makes gradients stochastic, as those of minibatches are: a normal number of this standard
    deviation is added to each of their coordinates, the same for all who go down together.
    """

    name: ClassVar[str]
    bounds: ClassVar[Bounds]
    start: ClassVar[Point]
    minima: ClassVar[tuple[Point, ...]] = ((0.0, 0.0),)  # all of the lowest; none without a bottom
    lowest: ClassVar[float | None] = 0.0  # the value there

    noise: float = number(0.0, 0, 100)

    @property
    def text(self) -> str:
        """The function in the language of expressions."""
        raise NotImplementedError

    @cached_property
    def program(self) -> Program:
        return parse(self.text)

    def value(self, x: Any, y: Any) -> Any:
        """f of numbers, arrays or tensors, element by element."""
        return run(self.program, {"x": x, "y": y})[self.program.result]

    def gradient(self, points: Array) -> tuple[Array, Array]:
        """f (n,) and its gradient (n, 2) at points (n, 2), without noise."""
        x, y = Tensor(points[:, 0].copy()), Tensor(points[:, 1].copy())
        value = self.value(x, y)
        if not isinstance(value, Tensor) or not value.requires_grad:  # a number: flat everywhere
            return np.full(len(points), float(np.asarray(_data(value)))), np.zeros_like(points)
        value.sum().backward()
        zero = np.zeros(len(points))
        columns = [zero if each.grad is None else each.grad for each in (x, y)]
        return np.broadcast_to(value.data, (len(points),)).copy(), np.stack(columns, axis=1)


def _data(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value


# --- bowls ---


@dataclass(frozen=True)
class Bowl(Surface):
    """A quadratic whose curvatures are 1 and the condition number: the larger it is, the smaller
    the rate that the steep side allows, and the slower the flat side gets anywhere."""

    name = "bowl"
    bounds = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-4.0, 2.0)

    condition: float = number(10.0, 1, 1000)

    @property
    def text(self) -> str:
        return f"(x**2 + {self.condition!r} * y**2) / 2"


@dataclass(frozen=True)
class NoisyBowl(Bowl):
    """A bowl whose gradients are those of small minibatches."""

    name = "noisy_bowl"

    noise: float = number(1.0, 0, 100)


@dataclass(frozen=True)
class Ravine(Surface):
    """A long valley: twenty times as steep across as along, as in many textbooks."""

    name = "ravine"
    bounds = ((-10.0, 10.0), (-5.0, 5.0))
    start = (-7.0, 2.0)

    @property
    def text(self) -> str:
        return "x**2 / 20 + y**2"


# --- test functions of the field ---


@dataclass(frozen=True)
class Rosenbrock(Surface):
    """A bent valley: its floor is found at once, its lowest point much later (Rosenbrock 1960)."""

    name = "rosenbrock"
    bounds = ((-2.0, 2.0), (-1.0, 3.0))
    start = (-1.5, 2.0)
    minima = ((1.0, 1.0),)

    steepness: float = number(100.0, 1, 1000)

    @property
    def text(self) -> str:
        return f"(1 - x)**2 + {self.steepness!r} * (y - x**2)**2"


@dataclass(frozen=True)
class Beale(Surface):
    """Flat in the middle, steep walls at the corners (Beale 1958)."""

    name = "beale"
    bounds = ((-4.5, 4.5), (-4.5, 4.5))
    start = (1.0, 1.5)
    minima = ((3.0, 0.5),)

    @property
    def text(self) -> str:
        return "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2"


@dataclass(frozen=True)
class Himmelblau(Surface):
    """Four equal minima: where one ends depends on where one starts (Himmelblau 1972)."""

    name = "himmelblau"
    bounds = ((-6.0, 6.0), (-6.0, 6.0))
    start = (-0.5, -0.5)
    # the other three solve the two equations only numerically
    minima = (
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    )

    @property
    def text(self) -> str:
        return "(x**2 + y - 11)**2 + (x + y**2 - 7)**2"


@dataclass(frozen=True)
class Rastrigin(Surface):
    """A bowl full of dents: a minimum beside every pair of whole numbers (Rastrigin 1974)."""

    name = "rastrigin"
    bounds = ((-5.12, 5.12), (-5.12, 5.12))
    start = (-3.4, 2.3)

    @property
    def text(self) -> str:
        turn = repr(2 * np.pi)
        return f"20 + x**2 - 10*cos({turn}*x) + y**2 - 10*cos({turn}*y)"


# --- where the gradient is small and there is no minimum ---


@dataclass(frozen=True)
class Saddle(Surface):
    """Down one way, up the other: at the top of the pass the gradient is 0."""

    name = "saddle"
    bounds = ((-2.0, 2.0), (-2.0, 2.0))
    start = (-1.8, 0.01)
    minima = ()
    lowest = None

    @property
    def text(self) -> str:
        return "x**2 - y**2"


@dataclass(frozen=True)
class MonkeySaddle(Surface):
    """Three ways down, and at the pass even the curvature is 0."""

    name = "monkey_saddle"
    bounds = ((-2.0, 2.0), (-2.0, 2.0))
    start = (1.6, 0.05)
    minima = ()
    lowest = None

    @property
    def text(self) -> str:
        return "x**3 - 3*x*y**2"


@dataclass(frozen=True)
class Plateau(Surface):
    """A plain that hardly slopes, and at its end a cliff down into a hole: no rate suits both."""

    name = "plateau"
    bounds = ((-4.0, 4.0), (-4.0, 4.0))
    start = (-3.2, 2.4)

    @property
    def text(self) -> str:
        return "1 - exp(-2 * (x**2 + y**2)) + (x**2 + y**2) / 100"


# --- one that is typed ---


@dataclass(frozen=True)
class Function(Kind):
    """An expression of x and y."""

    type: str = "expression"

    def check(self, value: Any, path: str) -> Any:
        if not isinstance(value, str):
            raise SpecError(path, value, self.allowed(), "must be text")
        try:
            program = parse(value)
        except ExpressionError as error:
            place = {"position": error.position, "length": error.length}
            raise SpecError(path, value, {**self.allowed(), **place}, str(error)) from None
        for other in program.names:
            if other not in VARIABLES:
                raise SpecError(path, value, self.allowed(), f"{other} is neither x nor y")
        return value

    def allowed(self) -> Allowed:
        return {"type": self.type, "variables": list(VARIABLES)}


@dataclass(frozen=True)
class Typed(Surface):
    """A function that somebody typed. Where its lowest points are nobody has said."""

    name = "typed"
    bounds = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-4.0, 2.0)
    minima = ()
    lowest = None

    expression: str = field(default="x**2 + 10*y**2", metadata={"kind": Function()})

    @property
    def text(self) -> str:
        return self.expression


SURFACES: dict[str, type[Surface]] = {
    surface.name: surface
    for surface in (
        Bowl,
        Ravine,
        Rosenbrock,
        Beale,
        Himmelblau,
        Rastrigin,
        Saddle,
        MonkeySaddle,
        Plateau,
        NoisyBowl,
        Typed,
    )
}
