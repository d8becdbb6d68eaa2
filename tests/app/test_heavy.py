"""Sessions whose steps and frames take long: a command does not wait for what it need not."""

import asyncio
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest

from app.runner import Runner
from app.sessions import frames
from engine.training import Trainer
from tests.app.running import answered, patiently, run, until, watching
from tests.app.sessions import ListStream, compute, do, session_of


@pytest.fixture
def slow_frames(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """When each frame was begun; one takes 200 ms."""
    begun: list[float] = []
    build = frames.frame

    def slow(*args: Any) -> bytes:
        begun.append(perf_counter())
        compute(0.2)
        return build(*args)

    monkeypatch.setattr(frames, "frame", slow)
    yield begun


def slow_steps(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    run = Trainer.run

    def slow(trainer: Trainer, steps: int, **options: bool) -> float:
        compute(seconds)
        return run(trainer, steps, **options)

    monkeypatch.setattr(Trainer, "run", slow)


def test_training_stops_after_a_step_when_somebody_is_wanted_in() -> None:
    session = session_of()
    do(session, "play")
    calls = iter([False, False, True])
    session.advance(100, lambda: next(calls))
    assert session.step == 2


@pytest.mark.parametrize("command", ["pause", "play"])
def test_a_pause_does_not_wait_for_a_frame(slow_frames: list[float], command: str) -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            stream.say(type="play", speed=1)
            await until(lambda: lane.session.step > 0 and len(slow_frames) > 1)
            begun = perf_counter()
            stream.say(id=1, type=command)
            await until(lambda: answered(stream, 1))
            assert perf_counter() - begun < 0.1
            assert lane.looking.locked()  # by the frame

    run(scenario)


def test_a_pause_waits_for_one_step_and_not_for_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_steps(monkeypatch, 0.01)

    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            monkeypatch.setattr("app.runner.pace._WORKER_SLICE", 2.0)
            stream.say(type="play", speed=None)
            await until(lambda: lane.session.step > 10)
            begun = perf_counter()
            stream.say(id=1, type="pause")
            await until(lambda: answered(stream, 1))
            assert perf_counter() - begun < 0.1

    run(scenario)


def test_no_frame_is_made_while_a_command_waits(slow_frames: list[float]) -> None:
    answers: list[float] = []

    class Timed(ListStream):
        async def send_text(self, data: str) -> None:
            await super().send_text(data)
            answers.append(perf_counter())

    async def scenario(runner: Runner) -> None:
        async with watching(runner, stream=Timed()) as (lane, stream):
            stream.say(id=1, type="step")
            await until(lambda: answered(stream, 1))
            await lane.looking.acquire()
            await asyncio.sleep(0.5)  # the frame is due and waits
            stream.say(id=2, type="set", changes={"batch_size": 5})
            await until(lambda: lane.wanted)
            frames, texts = len(slow_frames), len(answers)
            lane.looking.release()
            await until(lambda: len(slow_frames) > frames)
            assert answered(stream, 2)
            assert answers[texts] < slow_frames[frames]

    run(scenario)


@patiently
def test_frames_take_half_of_the_time_at_most() -> None:
    monkeypatch = pytest.MonkeyPatch()
    build, begun = frames.frame, []

    def slow(*args: Any) -> bytes:
        begun.append(perf_counter())
        compute(0.05)
        return build(*args)

    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (_, stream), watching(runner) as (_, _other):
            stream.say(type="view", rate=60)
            stream.say(type="play", speed=None)
            await asyncio.sleep(0.3)
            begun.clear()
            await asyncio.sleep(1)
            assert 7 <= len(begun) <= 10

    monkeypatch.setattr(frames, "frame", slow)
    try:
        run(scenario)
    finally:
        monkeypatch.undo()


@patiently
def test_a_light_session_gets_sixty_frames_a_second() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            stream.say(type="view", rate=60)
            stream.say(type="play", speed=1500)
            await asyncio.sleep(0.2)
            step, count = lane.session.step, len(stream.frames)
            await asyncio.sleep(1)
            assert len(stream.frames) - count >= 50
            assert lane.session.step - step > 1350

    run(scenario)
