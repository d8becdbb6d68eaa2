"""Earlier moments of a run, to be looked at again: a trainer of their own, at any step that the
session's run has come by. The session goes on meanwhile."""

from app.errors import Invalid
from app.sessions.runs import Place
from app.sessions.session import TrainingSession
from app.sessions.travel import Moment

MOST_STEPS = 200_000  # made again; keyframes are far apart in a long run


def moment(session: TrainingSession, step: int | None = None) -> Moment:
    """A step of a session's run, by default the one it is at. Takes no time: `Travel` does.

    Raises:
        Invalid: the run has not come to that step, or it is too far from any keyframe.
    """
    now, run = session.step, session.run
    if step is None or step == now:
        return Moment(now, session.trainer.snapshot(), ())
    first = run.start.step_count
    if not first <= step <= run.head:
        raise Invalid(
            f"step must be one that the run has come to, {first} to {run.head}.",
            field="step",
            value=step,
            allowed={"type": "integer", "minimum": first, "maximum": run.head},
        )
    found = run.way_to(Place(run.id, step, run.edits_until(step)))
    start = found.snapshot.step_count
    if step - start > MOST_STEPS:
        raise Invalid(
            f"step {step} would take {step - start} steps from the nearest keyframe.",
            field="step",
            value=step,
            allowed={"type": "integer", "minimum": start, "maximum": start + MOST_STEPS},
        )
    return found
