"""A client that sends more than can be done slows itself, and nobody else."""

import asyncio
from typing import Any

import pytest

from app.runner import Runner
from app.runner.client import Client
from app.sessions.viewer import Viewer
from tests.app.running import answered, measured_lag, patiently, run, until, watching
from tests.app.sessions import ListStream, session_of


class Slow(ListStream):
    """Reads a message every 5 ms."""

    async def send_text(self, data: str) -> None:
        await asyncio.sleep(0.005)
        await super().send_text(data)


def line(client: Client) -> list[str | bytes]:
    return [posted.content for posted in client.outbox]


# --- the line of messages ---


def test_newer_news_replaces_older_news_still_in_line() -> None:
    client = Client(Viewer(session_of()))
    client.post("ack 1")
    client.post("playing", "status")
    client.post("ack 2")
    client.post("paused", "status")
    assert line(client) == ["ack 1", "ack 2", "paused"]


def test_a_spec_does_not_hide_that_training_began_again() -> None:
    client = Client(Viewer(session_of()))
    client.post("spec 1", "spec")
    client.post("reset 2", "reset")
    client.post(b"data 2", "data")
    client.post("spec 3", "spec")
    client.post("spec 4", "spec")
    assert line(client) == ["reset 2", b"data 2", "spec 4"]
    client.post("reset 5", "reset")
    assert line(client) == ["reset 5", b"data 2"]
    client.post(b"data 5", "data")
    assert line(client) == ["reset 5", b"data 5"]


def test_answers_are_never_replaced() -> None:
    client = Client(Viewer(session_of()))
    for i in range(100):
        client.post(f"ack {i}")
        client.post(f"status {i}", "status")
    assert len(client.outbox) == 101


# --- floods ---


@pytest.mark.parametrize(
    "command",
    [
        {"type": "set", "changes": {"optimizer": {"learning_rate": 0.1}}},
        {"type": "play"},
        {"type": "reset"},
        {"type": "step", "count": 1000},
        {"type": "nonsense"},
    ],
    ids=lambda command: command["type"],
)
def test_a_flood_drops_neither_its_sender_nor_a_slow_viewer(command: dict[str, Any]) -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream), watching_too(runner, lane.id) as slow:
            for i in range(400):
                stream.say(id=i, **command)
            await until(lambda: answered(stream, 399) or stream.closed is not None)
            stream.say(id="pause", type="pause")
            await until(lambda: said_pause(stream) or slow.closed is not None)
            assert all(client.dropped is None for client in lane.clients)
            answers = [text for text in stream.texts if text["type"] in ("ack", "error")]
            assert len(answers) == 401
            await until(lambda: last_status(slow) == last_status(stream))

    run(scenario)


def said_pause(stream: ListStream) -> bool:
    return any(text.get("id") == "pause" for text in stream.texts)


def last_status(stream: ListStream) -> dict[str, Any]:
    return [text for text in stream.texts if text["type"] == "status"][-1]


class watching_too:
    """A slow viewer of a session."""

    def __init__(self, runner: Runner, session_id: str) -> None:
        self.stream = Slow()
        self.task = asyncio.ensure_future(runner.watch(session_id, self.stream))

    async def __aenter__(self) -> Slow:
        await until(lambda: bool(self.stream.frames))
        return self.stream

    async def __aexit__(self, *_: object) -> None:
        self.stream.leave()
        await self.task


@patiently
def test_a_flood_leaves_the_loop_to_others() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (_, stream), watching(runner) as (lane, other):
            other.say(type="play", speed=500)
            await until(lambda: lane.session.step > 10)
            for i in range(3000):
                stream.say(id=i, type="set", changes={"optimizer": {"learning_rate": 0.1}})
            begun = lane.session.step
            async with measured_lag() as lag:
                await asyncio.sleep(0.5)
            assert lag.latest().p99 < 0.05
            assert lane.session.step - begun > 150

    run(scenario)
