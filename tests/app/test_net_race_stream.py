"""A race of nets over its stream: commands are answered, all lanes are together in every frame, no
point of a curve is lost, and nothing is left behind."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from time import perf_counter, thread_time
from typing import Any

import numpy as np

from app import messages as wire
from app.races.net_race import NetRace
from app.races.nets import Nets
from app.runner import Runner
from app.runner.races import RaceTrack
from engine.spec import Spec
from engine.training import Trainer
from tests.app.running import measured_lag, patiently, run, until, watching
from tests.app.sessions import ListStream
from tests.client.backprop_client import Binary

LANES = [{"optimizer": {"name": name}} for name in ("sgd", "momentum", "adam")]
RELU = {"network": {"layers": [{"units": 8, "activation": "relu"}, {"activation": "linear"}]}}
WILD = {"optimizer": {"name": "sgd", "learning_rate": 50}}
DIGITS = {"data": {"name": "digits"}, "network": {"layers": [{"units": 32}, {}]}}


@contextlib.asynccontextmanager
async def racing(
    runner: Runner, stream: ListStream | None = None, **asked: Any
) -> AsyncIterator[tuple[RaceTrack, ListStream]]:
    """A race with one viewer, who leaves at the end."""
    track = await runner.races.create(Nets.parse({"lanes": LANES, **asked}))
    stream = stream or ListStream()
    task = asyncio.create_task(runner.serve(track, stream))
    await until(lambda: len(stream.frames) > 0 or stream.closed is not None)
    yield track, stream
    stream.leave()
    await task


def answer_to(stream: ListStream, command_id: int) -> dict[str, Any] | None:
    return next((text for text in stream.texts if text.get("id") == command_id), None)


async def answered(stream: ListStream, command_id: int) -> dict[str, Any]:
    await until(lambda: answer_to(stream, command_id) is not None)
    return answer_to(stream, command_id) or {}


def lanes_of(frame: Binary) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(frame.metadata["lanes"])
    return found


def status(stream: ListStream) -> dict[str, Any]:
    return next(text for text in reversed(stream.texts) if text.get("type") == "race_status")


# --- what is told ---


def test_a_viewer_is_told_who_races_and_that_all_began_alike() -> None:
    async def scenario(runner: Runner) -> None:
        async with racing(runner, spec={"data": {"name": "xor"}}) as (track, stream):
            race = next(text for text in stream.texts if text["type"] == "race")
            assert race["id"] == track.id and race["same_start"]
            assert len(set(race["starts"])) == 1 and len(race["starts"]) == 3
            assert race["lanes"][2]["optimizer"]["name"] == "adam"
            assert race["spec"] == Spec.parse({"data": {"name": "xor"}}).to_json()
            assert status(stream)["state"] == "paused"
            (frame,) = stream.frames
            assert frame.step == 0 and [lane["step"] for lane in lanes_of(frame)] == [0, 0, 0]
            assert frame.arrays["picture.2"].shape == (48, 48)
            assert frame.arrays["picture.2"].dtype == np.uint8

    run(scenario)


def test_pictures_are_what_each_net_answers() -> None:
    async def scenario(runner: Runner) -> None:
        async with racing(runner) as (track, stream):
            stream.say(id=1, type="view", output_resolution=16, rate=60)
            stream.say(id=2, type="step", count=200)
            await answered(stream, 2)
            await until(lambda: stream.frames[-1].step == 200)
            centres = (np.arange(16) + 0.5) / 16
            (left, right), (bottom, top) = track.session.trainer.dataset.bounds
            x, y = np.meshgrid(left + centres * (right - left), top - centres * (top - bottom))
            points = np.column_stack([x.ravel(), y.ravel()])
            for i, lane in enumerate(LANES):
                trainer = Trainer(Spec.parse(lane))
                trainer.run(200)
                *_, output = trainer.network.activations(trainer.dataset.encode(points))
                answers = trainer.loss.prediction(output).reshape(16, 16)
                wanted = 127.5 + 127.5 * np.clip(answers, -1, 1)
                shown = stream.frames[-1].arrays[f"picture.{i}"].astype(float)
                assert np.abs(shown - wanted).max() <= 0.51

    run(scenario)


def test_classes_and_lines_have_pictures_of_their_own_and_pixels_have_none() -> None:
    async def scenario(runner: Runner) -> None:
        shapes = {"iris": ("picture.0", (3, 48, 48)), "wave": ("curve.0", (48,))}
        for name, (key, shape) in shapes.items():
            async with racing(runner, spec={"data": {"name": name}}) as (_, stream):
                assert stream.frames[0].arrays[key].shape == shape
        async with racing(runner, spec=DIGITS) as (_, stream):
            assert {name.partition(".")[0] for name in stream.frames[0].arrays} == {"loss"}

    run(scenario)


# --- commands ---


def test_play_pause_step_seek_and_reset_are_answered() -> None:
    async def scenario(runner: Runner) -> None:
        async with racing(runner) as (track, stream):
            race = track.session
            stream.say(id=1, type="play", speed=None)
            await until(lambda: race.step > 300)
            assert status(stream)["state"] == "playing" and status(stream)["speed"] is None
            stream.say(id=2, type="pause")
            ack = await answered(stream, 2)
            assert ack["step"] == race.step and status(stream)["state"] == "paused"
            at = race.step
            stream.say(id=3, type="step", count=7)
            assert (await answered(stream, 3))["step"] == at + 7
            stream.say(id=4, type="seek", step=100)
            assert (await answered(stream, 4))["step"] == race.step == 100
            await until(lambda: stream.frames[-1].step == 100)
            assert json.loads(stream.frames[-1].metadata["head"]) == at + 7
            stream.say(id=5, type="seek", step=at + 500)
            assert (await answered(stream, 5))["step"] == at + 500
            stream.say(id=6, type="reset")
            assert (await answered(stream, 6))["step"] == 0
            assert status(stream)["state"] == "paused" and status(stream)["head"] == at + 500
            trainer = Trainer(Spec.parse(LANES[2]))
            assert race.lanes[2].now == race.lanes[2].start
            stream.say(id=7, type="step", count=50)
            await answered(stream, 7)
            trainer.run(50)
            for name, parameter in race.lanes[2].trainer.network.named_parameters():
                wanted = dict(trainer.network.named_parameters())[name].data
                np.testing.assert_array_equal(parameter.data, wanted)

    run(scenario)


def test_a_frame_of_before_a_pause_is_followed_by_one_of_after_it() -> None:
    """One that is on its way says that the race plays, and may come last: also where no step is
    made any more."""

    async def scenario(runner: Runner) -> None:
        async with racing(runner) as (track, stream):

            def told(state: str) -> bool:
                return str(stream.frames[-1].metadata["state"]) == state

            stream.say(id=1, type="play", speed=0.1)  # a step now, the next in ten seconds
            await answered(stream, 1)
            await until(lambda: told("playing") and stream.frames[-1].step == 1)
            await until(lambda: all(client.at_rest for client in track.clients))
            stream.say(id=2, type="pause")
            await answered(stream, 2)
            await until(lambda: told("paused"))

    run(scenario)


def test_wrong_commands_are_refused_and_change_nothing() -> None:
    async def scenario(runner: Runner) -> None:
        async with racing(runner) as (track, stream):
            wrong = [
                ({"type": "set", "changes": {}}, "type"),
                ({"type": "seek", "step": -1}, "step"),
                ({"type": "seek", "step": 10_000_001}, "step"),
                ({"type": "seek", "step": 5, "run": 1}, "run"),
                ({"type": "step", "count": 0}, "count"),
                ({"type": "play", "speed": 0}, "speed"),
                ({"type": "view", "output_resolution": 4096}, "output_resolution"),
                ({"type": "view", "probe": 1}, "probe"),
            ]
            for i, (command, field) in enumerate(wrong):
                stream.say(id=i, **command)
                error = await answered(stream, i)
                assert (error["type"], error["field"]) == ("error", field)
                assert error["allowed"]
            assert track.session.step == 0 and track.session.state == "paused"

    run(scenario)


def test_what_comes_first_ends_a_long_seek() -> None:
    async def scenario(runner: Runner) -> None:
        async with racing(runner, spec=DIGITS) as (track, stream):
            stream.say(id=1, type="seek", step=9_000_000)
            await until(lambda: track.session.step > 3)
            assert track.session.state == "seeking"
            stream.say(id=2, type="pause")
            await answered(stream, 2)
            assert (await answered(stream, 1))["code"] == "interrupted"
            assert status(stream)["state"] == track.session.state == "paused"
            at = track.session.step
            await asyncio.sleep(0.1)
            assert track.session.step == at

    run(scenario)


def test_a_lane_that_diverges_is_told_of_once_and_the_race_ends_with_the_last() -> None:
    async def scenario(runner: Runner) -> None:
        lanes = [*LANES[:2], WILD]
        async with racing(runner, spec=RELU, lanes=lanes) as (track, stream):
            stream.say(id=1, type="play", speed=None)
            await until(lambda: status(stream)["diverged"][2] is not None)
            end = status(stream)["diverged"][2]
            await until(lambda: stream.frames[-1].step > end)
            states = lanes_of(stream.frames[-1])
            assert states[2]["diverged"] == states[2]["step"] == end
            assert states[0]["step"] == states[1]["step"] == stream.frames[-1].step
            assert states[0]["diverged"] is None and track.session.state == "playing"
            told = {tuple(t["diverged"]) for t in stream.texts if t["type"] == "race_status"}
            assert told == {(None, None, None), (None, None, end)}
        async with racing(runner, spec=RELU, lanes=[WILD, WILD]) as (track, stream):
            stream.say(id=1, type="step", count=10_000)
            assert (await answered(stream, 1))["code"] == "diverged"
            assert status(stream)["state"] == "ended"
            stream.say(id=2, type="play")
            assert (await answered(stream, 2))["code"] == "diverged"
            stream.say(id=3, type="reset")
            assert (await answered(stream, 3))["step"] == 0
            assert status(stream)["state"] == "paused"

    run(scenario)


# --- frames ---


def test_all_lanes_are_at_the_same_step_in_every_frame() -> None:
    async def scenario(runner: Runner) -> None:
        for spec in ({}, DIGITS):
            async with racing(runner, spec=spec) as (_, stream):
                stream.say(type="view", rate=60)
                stream.say(type="play", speed=None)
                await until(lambda stream=stream: len(stream.frames) > 12)
                for frame in stream.frames:
                    lanes = lanes_of(frame)
                    assert {lane["step"] for lane in lanes} == {frame.step}
                    assert len({lane["batches"] for lane in lanes}) == 1
                    assert all(
                        frame.arrays[f"loss.{i}"][:, 0].max(initial=0) <= frame.step
                        for i in range(3)
                    )

    run(scenario)


def test_a_slow_reader_gets_fewer_frames_and_every_point_of_the_curves() -> None:
    async def scenario(runner: Runner) -> None:
        stream = ListStream(acknowledges=False)
        async with racing(runner, stream) as (track, _):
            race = track.session
            stream.say(type="view", rate=60)
            stream.say(id=1, type="play", speed=None)
            await until(lambda: race.step > 200)
            await asyncio.sleep(0.2)
            assert len(stream.frames) == 2  # no more than two unseen
            await until(lambda: race.step > 1500)
            stream.say(id=2, type="pause")
            await answered(stream, 2)
            while stream.frames[-1].step < race.step:
                before = len(stream.frames)
                stream.say(type="seen", frame=int(stream.frames[-1].metadata["frame"]))
                await until(lambda n=before: len(stream.frames) > n)
            assert len(stream.frames) <= 5
            for i in range(3):
                known = {
                    int(point[0]): tuple(point[1:])
                    for frame in stream.frames
                    for point in frame.arrays[f"loss.{i}"]
                }
                assert len(race.curve(i)) > 100
                assert all(known[step] == (train, test) for step, train, test, _ in race.curve(i))

    run(scenario)


def test_points_come_once_they_have_been_seen_only_anew() -> None:
    race = NetRace(Nets.parse({"lanes": LANES}), lambda: 0.0)
    race.handle(wire.Step(count=100), "me")
    race.advance(100)
    assert [point[0] for point in race.curve(0, 95)] == [95, 100]
    assert [point[0] for point in race.curve(0)] == list(range(0, 101, 5))


# --- what it costs, and what is left ---


def test_a_race_that_is_paused_or_unwatched_costs_nothing() -> None:
    async def scenario(runner: Runner) -> None:
        async with racing(runner) as (track, stream):
            stream.say(id=1, type="play", speed=1000)
            await until(lambda: track.session.step > 50)
            assert runner.compute.trainees == 1
            stream.say(id=2, type="pause")
            await until(lambda: runner.compute.trainees == 0)
            stream.say(id=3, type="play")
            await until(lambda: runner.compute.trainees == 1)
        await until(lambda: runner.compute.trainees == 0)
        at = track.session.step
        await asyncio.sleep(0.1)
        assert track.session.step == at and track.session.state == "playing"

    run(scenario)


@patiently
def test_races_and_sessions_share_and_a_command_is_answered_at_once() -> None:
    async def scenario(runner: Runner) -> None:
        async with (
            racing(runner, lanes=LANES * 2) as (track, stream),
            watching(runner) as (lane, viewer),
            measured_lag() as lag,
        ):
            stream.say(type="play", speed=None)
            viewer.say(type="play", speed=None)
            await until(lambda: min(track.session.step, lane.session.step) > 100)
            await asyncio.sleep(0.3)
            begun = thread_time()
            stream.say(id=9, type="pause")
            await answered(stream, 9)
            assert thread_time() - begun < 0.05
            late = lag.latest()
            assert late is not None and late.p99 < 0.03

    run(scenario)


def test_a_race_that_is_deleted_ends_its_streams_and_leaves_nothing() -> None:
    async def scenario(runner: Runner) -> None:
        before = asyncio.all_tasks()
        async with racing(runner) as (track, stream):
            stream.say(type="play", speed=None)
            await until(lambda: track.session.step > 10)
            runner.races.delete(track.id)
            await until(lambda: stream.closed is not None)
            assert stream.closed is not None and stream.closed[0] == 4404
            assert stream.texts[-1]["code"] == "unknown_race"
        await until(lambda: asyncio.all_tasks() == before)
        assert len(runner.races) == 0 and runner.streams == 0 and runner.compute.trainees == 0

    run(scenario)


def test_idle_races_are_let_go() -> None:
    async def scenario(runner: Runner) -> None:
        async with racing(runner) as (_, stream):
            await asyncio.sleep(0.5)
            assert len(runner.races) == 1 and stream.closed is None
        await until(lambda: len(runner.races) == 0)

    run(scenario, session_ttl=0.2)


def test_a_request_that_nobody_waits_for_ends() -> None:
    async def scenario(runner: Runner) -> None:
        track = await runner.races.create(Nets.parse({"spec": DIGITS, "lanes": LANES}))

        async def gone() -> bool:
            return track.session.step > 20

        begun = perf_counter()
        await track.ask(wire.Step(count=1_000_000), gone)
        assert perf_counter() - begun < 5
        await until(lambda: runner.compute.trainees == 0)
        assert track.session.step < 10_000 and track.session.state == "paused"

    run(scenario)


@patiently
def test_equal_lanes_take_equal_time() -> None:
    """Whoever begins a turn finds cold caches: another one each time."""
    race = NetRace(Nets.parse({"lanes": LANES[:1] * 4}), thread_time)
    race.handle(wire.Step(count=2000), "me")
    race.advance(2000)
    times = [lane.microseconds or 0.0 for lane in race.lanes]
    assert 0 < max(times) < 1.25 * min(times)
