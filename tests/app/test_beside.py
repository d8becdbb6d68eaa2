"""Sessions trained in a second process: nobody can tell, whatever becomes of it."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.runner import Lane, Runner, compute
from engine.spec import Spec
from engine.training import Trainer
from tests.app.running import answered, run, until, watching
from tests.app.sessions import ListStream

ADAM: dict[str, Any] = {"optimizer": {"name": "adam"}, "seed": 7}


@pytest.fixture(autouse=True)
def a_crowd_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session that plays goes there."""
    monkeypatch.setattr(compute, "_CROWD", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def playing(
    scenario: Callable[[Runner, Lane, ListStream], Awaitable[None]],
    spec: dict[str, Any] | None = None,
    speed: float | None = None,
) -> None:
    """A scenario with a session that plays in the second process."""

    async def play(runner: Runner) -> None:
        async with watching(runner, spec) as (lane, stream):
            stream.say(type="play", speed=speed)
            await until(lambda: lane.session.step > 500 and lane.id in members(runner))
            await scenario(runner, lane, stream)

    run(play)


def members(runner: Runner) -> set[Any]:
    return runner.compute.beside.members


async def pause(lane: Lane, stream: ListStream) -> None:
    stream.say(id=77, type="pause")
    await until(lambda: answered(stream, 77))


def assert_is_as_if_trained_alone(lane: Lane, trainer: Trainer | None = None) -> None:
    session = lane.session
    alone = trainer or Trainer(session.spec)
    recorded = dict(zip(session.losses.steps, session.losses.items, strict=True))
    for step in sorted({*recorded, session.step}):
        alone.run(step - alone.step_count)
        if step in recorded:
            assert recorded[step][1] == alone.evaluate()["train_loss"]
    assert session.trainer.gradients() == alone.gradients()
    for (name, ours), (_, theirs) in zip(
        session.trainer.network.named_parameters(), alone.network.named_parameters(), strict=True
    ):
        assert (ours.data == theirs.data).all(), name
        terms = session.trainer.terms[name], alone.terms[name]
        assert all((terms[0][key] == terms[1][key]).all() for key in terms[1])


def test_it_is_the_same_run_with_the_same_records() -> None:
    async def scenario(runner: Runner, lane: Lane, stream: ListStream) -> None:
        await until(lambda: lane.session.step > 3000)
        await pause(lane, stream)
        session = lane.session
        assert session.run.head == session.step
        assert {256, 512, 1024} <= set(session.run.keyframes.steps)
        here = TrainingRecords(session.step)
        assert session.losses.steps == here.losses
        assert_is_as_if_trained_alone(lane)
        await until(lambda: lane.id not in members(runner))  # it keeps nothing of who stands still

    playing(scenario, ADAM)


class TrainingRecords:
    """At which steps a session that trains alone has recorded its losses."""

    def __init__(self, step: int) -> None:
        from app.sessions.session import TrainingSession

        session = TrainingSession(Trainer(Spec.parse(ADAM)))
        session.state = "playing"
        session.advance(step)
        self.losses = session.losses.steps


def test_edits_and_settings_come_in_between() -> None:
    async def scenario(runner: Runner, lane: Lane, stream: ListStream) -> None:
        said = 100
        for rate in (0.01, 0.003, 0.1):
            changes = {"optimizer": {"name": "adam", "learning_rate": rate}}
            stream.say(id=said, type="set", changes=changes)
            index = {"parameter": "layers.0.weight", "index": [0, 1]}
            stream.say(id=said + 1, type="edit", **index, value=rate)
            said += 2
            await until(lambda: answered(stream, said - 1))  # noqa: B023
            step = lane.session.step
            await until(lambda: lane.session.step > step + 300)  # noqa: B023
        await pause(lane, stream)
        assert len(lane.session.run.edits) == 6
        alone = Trainer(Spec.parse({}))
        for step, edit in lane.session.run.edits:
            alone.run(step - alone.step_count)
            edit.apply(alone)
        alone.run(lane.session.step - alone.step_count)
        assert lane.session.trainer.gradients() == alone.gradients()

    playing(scenario, speed=4000)


def test_frames_and_commands_do_not_wait_for_it() -> None:
    async def scenario(runner: Runner, lane: Lane, stream: ListStream) -> None:
        stream.say(type="view", rate=30)
        frames = len(stream.frames)
        await asyncio.sleep(1)
        assert len(stream.frames) - frames >= 15

    playing(scenario)


def test_steps_asked_for_are_counted_here() -> None:
    async def scenario(runner: Runner, lane: Lane, stream: ListStream) -> None:
        await pause(lane, stream)
        step = lane.session.step
        stream.say(id=5, type="step", count=1000)
        await until(lambda: answered(stream, 5))
        assert lane.session.step == step + 1000
        assert_is_as_if_trained_alone(lane)

    playing(scenario)


def test_a_net_that_diverges_says_where_it_began() -> None:
    linear = [{"units": 2, "activation": "linear"}, {"units": 1, "activation": "linear"}]
    spec = {"network": {"layers": linear}, "data": {"name": "plane"}}

    async def scenario(runner: Runner, lane: Lane, stream: ListStream) -> None:
        changes = {"optimizer": {"name": "sgd", "learning_rate": 100}}
        stream.say(id=1, type="set", changes=changes)
        await until(lambda: lane.session.state == "diverged")
        overflow = lane.session.status().overflow
        assert overflow is not None
        assert overflow.step == lane.session.step
        assert lane.session.status().rewind_to is not None

    playing(scenario, spec)


def test_it_stops_where_the_settings_say() -> None:
    async def scenario(runner: Runner, lane: Lane, stream: ListStream) -> None:
        await until(lambda: lane.session.state == "paused")
        assert lane.session.step == 100 * 25
        stop = lane.session.status().stopped
        assert stop is not None
        assert stop.reason == "epoch"
        assert_is_as_if_trained_alone(lane)

    playing(scenario, {"stopping": {"epoch": 100}}, speed=2500)


def test_when_the_process_is_killed_the_session_trains_on() -> None:
    async def scenario(runner: Runner, lane: Lane, stream: ListStream) -> None:
        process = runner.compute.beside._process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        await until(lambda: not members(runner))
        step = lane.session.step
        await until(lambda: lane.session.step > step + 1000)
        await pause(lane, stream)
        assert_is_as_if_trained_alone(lane)

    playing(scenario)


def test_a_crowd_is_divided_and_nobody_is_left_behind() -> None:
    async def scenario(runner: Runner) -> None:
        async with contextlib.AsyncExitStack() as stack:
            lanes = [await stack.enter_async_context(watching(runner)) for _ in range(10)]
            for _, stream in lanes:
                stream.say(type="play", speed=500)
            await until(lambda: len(members(runner)) >= 6)
            await asyncio.sleep(1)  # nets are traced there, one after the other
            begun = [lane.session.step for lane, _ in lanes]
            await asyncio.sleep(1)
            made = [lane.session.step - step for (lane, _), step in zip(lanes, begun, strict=True)]
            assert min(made) > 0.7 * max(made)
            assert len(members(runner)) < 10
        await until(lambda: not members(runner))

    run(scenario)


def test_a_server_that_ends_says_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(runner: Runner, lane: Lane, stream: ListStream) -> None:
        await until(lambda: len(runner.compute.beside._asked) > 0)
        await runner.compute.close()
        await asyncio.sleep(0.05)

    with caplog.at_level("WARNING"):
        playing(scenario)
    assert caplog.messages == []
