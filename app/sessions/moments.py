"""Earlier moments of a run, to be looked at again: a trainer of their own, at any step that the
session's run has come by. The session goes on meanwhile."""

from app.errors import Invalid
from app.sessions.session import TrainingSession
from app.sessions.travel import Moment

MOST_STEPS = 200_000  # made again; keyframes are far apart in a long run


AHEAD = 1000  # steps a walk may go on beyond the end of a run, which it would take next


def moment(session: TrainingSession, step: int | None = None, ahead: int = 0) -> Moment:
    """A step of a session's run, by default the one it is at. Takes no time: `Travel` does.

    With ``ahead`` also so many steps beyond those the run has made: they are what it is about to do
    with its settings as they are.

    Raises:
        Invalid: the run has not come to that step, or it is too far from any keyframe.
    """
    now = session.step
    if step is None or step == now:
        return Moment(now, session.trainer.snapshot(), ())
    head = session.run.head
    known = min(step, head) if step <= head + ahead else step
    found = session.run.way_to(session.timeline.find(known, None))._replace(step=step)
    start = found.snapshot.step_count
    if step - start > MOST_STEPS:
        raise Invalid(
            f"step {step} would take {step - start} steps from the nearest keyframe.",
            field="step",
            value=step,
            allowed={"type": "integer", "minimum": start, "maximum": start + MOST_STEPS},
        )
    return found
