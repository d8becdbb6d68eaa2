"""The loss around a race of nets, asked for as JSON: which race, how far it has gone, and along
which directions one looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.races.nets import FIELDS, Nets
from app.races.numbers import SEED
from engine.fields import Choice, Number, SpecError, known, mapping
from engine.spec import Spec
from engine.trajectory import spread_out

MOST_STEPS, MOST_WORK = 200_000, 1_000_000
LEAST, MOST, MOST_ALONG = 11, 101, 401  # places along a direction; of a line, which has only one
MOST_PLACES, MOST_KEPT = 400, 16_000_000  # places of a path; numbers that are kept of all of them
MOST_CURVED = 100
DIRECTIONS, CENTRES = ("paths", "random"), ("best", "mean")
_STEPS = Number(1, MOST_STEPS, False, False, "integer")
_SIDE = Number(-1e9, 1e9, False, False)
_RACE = [*FIELDS, "steps"]


@dataclass(frozen=True)
class Race:
    """Nets, and how many steps each is trained."""

    nets: Nets
    steps: int

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> "Race":
        """Raises SpecError."""
        nets = Nets.parse(given)
        steps = _STEPS.check(given.get("steps", 300), "steps")
        if steps * len(nets.lanes) > MOST_WORK:
            most = MOST_WORK // len(nets.lanes)
            allowed = {"type": "integer", "minimum": 1, "maximum": most}
            raise SpecError("steps", steps, allowed, f"must be at most {most} for so many lanes")
        return cls(nets, steps)

    @property
    def lanes(self) -> tuple[Spec, ...]:
        return self.nets.lanes

    def to_json(self) -> dict[str, Any]:
        """The whole of it, with what was left out."""
        return {**self.nets.to_json(), "steps": self.steps}


@dataclass(frozen=True)
class Around:
    """The loss over a plane or along a line, through the end of a lane or the mean of all ends."""

    race: Race
    directions: str
    dimensions: int
    resolution: int
    seed: int
    centre: str | int
    bounds: tuple[tuple[float, float], ...] | None  # None: what suits the directions
    places: int

    @classmethod
    def parse(cls, given: Any) -> "Around":
        """Raises SpecError, which names the field, its value and what is allowed."""
        given = mapping(given, "")
        own = ["directions", "dimensions", "resolution", "seed", "centre", "bounds", "places"]
        known(given, [*_RACE, *own], "")
        race = Race.parse(given)
        dimensions = Number(1, 2, False, False, "integer").check(
            given.get("dimensions", 2), "dimensions"
        )
        most = MOST if dimensions == 2 else MOST_ALONG
        return cls(
            race,
            Choice(DIRECTIONS).check(given.get("directions", "paths"), "directions"),
            dimensions,
            Number(LEAST, most, False, False, "integer").check(
                given.get("resolution", 41 if dimensions == 2 else 101), "resolution"
            ),
            SEED.check(given.get("seed", 0), "seed"),
            _parse_centre(given.get("centre", "best"), len(race.lanes)),
            _parse_bounds(given.get("bounds"), dimensions),
            Number(2, MOST_PLACES, False, False, "integer").check(
                given.get("places", 100), "places"
            ),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            **self.race.to_json(),
            "directions": self.directions,
            "dimensions": self.dimensions,
            "resolution": self.resolution,
            "seed": self.seed,
            "centre": self.centre,
            "bounds": None if self.bounds is None else [list(side) for side in self.bounds],
            "places": self.places,
        }

    def every(self, weights: int) -> int:
        """Every how many steps a path has a place, for nets with so many weights."""
        room = MOST_KEPT // (weights * len(self.race.lanes))
        return spread_out(self.race.steps, max(2, min(self.places, room)))


def _parse_centre(given: Any, lanes: int) -> str | int:
    if isinstance(given, str):
        return str(Choice(CENTRES).check(given, "centre"))
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < lanes:
        allowed = {"choices": [*CENTRES, *range(lanes)]}
        reason = f"must be {' or '.join(CENTRES)}, or the number of a lane, 0 to {lanes - 1}"
        raise SpecError("centre", given, allowed, reason)
    return given


def _parse_bounds(given: Any, dimensions: int) -> tuple[tuple[float, float], ...] | None:
    """Of each direction, the lower side first."""
    if given is None:
        return None
    allowed = {"type": "array", "minimum": dimensions, "maximum": dimensions}
    if not isinstance(given, list | tuple) or len(given) != dimensions:
        reason = f"must be a list of {dimensions} pairs, one for each direction"
        raise SpecError("bounds", given, allowed, reason)
    sides = []
    for i, side in enumerate(given):
        pair = {"type": "array", "minimum": 2, "maximum": 2}
        if not isinstance(side, list | tuple) or len(side) != 2:
            raise SpecError(f"bounds[{i}]", side, pair, "must be two numbers")
        low, high = (_SIDE.check(each, f"bounds[{i}][{j}]") for j, each in enumerate(side))
        if not low < high:
            raise SpecError(f"bounds[{i}]", side, pair, "must begin with the lower one")
        sides.append((low, high))
    return tuple(sides)


@dataclass(frozen=True)
class Curved:
    """How sharply the loss bends at so many places on the way of each lane."""

    race: Race
    places: int

    @classmethod
    def parse(cls, given: Any) -> "Curved":
        """Raises SpecError."""
        given = mapping(given, "")
        known(given, [*_RACE, "places"], "")
        places = Number(1, MOST_CURVED, False, False, "integer")
        return cls(Race.parse(given), places.check(given.get("places", 12), "places"))

    def to_json(self) -> dict[str, Any]:
        return {**self.race.to_json(), "places": self.places}
