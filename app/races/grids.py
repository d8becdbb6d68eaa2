"""A map of how fast a lane gets down, asked for as JSON: which two settings, over which values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.races.descents import lane_json, parse_lane, parse_point, parse_surface
from app.races.numbers import SEED
from engine.convergence import steps_needed
from engine.descent import Lane
from engine.fields import Choice, Number, SpecError, kinds, known, mapping
from engine.optimizers import OPTIMIZERS
from engine.surfaces import SURFACES, Surface

MOST_CELLS, MOST_GRID_STEPS = 64, 1000


@dataclass(frozen=True)
class Axis:
    """A field of the optimizer, and the values it takes along an axis."""

    field: str
    values: tuple[float, ...]

    @classmethod
    def parse(cls, given: Any, path: str, lane: Mapping[str, Any]) -> "Axis":
        given = mapping(given, path)
        known(given, ["field", "values"], path)
        optimizer = OPTIMIZERS[lane["optimizer"]["name"]]
        name = Choice(tuple(kinds(optimizer))).check(given.get("field"), f"{path}.field")
        values = given.get("values")
        if not isinstance(values, list | tuple) or not 1 <= len(values) <= MOST_CELLS:
            allowed = {"type": "array", "minimum": 1, "maximum": MOST_CELLS}
            reason = f"must be a list of 1 to {MOST_CELLS} values"
            raise SpecError(f"{path}.values", values, allowed, reason)
        for i, value in enumerate(values):
            kinds(optimizer)[name].check(value, f"{path}.values[{i}]")
        return cls(name, tuple(values))


@dataclass(frozen=True)
class Grid:
    """How many steps a lane needs from a start on a surface, over two of its fields."""

    surface: Surface
    start: tuple[float, float]
    lane: dict[str, Any]
    columns: Axis
    rows: Axis
    steps: int
    share: float
    seed: int

    @classmethod
    def parse(cls, given: Any) -> "Grid":
        """Raises SpecError."""
        given = mapping(given, "")
        fields = ["surface", "start", "lane", "columns", "rows", "steps", "share", "seed"]
        known(given, fields, "")
        surface = parse_surface(given.get("surface", {}))
        if surface.lowest is None:
            fitting = [s.name for s in SURFACES.values() if s.lowest is not None]
            reason = "has no lowest value to come near to"
            raise SpecError("surface.name", surface.name, {"choices": fitting}, reason)
        lane = lane_json(parse_lane(given.get("lane", {}), "lane"))
        share = Number(0, 1, True, True).check(given.get("share", 0.01), "share")
        most = Number(1, MOST_GRID_STEPS, False, False, "integer")
        return cls(
            surface,
            parse_point(given.get("start", surface.start), "start"),
            lane,
            Axis.parse(given.get("columns", {}), "columns", lane),
            Axis.parse(given.get("rows", {}), "rows", lane),
            most.check(given.get("steps", 300), "steps"),
            share,
            SEED.check(given.get("seed", 0), "seed"),
        )

    def lane_at(self, column: float, row: float) -> Lane:
        own = {self.columns.field: column, self.rows.field: row}
        optimizer = {**self.lane["optimizer"], **own}
        return parse_lane({**self.lane, "optimizer": optimizer}, "lane")

    def lines(self) -> Iterator[dict[str, Any]]:
        """A row each, as it is known."""
        found = steps_needed(
            self.surface,
            self.start,
            self.lane_at,
            self.columns.values,
            self.rows.values,
            self.steps,
            self.share,
            self.seed,
        )
        for row, (value, needed) in enumerate(zip(self.rows.values, found, strict=True)):
            steps = [None if np.isnan(each) else int(each) for each in needed]
            yield {"row": row, "rows": len(self.rows.values), "value": value, "steps": steps}
