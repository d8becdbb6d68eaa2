"""Who comes back gets what is missing, in order, or all of it: never a part that does not fit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.runner import Lane, Runner
from app.sessions.arrival import Arrival
from tests.app.running import answered, run, until, watching
from tests.app.sessions import ListStream


def points(stream: ListStream) -> list[int]:
    """The steps of all loss points in the order they came."""
    return [int(row[0]) for frame in stream.frames for row in frame.arrays["loss"]]


def arrival_of(stream: ListStream, **changes: Any) -> Arrival:
    """What a page that took this stream in says of itself."""
    welcome, frame = stream.texts[0], stream.frames[-1]
    assert welcome["type"] == "welcome"
    run_id, number = int(frame.metadata["run"]), int(frame.metadata["frame"])
    has = Arrival("v1", welcome["life"], run_id, number, max(points(stream)))
    return has._replace(**changes)


async def train(stream: ListStream, steps: int, number: int) -> None:
    stream.say(id=number, type="step", count=steps)
    await until(lambda: answered(stream, number))
    await until(lambda: stream.frames[-1].step == int(stream.texts[-1].get("step", -1)))


async def back(runner: Runner, lane: Lane, arrival: Arrival) -> ListStream:
    """A stream of who comes back, until its first frame."""
    stream = ListStream()
    task = asyncio.create_task(runner.watch(lane.id, stream, arrival))
    await until(lambda: bool(stream.frames))
    stream.leave()
    await task
    return stream


Between = Callable[[Runner, Lane, ListStream], Awaitable[None]]


def scenario_of(
    between: Between, held: Callable[[ListStream, ListStream], None], **changes: Any
) -> Callable[[Runner], Awaitable[None]]:
    """A page leaves at step 100; something happens; it comes back."""

    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            await train(stream, 100, 1)
        other = ListStream()
        task = asyncio.create_task(runner.watch(lane.id, other))
        await until(lambda: bool(other.frames))
        await between(runner, lane, other)
        other.leave()
        await task
        held(stream, await back(runner, lane, arrival_of(stream, **changes)))

    return scenario


async def nothing(runner: Runner, lane: Lane, other: ListStream) -> None: ...


async def goes_on(runner: Runner, lane: Lane, other: ListStream) -> None:
    await train(other, 200, 2)


async def resets(runner: Runner, lane: Lane, other: ListStream) -> None:
    other.say(id=3, type="reset")
    await until(lambda: answered(other, 3))
    await train(other, 150, 4)


async def goes_another_way(runner: Runner, lane: Lane, other: ListStream) -> None:
    other.say(id=5, type="seek", step=50)
    await until(lambda: answered(other, 5))
    other.say(id=6, type="set", changes={"optimizer": {"learning_rate": 0.5}})
    await until(lambda: answered(other, 6))
    await train(other, 100, 7)


def gets_the_rest(before: ListStream, after: ListStream) -> None:
    assert after.texts[0] | {"life": ""} == {
        "type": "welcome",
        "version": "v1",
        "life": "",
        "whole": False,
    }
    assert min(points(after)) > 100
    assert sorted({*points(before), *points(after)}) == list(range(0, 301, 5))
    assert points(after) == sorted(points(after))


def gets_nothing_twice(before: ListStream, after: ListStream) -> None:
    assert after.texts[0]["whole"] is False and points(after) == []
    assert after.frames[0].step == before.frames[-1].step
    number = int(after.frames[0].metadata["frame"])
    assert number > int(before.frames[-1].metadata["frame"])


def gets_it_whole(before: ListStream, after: ListStream) -> None:
    assert after.texts[0]["whole"] is True
    found = points(after)
    assert found[0] == 0 and found == list(range(0, after.frames[0].step + 1, 5))


def test_what_is_missing_comes_in_order_and_nothing_twice() -> None:
    run(scenario_of(goes_on, gets_the_rest))
    run(scenario_of(nothing, gets_nothing_twice))


@pytest.mark.parametrize("between", [resets, goes_another_way])
def test_another_run_comes_whole(between: Between) -> None:
    run(scenario_of(between, gets_it_whole))


@pytest.mark.parametrize(
    "changes",
    [
        {"life": "another"},
        {"life": ""},
        {"run": 7},
        {"since": 102},
        {"since": 500},
        {"frame": 10**6},
    ],
    ids=str,
)
def test_what_does_not_fit_comes_whole(changes: dict[str, Any]) -> None:
    run(scenario_of(goes_on, gets_it_whole, **changes))


def test_a_session_that_rested_has_another_life(tmp_path: Any) -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            await train(stream, 100, 1)
        runner.rest(lane.id)
        after = await back(runner, lane, arrival_of(stream))
        gets_it_whole(stream, after)
        assert after.texts[0]["life"] != stream.texts[0]["life"]

    run(scenario, data=str(tmp_path))  # type: ignore[arg-type]


def test_the_spec_and_the_status_of_now_come_before_the_first_frame() -> None:
    def held(before: ListStream, after: ListStream) -> None:
        assert [text["type"] for text in after.texts[:4]] == ["welcome", "spec", "runs", "status"]

    run(scenario_of(goes_on, held))


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"life": "abc"},
        {"life": "abc", "run": "0", "frame": "-1", "since": "5"},
        {"life": "abc", "run": "0", "frame": "1", "since": "1e3"},
        {"life": "a b", "run": "0", "frame": "1", "since": "5"},
        {"life": "a" * 33, "run": "0", "frame": "1", "since": "5"},
        {"life": "abc", "run": "9" * 16, "frame": "1", "since": "5"},
        {"life": "abc", "run": "٣", "frame": "1", "since": "5"},
    ],
    ids=str,
)
def test_an_address_that_is_not_whole_asks_for_everything(asked: dict[str, str]) -> None:
    assert Arrival.read(asked, "v1") == Arrival("v1")


def test_an_address_says_what_a_page_has() -> None:
    asked = {"life": "a-Z_9", "run": "2", "frame": "17", "since": "95", "more": "x"}
    assert Arrival.read(asked, "v1") == Arrival("v1", "a-Z_9", 2, 17, 95)
