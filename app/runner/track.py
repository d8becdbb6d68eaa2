"""What trains in time, a session or a race of nets: its commands in their order, its training at
its pace."""

import asyncio
import logging
import secrets
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Hashable, Mapping, Sequence
from time import monotonic
from typing import Any, ClassVar, Generic, TypeVar

from app import messages as wire
from app.errors import Internal, Invalid, Malformed, Refusal
from app.runner.client import Client, deliver
from app.runner.compute import LIGHT, Compute, Cost, holding
from app.runner.pace import Pace
from app.runner.trained import Trained
from app.sessions.arrival import Arrival
from app.sessions.jobs import DataChanged, Letter
from app.sessions.watching import Watching
from engine.fields import SpecError

log = logging.getLogger("backprop_lab")
_NEW = Arrival()


Session = TypeVar("Session", bound=Trained)


class Track(ABC, Generic[Session]):
    """A session with its clients and the task that trains it, which lives only while there is
    something to train and somebody who watches: a paused or unwatched session costs nothing.

    Two locks say who is in the session. ``looking`` is held by whoever reads or replaces the net, a
    worker that makes a frame for example; ``changing`` by whoever trains, and for every command.
    A pause needs only the second: it never waits for a frame. Who needs both takes them in this
    order.
    """

    commands: ClassVar[Mapping[str, type[wire.Command]]]  # that it takes

    def __init__(self, track_id: str, session: Session, compute: Compute) -> None:
        self.id, self.session, self.compute = track_id, session, compute
        self.clients: set[Client] = set()
        self.looking, self.changing = asyncio.Lock(), asyncio.Lock()
        self.last_used = monotonic()
        self.frames_due = 0.0  # no frame before that, for whoever it is
        self.closed = False
        self.life = secrets.token_urlsafe(9)  # of this time in memory
        self._waiting = 0  # commands
        self._errands: set[asyncio.Task[None]] = set()
        self._pace = Pace(session, compute)
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    def viewer(self) -> Watching[Any, Any]:
        """How a new client looks at it."""

    @abstractmethod
    def welcome(self) -> Sequence[wire.Message | DataChanged]:
        """What a new client is told first."""

    @abstractmethod
    def unknown(self) -> Refusal:
        """There is no such session any more."""

    # --- clients ---

    async def join(self, arrival: Arrival = _NEW) -> Client:
        """A new client; it is told how things are, and a frame follows: with all there is, or with
        what is missing, if it says what it has.

        Raises:
            Refusal: the session was deleted meanwhile.
        """
        client = Client(self.viewer())
        async with self.looking:
            self._refuse_if_closed()
            self.clients.add(client)
            whole = arrival.life != self.life or not client.viewer.resume(arrival)
            first = wire.Welcome(version=arrival.version, life=self.life, whole=whole)
            self._post([Letter(client, message) for message in (first, *self.welcome())])
        self._train_if_needed()
        return client

    def leave(self, client: Client) -> None:
        self.clients.discard(client)
        self.last_used = monotonic()
        self._pace.hurry()
        self._begin(self._forget(client))

    async def _forget(self, client: Client) -> None:
        async with self.changing:
            self.session.leave(client)

    def close(self, code: int, reason: str, refusal: Refusal | None = None) -> None:
        """Tell every client why, and end its connection."""
        self.closed = True
        self._pace.hurry()
        for client in self.clients:
            if refusal is not None:
                client.post(wire.Error.of(refusal).text())
            client.drop(code, reason)

    def _refuse_if_closed(self) -> None:
        if self.closed:
            raise self.unknown()

    def charge_frame(self, seconds: float) -> None:
        """A frame took so long. Training gets as much: frames take half of the time at most."""
        if seconds >= LIGHT:
            now = monotonic()
            self.frames_due = max(self.frames_due, now - seconds) + 2 * seconds

    def _post(self, letters: list[Letter]) -> None:
        deliver(letters, self.clients)

    # --- commands ---

    @property
    def wanted(self) -> bool:
        """Whether a command waits until who is in the session leaves it."""
        return self._waiting > 0

    async def receive(self, client: Client, text: str | None) -> None:
        """Carry out one message of a client, None if it was not text. Whatever is wrong with it
        is answered with an error, and the session goes on.

        A command is carried out to its end also when its sender leaves: the others are told.
        """
        command_id = None
        try:
            if text is None:
                raise Malformed("A command is JSON text; this message was binary.")
            message = wire.read_object(text)
            command_id = wire.command_id(message)
            command = wire.read_command(message, self.commands)
        except Refusal as refusal:
            client.post(wire.Error.of(refusal, command_id).text())
            return
        if isinstance(command, wire.Seen):
            client.acknowledge(command.frame)
        else:
            await asyncio.shield(self._begin(self._answer(command, client)))

    def _begin(self, errand: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something that must not end with whoever asked for it."""
        task = asyncio.create_task(errand, name=f"errand {self.id}")
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        return task

    async def _answer(self, command: wire.Command, client: Client) -> None:
        locks = (
            (self.changing,)
            if isinstance(command, wire.UNSEEN_COMMANDS)
            else (self.looking, self.changing)
        )
        self._waiting += 1
        waiting = True
        try:
            async with holding(*locks):
                self._waiting, waiting = self._waiting - 1, False
                self._refuse_if_closed()
                letters = await self._carry_out(command, client)
                saving = None if isinstance(command, wire.View | wire.RaceView) else self._save()
                later = self._post_saved(letters, saving)
                if client not in self.clients:
                    self.session.leave(client)
            if saving is not None:
                await saving
                self._post(later)
        except Refusal as refusal:
            client.post(wire.Error.of(refusal, command.id).text())
        except SpecError as error:
            client.post(wire.Error.of(Invalid.from_spec(error), command.id).text())
        except Exception:
            log.exception("a command failed", extra={"session": self.id})
            client.post(wire.Error.of(Internal(), command.id).text())
        finally:
            self._waiting -= waiting

    async def _carry_out(self, command: wire.Command, client: Client) -> list[Letter]:
        session = self.session
        if isinstance(command, wire.View | wire.RaceView):
            ack = Letter(client, wire.Ack(id=command.id, step=session.step))
            resized = client.viewer.change(command)
            if resized:
                client.frame_cost.forget()
            client.wake.set()
            return [ack, Letter(client, DataChanged())] if resized else [ack]
        return await self._handle(command, client)

    async def _handle(self, command: wire.Command, sender: Hashable) -> list[Letter]:
        """Let the session carry out a command, and train if there is reason to."""
        session = self.session
        prepare = session.preparation(command)
        if prepare is not None:
            letters = await self.compute.in_worker(
                lambda: session.handle(command, sender, prepare())
            )
            self._pace.begin()  # the time it took to build is no debt
        else:
            letters = session.handle(command, sender)
        if isinstance(command, wire.Set):
            self._pace.step_cost.forget()
            for viewer in self.clients:
                viewer.frame_cost.forget()
        self._pace.no_later()
        self._pace.hurry()
        self._changed()
        self._train_if_needed()
        return letters

    def _save(self) -> asyncio.Future[None] | None:
        """Write what a command has changed, where that is done."""
        return None

    def _post_saved(
        self, letters: list[Letter], saving: asyncio.Future[None] | None
    ) -> list[Letter]:
        """Tell what has happened; what acknowledges it is left for when it has been written."""
        acks = [letter for letter in letters if saving and isinstance(letter.message, wire.Ack)]
        self._post([letter for letter in letters if letter not in acks])
        return acks

    def _changed(self) -> None:
        for client in self.clients:
            client.changed()

    # --- training ---

    @property
    def _active(self) -> bool:
        return self.session.training and bool(self.clients) and not self.closed

    def _train_if_needed(self) -> None:
        if self._active and self._task is None:
            self._task = asyncio.create_task(self._train(), name=f"train {self.id}")

    async def _train(self) -> None:
        self.compute.trainees += 1
        self._pace.begin()
        try:
            while self._active:
                begun = monotonic()
                await self._take_turn()
                await self._pace.rest(begun)
        except Exception:
            log.exception("training failed", extra={"session": self.id})
            async with self.changing:
                self._post([Letter(None, wire.Error.of(Internal())), *self.session.halt()])
        finally:
            self.compute.trainees -= 1
            self._stand()
            self._task = None

    async def _take_turn(self) -> None:
        if steps := self._pace.steps_due():
            await self._slice(steps)

    def _stand(self) -> None:
        """It trains no more for now."""

    async def _slice(self, steps: int) -> None:
        session, cost = self.session, self._cost(steps)
        # on the loop nobody can come while it trains
        wanted = None if cost.light else lambda: self.wanted

        def work() -> tuple[list[Letter], int]:
            before = session.step
            return session.advance(steps, wanted), session.step - before

        locks = (self.looking, self.changing)
        await self.compute.share(locks, cost, work, self._trained)

    def _cost(self, steps: int) -> Cost:
        """What it takes to make so many steps now: whether it is too much for the loop."""
        return self._pace.step_cost

    def _trained(self, result: tuple[list[Letter], int], seconds: float) -> None:
        """So many steps were made, in so many seconds: what came of them is told."""
        letters, steps = result
        self._pace.done(steps, seconds)
        answers = any(isinstance(letter.message, wire.Ack) for letter in letters)
        saving = self._save() if answers else None
        acks = self._post_saved(letters, saving)
        if saving is not None:
            saving.add_done_callback(lambda _: self._post(acks))
        self._changed()
