"""Earlier moments of a run, to be looked at again: a trainer of their own, at any step that the
session has come by, to the last bit what it was then. The session goes on meanwhile.

It starts at the latest keyframe before and makes the steps from there again, with the settings as
they were changed on the way.
"""

from collections import deque
from typing import NamedTuple

from app.errors import Invalid
from app.sessions.session import TrainingSession
from engine.spec import Spec
from engine.training import Snapshot, Trainer

MOST_STEPS = 200_000  # made again; keyframes are far apart far back


class Moment(NamedTuple):
    """How to get to a step: from where, and what was changed on the way, with the step of it."""

    step: int
    snapshot: Snapshot
    changes: tuple[tuple[int, Spec], ...]


def moment(session: TrainingSession, step: int | None = None) -> Moment:
    """A step of a session's run, by default the one it is at. Takes no time: `Travel` does.

    Raises:
        Invalid: the run has not come to that step, or it is too far from any keyframe.
    """
    now = session.step
    if step is None or step == now:
        return Moment(now, session.trainer.snapshot(), ())
    if not 0 <= step <= now:
        raise Invalid(
            f"step must be one that the run has come to, 0 to {now}.",
            field="step",
            value=step,
            allowed={"type": "integer", "minimum": 0, "maximum": now},
        )
    start, kept = max(
        (row for row in session.keyframes.rows() if row[0] <= step), key=lambda row: row[0]
    )
    if step - start > MOST_STEPS:
        raise Invalid(
            f"step {step} would take {step - start} steps from the nearest keyframe.",
            field="step",
            value=step,
            allowed={"type": "integer", "minimum": start, "maximum": start + MOST_STEPS},
        )
    changes = tuple(change for change in session.changes if start <= change[0] <= step)
    return Moment(step, kept.snapshot, changes)


class Travel:
    """A trainer on its way to a moment."""

    def __init__(self, to: Moment) -> None:
        self._to = to
        self.trainer = Trainer(to.snapshot.spec)
        self.trainer.restore(to.snapshot)
        self._changes = deque(to.changes)

    def advance(self, most: int) -> bool:
        """Make up to ``most`` steps; whether it has arrived."""
        trainer, end = self.trainer, min(self._to.step, self.trainer.step_count + most)
        while True:
            # also those at the step of the keyframe, which may have been taken before them
            while self._changes and self._changes[0][0] == trainer.step_count:
                trainer.apply(self._changes.popleft()[1])
            if trainer.step_count == end:
                return end == self._to.step
            until = self._changes[0][0] if self._changes else end
            trainer.run(min(until, end) - trainer.step_count)
            assert trainer.overflow is None, "the run itself has come by here"


def trainer_at(to: Moment) -> Trainer:
    """A trainer at a moment. Takes as long as the steps to it."""
    travel = Travel(to)
    travel.advance(to.step)
    return travel.trainer
