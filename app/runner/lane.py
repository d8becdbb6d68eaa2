"""One session in time: its commands in their order, its training at its pace."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from app import messages as wire
from app.errors import Internal, Invalid, Malformed, Refusal, UnknownSession
from app.runner.client import Client
from app.runner.compute import LIGHT, Compute, Cost, holding, wait
from app.sessions import frames
from app.sessions.jobs import DataChanged, Letter
from app.sessions.session import UNSEEN_COMMANDS, TrainingSession
from engine.fields import SpecError

log = logging.getLogger("backprop_lab")

_SLICE = 0.003  # seconds of training on the event loop
_LEAST_SLICE = 0.001  # when many sessions share
_ROUND = 0.04  # in which every playing session should have had its turn
_WORKER_SLICE = 0.02  # of training in a worker thread; a pause waits for its end
_PACE = 0.004  # from one slice of a paced session to its next
_CROWDED_PACE = 0.001  # the same for each session that trains: fewer, longer slices cost less
_LARGEST_DEBT = 0.1  # seconds of steps a session that comes late catches up with; the rest is lost


class Lane:
    """A session with its clients and the task that trains it, which lives only while there is
    something to train and somebody who watches: a paused or unwatched session costs nothing.

    Two locks say who is in the session. ``looking`` is held by whoever reads or replaces the net, a
    worker that makes a frame for example; ``changing`` by whoever trains, and for every command.
    A pause needs only the second: it never waits for a frame. Who needs both takes them in this
    order.
    """

    def __init__(self, lane_id: str, session: TrainingSession, compute: Compute) -> None:
        self.id, self.session, self.compute = lane_id, session, compute
        self.clients: set[Client] = set()
        self.looking, self.changing = asyncio.Lock(), asyncio.Lock()
        self.last_used = monotonic()
        self.frames_due = 0.0  # no frame before that, for whoever it is
        self.closed = False
        self._waiting = 0  # commands
        self._errands: set[asyncio.Task[None]] = set()
        self._step_cost = Cost()
        self._step_due = 0.0
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # --- clients ---

    async def join(self) -> Client:
        """A new client; it is told the spec, the status and the data, and a frame follows.

        Raises:
            UnknownSession: the session was deleted meanwhile.
        """
        client = Client(self.session)
        async with self.looking:
            self._refuse_if_closed()
            self.clients.add(client)
            now = self.session
            news = (now.spec_message(), now.runs_message(), now.status(), DataChanged())
            self._post([Letter(client, message) for message in news])
        self._train_if_needed()
        return client

    def leave(self, client: Client) -> None:
        self.clients.discard(client)
        self.last_used = monotonic()
        self._hurry.set()
        self._begin(self._forget(client))

    async def _forget(self, client: Client) -> None:
        async with self.changing:
            self.session.leave(client)

    def close(self, refusal: Refusal, code: int, reason: str) -> None:
        """Tell every client why, and end its connection."""
        self.closed = True
        self._hurry.set()
        for client in self.clients:
            client.post(wire.Error.of(refusal).text())
            client.drop(code, reason)

    def _refuse_if_closed(self) -> None:
        if self.closed:
            raise UnknownSession(self.id)

    def charge_frame(self, seconds: float) -> None:
        """A frame took so long. Training gets as much: frames take half of the time at most."""
        if seconds >= LIGHT:
            now = monotonic()
            self.frames_due = max(self.frames_due, now - seconds) + 2 * seconds

    def _post(self, letters: list[Letter]) -> None:
        for to, message in letters:
            for client in [c for c in self.clients if to is None or c is to]:
                match message:
                    case DataChanged():
                        client.post(frames.data(self.session, client.viewer.view), "data")
                    case wire.SpecChanged():
                        client.post(message.text(), "reset" if message.reset else "spec")
                    case wire.Status():
                        client.post(message.text(), "status")
                    case wire.Runs():
                        client.post(message.text(), "runs")
                    case _:
                        client.post(message.text())

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
            command = wire.read_command(message)
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
            if isinstance(command, UNSEEN_COMMANDS)
            else (self.looking, self.changing)
        )
        self._waiting += 1
        waiting = True
        try:
            async with holding(*locks):
                self._waiting, waiting = self._waiting - 1, False
                self._refuse_if_closed()
                self._post(await self._carry_out(command, client))
                if client not in self.clients:
                    self.session.leave(client)
        except Refusal as refusal:
            client.post(wire.Error.of(refusal, command.id).text())
        except SpecError as error:
            client.post(wire.Error.of(Invalid.from_spec(error), command.id).text())
        except Exception:
            log.exception("a command failed in session %s", self.id)
            client.post(wire.Error.of(Internal(), command.id).text())
        finally:
            self._waiting -= waiting

    async def _carry_out(self, command: wire.Command, client: Client) -> list[Letter]:
        session = self.session
        if isinstance(command, wire.View):
            ack = Letter(client, wire.Ack(id=command.id, step=session.step))
            resized = client.viewer.change(command)
            if resized:
                client.frame_cost.forget()
            client.wake.set()
            return [ack, Letter(client, DataChanged())] if resized else [ack]
        prepare = session.preparation(command)
        if prepare is not None:
            letters = await self.compute.in_worker(
                lambda: session.handle(command, client, prepare())
            )
            self._step_due = monotonic()  # the time it took to build is no debt
        else:
            letters = session.handle(command, client)
        if isinstance(command, wire.Set):
            self._step_cost.forget()
            for viewer in self.clients:
                viewer.frame_cost.forget()
        self._step_due = min(self._step_due, monotonic())
        self._hurry.set()
        self._changed()
        self._train_if_needed()
        return letters

    async def carry_out(self, change: Callable[[TrainingSession], list[Letter]]) -> None:
        """Change something without a command; every client is told. Raises Refusal."""
        async with holding(self.looking, self.changing):
            self._refuse_if_closed()
            self._post(change(self.session))
            self._changed()

    async def metrics(self) -> dict[str, float]:
        """Losses and accuracies at the step the session is at."""
        async with self.looking:
            return await self.compute.in_worker(self.session.metrics)

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
        self._step_due = monotonic()
        try:
            while self._active:
                self._hurry.clear()
                begun = monotonic()
                if steps := self._steps_due(begun):
                    await self._slice(steps)
                await self._rest(begun)
        except Exception:
            log.exception("training failed in session %s", self.id)
            async with self.changing:
                self._post([Letter(None, wire.Error.of(Internal())), *self.session.halt()])
        finally:
            self.compute.trainees -= 1
            self._task = None

    def _steps_due(self, now: float) -> int:
        """How many steps to take now: what the pace asks for, as far as it fits into a slice."""
        most = self._steps_in_a_slice()
        owed, speed = self.session.stepping, self.session.speed
        if owed:
            return min(owed, most)
        if speed is None:
            return most
        self._step_due = max(self._step_due, now - _LARGEST_DEBT)
        late = now - self._step_due
        return min(int(late * speed) + 1, most) if late >= 0 else 0

    def _steps_in_a_slice(self) -> int:
        seconds = self._step_cost.seconds
        if seconds is None:
            return 1
        if not self._step_cost.light:
            return max(1, int(_WORKER_SLICE / seconds))
        fair = _ROUND / max(1, self.compute.trainees)
        return max(1, int(min(_SLICE, max(_LEAST_SLICE, fair)) / seconds))

    async def _slice(self, steps: int) -> None:
        session = self.session
        # on the loop nobody can come while it trains
        wanted = None if self._step_cost.light else lambda: self.wanted

        def work() -> tuple[list[Letter], int]:
            before = session.step
            return session.advance(steps, wanted), session.step - before

        def then(result: tuple[list[Letter], int], seconds: float) -> None:
            letters, done = result
            if done:
                self._step_cost.learn(seconds / done)
            if session.speed is not None:
                self._step_due += done / session.speed
            self._post(letters)
            self._changed()

        locks = (self.looking, self.changing)
        await self.compute.share(locks, self._step_cost, work, then)

    async def _rest(self, begun: float) -> None:
        """Until the next steps are due; a command that changes the pace cuts it short."""
        if self.session.stepping or self.session.speed is None:
            await asyncio.sleep(0)
            return
        pace = max(_PACE, _CROWDED_PACE * self.compute.trainees)
        delay = max(self._step_due, begun + pace) - monotonic()
        if delay > 2 * _PACE:
            await wait(self._hurry, delay)
        else:
            await asyncio.sleep(max(0.0, delay))
