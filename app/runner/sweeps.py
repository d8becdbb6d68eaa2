"""Runs gone along again in worker threads, a slice at a time, while somebody waits for it."""

from collections.abc import Awaitable, Callable, Hashable, Iterator
from time import perf_counter
from typing import Any, TypeVar

from app.runner import scratch
from app.runner.compute import Compute
from app.runner.lane import Lane
from app.sessions.sweep import Sweep, keep, sweep
from engine.training import Trainer

T = TypeVar("T")
Gone = Callable[[], Awaitable[bool]]

_SLICE = 0.05  # seconds in a worker, before others have their turn
_PATIENCE = 0.7  # seconds, after which what has been measured is told


async def along(
    lane: Lane,
    run_id: int | None,
    what: Hashable,
    most: int,
    look: Callable[[Trainer], T],
    gone: Gone,
) -> Sweep[T]:
    """``look`` at about ``most`` steps of a run, as many as can be measured in a moment, at least
    one that was not known. ``gone`` says that nobody waits any more.

    Raises:
        Invalid: there is no such run.
    """
    run = await scratch.find(lane, lambda session: session.timeline.find_run(run_id))
    found: Sweep[T] = await scratch.find(lane, lambda at: sweep(run, what, most, at.step))
    work, begun, known = found.measure(look), perf_counter(), len(found.measured)
    while not found.complete and not await gone():
        await drain(lane.compute, work)
        if perf_counter() - begun > _PATIENCE and len(found.measured) > known:
            break
    keep(run, what, found)
    return found


async def drain(compute: Compute, work: Iterator[Any]) -> bool:
    """Go on with a generator for one slice; whether it has come to its end."""

    def some() -> bool:
        end = perf_counter() + _SLICE
        return all(perf_counter() < end for _ in work)

    return await compute.in_worker(some)
