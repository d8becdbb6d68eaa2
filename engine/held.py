"""What of a layer is taken out of the game by hand: neurons that are cut out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from engine.fields import Allowed, Kind, Number, SpecError

MOST_UNITS = 64

_UNIT = Number(0, MOST_UNITS - 1, False, False, "integer")


@dataclass(frozen=True)
class Units(Kind):
    """Numbers of neurons, from 0, each once, in order."""

    type: str = "units"
    asked = False

    def check(self, value: Any, path: str) -> Any:
        if not isinstance(value, list | tuple):
            raise SpecError(path, value, self.allowed(), "must be a list of neurons")
        units = [_UNIT.check(unit, f"{path}[{i}]") for i, unit in enumerate(value)]
        if len(set(units)) < len(units):
            raise SpecError(path, value, self.allowed(), "must name each neuron once")
        return tuple(sorted(units))

    def allowed(self) -> Allowed:
        return {"type": "array", "items": _UNIT.allowed()}


def some_units() -> Any:
    """Some neurons of a layer, by default none."""
    return dataclasses.field(default=(), metadata={"kind": Units()})
