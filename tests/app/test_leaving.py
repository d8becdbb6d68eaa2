"""Viewers who leave, join and delete at the worst moment: nobody else notices."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import messages as wire
from app.errors import UnknownSession
from app.runner import Runner
from app.runner.compute import Compute
from app.sessions import frames
from app.sessions.session import TrainingSession
from engine.spec import Spec
from engine.training import Trainer
from tests.app.running import answered, run, until, watching
from tests.app.sessions import ListStream, compute, session_of


class Inside:
    """Counts who is in a session's net at one time; makes frames slow."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now: list[str] = []
        self.together: list[list[str]] = []
        monkeypatch.setattr(frames, "frame", self._watched("frame", frames.frame, seconds))
        for name in ("advance", "leave"):
            method = getattr(TrainingSession, name)
            monkeypatch.setattr(TrainingSession, name, self._watched(name, method, 0))

    def _watched(self, name: str, work: Callable[..., Any], seconds: float) -> Callable[..., Any]:
        def watched(*args: Any) -> Any:
            self.now.append(name)
            if len(self.now) > 1 and "leave" not in self.now:
                self.together.append(list(self.now))
            try:
                compute(seconds)
                return work(*args)
            finally:
                self.now.remove(name)

        return watched


def test_a_worker_keeps_the_session_to_itself_when_its_viewer_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            stream.say(type="play", speed=None)
            inside = Inside(monkeypatch, 0.03)
            for _ in range(5):
                other = ListStream()
                task = asyncio.create_task(runner.watch(lane.id, other))
                await until(lambda: len(lane.clients) == 2)
                await until(lambda: "frame" in inside.now)
                other.leave()
                await task
            monkeypatch.undo()
            assert inside.together == []
            stream.say(id=1, type="pause")
            await until(lambda: answered(stream, 1))
            step = lane.session.step
            alone = session_of()
            alone.handle(wire.Step(count=step), "x")
            alone.advance(step)
            for (name, ours), (_, theirs) in zip(
                lane.session.trainer.network.named_parameters(),
                alone.trainer.network.named_parameters(),
                strict=True,
            ):
                assert ours.data.tobytes() == theirs.data.tobytes(), name

    run(scenario)


def test_who_is_cancelled_waits_until_its_worker_is_done() -> None:
    async def scenario(runner: Runner) -> None:
        done: list[bool] = []

        def work() -> None:
            time.sleep(0.1)
            done.append(True)

        task = asyncio.create_task(runner.compute.in_worker(work))
        await asyncio.sleep(0.03)
        task.cancel()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert done == [True]

    run(scenario)


def test_work_that_has_not_begun_is_not_done_for_who_is_cancelled() -> None:
    async def scenario(_: Runner) -> None:
        shared, done = Compute(), []
        busy = [asyncio.create_task(shared.in_worker(lambda: time.sleep(0.1))) for _ in range(2)]
        await asyncio.sleep(0.01)
        late = asyncio.create_task(shared.in_worker(lambda: done.append(True)))
        await asyncio.sleep(0.01)
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        assert not all(task.done() for task in busy)
        await asyncio.gather(*busy)
        await shared.close()
        assert done == []

    run(scenario)


async def gone_while_it_is_built(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, session_id: str, command: dict[str, Any]
) -> None:
    """A viewer sends a command and is gone while a worker builds what it asked for."""
    building = []

    class Slow(Trainer):
        def __init__(self, spec: Spec) -> None:
            building.append(spec)
            time.sleep(0.05)
            super().__init__(spec)

    monkeypatch.setattr("app.sessions.session.Trainer", Slow)
    sender = ListStream()
    task = asyncio.create_task(runner.watch(session_id, sender))
    await until(lambda: bool(sender.frames))
    sender.say(**command)
    await until(lambda: bool(building))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    "command",
    [{"type": "set", "changes": {"data": {"name": "digits"}}}, {"type": "reset"}],
    ids=lambda command: command["type"],
)
def test_what_a_sender_that_left_has_done_is_told_to_the_others(
    monkeypatch: pytest.MonkeyPatch, command: dict[str, Any]
) -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            await gone_while_it_is_built(runner, monkeypatch, lane.id, command)
            await until(lambda: len(stream.texts) == 7)
            spec, _, status = stream.texts[4:]
            assert (spec["type"], spec["reset"], status["type"]) == ("spec", True, "status")
            assert spec["spec"] == lane.session.spec.to_json()
            assert spec["revision"] == lane.session.revision == 1

    run(scenario)


