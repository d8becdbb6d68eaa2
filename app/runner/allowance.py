"""What one stream may send in its time, and what it took to answer. Over the limit a message is
answered with an error; who goes on and on regardless is closed."""

from time import monotonic

from app import messages as wire
from app.errors import Refusal, TooMany
from app.limits import CLIENT, Limits
from app.runner.client import LIMIT, Client
from app.runner.compute import Compute
from app.runner.meters import Meters

_MOST_REFUSED = 300  # more than permitted; nobody who reads the answers sends so many


class Allowance:
    """Of one stream. A server without limits has none to give."""

    def __init__(self, client: Client, limits: Limits | None, compute: Compute) -> None:
        self._client, self._limits, self._compute = client, limits, compute
        self._refused = 0
        self._begun = 0.0

    def permits(self, text: str | None) -> bool:
        """Whether one more message is within the limits; if not, it has been answered."""
        self._begun = monotonic()
        if self._limits is None:
            return True
        try:
            self._limits.take("commands", CLIENT.get())
            self._limits.take("command", self._client)
        except TooMany as refusal:
            self._compute.make_way()
            self._client.post(wire.Error.of(refusal, _id_of(text)).text())
            self._refused += 1
            if self._refused >= _MOST_REFUSED:
                self._client.drop(LIMIT, refusal.message)
            return False
        self._refused = max(self._refused - 1, 0)  # a flood has one permitted now and then
        return True

    def answered(self) -> None:
        """What came last has been answered, and the answer is on its way."""
        self._compute.meters.commands += 1
        self._compute.meters.command_seconds.observe(monotonic() - self._begun)

    def end(self) -> None:
        """The stream is over."""
        if self._limits is not None:
            self._limits.forget("command", self._client)


def _id_of(text: str | None) -> wire.CommandId:
    try:
        return None if text is None else wire.command_id(wire.read_object(text))
    except Refusal:
        return None


class Watch:
    """How long the frames of one viewer take, and which it misses because it has not taken those
    before."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._due: float | None = None

    def held_back(self, interval: float) -> None:
        """There is something to show, and the viewer cannot take it. One frame of those that it
        would have had in that time counts."""
        now = monotonic()
        if self._due is None:
            self._due = now + interval
        elif now >= self._due:
            self._due += interval
            self._meters.frames_dropped += 1

    def sent(self, begun: float) -> None:
        """A frame, whose turn came then, is on its way."""
        self._due = None
        self._meters.frames += 1
        self._meters.frame_seconds.observe(monotonic() - begun)
