"""A runner to play scenarios with, and what it takes to measure time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from time import thread_time

import pytest

from app.runner import Lane, Runner
from app.runner.lag import Lag
from app.settings import Settings
from tests.app.sessions import ListStream


def run(scenario: Callable[[Runner], Awaitable[None]], **settings: float) -> None:
    """Play a scenario with a runner of its own."""

    async def play() -> None:
        runner = Runner(Settings(**settings))  # type: ignore[arg-type]
        async with runner.running():
            await asyncio.wait_for(scenario(runner), 60)

    asyncio.run(play())


@contextlib.asynccontextmanager
async def watching(
    runner: Runner, spec: dict[str, object] | None = None, stream: ListStream | None = None
) -> AsyncIterator[tuple[Lane, ListStream]]:
    """A session with one viewer, who leaves at the end."""
    lane = await runner.create(spec or {})
    stream = stream or ListStream()
    task = asyncio.create_task(runner.watch(lane.id, stream))
    await until(lambda: len(stream.frames) > 0 or stream.closed is not None)
    yield lane, stream
    stream.leave()
    await task


def patiently(test: Callable[[], None]) -> Callable[[], None]:
    """A measurement may be repeated twice: another process can spoil one, not three in a row."""

    def measure() -> None:
        for attempts_left in (2, 1, 0):
            try:
                return test()
            except AssertionError:
                if not attempts_left:
                    raise

    measure.__name__ = test.__name__
    return pytest.mark.alone(measure)


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.001)


def answered(stream: ListStream, command_id: int) -> bool:
    return any(text.get("id") == command_id for text in stream.texts)


@contextlib.asynccontextmanager
async def measured_lag() -> AsyncIterator[Lag]:
    """In time the loop's thread has computed: a busy machine takes the core away for longer."""
    lag = Lag(thread_time)
    lag.watch(True)
    task = asyncio.create_task(lag.tick())
    yield lag
    task.cancel()
