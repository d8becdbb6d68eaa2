"""All races of nets of this server: made, found, and let go when nobody watches them. None is kept
on disk: whoever has its spec, lanes and step makes it again, to the last bit."""

import asyncio
import secrets
from collections.abc import Callable, Hashable, Sequence
from time import monotonic, thread_time

from app import messages as wire
from app.errors import Diverged, Full, Interrupted, Refusal, UnknownRace
from app.races.net_frames import RaceViewer
from app.races.net_race import NetRace
from app.races.nets import Nets
from app.runner.client import NO_SESSION, RESTING
from app.runner.compute import LIGHT, Compute, Cost, holding
from app.runner.sweeps import Gone
from app.runner.track import Track
from app.sessions.jobs import DataChanged, Letter
from app.settings import Settings

_GRACE = 30.0  # seconds an unwatched race is safe before it may make room for another
_PATIENCE = 0.2  # seconds between two looks at whether anybody waits


class RaceTrack(Track[NetRace]):
    """A race in time. Besides its viewers, requests may wait for its steps."""

    commands = wire.RACE_COMMANDS

    def __init__(self, race_id: str, race: NetRace, compute: Compute) -> None:
        super().__init__(race_id, race, compute)
        self._asking: dict[Hashable, asyncio.Future[None]] = {}

    def viewer(self) -> RaceViewer:
        return RaceViewer(self.session)

    def welcome(self) -> Sequence[wire.Message | DataChanged]:
        return self.session.made(self.id), self.session.status(), DataChanged()

    def unknown(self) -> UnknownRace:
        return UnknownRace(self.id)

    @property
    def watched(self) -> bool:
        return bool(self.clients or self._asking)

    def close(self, code: int, reason: str, refusal: Refusal | None = None) -> None:
        super().close(code, reason, refusal)
        for answer in self._asking.values():
            if not answer.done():
                answer.set_exception(self.unknown())

    async def ask(self, command: wire.Step | wire.RaceSeek, gone: Gone) -> None:
        """Carry out a command to its end, without a stream. ``gone`` says that nobody waits.

        Raises:
            Refusal: it cannot be carried out, or not to its end.
        """
        asker, answer = object(), asyncio.get_running_loop().create_future()
        self._asking[asker] = answer
        try:
            async with holding(self.looking, self.changing):
                self._refuse_if_closed()
                self._post(await self._handle(command, asker))
            while not answer.done():
                await asyncio.wait([answer], timeout=_PATIENCE)
                if await gone():
                    return
            await answer
        finally:
            del self._asking[asker]
            if not answer.done():
                async with self.changing:
                    self.session.leave(asker)
            self.last_used = monotonic()

    async def look(self, what: Callable[[NetRace], object]) -> object:
        """What is seen between two steps, worked out in a worker."""
        async with self.looking:
            return await self.compute.in_worker(lambda: what(self.session))

    def _post(self, letters: list[Letter]) -> None:
        for to, message in letters:
            answer = self._asking.get(to)
            if answer is None or answer.done():
                continue
            if isinstance(message, wire.Ack):
                answer.set_result(None)
            elif isinstance(message, wire.Error):
                kind = Diverged if message.code == Diverged.code else Interrupted
                answer.set_exception(kind(message.message))
        super()._post(letters)

    def _cost(self, steps: int) -> Cost:
        """To measure all lanes takes as long as hundreds of steps; then it is nothing for the
        loop, whatever a step takes."""
        race = self.session
        is_long = race.due_within(steps) and race.measuring > LIGHT / 2
        return Cost() if is_long else super()._cost(steps)

    def _trained(self, result: tuple[list[Letter], int], seconds: float) -> None:
        super()._trained(result, max(0.0, seconds - self.session.measured))

    @property
    def _active(self) -> bool:
        return self.session.training and self.watched and not self.closed


class Races:
    """Races by id. The ids are all that is needed to reach one, so they cannot be guessed."""

    def __init__(self, settings: Settings, compute: Compute) -> None:
        self._settings, self._compute = settings, compute
        self._tracks: dict[str, RaceTrack] = {}
        self._being_built = 0

    def __len__(self) -> int:
        return len(self._tracks)

    async def create(self, nets: Nets) -> RaceTrack:
        """Raises Full: there are as many as the settings allow, all of them in use."""
        self._make_room()
        self._being_built += 1
        try:
            race = await self._compute.in_worker(lambda: NetRace(nets, thread_time))
        finally:
            self._being_built -= 1
        track = RaceTrack(secrets.token_urlsafe(16), race, self._compute)
        self._tracks[track.id] = track
        return track

    def track(self, race_id: str) -> RaceTrack:
        """Raises UnknownRace."""
        track = self._tracks.get(race_id)
        if track is None:
            raise UnknownRace(race_id)
        track.last_used = monotonic()
        return track

    def delete(self, race_id: str) -> None:
        """End a race and its streams. Raises UnknownRace."""
        track = self.track(race_id)
        del self._tracks[race_id]
        track.close(NO_SESSION, "The race was deleted.", UnknownRace(race_id))

    def close(self, reason: str) -> None:
        """Let all of them go."""
        for track in list(self._tracks.values()):
            self._let_go(track, reason)

    async def sweep(self) -> None:
        """Let races go that nobody has watched for a while."""
        ttl = self._settings.session_ttl
        while True:
            await asyncio.sleep(min(30.0, ttl / 2))
            for track in list(self._tracks.values()):
                if not track.watched and track.last_used < monotonic() - ttl:
                    self._let_go(track, "The race was not watched for long.")

    def _let_go(self, track: RaceTrack, reason: str) -> None:
        del self._tracks[track.id]
        track.close(RESTING, reason)

    def _make_room(self) -> None:
        """Let the longest unwatched race go when there are as many as may be."""
        most = self._settings.max_races
        if len(self._tracks) + self._being_built < most:
            return
        unwatched = [track for track in self._tracks.values() if not track.watched]
        oldest = min(unwatched, key=lambda track: track.last_used, default=None)
        if oldest is None or oldest.last_used > monotonic() - _GRACE:
            raise Full(
                "This server has no room for another race.",
                field="races",
                allowed={"maximum": most},
            )
        self._let_go(oldest, "The race made room for another.")
