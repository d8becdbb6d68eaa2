"""How late the event loop is: what anyone whose socket has something to read would feel."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

_TICK = 0.005  # seconds
_KEPT = 6000  # ticks: the last half minute


class Lateness(NamedTuple):
    """Of the latest ticks, in seconds."""

    median: float
    p99: float
    most: float
    ticks: int


class Lag:
    """A ticker that ought to run every 5 ms and notes how much later it does. It ticks only while
    somebody is connected: an idle server sleeps."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._late: deque[float] = deque(maxlen=_KEPT)
        self._watched = asyncio.Event()

    def watch(self, watched: bool) -> None:
        """Whether to go on ticking."""
        if watched:
            self._watched.set()
        else:
            self._watched.clear()

    async def tick(self) -> None:
        """Tick until cancelled."""
        while True:
            await self._watched.wait()
            due = self._clock() + _TICK
            await asyncio.sleep(_TICK)
            self._late.append(max(0.0, self._clock() - due))

    def latest(self) -> Lateness | None:
        """None before the first tick."""
        late = sorted(self._late)
        if not late:
            return None
        return Lateness(late[len(late) // 2], late[int(0.99 * len(late))], late[-1], len(late))
