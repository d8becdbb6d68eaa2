"""Data that people make: points they paint on the plane, a curve they type.

Both are part of the spec. What depends on the data (task, classes, rows) is found when the source
is made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.datasets.source import HALF_WIDTH, Source, Split, inside_picture
from engine.expression import (
    FORMULA_FUNCTIONS,
    FUNCTIONS,
    ExpressionError,
    evaluate,
    parse,
)
from engine.fields import Allowed, Kind, Number, SpecError, kinds
from engine.losses import BINARY, MULTICLASS, REGRESSION
from engine.ops import Array

MOST_POINTS = 1000
MOST_CLASSES = 5  # that can be painted

CURVE_FUNCTIONS = {"sign": FORMULA_FUNCTIONS["sign"]}


@dataclass(frozen=True)
class Own(Source):
    """Rows that are given: there is nothing to draw, and nothing to add noise to."""

    samples: int = field(init=False, default=0, compare=False)
    noise: float = field(init=False, default=0.0, compare=False)

    def _keep(self, **found: Any) -> None:
        """Keep what was found out while it was made; a frozen class has no other way."""
        for name, value in found.items():
            object.__setattr__(self, name, value)


# --- painted points ---


_PLACE = Number(-HALF_WIDTH, HALF_WIDTH, False, False)
_TARGET = Number(-MOST_CLASSES, MOST_CLASSES, False, False)


@dataclass(frozen=True)
class Painted(Kind):
    """A list of points, each [x1, x2, target]."""

    type: str = "points"
    asked = False

    def check(self, value: Any, path: str) -> Any:
        if not isinstance(value, list | tuple):
            raise SpecError(path, value, self.allowed(), "must be a list of points")
        if not 2 <= len(value) <= MOST_POINTS:
            reason = f"must hold 2 to {MOST_POINTS} points"
            raise SpecError(path, f"{len(value)} points", self.allowed(), reason)
        if (points := self._at_once(value)) is not None:
            return points
        return tuple(self._point(point, f"{path}[{i}]") for i, point in enumerate(value))

    def _at_once(self, points: Any) -> Any:
        """All of them, if all are right: a stroke among a thousand points must not take long."""
        for point in points:
            if not isinstance(point, list | tuple) or len(point) != 3:
                return None
            if any(type(number) not in (int, float) for number in point):
                return None
        try:
            table = np.array(points, dtype=float)
        except OverflowError:
            return None
        most = (HALF_WIDTH, HALF_WIDTH, MOST_CLASSES)
        return tuple(map(tuple, table.tolist())) if (np.abs(table) <= most).all() else None

    def _point(self, point: Any, path: str) -> tuple[float, float, float]:
        if not isinstance(point, list | tuple) or len(point) != 3:
            raise SpecError(path, point, self.allowed(), "must be [x1, x2, target]")
        x1, x2 = (_PLACE.check(point[i], f"{path}[{i}]") for i in (0, 1))
        return x1, x2, _TARGET.check(point[2], f"{path}[2]")

    def allowed(self) -> Allowed:
        return {"type": "array", "minimum": 2, "maximum": MOST_POINTS}


@dataclass(frozen=True)
class Classes(Kind):
    """How many classes there are; 0 for values."""

    type: str = "integer"
    asked = False

    def check(self, value: Any, path: str) -> Any:
        if value not in self.allowed()["choices"] or isinstance(value, bool | float):
            raise SpecError(path, value, self.allowed(), "must be 0, 2, 3, 4 or 5")
        return value

    def allowed(self) -> Allowed:
        return {"choices": [0, *range(2, MOST_CLASSES + 1)]}


def _two_groups() -> tuple[tuple[float, float, float], ...]:
    """A few points to begin with: two groups that a curve can part."""
    angles = [k * math.pi / 5 + 0.3 for k in range(10)]
    ring = [(round(3.8 * math.cos(a), 2), round(3.8 * math.sin(a), 2), -1.0) for a in angles]
    disc = [(round(1.4 * math.cos(a), 2), round(1.4 * math.sin(a), 2), 1.0) for a in angles]
    return tuple(point for pair in zip(disc, ring, strict=True) for point in pair)


@dataclass(frozen=True)
class Points(Own):
    """Points somebody painted: two classes (+1 and -1), up to five (0, 1, ...), or values.

    In every class (of values: every sign) every other point, for a share of one half, is for
    training, so a new point leaves the others on their side.
    """

    name = "points"
    most_samples = MOST_POINTS

    classes: int = field(default=2, metadata={"kind": Classes()})  # type: ignore[misc]
    points: tuple[tuple[float, float, float], ...] = field(
        default=_two_groups(), metadata={"kind": Painted()}
    )
    _table: Array = field(init=False, repr=False, compare=False)
    _mask: Array = field(init=False, repr=False, compare=False)
    _validation: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        targets = {2: (-1, 1), 0: None}.get(self.classes, tuple(range(self.classes)))
        for i, (_, _, target) in enumerate(self.points):
            if targets is None and abs(target) > 1:
                allowed: Allowed = {"type": "number", "minimum": -1, "maximum": 1}
                raise SpecError(f"data.points[{i}][2]", target, allowed, "must be between -1 and 1")
            if targets is not None and target not in targets:
                reason = f"must be one of {', '.join(map(str, targets))}"
                raise SpecError(f"data.points[{i}][2]", target, {"choices": [*targets]}, reason)
        table = np.array(self.points)
        groups = np.sign(table[:, 2]) if self.classes == 0 else table[:, 2]
        mask = alternating(groups, self.train_fraction)
        self._keep(samples=len(table), _table=table, _mask=mask)
        self._keep(_validation=self._of_the_rest(groups))

    def _of_the_rest(self, groups: Array) -> Array:
        """The points for validation: of those that are not trained on, spread evenly as well."""
        mask = np.zeros(len(groups), bool)
        (rest,) = np.nonzero(~self._mask)
        if self.validation_fraction and len(rest) > 1:
            share = min(1.0, self.validation_fraction / (1.0 - self.train_fraction))
            mask[rest] = alternating(groups[rest], share)
        return mask

    @property
    def task(self) -> str:  # type: ignore[override]
        return {0: REGRESSION, 2: BINARY}.get(self.classes, MULTICLASS)

    @property
    def outputs(self) -> int:  # type: ignore[override]
        return self.classes if self.classes > 2 else 1

    @property
    def loss(self) -> str:  # type: ignore[override]
        return "cross_entropy" if self.classes > 2 else "mse"

    @property
    def train_rows(self) -> int:
        return int(self._mask.sum())

    def continues(self, other: Source) -> bool:
        """Points may come and go and move while a net learns from them."""
        if not isinstance(other, Points):
            return False
        others = [name for name in kinds(Points) if name != "points"]
        return all(getattr(self, name) == getattr(other, name) for name in others)

    @property
    def validation_rows(self) -> int:
        return int(self._validation.sum())

    def split(self, seed: int) -> Split:
        return Split(np.array(self._mask), np.array(self._validation))

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        table = self._table
        y = table[:, 2].astype(np.int64) if self.classes > 2 else table[:, 2].copy()
        return table[:, :2].copy(), y


def alternating(groups: Array, share: float) -> Array:
    """Of each group the share of its members that train, spread evenly; at least one member of
    all on each side."""
    mask = np.zeros(len(groups), bool)
    for group in set(groups.tolist()):
        (members,) = np.nonzero(groups == group)
        ends = np.floor(np.arange(len(members) + 1) * share + 0.5)
        mask[members] = np.diff(ends) > 0
    if mask.all():
        mask[-1] = False
    if not mask.any():
        mask[0] = True
    return mask


# --- a curve ---


@dataclass(frozen=True)
class Text(Kind):
    """Some text."""

    most: int = 200
    type: str = "text"
    asked = False

    def check(self, value: Any, path: str) -> Any:
        if not isinstance(value, str) or len(value) > self.most:
            raise SpecError(path, value, self.allowed(), f"must be a text of up to {self.most}")
        return value

    def allowed(self) -> Allowed:
        return {"type": "string", "maximum_length": self.most}


@dataclass(frozen=True)
class Curve(Text):
    """A function of x in the language of expressions."""

    def check(self, value: Any, path: str) -> Any:
        text = super().check(value, path)
        try:
            program = parse(text, CURVE_FUNCTIONS)
        except ExpressionError as error:
            raise self._refused(path, text, error.message, error.position, error.length) from None
        strange = [name for name in program.names if name != "x"]
        if strange:
            at = text.find(strange[0])
            why = f"may only depend on x, not on {strange[0]}"
            raise self._refused(path, text, why, at, len(strange[0]))
        if len(program.statements) != 1:
            raise self._refused(path, text, "must be one expression", 0, len(text))
        return text

    def _refused(self, path: str, text: str, why: str, position: int, length: int) -> SpecError:
        functions = [*FUNCTIONS, *CURVE_FUNCTIONS]
        allowed = {"position": position, "length": length, "functions": functions}
        return SpecError(path, text, allowed, f"is not a function of x: {why}")


@dataclass(frozen=True)
class Function(Source):
    """Two classes: above the curve y = f(x), and below it; noise moves a point before it is
    judged."""

    name = "function"

    expression: str = field(default="2*sin(x)", metadata={"kind": Curve()})

    def draw(self, rng: np.random.Generator, noise: np.random.Generator) -> tuple[Array, Array]:
        points = rng.uniform(-HALF_WIDTH + 0.5, HALF_WIDTH - 0.5, (self.samples, 2))
        moved = points + 2.5 * self.noise * noise.uniform(-1, 1, points.shape)
        return inside_picture(points), np.where(moved[:, 1] > self.height(moved[:, 0]), 1.0, -1.0)

    def height(self, x: Array) -> Array:
        """f(x); NaN where it is not defined: no point is above that."""
        ((_, node),) = parse(self.expression, CURVE_FUNCTIONS).statements
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(evaluate(node, {"x": x}), dtype=float), x.shape)
