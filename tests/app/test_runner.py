"""Time: slices, pace, fairness, latency, and clients that do not read."""

import asyncio
import contextlib
import threading
from time import perf_counter

import pytest

from app.errors import Full, UnknownSession
from app.runner import Runner
from app.runner.client import Client
from app.settings import Settings
from engine.training import Trainer
from tests.app.running import answered, measured_lag, patiently, run, until, watching
from tests.app.sessions import DIVERGING, ListStream

HEAVY = {
    "data": {"samples": 5000, "train_fraction": 0.9},
    "network": {"layers": [{"units": 64}] * 8 + [{}]},
    "batch_size": 4500,
}


# --- order ---


def test_a_viewer_is_told_spec_and_status_then_data_and_a_frame() -> None:
    async def scenario(runner: Runner) -> None:
        order: list[str] = []

        class Ordered(ListStream):
            async def send_text(self, data: str) -> None:
                await super().send_text(data)
                order.append(self.texts[-1]["type"])

            async def send_bytes(self, data: bytes) -> None:
                before = len(self.frames)
                await super().send_bytes(data)
                order.append("frame" if len(self.frames) > before else "data")

        async with watching(runner, stream=Ordered()) as (_, stream):
            assert order == ["welcome", "spec", "runs", "status", "data", "frame"]
            order.clear()
            stream.say(id=1, type="set", changes={"seed": 7})
            await until(lambda: "frame" in order)
            assert order == ["ack", "spec", "data", "runs", "status", "frame"]
            order.clear()
            stream.say(id=2, type="step", count=3)
            await until(lambda: bool(stream.frames) and stream.frames[-1].step == 3)
            assert order.index("ack") < len(order) - 1
            assert order[-1] == "frame"

    run(scenario)


def test_all_viewers_of_a_session_see_the_same() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            other = ListStream()
            task = asyncio.create_task(runner.watch(lane.id, other))
            await until(lambda: bool(other.frames))
            stream.say(id=1, type="set", changes={"optimizer": {"learning_rate": 0.1}})
            await until(lambda: other.texts[-1]["type"] == "status" and len(other.texts) == 6)
            told = [text["type"] for text in other.texts]
            assert told == ["welcome", "spec", "runs", "status", "spec", "status"]
            other.leave()
            await task

    run(scenario)


# --- pace ---


@patiently
def test_a_session_keeps_its_pace() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            for speed in (20, 500, 1500):
                stream.say(type="play", speed=speed)
                await asyncio.sleep(0.1)
                begun, at = perf_counter(), lane.session.step
                await asyncio.sleep(0.8)
                pace = (lane.session.step - at) / (perf_counter() - begun)
                assert pace == pytest.approx(speed, rel=0.15)

    run(scenario)


def test_a_change_of_speed_does_not_wait_for_the_slow_step() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            stream.say(type="play", speed=0.1)
            await asyncio.sleep(0.05)
            stream.say(type="play", speed=None)
            await asyncio.sleep(0.1)
            assert lane.session.step > 50

    run(scenario)


@patiently
def test_frames_come_at_the_rate_of_the_viewer() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (_, stream):
            stream.say(type="view", rate=20)
            stream.say(type="play", speed=None)
            await asyncio.sleep(0.1)
            before = len(stream.frames)
            await asyncio.sleep(1)
            assert 15 <= len(stream.frames) - before <= 21

    run(scenario)


@patiently
def test_pause_stops_within_a_tenth_of_a_second() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            stream.say(type="play", speed=None)
            await asyncio.sleep(0.3)
            begun = perf_counter()
            stream.say(id=9, type="pause")
            await until(lambda: answered(stream, 9))
            assert perf_counter() - begun < 0.1
            step = lane.session.step
            await asyncio.sleep(0.05)
            assert lane.session.step == step

    run(scenario)


def test_only_another_size_makes_the_cost_of_a_frame_unknown() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            (client,) = lane.clients
            client.frame_cost.learn(0.001)
            stream.say(id=1, type="view", rate=20, probe=3, output_resolution=64)
            await until(lambda: answered(stream, 1))
            assert client.frame_cost.seconds is not None
            await lane.looking.acquire()
            task = asyncio.create_task(
                lane.receive(client, '{"type": "view", "output_resolution": 32}')
            )
            await asyncio.sleep(0)
            lane.looking.release()
            await task
            assert client.frame_cost.seconds is None

    run(scenario)


