"""Walks are made in worker threads: the net or expression is brought to its step, a slice at a time
so that others have their turn in between, then gone through."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

from app.errors import Invalid, UnknownSession
from app.runner.runner import Runner
from app.runner.scratch import at
from app.sessions.moments import AHEAD
from app.walks.source import ExpressionSource, NetworkSource, SessionSource, Source
from engine.walkthrough import Walk

T = TypeVar("T")

_SLICE = 0.05  # seconds in a worker
_FIRST = 50  # steps


async def visit(runner: Runner, source: Source, work: Callable[[Walk, Source], T]) -> T:
    """``work`` in a worker, with the walk a source asks for, and the source with its step.

    Raises:
        Invalid: it cannot be made, or the step cannot be reached.
        UnknownSession: there is no such session.
    """
    if isinstance(source, SessionSource):
        asked = source

        def of_session(trainer: Any) -> T:
            found = replace(asked, step=trainer.step_count)
            return work(found.walk(trainer), found)

        try:
            await runner.wake(asked.session)
            lane = runner.lane(asked.session)
        except UnknownSession as unknown:
            unknown.field = "session"
            raise
        return await at(lane, asked.step, of_session, AHEAD)
    return await _trained(runner, source, work)


async def _trained(
    runner: Runner, source: ExpressionSource | NetworkSource, work: Callable[[Walk, Source], T]
) -> T:
    trainer: Any = await runner.compute.in_worker(source.start)
    most = _FIRST
    while (left := source.step - trainer.step_count) > 0:
        steps, begun, before = min(left, most), perf_counter(), trainer.step_count
        await runner.compute.in_worker(partial(trainer.run, steps))
        if trainer.step_count < before + steps:
            raise Invalid(
                f"A number overflows after step {trainer.step_count}.",
                field="step",
                value=source.step,
                allowed={"type": "integer", "minimum": 0, "maximum": trainer.step_count},
            )
        most = max(1, int(most * min(4.0, _SLICE / (perf_counter() - begun))))
    return await runner.compute.in_worker(lambda: work(source.walk(trainer), source))
