"""What one connection looks at in a session, and what of it has arrived."""

from typing import NamedTuple

from app.errors import Invalid
from app.messages import View
from app.sessions import frames
from app.sessions.arrival import Arrival
from app.sessions.session import TrainingSession
from app.sessions.watching import Watching


class Sent(NamedTuple):
    """A frame under way: the last loss step in it, and the run that step is of."""

    last_loss_step: int
    run: int


class Viewer(Watching[View, Sent]):
    """One connection's view of a session."""

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session, View())
        self.session = session
        self._known = Sent(-1, session.run.id)  # loss points that have certainly arrived

    def change(self, command: View) -> bool:
        """Raises Invalid for a probe beyond the data."""
        rows = len(self.session.trainer.dataset.y)
        if command.probe is not None and command.probe >= rows:
            raise Invalid(
                f"probe must be a row of the data, 0 to {rows - 1}.",
                field="probe",
                value=command.probe,
                allowed={"type": "integer", "minimum": 0, "maximum": rows - 1},
            )
        before = self.view
        self._look(command)
        sizes = ("neuron_resolution", "output_resolution")
        resized = any(getattr(before, name) != getattr(self.view, name) for name in sizes)
        return resized and self.session.grids.dimensions > 0

    def resume(self, arrival: Arrival) -> bool:
        session, has = self.session, Sent(arrival.since, arrival.run)
        of_this = has.run == session.run.id and has.last_loss_step in session.losses.steps
        if not of_this or arrival.frame > session.latest_frame:
            return False
        self._known, self._number = has, arrival.frame
        return True

    def _arrived(self, mark: Sent) -> None:
        if mark.run == self.session.run.id:
            self._known = mark

    def data(self) -> bytes:
        return frames.data(self.session, self.view)

    def frame(self) -> bytes:
        session, view = self.session, self.view
        since = self._known.last_loss_step if self._known.run == session.run.id else -1
        return self._share(
            ("frame", view.neuron_resolution, view.output_resolution, view.probe, since),
            lambda number: frames.frame(session, view, number, since),
            Sent(session.losses.steps[-1], session.run.id),
        )
