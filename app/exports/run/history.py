"""A run up to where its session is: what it began with, and every change on the way."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from app.sessions.moments import moment
from app.sessions.runs import LossPoint, Run, loss_point
from app.sessions.session import TrainingSession
from app.sessions.travel import Edit, Moment
from engine.snapshot import Snapshot
from engine.training import Trainer


@dataclass(frozen=True)
class History:
    """All that a program needs to make the same steps."""

    start: Snapshot
    edits: tuple[tuple[int, Edit], ...]  # each with its step
    losses: tuple[LossPoint, ...]  # of the whole run
    now: Moment

    @classmethod
    def of(cls, session: TrainingSession) -> History:
        """Takes no time: what is slow is for a worker."""
        run = session.run
        edits = tuple(run.edits[: session.timeline.edits])
        return cls(run.start, edits, tuple(run.losses.items), moment(session))

    @classmethod
    def of_run(cls, run: Run, now: Snapshot, made: int) -> History:
        """Of a run that was kept, at a moment of it, after so many of its edits."""
        edits, losses = tuple(run.edits[:made]), tuple(run.losses.items)
        return cls(run.start, edits, losses, Moment(now.step_count, now, ()))


def curve(history: History, trainer: Trainer) -> list[LossPoint]:
    """The loss points of a run, that of the step it is at included."""
    present = loss_point(trainer.step_count, trainer.evaluate())
    points = {point[0]: point for point in (*history.losses, present)}
    return [point for _, point in sorted(points.items())]


def losses_csv(history: History, trainer: Trainer) -> str:
    """The curves: each point exact, thinned evenly in a long run."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    names = ["train_loss", "test_loss", *(["validation_loss"] if trainer.validates else [])]
    table.writerow(["step", *names])
    for point in curve(history, trainer):
        table.writerow([point[0], *map(repr, point[1 : 1 + len(names)])])
    return text.getvalue()
