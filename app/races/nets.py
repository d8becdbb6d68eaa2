"""Who takes part in a race of nets, asked for as JSON: nets with the same everything but optimizer,
schedule and clipping."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.clipping import CLIPPINGS
from engine.fields import SpecError, known, mapping, parse_named, to_json
from engine.optimizers import OPTIMIZERS
from engine.schedules import SCHEDULES
from engine.spec import Spec
from engine.stopping import Stopping

MOST_LANES = 8
FIELDS = ["spec", "lanes"]
_PARTS = ("optimizer", "schedule", "clipping")


@dataclass(frozen=True)
class Nets:
    """What all share - data, net, loss, penalty, batch, seed - and each lane's own spec. None of
    them stops by itself: who wins would depend on who stopped."""

    spec: Spec
    lanes: tuple[Spec, ...]

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> "Nets":
        """From ``spec`` and ``lanes``; without lanes the spec's own optimizer is the only one.

        Raises:
            SpecError: which names the field, its value and what is allowed.
        """
        spec = _parse_spec(given.get("spec", {}))
        own = spec.to_json()
        lanes = given.get("lanes", [{part: own[part] for part in _PARTS if part in own}])
        allowed = {"type": "array", "minimum": 1, "maximum": MOST_LANES}
        if not isinstance(lanes, list | tuple) or not 1 <= len(lanes) <= MOST_LANES:
            raise SpecError("lanes", lanes, allowed, f"must be a list of 1 to {MOST_LANES} lanes")
        parsed = tuple(_parse_lane(spec, lane, f"lanes[{i}]") for i, lane in enumerate(lanes))
        return cls(spec, parsed)

    def to_json(self) -> dict[str, Any]:
        """The whole of it, with what was left out."""
        return {"spec": self.spec.to_json(), "lanes": [lane_json(lane) for lane in self.lanes]}


def lane_json(lane: Spec) -> dict[str, Any]:
    """What a lane has of its own."""
    parts = {part: getattr(lane, part) for part in _PARTS}
    return {key: {"name": part.name, **to_json(part)} for key, part in parts.items()}


def _parse_spec(given: Any) -> Spec:
    try:
        return Spec.parse(given)
    except SpecError as error:
        field = f"spec.{error.field}" if error.field else "spec"
        reason = str(error).removeprefix(error.field or "the spec").strip()
        raise SpecError(field, error.value, error.allowed, reason.rpartition(", got ")[0]) from None


def _parse_lane(spec: Spec, given: Any, path: str) -> Spec:
    given = mapping(given, path)
    known(given, list(_PARTS), path)
    return replace(
        spec,
        optimizer=parse_named(OPTIMIZERS, given.get("optimizer", {}), f"{path}.optimizer", "sgd"),
        schedule=parse_named(SCHEDULES, given.get("schedule", {}), f"{path}.schedule", "constant"),
        clipping=parse_named(CLIPPINGS, given.get("clipping", {}), f"{path}.clipping", "none"),
        stopping=Stopping(),
    )
