"""All sessions of this server: made, found, served, and let go when nobody watches them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from app.errors import Full, UnknownSession
from app.runner.client import NO_SESSION
from app.runner.compute import Compute
from app.runner.connection import Stream, serve
from app.runner.lag import Lag
from app.runner.lane import Lane
from app.sessions.session import TrainingSession
from app.settings import Settings
from engine.spec import Spec
from engine.training import Trainer

_GRACE = 30.0  # seconds an unwatched session is safe before it may make room for another


class Runner:
    """Sessions by id. The ids are all that is needed to reach one, so they cannot be guessed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.compute = Compute()
        self.lag = Lag()
        self._lanes: dict[str, Lane] = {}
        self._being_built = self._streams = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The time in which sessions live; they end with it."""
        helpers = [asyncio.create_task(self._sweep()), asyncio.create_task(self.lag.tick())]
        try:
            yield
        finally:
            for task in helpers:
                task.cancel()
            for session_id in list(self._lanes):
                self.delete(session_id)
            self.compute.close()

    def __len__(self) -> int:
        return len(self._lanes)

    @property
    def streams(self) -> int:
        """Connections at the moment."""
        return self._streams

    async def create(self, given: Mapping[str, Any]) -> Lane:
        """A new session from a spec as JSON.

        Raises:
            SpecError: the spec cannot be used.
            Full: there are as many as the settings allow, all of them in use.
        """
        spec = Spec.parse(given)
        self._make_room()
        self._being_built += 1
        try:
            session = await self.compute.in_worker(lambda: TrainingSession(Trainer(spec)))
        finally:
            self._being_built -= 1
        lane = Lane(secrets.token_urlsafe(16), session, self.compute)
        self._lanes[lane.id] = lane
        return lane

    def lane(self, session_id: str) -> Lane:
        """Raises UnknownSession."""
        if session_id not in self._lanes:
            raise UnknownSession(session_id)
        lane = self._lanes[session_id]
        lane.last_used = monotonic()
        return lane

    async def watch(self, session_id: str, stream: Stream) -> None:
        """Serve an accepted stream until it ends. Raises UnknownSession, Full."""
        lane = self.lane(session_id)
        if self._streams >= self.settings.max_streams:
            raise Full(
                "This server has no room for another viewer.",
                field="streams",
                allowed={"maximum": self.settings.max_streams},
            )
        self._count_streams(1)
        try:
            await serve(lane, stream, self.settings.stall_seconds)
        finally:
            self._count_streams(-1)

    def _count_streams(self, change: int) -> None:
        self._streams += change
        self.lag.watch(self._streams > 0)

    def delete(self, session_id: str) -> None:
        """End a session and its streams. Raises UnknownSession."""
        lane = self.lane(session_id)
        del self._lanes[session_id]
        lane.close(UnknownSession(session_id), NO_SESSION, "The session was deleted.")

    def _make_room(self) -> None:
        """Let the longest unwatched session go when there are as many as may be."""
        most = self.settings.max_sessions
        if len(self._lanes) + self._being_built < most:
            return
        unwatched = [lane for lane in self._lanes.values() if not lane.clients]
        oldest = min(unwatched, key=lambda lane: lane.last_used, default=None)
        if oldest is None or oldest.last_used > monotonic() - _GRACE:
            raise Full(
                "This server has no room for another session.",
                field="sessions",
                allowed={"maximum": most},
            )
        self.delete(oldest.id)

    async def _sweep(self) -> None:
        """Let go of sessions nobody has watched for a while."""
        ttl = self.settings.session_ttl
        while True:
            await asyncio.sleep(min(30.0, ttl / 2))
            for lane in list(self._lanes.values()):
                if not lane.clients and lane.last_used < monotonic() - ttl:
                    self.delete(lane.id)
