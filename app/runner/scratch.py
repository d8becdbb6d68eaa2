"""Work on a moment of a session, now or earlier, on a trainer that is only made for it. The session
is held no longer than a copy of its weights takes."""

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import TypeVar

from app.runner.compute import holding
from app.runner.lane import Lane
from app.sessions.moments import moment
from app.sessions.session import TrainingSession
from app.sessions.travel import Moment, Travel
from engine.training import Trainer

T = TypeVar("T")

_SLICE = 0.05  # seconds in a worker, before others have their turn
_FIRST = 200  # steps


async def at(lane: Lane, step: int | None, work: Callable[[Trainer], T], ahead: int = 0) -> T:
    """``work`` with a trainer at a step of a session, None for where it is; ``ahead`` as for
    `moment`.

    Raises:
        Invalid: the run has not come to that step, or it is too far from any keyframe.
    """
    return await there(lane, await find(lane, lambda session: moment(session, step, ahead)), work)


async def find(lane: Lane, look: Callable[[TrainingSession], T]) -> T:
    """What ``look`` sees in a session between two steps; it must not take long."""
    async with holding(lane.looking, lane.changing):
        return look(lane.session)


async def there(lane: Lane, to: Moment, work: Callable[[Trainer], T]) -> T:
    """``work`` with a trainer at a moment that was found."""
    most = _FIRST

    def set_out() -> tuple[Travel, bool]:
        travel = Travel(to)
        return travel, travel.advance(most)

    travel, arrived = await lane.compute.in_worker(set_out)
    while not arrived:
        begun = perf_counter()
        arrived = await lane.compute.in_worker(partial(travel.advance, most))
        most = max(1, int(most * min(4.0, _SLICE / (perf_counter() - begun))))
    return await lane.compute.in_worker(lambda: work(travel.trainer))