# --- sharing ---


@patiently
def test_the_loop_stays_responsive_while_ten_sessions_play() -> None:
    async def scenario(runner: Runner) -> None:
        async with contextlib.AsyncExitStack() as stack:
            all_of_them = [await stack.enter_async_context(watching(runner)) for _ in range(10)]
            for _, stream in all_of_them:
                stream.say(type="view", rate=20)
                stream.say(type="play", speed=None)
            await asyncio.sleep(0.3)
            begun = [(lane.session.step, len(stream.frames)) for lane, stream in all_of_them]
            async with measured_lag() as lag:
                await asyncio.sleep(2)
            assert lag.latest().p99 < 0.02
            ended = [(lane.session.step, len(stream.frames)) for lane, stream in all_of_them]
            made = [(s - s0, f - f0) for (s, f), (s0, f0) in zip(ended, begun, strict=True)]
            steps, frames = zip(*made, strict=True)
            assert min(steps) > 0.5 * max(steps)  # fair
            assert min(frames) >= 20

    run(scenario)


@patiently
def test_a_heavy_net_leaves_the_loop_alone() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner, HEAVY) as (lane, stream):
            stream.say(type="play", speed=None)
            async with measured_lag() as lag:
                await until(lambda: lane.session.step >= 5)
                begun = perf_counter()
                stream.say(id=9, type="pause")
                await until(lambda: answered(stream, 9))
                assert perf_counter() - begun < 1
            assert lag.latest().p99 < 0.03

    run(scenario)


def test_an_unwatched_session_rests_and_goes_on_when_somebody_returns() -> None:
    async def scenario(runner: Runner) -> None:
        at_rest = len(asyncio.all_tasks())
        async with watching(runner) as (lane, stream):
            stream.say(type="play", speed=500)
            await until(lambda: lane.session.step > 10)
        step = lane.session.step
        await asyncio.sleep(0.1)
        assert lane.session.step <= step + 10
        step = lane.session.step
        await asyncio.sleep(0.1)
        assert lane.session.step == step
        assert len(asyncio.all_tasks()) <= at_rest
        again = ListStream()
        task = asyncio.create_task(runner.watch(lane.id, again))
        await until(lambda: lane.session.step > step)
        assert next(t for t in again.texts if t["type"] == "status")["state"] == "playing"
        again.leave()
        await task

    run(scenario)


# --- clients that do not keep up ---


def test_who_acknowledges_nothing_gets_two_frames_and_every_answer() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner, stream=ListStream(acknowledges=False)) as (lane, stream):
            stream.say(id=1, type="step", count=100)
            stream.say(id=2, type="play", speed=500)
            await until(lambda: lane.session.step > 200)
            assert len(stream.frames) == 2
            assert answered(stream, 1) and answered(stream, 2)
            stream.say(type="seen", frame=int(stream.frames[-1].metadata["frame"]))
            await until(lambda: len(stream.frames) == 4)
            steps = {int(s) for frame in stream.frames for s in frame.arrays["loss"][:, 0]}
            assert steps >= set(range(0, 200, 5))

    run(scenario)


def test_frames_that_were_never_sent_cannot_be_acknowledged() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner, stream=ListStream(acknowledges=False)) as (lane, stream):
            stream.say(type="seen", frame=10**9)
            stream.say(id=1, type="play", speed=500)
            await until(lambda: lane.session.step > 200)
            assert len(stream.frames) == 3  # the first is seen, two are under way

    run(scenario)


@patiently
def test_who_does_not_read_is_dropped_and_nobody_else_notices() -> None:
    async def scenario(runner: Runner) -> None:
        class Silent(ListStream):
            async def send_bytes(self, data: bytes) -> None:
                if self.frames:
                    await asyncio.Event().wait()
                await super().send_bytes(data)

        async with watching(runner) as (lane, stream):
            silent = Silent()
            task = asyncio.create_task(runner.watch(lane.id, silent))
            stream.say(type="play", speed=500)
            await asyncio.sleep(0.2)
            begun, frames = perf_counter(), len(stream.frames)
            await task
            assert perf_counter() - begun < 0.6
            assert silent.closed is not None and silent.closed[0] == 4408
            assert len(stream.frames) - frames >= 5
            assert len(lane.clients) == 1

    run(scenario, stall_seconds=0.5)


