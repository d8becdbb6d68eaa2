"""Where work runs. Light work runs on the event loop, one piece every few passes of the loop, first
come first served, so that sockets are served between any two pieces however many sessions play.
(Free-running threads would starve the loop through the GIL.) Heavy work, and the building of data
and nets, runs in two worker threads, where NumPy's large operations let go of the GIL. When many
train, the light steps of most of them are made in a second process."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from time import get_clock_info, monotonic, perf_counter, thread_time
from typing import TypeVar

import numpy as np

from app.runner.beside import Beside
from app.runner.meters import Meters

T = TypeVar("T")

LIGHT = 0.004  # seconds; what takes longer does not run on the event loop
# Of the loop, from one piece of work to the next. A command goes from its socket to its reader, to
# the session and back to its socket: with fewer passes it would wait for a piece at each of them.
_PASSES = 4
_BRIEFLY = 0.05  # seconds that training makes way for who comes in
_CROWD = 8  # sessions that train; fewer leave the loop time enough


class Cost:
    """What a piece of work has taken lately; unknown at first, and then treated as heavy."""

    def __init__(self) -> None:
        self.seconds: float | None = None

    def learn(self, seconds: float) -> None:
        """Follow a rise at once and a fall slowly: to guess too low would hold up everyone."""
        known = self.seconds
        self.seconds = seconds if known is None else max(seconds, 0.8 * known + 0.2 * seconds)

    def forget(self) -> None:
        self.seconds = None

    @property
    def light(self) -> bool:
        return self.seconds is not None and self.seconds < LIGHT


class Compute:
    """The event loop's time and the worker threads, shared by all sessions."""

    def __init__(self) -> None:
        self.meters = Meters()
        self.trainees = 0  # sessions that train now
        self._full_until = 0.0
        self.beside = Beside()
        self._turn = asyncio.Lock()
        self._workers = ThreadPoolExecutor(2, "worker", initializer=_show_overflows)

    def make_way(self) -> None:
        """The loop has something to do that nobody who watches has asked for, a page or a new
        session: what trains as fast as it goes does so in smaller pieces for a moment, so that no
        answer waits for both."""
        self._full_until = monotonic() + _BRIEFLY

    @property
    def makes_way(self) -> bool:
        return monotonic() < self._full_until

    async def share(
        self,
        locks: tuple[asyncio.Lock, ...],
        cost: Cost,
        work: Callable[[], T],
        then: Callable[[T, float], None],
    ) -> None:
        """Do work on a session: on the loop if its cost is light, else in a worker.

        ``locks`` are the session's, held while the worker is in it. Work on the loop needs none,
        since nothing else happens meanwhile; it only must not start while a worker is in.
        ``then`` gets the result and the seconds it took, on the loop, before anything else
        happens to the session.
        """
        while cost.light:
            async with self._turn:
                if not any(lock.locked() for lock in locks):
                    then(*timed(work))
                    for _ in range(_PASSES):
                        await asyncio.sleep(0)
                    return
            # A worker is in. Following it there would make a queue of all who wait for it.
            async with holding(*locks):
                pass
        async with holding(*locks):
            then(*await self.in_worker(lambda: timed(work)))

    @property
    def on_the_loop(self) -> int:
        """Sessions that train now and are not members of the second process."""
        return self.trainees - len(self.beside.members)

    def goes_beside(self, key: Hashable) -> bool:
        """Whether a session trains in the second process: two of three in a crowd, since
        the loop has sockets to serve as well. Who is there stays until it stands still."""
        members = self.beside.members
        if key in members:
            return True
        crowded = self.trainees > _CROWD and 3 * len(members) < 2 * self.trainees
        return crowded and (os.cpu_count() or 1) > 1 and self.beside.join(key)

    async def in_worker(self, work: Callable[[], T]) -> T:
        """Do work in a worker thread; the caller sees to it that nobody else touches its data.

        Who is cancelled meanwhile goes on holding its locks until the thread is out: a thread
        cannot be stopped, and the next one must not be let in beside it.
        """
        job = self._workers.submit(work)
        result = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(result)
        except asyncio.CancelledError:
            while not (job.cancel() or job.done()):
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([result])
            raise

    async def close(self) -> None:
        self._workers.shutdown(wait=False, cancel_futures=True)
        await self.beside.close()


@asynccontextmanager
async def holding(*locks: asyncio.Lock) -> AsyncIterator[None]:
    """Hold all of them, taken in their order."""
    async with AsyncExitStack() as stack:
        for lock in locks:
            await stack.enter_async_context(lock)
        yield


def _show_overflows() -> None:
    """Of a diverged net everything can be asked; what is not finite is shown, not warned about."""
    np.seterr(all="ignore")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """A result, and the seconds it took to compute."""
    start = _clock()
    result = work()
    return result, _clock() - start


# What counts is the time the thread itself has computed, where the system knows it. In a worker
# most of the time may pass waiting for the GIL, on a busy machine for a core; who is thought heavy
# for that would get little for a second or more.
_fine = get_clock_info("thread_time").resolution < 1e-4
_clock = thread_time if _fine else perf_counter


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, but no longer than ``seconds``: then it is set. (`asyncio.timeout`
    ends a wait by an exception, which costs as much as some steps of a small net.)"""
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()