def test_a_command_that_fails_after_its_sender_left_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, _):
            monkeypatch.setattr(TrainingSession, "handle", fail)
            await gone_while_it_is_built(runner, monkeypatch, lane.id, {"type": "reset"})
            await until(lambda: "ZeroDivisionError" in caplog.text, 1)

    with caplog.at_level(logging.ERROR, "backprop_lab"):
        run(scenario)


def test_nobody_waits_for_the_steps_of_a_sender_that_left() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, _):
            sender = ListStream()
            task = asyncio.create_task(runner.watch(lane.id, sender))
            await until(lambda: bool(sender.frames))
            await lane.changing.acquire()
            sender.say(type="step", count=1_000_000)
            await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            lane.changing.release()
            await asyncio.sleep(0.02)
            assert lane.session.stepping == 0

    run(scenario)


# --- deleted meanwhile ---


def test_who_joins_a_session_that_is_being_deleted_is_told() -> None:
    async def scenario(runner: Runner) -> None:
        lane = await runner.create({})
        await lane.looking.acquire()
        late = asyncio.create_task(runner.watch(lane.id, ListStream()))
        await asyncio.sleep(0.01)
        runner.delete(lane.id)
        lane.looking.release()
        with pytest.raises(UnknownSession) as refused:
            await late
        assert refused.value.code == "unknown_session"
        assert lane.clients == set()

    run(scenario)


def test_nothing_is_written_of_a_session_that_was_deleted_meanwhile(tmp_path: Path) -> None:
    async def scenario(runner: Runner) -> None:
        lane = await runner.create({})
        lane._begin(lane.keep())  # which waits for its turn
        runner.delete(lane.id)
        await asyncio.gather(*lane._errands)
        assert await runner.store.ask(lambda db: (db.count(), db.read(lane.id))) == (0, None)

    run(scenario, data=str(tmp_path))


def test_who_joins_a_session_that_goes_to_rest_meanwhile_finds_it_again(tmp_path: Path) -> None:
    async def scenario(runner: Runner) -> None:
        lane = await runner.create({})
        await lane.looking.acquire()
        stream = ListStream()
        late = asyncio.create_task(runner.watch(lane.id, stream))
        await asyncio.sleep(0.01)
        runner._let_rest(lane)
        lane.looking.release()
        await until(lambda: bool(stream.frames))
        assert runner.lane(lane.id) is not lane
        stream.leave()
        await late

    run(scenario, data=str(tmp_path))


def test_a_command_that_waited_while_its_session_was_deleted_is_refused() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, _):
            (client,) = lane.clients
            await lane.changing.acquire()
            task = asyncio.create_task(lane.receive(client, '{"id": 3, "type": "play"}'))
            await asyncio.sleep(0.01)
            runner.delete(lane.id)
            lane.changing.release()
            await task
            assert lane.session.state == "paused"

    run(scenario)


@pytest.mark.parametrize("delete", [False, True])
def test_a_slow_session_does_not_go_on_waiting_for_its_next_step(delete: bool) -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            stream.say(id=1, type="play", speed=0.1)
            await until(lambda: lane.session.step == 1)
            assert runner.compute.trainees == 1
            if delete:
                runner.delete(lane.id)
                await until(lambda: runner.compute.trainees == 0, 1)
        await until(lambda: runner.compute.trainees == 0, 1)

    run(scenario)