def test_an_outbox_that_only_grows_ends_the_connection() -> None:
    async def scenario(runner: Runner) -> None:
        lane = await runner.create({})
        client = Client(lane.viewer())
        for _ in range(300):
            client.post("{}")
        assert client.dropped is not None and client.dropped.code == 4408

    run(scenario)


# --- what goes wrong ---


def test_a_diverged_session_tells_everyone_and_can_be_rewound() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner, DIVERGING) as (_, stream):
            stream.say(id=1, type="play", speed=None)
            await until(lambda: stream.texts[-1].get("state") == "diverged")
            status = stream.texts[-1]
            assert status["overflow"]["name"]
            assert status["rewind_to"] == 0
            await until(lambda: stream.frames[-1].metadata["state"] == "diverged")
            stream.say(id=2, type="rewind")
            await until(lambda: stream.texts[-1].get("state") == "paused")
            await until(lambda: stream.frames[-1].step == 0)

    run(scenario)


def test_a_fault_while_training_stops_the_session_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):

            def fail(_: Trainer, steps: int, **options: bool) -> float:
                raise ZeroDivisionError

            monkeypatch.setattr(Trainer, "run", fail)
            stream.say(type="play")
            await until(lambda: any(text.get("code") == "internal" for text in stream.texts))
            await until(lambda: stream.texts[-1].get("state") == "paused")
            monkeypatch.undo()
            stream.say(type="play")
            await until(lambda: lane.session.step > 0)

    run(scenario)


def test_a_fault_in_a_command_is_answered_and_the_session_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (_, stream):

            def fail(*_: object) -> None:
                raise ZeroDivisionError

            monkeypatch.setattr(Trainer, "apply", fail)
            stream.say(id=5, type="set", changes={"batch_size": 3})
            await until(lambda: answered(stream, 5))
            assert stream.texts[-1]["code"] == "internal"
            stream.say(id=6, type="step")
            await until(lambda: answered(stream, 6))

    run(scenario)


# --- life ---


def test_deleting_a_session_tells_its_viewers() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            runner.delete(lane.id)
            await until(lambda: stream.closed is not None)
            assert stream.texts[-1]["code"] == "unknown_session"
            assert stream.closed is not None and stream.closed[0] == 4404
            with pytest.raises(UnknownSession):
                runner.lane(lane.id)

    run(scenario)


def test_a_session_nobody_watches_is_let_go_and_a_watched_one_is_kept() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, _):
            await runner.create({})
            assert len(runner) == 2
            await until(lambda: len(runner) == 1)
            await asyncio.sleep(0.4)
            assert runner.lane(lane.id) is lane

    run(scenario, session_ttl=0.2)


def test_the_longest_unwatched_session_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runner.runner._GRACE", 0.01)

    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (watched, _):
            idle = await runner.create({})
            await asyncio.sleep(0.02)
            third = await runner.create({})
            assert runner.lane(watched.id) and runner.lane(third.id)
            with pytest.raises(UnknownSession):
                runner.lane(idle.id)

    run(scenario, max_sessions=2)


def test_there_is_a_ceiling_on_streams() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, _):
            with pytest.raises(Full):
                await runner.watch(lane.id, ListStream())

    run(scenario, max_streams=1)


def test_nothing_is_left_when_the_runner_stops() -> None:
    async def play() -> None:
        runner = Runner(Settings())
        async with runner.running():
            for _ in range(20):
                async with watching(runner) as (_, stream):
                    stream.say(type="play", speed=None)
                    await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert len(runner) == 0
        assert [task.get_name() for task in asyncio.all_tasks()] == [
            asyncio.current_task().get_name()  # type: ignore[union-attr]
        ]

    asyncio.run(play())
    assert not [t for t in threading.enumerate() if t.name.startswith("worker") and t.daemon]
