"""What one connection is to a session: a viewer, a line of messages to be sent, a time for
frames."""

import asyncio
from collections import deque

from app.runner.compute import Cost
from app.sessions.session import TrainingSession
from app.sessions.viewer import Viewer

NO_SESSION, STALLED, FULL, FAULT = 4404, 4408, 4503, 1011  # why we close a stream

_LONGEST_OUTBOX = 256


class Dropped(Exception):
    """A connection that we end, and what the client is told."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Client:
    """Filled by the lane, emptied by the connection."""

    def __init__(self, session: TrainingSession) -> None:
        self.viewer = Viewer(session)
        self.outbox: deque[str | bytes] = deque()
        self.posted = asyncio.Event()
        self.emptied = asyncio.Event()  # all that was posted has been sent
        self.emptied.set()
        self.wake = asyncio.Event()  # there may be a frame to send, or sooner than it was
        self.at_rest = False  # nothing to send until something changes
        self.frame_due = 0.0
        self.frame_cost = Cost()
        self.dropped: Dropped | None = None

    def post(self, message: str | bytes) -> None:
        """Put a message in line. A client that lets what others do pile up is dropped; its own
        commands are not read faster than it reads their answers."""
        self.outbox.append(message)
        if len(self.outbox) > _LONGEST_OUTBOX:
            self.drop(STALLED, "Too many messages waited to be read.")
        self.emptied.clear()
        self.posted.set()

    def drop(self, code: int, reason: str) -> None:
        """End the connection once what is in line has been sent."""
        self.dropped = self.dropped or Dropped(code, reason)
        self.posted.set()

    def changed(self) -> None:
        """There may be something new to show. A client that waits for its next frame's time anyway
        is left alone: waking many viewers for every slice would cost more than training."""
        if self.at_rest:
            self.wake.set()
