"""One session in time: a track whose history is kept."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from app import messages as wire
from app.errors import UnknownSession
from app.runner.compute import Compute, holding, timed
from app.runner.keeper import Keeping
from app.runner.track import Track
from app.sessions.jobs import DataChanged, Letter
from app.sessions.session import TrainingSession
from app.sessions.viewer import Viewer

log = logging.getLogger("backprop_lab")


class Lane(Track[TrainingSession]):
    """A session, its clients, the task that trains it, and the way of its history onto disk."""

    commands = wire.COMMANDS

    def __init__(
        self,
        lane_id: str,
        session: TrainingSession,
        compute: Compute,
        keeping: Keeping | None = None,
    ) -> None:
        """Without ``keeping``, the session is in memory only."""
        super().__init__(lane_id, session, compute)
        self.keeping = keeping
        self.storage: wire.Storage | None = None  # what a client is told of it that comes
        self._known_beside = -1  # the version of the session that the second process has
        self.rests = False  # closed, but not gone: it may be woken
        self.client = ""  # who made it or woke it, see app.limits

    def viewer(self) -> Viewer:
        return Viewer(self.session)

    def welcome(self) -> Sequence[wire.Message | DataChanged]:
        now = self.session
        news = (now.spec_message(), now.runs_message(), now.status(), DataChanged())
        return news if self.storage is None else (*news, self.storage)

    def unknown(self) -> UnknownSession:
        return UnknownSession(self.id)

    def tell(self, storage: wire.Storage | None) -> None:
        """Everyone, whether what they do is kept; None where there is nothing to say."""
        self.storage = storage
        self._post([Letter(None, storage or wire.Storage())])

    async def carry_out(self, change: Callable[[TrainingSession], list[Letter]]) -> None:
        """Change something without a command; every client is told. Raises Refusal."""
        async with holding(self.looking, self.changing):
            self._refuse_if_closed()
            self._post(change(self.session))
            self._changed()
            saving = self._save()
        if saving is not None:
            await saving

    def _save(self) -> asyncio.Future[None] | None:
        """Write what a command has changed. Nobody else may train meanwhile."""
        return None if self.keeping is None or self._gone else self.keeping.save(self.session)

    def keep_up(self) -> None:
        """Write where training has come to, if it has come to something."""
        if self.keeping is not None and self.keeping.due(self.session):
            self._begin(self.keep())

    async def keep(self, *, last: bool = False) -> None:
        """Write all that is new."""
        if self.keeping is not None:
            async with holding(self.looking, self.changing):
                if self._gone:
                    return
                saving = self.keeping.keep_up(self.session, last=last)
            await saving

    @property
    def _gone(self) -> bool:
        """Deleted: what is written of it now would be a part of nothing."""
        return self.closed and not self.rests

    async def rest(self) -> None:
        """Write all of it for the last time, once whoever is in it has left."""
        await asyncio.gather(*self._errands)
        await self.keep(last=True)

    async def metrics(self) -> dict[str, float]:
        """Losses and accuracies at the step the session is at."""
        async with self.looking:
            return await self.compute.in_worker(self.session.metrics)

    # --- training beside the event loop ---

    async def _take_turn(self) -> None:
        light = self._pace.step_cost.light and self.session.goes_straight_on
        if not (light and self.compute.goes_beside(self.id)):
            await super()._take_turn()
        elif steps := self._pace.steps_due(beside=True):
            await self._slice_beside(steps)

    async def _slice_beside(self, steps: int) -> None:
        """All steps but the last in the second process; only that one if it cannot make them.

        Nobody is kept out meanwhile: frames are made, commands carried out. A command that changes
        something has the steps made again, from how things are then.
        """
        session, beside = self.session, self.compute.beside
        async with holding(self.looking, self.changing):
            if not (self._active and session.goes_straight_on):
                return
            version, before = session.version, session.step
            stretch = session.stretch(steps, self.id, known=self._known_beside == version)
        made = None
        try:
            made = await beside.make(stretch)
        except RuntimeError:
            log.warning("session %s trains on the event loop again", self.id, exc_info=True)
            beside.leave(self.id)
        async with holding(self.looking, self.changing):
            self._known_beside = -1
            if made is None:
                result, seconds = timed(lambda: session.advance(1))
            elif session.version == version and session.state == "playing":
                result, seconds = timed(lambda: session.take(made))
                seconds += made.seconds
                self._known_beside = session.version
            else:
                return
            self._trained((result, session.step - before), seconds)

    def _stand(self) -> None:
        self.compute.beside.leave(self.id)
        self._known_beside = -1
