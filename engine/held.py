"""What of a layer is taken out of the game by hand: neurons that are cut out, numbers that are
frozen.

A frozen weight or bias is left alone by the optimizer: it is not moved, its gradient is not counted
when gradients are clipped by their norm, and what the optimizer remembers of it stays as it was
when it froze. Thawed, it goes on from there, with the momentum it had: only the number of steps,
which the optimizer counts for all weights together, has gone on. Its gradient is computed all the
same: it says where the weight would like to go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.fields import Allowed, Kind, Number, SpecError
from engine.ops import Array

MOST_UNITS = 64
ALL = "all"

Frozen = str | tuple[tuple[int, ...], ...]  # ALL; or weights (i, j) and biases (j,)

_UNIT = Number(0, MOST_UNITS - 1, False, False, "integer")
_INPUT = Number(0, 999, False, False, "integer")


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


@dataclass(frozen=True)
class Elements(Kind):
    """Weights [i, j] and biases [j] of a layer, each once, in order; or all that it learns."""

    type: str = "elements"
    asked = False

    def check(self, value: Any, path: str) -> Any:
        if value == ALL:
            return ALL
        if not isinstance(value, list | tuple):
            raise SpecError(path, value, self.allowed(), f"must be {ALL} or a list of elements")
        elements = [self._element(each, f"{path}[{i}]") for i, each in enumerate(value)]
        if len(set(elements)) < len(elements):
            raise SpecError(path, value, self.allowed(), "must name each element once")
        return tuple(sorted(elements))

    def _element(self, value: Any, path: str) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or len(value) not in (1, 2):
            reason = "must be [i, j] of a weight or [j] of a bias"
            raise SpecError(path, value, self.allowed(), reason)
        *source, unit = value
        first = [_INPUT.check(at, f"{path}[0]") for at in source]
        return (*first, _UNIT.check(unit, f"{path}[{len(first)}]"))

    def allowed(self) -> Allowed:
        return {"choices": [ALL], "type": "array", "items": {"type": "array", "maximum": 2}}


def check_held(cut: tuple[int, ...], frozen: Frozen, fan_in: int, units: int, path: str) -> None:
    """SpecError for what is not there in a layer with so many inputs and neurons."""
    for unit in cut:
        if unit >= units:
            allowed = {"type": "integer", "minimum": 0, "maximum": units - 1}
            reason = f"must be a neuron of the layer, 0 to {units - 1}"
            raise SpecError(f"{path}.cut", unit, allowed, reason)
    for element in () if isinstance(frozen, str) else frozen:
        *source, unit = element
        if unit >= units or (source and source[0] >= fan_in):
            shape = [fan_in, units] if source else [units]
            reason = f"must lie in a shape of {tuple(shape)}"
            raise SpecError(f"{path}.frozen", list(element), {"shape": shape}, reason)


def fitting(cut: tuple[int, ...], frozen: Frozen, fan_in: int, units: int) -> dict[str, Any]:
    """What is left of both in a layer that has become smaller."""
    left = tuple(unit for unit in cut if unit < units)
    if isinstance(frozen, str):
        return {"cut": left, "frozen": frozen}
    there = [each for each in frozen if each[-1] < units and (len(each) < 2 or each[0] < fan_in)]
    return {"cut": left, "frozen": tuple(there)}


def still(layers: Sequence[Frozen], parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Where a parameter stands still: a mask for each of which some elements do, by name."""
    masks: dict[str, Array] = {}
    for i, frozen in enumerate(layers):
        if isinstance(frozen, str):
            own = (name for name in parameters if name.startswith(f"layers.{i}."))
            masks |= {name: np.ones(parameters[name].shape, bool) for name in own}
            continue
        for element in frozen:
            name = f"layers.{i}.{'weight' if len(element) == 2 else 'bias'}"
            if name not in masks:
                masks[name] = np.zeros(parameters[name].shape, bool)
            masks[name][element] = True
    return masks
