"""To a step of a run: from a keyframe before it, the steps made again, with what was changed on the
way changed again. The trainer is to the last bit what the session's was then."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from app.errors import Invalid
from engine.ops import Array
from engine.spec import Spec
from engine.training import Snapshot, Trainer


class Edit(Protocol):
    """A change that was made at some step, and can be made again."""

    def apply(self, trainer: Trainer) -> None: ...

    def replaces(self, earlier: Edit) -> bool:
        """Whether nothing is left of an earlier one that was made at the same step."""
        ...


@dataclass(frozen=True)
class Settings:
    """Other settings from here on."""

    spec: Spec

    def apply(self, trainer: Trainer) -> None:
        trainer.apply(self.spec)

    def replaces(self, earlier: Edit) -> bool:
        # another optimizer has forgotten what the one before remembered
        return (
            isinstance(earlier, Settings)
            and earlier.spec.optimizer.name == self.spec.optimizer.name
        )


@dataclass(frozen=True)
class WeightEdit:
    """One element of a parameter set to a value."""

    parameter: str
    index: tuple[int, ...]
    value: float

    def apply(self, trainer: Trainer) -> None:
        trainer.set_parameter(self.parameter, self.index, self.value)

    def replaces(self, earlier: Edit) -> bool:
        return isinstance(earlier, WeightEdit) and earlier.element == self.element

    @property
    def element(self) -> str:
        return f"{self.parameter} {list(self.index)}"


@dataclass(frozen=True, eq=False)
class AllWeights:
    """Every parameter, and all that is measured, set to the values of a file."""

    parameters: dict[str, Array]
    buffers: dict[str, Array]

    def apply(self, trainer: Trainer) -> None:
        trainer.set_parameters(self.parameters, self.buffers)

    def replaces(self, earlier: Edit) -> bool:
        return isinstance(earlier, WeightEdit | AllWeights)


class Moment(NamedTuple):
    """How to get to a step: from where, and what was changed on the way, with the step of it."""

    step: int
    snapshot: Snapshot
    edits: tuple[tuple[int, Edit], ...]


class Travel:
    """A trainer on its way to a moment. Raises Invalid when a number overflows on the way."""

    def __init__(self, to: Moment) -> None:
        self._to = to
        self.trainer = Trainer(to.snapshot.spec)
        self.trainer.restore(to.snapshot)
        self._edits = deque(to.edits)

    def go_on_to(self, further: Moment) -> None:
        """On to a later moment of the same run, without going back to its keyframe."""
        self._to = further
        self._edits = deque(edit for edit in further.edits if edit[0] > self.trainer.step_count)

    def advance(self, most: int) -> bool:
        """Make up to ``most`` steps; whether it has arrived."""
        trainer, end = self.trainer, min(self._to.step, self.trainer.step_count + most)
        while True:
            # also those at the step of the keyframe, which was taken before them
            while self._edits and self._edits[0][0] == trainer.step_count:
                self._edits.popleft()[1].apply(trainer)
            if trainer.step_count == end:
                return end == self._to.step
            until = self._edits[0][0] if self._edits else end
            trainer.run(min(until, end) - trainer.step_count)
            if trainer.overflow is not None:  # beyond the end of the run, which has come by before
                raise Invalid(
                    f"A number overflows after step {trainer.step_count}.",
                    field="step",
                    value=self._to.step,
                    allowed={"type": "integer", "minimum": 0, "maximum": trainer.step_count},
                )


def trainer_at(to: Moment) -> Trainer:
    """A trainer at a moment. Takes as long as the steps to it."""
    travel = Travel(to)
    travel.advance(to.step)
    return travel.trainer
