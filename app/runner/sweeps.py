"""Runs gone along again in worker threads, a slice at a time, while somebody waits for it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator
from time import perf_counter
from typing import TypeVar

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
    async for _ in slices(lane.compute, work):
        is_enough = perf_counter() - begun > _PATIENCE and len(found.measured) > known
        if is_enough or await gone():
            break
    keep(run, what, found)
    return found


async def slices(compute: Compute, work: Iterator[T]) -> AsyncIterator[list[T]]:
    """What a generator yields, computed in workers: all of a slice of time at once."""

    def some() -> tuple[list[T], bool]:
        end, done = perf_counter() + _SLICE, []
        for each in work:
            done.append(each)
            if perf_counter() > end:
                return done, False
        return done, True

    ended = False
    while not ended:
        done, ended = await compute.in_worker(some)
        yield done
