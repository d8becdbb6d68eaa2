"""What one connection looks at, and what of it has arrived: flow control without a clock or a
socket.

At most two frames are under way unseen, so a slow reader gets fewer frames, each of them the
latest; loss points are sent again until a frame that carried them is seen: none is ever lost.
"""

from typing import NamedTuple

from app.errors import Invalid
from app.messages import View
from app.sessions import frames
from app.sessions.session import TrainingSession

_UNSEEN_FRAMES = 2


class Sent(NamedTuple):
    """A frame under way: the last loss step in it, and the run that step is of."""

    last_loss_step: int
    run: int


class Viewer:
    """One connection's view of a session."""

    def __init__(self, session: TrainingSession) -> None:
        self.session = session
        self.view = View()
        self._under_way: dict[int, Sent] = {}
        self._number = 0
        self._shown: int | None = None  # the version in the latest frame
        self._known = Sent(-1, session.run.id)  # loss points that have certainly arrived

    def change(self, command: View) -> bool:
        """Look at it differently from the next frame on.

        Returns whether the data message looks different too. Raises Invalid for a probe beyond
        the data.
        """
        rows = len(self.session.trainer.dataset.y)
        if command.probe is not None and command.probe >= rows:
            raise Invalid(
                f"probe must be a row of the data, 0 to {rows - 1}.",
                field="probe",
                value=command.probe,
                allowed={"type": "integer", "minimum": 0, "maximum": rows - 1},
            )
        before = self.view
        named = command.model_fields_set - {"id", "type"}
        self.view = before.model_copy(update={name: getattr(command, name) for name in named})
        if self.view != before:
            self._shown = None
        sizes = ("neuron_resolution", "output_resolution")
        resized = any(getattr(before, name) != getattr(self.view, name) for name in sizes)
        return resized and self.session.grids.dimensions > 0

    def seen(self, number: int) -> None:
        """Frame ``number`` and all before it have arrived."""
        for sent_number in [n for n in self._under_way if n <= number]:
            sent = self._under_way.pop(sent_number)
            if sent.run == self.session.run.id:
                self._known = sent

    @property
    def latest(self) -> int:
        """The number of the latest frame."""
        return self._number

    @property
    def blocked(self) -> bool:
        """Whether it has to acknowledge a frame before it gets another."""
        return len(self._under_way) >= _UNSEEN_FRAMES

    @property
    def outdated(self) -> bool:
        """Whether there is something it has not been shown."""
        return self._shown != self.session.version

    def frame(self) -> bytes:
        """The latest moment, as bytes to send; viewers who want the very same share them."""
        session, view = self.session, self.view
        since = self._known.last_loss_step if self._known.run == session.run.id else -1
        key = ("frame", view.neuron_resolution, view.output_resolution, view.probe, since)

        def build() -> tuple[int, bytes]:
            number = session.next_frame_number()
            return number, frames.frame(session, view, number, since)

        number, message = session.at_this_version(key, build)
        if number <= self._number:  # back to a view it had at this very step
            number, message = build()
        self._number, self._shown = number, session.version
        self._under_way[number] = Sent(session.losses.steps[-1], session.run.id)
        return message
