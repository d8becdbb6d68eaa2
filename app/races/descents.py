"""A race on a surface, asked for as JSON: which surface, from where, who takes part."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.formulas import equation, optimizer_formulas
from app.races.numbers import SEED, finite
from engine.clipping import CLIPPINGS
from engine.convergence import regime, slowest
from engine.descent import Descent, Lane, Paths
from engine.fields import (
    Number,
    SpecError,
    describe,
    known,
    mapping,
    parse_named,
    to_json,
)
from engine.ops import Array
from engine.optimizers import OPTIMIZERS
from engine.schedules import SCHEDULES, Schedule
from engine.surfaces import SURFACES, Surface

MOST_LANES, MOST_STEPS, MOST_WORK = 16, 5000, 40_000
USUAL_STEPS = 150
_START = Number(-1e6, 1e6, False, False)
_STEPS = Number(1, MOST_STEPS, False, False, "integer")
RULES = {name: rule for name, rule in SCHEDULES.items() if issubclass(rule, Schedule)}


@dataclass(frozen=True)
class Asked:
    """A race on a surface and how many steps of it."""

    descent: Descent
    steps: int

    @classmethod
    def parse(cls, given: Any) -> "Asked":
        """Raises SpecError, which names the field, its value and what is allowed."""
        given = mapping(given, "")
        known(given, ["surface", "start", "lanes", "steps", "seed"], "")
        surface = parse_surface(given.get("surface", {}))
        lanes = _parse_lanes(given.get("lanes", [{}]))
        steps = _STEPS.check(given.get("steps", USUAL_STEPS), "steps")
        if steps * len(lanes) > MOST_WORK:
            most = MOST_WORK // len(lanes)
            allowed = {"type": "integer", "minimum": 1, "maximum": most}
            raise SpecError("steps", steps, allowed, f"must be at most {most} for so many lanes")
        seed = SEED.check(given.get("seed", 0), "seed")
        start = parse_point(given.get("start", surface.start), "start")
        return cls(Descent(surface, start, lanes, seed), steps)

    def to_json(self) -> dict[str, Any]:
        """The whole of what was asked for, with what it left out."""
        return {
            "surface": {"name": self.descent.surface.name, **to_json(self.descent.surface)},
            "start": list(self.descent.start),
            "lanes": [lane_json(lane) for lane in self.descent.lanes],
            "steps": self.steps,
            "seed": self.descent.seed,
        }


def parse_surface(given: Any) -> Surface:
    return parse_named(SURFACES, given, "surface", "ravine")


def parse_point(given: Any, path: str) -> tuple[float, float]:
    if not isinstance(given, list | tuple) or len(given) != 2:
        allowed = {"type": "array", "minimum": 2, "maximum": 2}
        raise SpecError(path, given, allowed, "must be two numbers, x and y")
    x, y = (_START.check(at, f"{path}[{i}]") for i, at in enumerate(given))
    return x, y


def _parse_lanes(given: Any) -> tuple[Lane, ...]:
    allowed = {"type": "array", "minimum": 1, "maximum": MOST_LANES}
    if not isinstance(given, list | tuple) or not 1 <= len(given) <= MOST_LANES:
        raise SpecError("lanes", given, allowed, f"must be a list of 1 to {MOST_LANES} lanes")
    return tuple(parse_lane(lane, f"lanes[{i}]") for i, lane in enumerate(given))


def parse_lane(given: Any, path: str) -> Lane:
    given = mapping(given, path)
    known(given, ["optimizer", "schedule", "clipping"], path)
    return Lane(
        parse_named(OPTIMIZERS, given.get("optimizer", {}), f"{path}.optimizer", "sgd"),
        parse_named(RULES, given.get("schedule", {}), f"{path}.schedule", "constant"),
        parse_named(CLIPPINGS, given.get("clipping", {}), f"{path}.clipping", "none"),
    )


def lane_json(lane: Lane) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "optimizer": lane.optimizer,
        "schedule": lane.schedule,
        "clipping": lane.clipping,
    }
    return {key: {"name": part.name, **to_json(part)} for key, part in parts.items()}


# --- what is told ---


def about(surface: Surface) -> dict[str, Any]:
    """What there is to know of a surface before anyone goes down on it."""
    return {
        "name": surface.name,
        **to_json(surface),
        "text": surface.text,
        "formulas": [equation(name or "f", node) for name, node in surface.program.statements],
        "bounds": [list(side) for side in surface.bounds],
        "usual_start": list(surface.start),
        "minima": [list(point) for point in surface.minima],
        "lowest": surface.lowest,
    }


def menu() -> list[dict[str, Any]]:
    """Every surface, with the fields of its form."""
    return [{**about(surface()), "fields": describe(surface)} for surface in SURFACES.values()]


@np.errstate(all="ignore")
def heights(surface: Surface, resolution: int, bounds: Any) -> Array:
    """(resolution, resolution) values at the middles of pixels; row 0 is the top."""
    (left, right), (bottom, top) = bounds
    middles = (np.arange(resolution) + 0.5) / resolution
    x, y = np.meshgrid(left + middles * (right - left), top - middles * (top - bottom))
    values = surface.value(x.ravel(), y.ravel())
    return np.broadcast_to(np.asarray(values, float), x.size).reshape(x.shape)


def told(asked: Asked, paths: Paths) -> dict[str, Any]:
    """The paths for JSON: null after a lane has left for good."""
    lanes = []
    for i, lane in enumerate(asked.descent.lanes):
        left = paths.left[i]
        shown = asked.steps + 1 if left is None else left + 1
        lanes.append(
            {
                **lane_json(lane),
                "points": finite(paths.points[i, :shown]),
                "values": finite(paths.values[i, :shown]),
                "left": left,
            }
        )
    return {"asked": asked.to_json(), "surface": about(asked.descent.surface), "lanes": lanes}


def explained(asked: Asked, lane: int, step: int) -> dict[str, Any]:
    """Everything that a lane computed for one update: terms in their order with their formulas,
    what it remembered, where it was, and the rate that each coordinate effectively has."""
    who = asked.descent.lanes[lane]
    terms, memory, point = asked.descent.terms(lane, step)
    state = memory.states.get("point", {})
    before = state or {name: np.zeros(2) for name in who.optimizer.remembers}
    gradient, update = terms["gradient"], terms["update"]
    with np.errstate(all="ignore"):
        rate = -update / gradient
    return {
        "lane": lane,
        "step": step,
        **lane_json(who),
        "point": finite(point),
        "value": finite(np.asarray(asked.descent.surface.gradient(point[np.newaxis])[0][0])),
        "terms": [{"name": name, "value": finite(_pair(value))} for name, value in terms.items()],
        "remembered": {name: finite(value) for name, value in before.items()},
        "formulas": optimizer_formulas(who.optimizer, step + 1, state),
        "effective_rate": finite(np.where(gradient == 0, np.nan, rate)),
        "next": finite(point + update),
    }


def _pair(value: Array) -> Array:
    """A term of both coordinates, also where it is one number for both."""
    return np.broadcast_to(np.asarray(value, float), (2,))


def regimes(condition: float, rates: Array, momenta: Array) -> dict[str, Any]:
    """What momentum does on a bowl of this condition number, for each rate and momentum: by name of
    the regime of the axis that takes longest, and by how much each step shrinks the distance."""
    curvatures = (1.0, condition)
    found = [[slowest(rate, momentum, curvatures) for rate in rates] for momentum in momenta]
    return {
        "rates": rates.tolist(),
        "momenta": momenta.tolist(),
        "regimes": [[each.name for each in row] for row in found],
        "shrinks": [[each.shrinks for each in row] for row in found],
    }


def regime_of(rate: float, momentum: float, condition: float) -> dict[str, Any]:
    """The regimes along both axes of a bowl, for one rate and momentum."""
    return {
        axis: regime(rate, momentum, curvature)._asdict()
        for axis, curvature in (("x", 1.0), ("y", condition))
    }
