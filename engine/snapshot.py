"""One moment of a run, from which it can be gone on with to the last bit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.epochs import Watched
from engine.ops import Array
from engine.optimizers import Memory
from engine.spec import Spec

State = tuple[int, dict[str, Array], Memory, tuple[Any, ...], dict[str, Array], Watched]


@dataclass(frozen=True)
class Snapshot:
    """Settings, weights, and all that the next step depends on. Its arrays are its own."""

    spec: Spec
    step_count: int
    parameters: dict[str, Array]
    memory: Memory
    batches: tuple[Any, ...]
    buffers: dict[str, Array] = field(default_factory=dict)
    watched: Watched = field(default_factory=Watched)

    @property
    def state(self) -> State:
        """All but the settings: `Snapshot(spec, *state)` is the snapshot again."""
        return (
            self.step_count,
            self.parameters,
            self.memory,
            self.batches,
            self.buffers,
            self.watched,
        )
