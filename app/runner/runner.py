"""All sessions of this server: made, found, served, and let go when nobody watches them: onto disk
if there is one, from where they are woken when somebody asks for them."""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeVar

from app import messages as wire
from app.errors import Full, NotKept, TooMany, UnknownSession, Watched
from app.limits import CLIENT, Limits
from app.runner.client import NO_SESSION, RESTING
from app.runner.compute import Compute
from app.runner.connection import Stream, serve
from app.runner.lag import Lag
from app.runner.lane import Lane
from app.runner.races import Races
from app.runner.store import Store, within
from app.runner.track import Track
from app.sessions.arrival import Arrival
from app.sessions.session import TrainingSession
from app.settings import Settings
from app.storage.ledger import Ledger
from engine.spec import Spec
from engine.training import Trainer

log = logging.getLogger("backprop_lab")
T = TypeVar("T")
_NEW = Arrival()

_GRACE = 30.0  # seconds an unwatched session is safe before it may make room for another
_OWN_GRACE = 5.0  # the same for another of the same client
_TIDY = 300.0  # seconds from one look at what is old on disk to the next
_KEEP_UP = 0.8  # seconds of training that a crash may cost
_LAST_WORDS = 1.5  # seconds for all sessions to be written when the server ends


class Runner:
    """Sessions by id. The ids are all that is needed to reach one, so they cannot be guessed."""

    def __init__(self, settings: Settings, limits: Limits | None = None) -> None:
        self.settings, self.limits = settings, limits or Limits(settings)
        self.compute = Compute()
        self.lag = Lag()
        self.races = Races(settings, self.compute)
        self.store = Store(settings, self._tell)
        self._lanes: dict[str, Lane] = {}
        self._resting: dict[str, asyncio.Task[None]] = {}
        self._waking: dict[str, asyncio.Task[None]] = {}
        self._being_built = self._streams = 0
        self._streams_of: Counter[str] = Counter()
        self.begun, self.ending = monotonic(), False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The time in which sessions are in memory."""
        await self.store.open()
        work = (self._sweep(), self.races.sweep(), self.lag.tick())
        helpers = [asyncio.create_task(each) for each in work]
        if self.store.keeper is not None:
            helpers.append(asyncio.create_task(self._keep_up()))
        try:
            yield
        finally:
            for task in helpers:
                task.cancel()
            await self.end()
            await self.store.close()
            await self.compute.close()

    async def end(self) -> None:
        """Tell every page that the server ends, and write all sessions."""
        self.ending = True
        self.races.close("The server ends.")
        for lane in list(self._lanes.values()):
            self._let_rest(lane, "The server ends; what was done is kept.")
        await within(_LAST_WORDS, list(self._resting.values()))

    def __len__(self) -> int:
        return len(self._lanes)

    @property
    def streams(self) -> int:
        """Connections at the moment."""
        return self._streams

    @property
    def lanes(self) -> list[Lane]:
        """All sessions in memory."""
        return list(self._lanes.values())

    async def create(self, given: Mapping[str, Any]) -> Lane:
        """A new session from a spec as JSON.

        Raises:
            SpecError: the spec cannot be used.
            Full: there are as many as the settings allow, all of them in use.
        """
        spec = Spec.parse(given)
        return await self.begin(lambda: TrainingSession(Trainer(spec)))

    async def begin(self, make: Callable[[], TrainingSession]) -> Lane:
        """A new session from what makes it, which may take long. Raises Full, what it raises."""
        session = await self._build(make)
        lane = self._take_in(secrets.token_urlsafe(16), session)
        await lane.keep()
        log.info("session made", extra={"session": lane.id})
        return lane

    async def _build(self, make: Callable[[], T]) -> T:
        """In a worker, with room made for it."""
        self._make_room()
        self._being_built += 1
        try:
            return await self.compute.in_worker(make)
        finally:
            self._being_built -= 1

    def _take_in(
        self, session_id: str, session: TrainingSession, ledger: Ledger | None = None
    ) -> Lane:
        lane = Lane(session_id, session, self.compute, self.store.keeping(session_id, ledger))
        lane.storage, lane.client = self.store.news, CLIENT.get()
        self._lanes[session_id] = lane
        return lane

    def lane(self, session_id: str) -> Lane:
        """A session in memory; `wake` sees to it that it is. Raises UnknownSession."""
        if session_id not in self._lanes:
            raise UnknownSession(session_id)
        lane = self._lanes[session_id]
        lane.last_used = monotonic()
        return lane

    async def watch(self, session_id: str, stream: Stream, arrival: Arrival = _NEW) -> None:
        """Serve an accepted stream until it ends. Raises UnknownSession, Full, TooMany."""
        while True:
            await self.wake(session_id)
            if session_id in self._resting:
                continue  # again already
            lane = self.lane(session_id)
            try:
                return await self.serve(lane, stream, arrival)
            except UnknownSession:
                if not lane.rests:  # else it went to rest while one waited to be let in
                    raise

    async def serve(self, track: Track[Any], stream: Stream, arrival: Arrival = _NEW) -> None:
        """Serve an accepted stream of a session or a race. Raises Full, TooMany."""
        who = CLIENT.get()
        if self._streams_of[who] >= (most := self.settings.max_streams_per_client):
            raise TooMany("connections at one time", _GRACE, most)
        if self._streams >= self.settings.max_streams:
            raise Full(
                "This server has no room for another viewer.",
                field="streams",
                allowed={"maximum": self.settings.max_streams},
            )
        self._count_streams(who, 1)
        log.info("stream begins", extra={"session": track.id})
        try:
            await serve(track, stream, self.settings.stall_seconds, self.limits, arrival)
        finally:
            self._count_streams(who, -1)
            log.info("stream ends", extra={"session": track.id})

    def _count_streams(self, who: str, change: int) -> None:
        self._streams += change
        self._streams_of[who] += change
        if not self._streams_of[who]:
            del self._streams_of[who]
        self.lag.watch(self._streams > 0)

    def delete(self, session_id: str) -> None:
        """End a session and its streams, for good. Raises UnknownSession."""
        lane = self.lane(session_id)
        del self._lanes[session_id]
        lane.close(NO_SESSION, "The session was deleted.", UnknownSession(session_id))
        self.store.delete(session_id)
        log.info("session ended", extra={"session": session_id})

    # --- rest ---

    async def wake(self, session_id: str) -> None:
        """See to it that a session that rests is in memory; nothing happens if there is none.

        Raises:
            Full: there is no room for it.
        """
        if resting := self._resting.get(session_id):
            await asyncio.shield(resting)
        if self.store.keeper is None or session_id in self._lanes:
            return
        waking = self._waking.get(session_id)
        if waking is None:
            waking = asyncio.create_task(self._wake(session_id), name=f"wake {session_id}")
            self._waking[session_id] = waking
            waking.add_done_callback(lambda _: self._waking.pop(session_id))
        await asyncio.shield(waking)

    def rest(self, session_id: str) -> None:
        """Let a session rest now. Raises UnknownSession, Watched, NotKept."""
        if session_id not in self._lanes:
            raise UnknownSession(session_id)
        lane = self._lanes[session_id]
        if lane.clients:
            raise Watched(session_id)
        if (trouble := self.store.trouble) is not None:
            raise NotKept(trouble)
        self._let_rest(lane)

    async def _wake(self, session_id: str) -> None:
        found = await self.store.find(session_id, self._build)
        if found is not None:
            self._take_in(session_id, *found)
            log.info("session woken", extra={"session": session_id})

    def _let_rest(self, lane: Lane, reason: str = "The session rests.") -> None:
        """Out of memory, onto disk if there is one; else it is gone."""
        del self._lanes[lane.id]
        lane.rests = True
        lane.close(RESTING, reason)
        log.info("session rests", extra={"session": lane.id})
        task = asyncio.create_task(lane.rest(), name=f"rest {lane.id}")
        self._resting[lane.id] = task
        task.add_done_callback(lambda _: self._resting.pop(lane.id))

    def _make_room(self) -> None:
        """Let the longest unwatched session rest when there are as many as may be: of one client,
        then in total. Raises TooMany, Full."""
        who, most = CLIENT.get(), self.settings.max_sessions_per_client
        own = [lane for lane in self._lanes.values() if lane.client == who]
        if len(own) >= most and not self._make_room_among(own, _OWN_GRACE):
            raise TooMany("sessions at one time", _GRACE, most)
        most = self.settings.max_sessions
        if len(self._lanes) + self._being_built < most:
            return
        if not self._make_room_among(self.lanes, _GRACE):
            raise Full(
                "This server has no room for another session.",
                field="sessions",
                allowed={"maximum": most},
            )

    def _make_room_among(self, lanes: list[Lane], grace: float) -> bool:
        unwatched = [lane for lane in lanes if not lane.clients]
        oldest = min(unwatched, key=lambda lane: lane.last_used, default=None)
        if oldest is None or oldest.last_used > monotonic() - grace:
            return False
        self._let_rest(oldest)
        return True

    async def _sweep(self) -> None:
        """Let sessions rest that nobody has watched for a while."""
        ttl = self.settings.session_ttl
        tidied = monotonic()
        while True:
            await asyncio.sleep(min(30.0, ttl / 2))
            if monotonic() > tidied + _TIDY:
                tidied = monotonic()
                self.store.tidy({*self._lanes, *self._resting, *self._waking})
            for lane in list(self._lanes.values()):
                if not lane.clients and lane.last_used < monotonic() - ttl:
                    self._let_rest(lane)

    async def _keep_up(self) -> None:
        """Write now and then where those that train have come to."""
        while True:
            await asyncio.sleep(_KEEP_UP)
            for lane in list(self._lanes.values()):
                lane.keep_up()
                await asyncio.sleep(0)

    def _tell(self, storage: wire.Storage | None) -> None:
        for lane in self._lanes.values():
            lane.tell(storage)
