"""How fast a session trains: as many steps at a time as its speed asks for and fit into a slice."""

import asyncio
from time import monotonic
from typing import Protocol

from app.runner.compute import Compute, Cost, wait

_SLICE = 0.003  # seconds of training on the event loop
_LEAST_SLICE = 0.0015  # when many sessions share
_SLICE_ASIDE = 0.0005  # of who trains as fast as it goes, when the loop has other things to do
_ROUND = 0.06  # in which every playing session should have had its turn
_WORKER_SLICE = 0.02  # of training in a worker thread; a pause waits for its end
_PACE = 0.004  # from one slice of a paced session to its next
_CROWDED_PACE = 0.0015  # the same for each session that trains: fewer, longer slices cost less
_LARGEST_DEBT = 0.5  # seconds of steps a session that comes late catches up with; the rest is lost


class Paced(Protocol):
    """What is known of the speed of something that trains."""

    speed: float | None  # steps a second; None: as fast as it goes

    @property
    def stepping(self) -> int: ...


class Pace:
    """What a step costs, when the next is due, and the rest in between."""

    def __init__(self, session: Paced, compute: Compute) -> None:
        self._session, self._compute = session, compute
        self.step_cost = Cost()
        self._step_due = 0.0
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Something has changed: look again now."""
        self._hurry.set()

    def begin(self) -> None:
        """What came before is no debt: steps are due from now on."""
        self._step_due = monotonic()

    def no_later(self) -> None:
        """Steps are due now, if they were only later."""
        self._step_due = min(self._step_due, monotonic())

    def done(self, steps: int, seconds: float) -> None:
        """So many steps took so long."""
        self._compute.meters.steps += steps
        if steps:
            self.step_cost.learn(seconds / steps)
        if self._session.speed is not None:
            self._step_due += steps / self._session.speed

    def steps_due(self, *, beside: bool = False) -> int:
        """How many steps to take now: what the pace asks for, as far as it fits into a slice.
        ``beside`` the event loop it holds up nobody, and need not be small."""
        self._hurry.clear()
        now, most = monotonic(), self._steps_in_a_slice(beside)
        owed, speed = self._session.stepping, self._session.speed
        if owed:
            return min(owed, most)
        if speed is None:
            return most
        self._step_due = max(self._step_due, now - _LARGEST_DEBT)
        late = now - self._step_due
        return min(int(late * speed) + 1, most) if late >= 0 else 0

    def _steps_in_a_slice(self, beside: bool) -> int:
        seconds = self.step_cost.seconds
        if seconds is None:
            return 1
        if not self.step_cost.light:
            return max(1, int(_WORKER_SLICE / seconds))
        if beside:
            return max(1, int(_SLICE / seconds))
        if self._session.speed is None and self._compute.makes_way:
            return max(1, int(_SLICE_ASIDE / seconds))
        fair = _ROUND / max(1, self._compute.on_the_loop)
        return max(1, int(min(_SLICE, max(_LEAST_SLICE, fair)) / seconds))

    async def rest(self, begun: float) -> None:
        """Until the next steps are due; a command that changes the pace cuts it short."""
        if self._session.stepping or self._session.speed is None:
            await asyncio.sleep(0)
            return
        pace = max(_PACE, _CROWDED_PACE * self._compute.trainees)
        delay = max(self._step_due, begun + pace) - monotonic()
        if delay > 2 * _PACE:
            await wait(self._hurry, delay)
        else:
            await asyncio.sleep(max(0.0, delay))
