"""What one connection is to a track: a viewer, a line of messages to be sent, a time for
frames."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from app import messages as wire
from app.runner.compute import Cost
from app.sessions.jobs import DataChanged, Letter
from app.sessions.watching import Watching

# why we close a stream; after a restart it may come again
NO_SESSION, STALLED, FULL, FAULT, RESTING, LIMIT = 4404, 4408, 4503, 1011, 1012, 1008

_LONGEST_OUTBOX = 256

News = Literal["status", "spec", "reset", "runs", "data", "storage"]
# What each kind of news makes old: a reset is a spec, too, but not every spec tells of a reset.
_REPLACES: dict[News | None, set[News]] = {
    None: set(),
    "status": {"status"},
    "spec": {"spec"},
    "reset": {"spec", "reset"},
    "runs": {"runs"},
    "data": {"data"},
    "storage": {"storage"},
}


class Posted(NamedTuple):
    """A message in line, and what it is news of; an answer is none."""

    content: str | bytes
    news: News | None = None


class Dropped(Exception):
    """A connection that we end, and what the client is told."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Client:
    """Filled by the lane, emptied by the connection."""

    def __init__(self, viewer: Watching[Any, Any]) -> None:
        self.viewer = viewer
        self.outbox: deque[Posted] = deque()
        self.posted = asyncio.Event()
        self.emptied = asyncio.Event()  # all that was posted has been sent
        self.emptied.set()
        self.wake = asyncio.Event()  # there may be a frame to send, or sooner than it was
        self.at_rest = False  # nothing to send until something changes
        self.frame_due = 0.0
        self.frame_cost = Cost()
        self.dropped: Dropped | None = None
        self._seen = -1

    def post(self, content: str | bytes, news: News | None = None) -> None:
        """Put a message in line; news replaces what it makes old. So whatever others do, little
        piles up here, and of one's own commands the next is read when the answers have been sent.
        """
        if old := _REPLACES[news]:
            kept = [posted for posted in self.outbox if posted.news not in old]
            # Data stays behind the spec it belongs to.
            moved = [p for p in kept if p.news == "data"] if news == "reset" else []
            self.outbox = deque(posted for posted in kept if posted not in moved)
            self.outbox.append(Posted(content, news))
            self.outbox.extend(moved)
        else:
            self.outbox.append(Posted(content))
        if len(self.outbox) > _LONGEST_OUTBOX:
            self.drop(STALLED, "Too many messages waited to be read.")
        self.emptied.clear()
        self.posted.set()

    def drop(self, code: int, reason: str) -> None:
        """End the connection once what is in line has been sent."""
        self.dropped = self.dropped or Dropped(code, reason)
        self.posted.set()

    def acknowledge(self, frame: int) -> None:
        """The client has seen a frame, one that was sent. The viewer is told between frames: a
        worker may be making one for it now."""
        self._seen = max(self._seen, min(frame, self.viewer.latest))
        self.changed()

    def catch_up(self) -> None:
        """Tell the viewer what has been seen."""
        self.viewer.seen(self._seen)

    def changed(self) -> None:
        """There may be something new to show. A client that waits for its next frame's time anyway
        is left alone: waking many viewers for every slice would cost more than training."""
        if self.at_rest:
            self.wake.set()


def deliver(letters: Iterable[Letter], clients: set[Client]) -> None:
    """Each letter to whom it is for; data as large as its reader looks at it."""
    for to, message in letters:
        for client in [c for c in clients if to is None or c is to]:
            match message:
                case DataChanged():
                    client.post(client.viewer.data(), "data")
                case wire.SpecChanged():
                    client.post(message.text(), "reset" if message.reset else "spec")
                case wire.Status() | wire.RaceStatus():
                    client.post(message.text(), "status")
                case wire.Runs():
                    client.post(message.text(), "runs")
                case wire.Storage():
                    client.post(message.text(), "storage")
                case _:
                    client.post(message.text())
