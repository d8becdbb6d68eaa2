"""Earlier moments of a run, to be looked at again: a trainer of their own, at any step that the
session's run has come by. The session goes on meanwhile."""

from app.errors import Invalid
from app.sessions.session import TrainingSession
from app.sessions.travel import Moment

MOST_STEPS = 200_000  # made again; keyframes are far apart in a long run


def moment(session: TrainingSession, step: int | None = None) -> Moment:
    """A step of a session's run, by default the one it is at. Takes no time: `Travel` does.

    Raises:
        Invalid: the run has not come to that step, or it is too far from any keyframe.
    """
    now = session.step
    if step is None or step == now:
        return Moment(now, session.trainer.snapshot(), ())
    found = session.run.way_to(session.timeline.find(step, None))
    start = found.snapshot.step_count
    if step - start > MOST_STEPS:
        raise Invalid(
            f"step {step} would take {step - start} steps from the nearest keyframe.",
            field="step",
            value=step,
            allowed={"type": "integer", "minimum": start, "maximum": start + MOST_STEPS},
        )
    return found
