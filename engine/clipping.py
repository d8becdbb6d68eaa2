"""Gradient clipping: a bound on how far one step can go, against exploding gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Declared, number
from engine.ops import Array

Grads = dict[str, Array]


@dataclass(frozen=True)
class Clipping(Declared):
    """What is done to gradients before the optimizer sees them."""

    name: ClassVar[str]
    limit: float = number(1.0, 0, 1e6, exclusive_minimum=True)

    def clip(self, grads: Grads) -> Grads:
        raise NotImplementedError


@dataclass(frozen=True)
class NoClipping(Clipping):
    """Nothing. The limit is kept for when clipping is chosen again."""

    name = "none"

    def clip(self, grads: Grads) -> Grads:
        return grads


@dataclass(frozen=True)
class ClipByValue(Clipping):
    """Bound every element to -limit..limit: the direction may turn."""

    name = "value"

    def clip(self, grads: Grads) -> Grads:
        return clip_by_value(grads, self.limit)


@dataclass(frozen=True)
class ClipByNorm(Clipping):
    """Shorten the whole gradient to the length `limit` if it is longer: its direction stays."""

    name = "norm"

    def clip(self, grads: Grads) -> Grads:
        return clip_by_norm(grads, self.limit)[0]


def global_norm(grads: Grads) -> float:
    """The length of all gradients taken as one vector: sqrt(sum of all squares)."""
    # scaled by the largest, whose square alone might overflow
    largest = max((float(np.max(np.abs(g), initial=0.0)) for g in grads.values()), default=0.0)
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    return largest * math.sqrt(sum(float(np.sum((g / largest) ** 2)) for g in grads.values()))


def clip_by_norm(grads: Grads, limit: float) -> tuple[Grads, float]:
    """Shorten the whole gradient to length `limit` if it is longer: its direction stays.

    Returns the gradients and the length before (Pascanu, Mikolov & Bengio 2013).
    """
    _positive(limit)
    norm = global_norm(grads)
    if not norm > limit:
        return grads, norm
    return {name: g * g.dtype.type(limit / norm) for name, g in grads.items()}, norm


def clip_by_value(grads: Grads, limit: float) -> Grads:
    """Bound every element to -limit..limit: the direction may turn."""
    _positive(limit)
    return {name: np.clip(g, -limit, limit) for name, g in grads.items()}


def _positive(limit: float) -> None:
    if not limit > 0:
        raise ValueError(f"limit must be greater than 0, got {limit}")


CLIPPINGS: dict[str, type[Clipping]] = {
    "none": NoClipping,
    "value": ClipByValue,
    "norm": ClipByNorm,
}
