"""A run gone along again: something measured at steps spread evenly over it.

Nothing of this is recorded while a net trains. The steps are found again from keyframes, in a run
too long for that the keyframes themselves are taken, and every number is to the last bit what it
was then. What was measured is kept with its run, so who looks again while it trains on only pays
for the steps that are new: the steps lie on a grid that is halved, never moved.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.sessions.runs import Place, Run
from app.sessions.travel import Edit, Moment, Travel
from engine.training import Trainer

T = TypeVar("T")

MOST_REPLAYED = 20_000  # steps of a run that are made again for one look at it
_SLICE = 20  # steps made before others are asked for their turn
_KEPT = 6  # different looks at a run that are remembered


@dataclass
class Sweep(Generic[T]):
    """One look at a run: its steps, what is known of them, and how to come to the others."""

    run: int
    steps: list[int]
    edits: list[Edit | None]  # the last change before each: two that differ are two objects
    measured: dict[int, T]
    missing: list[Moment] = field(repr=False)

    @property
    def complete(self) -> bool:
        return len(self.measured) == len(self.steps)

    def measure(self, look: Callable[[Trainer], T]) -> Iterator[None]:
        """Go on; yields whenever others may have their turn. ``look`` leaves no trace."""
        travel: Travel | None = None
        for moment in self.missing:
            if travel is None or travel.trainer.step_count < moment.snapshot.step_count:
                travel = Travel(moment)
            else:
                travel.go_on_to(moment)
            while not travel.advance(_SLICE):
                yield
            trainer = travel.trainer
            here = trainer.snapshot()
            self.measured[moment.step] = look(trainer)
            trainer.restore(here)
            yield


def sweep(run: Run, what: Hashable, most: int, present: int) -> Sweep[Any]:
    """A look at about ``most`` steps of a run, the first and the last and the ``present`` one among
    them. ``what`` names what is measured: for the same it need not be measured again."""
    steps = stops(run, most)
    if steps[0] <= present <= steps[-1]:
        steps = sorted({*steps, present})
    edits = [_last_edit(run, step) for step in steps]
    kept = run.measured.get(what, {})
    measured: dict[int, Any] = {}
    missing = []
    for step, edit in zip(steps, edits, strict=True):
        known = kept.get(step)
        if known is not None and known[0] is edit:
            measured[step] = known[1]
        else:
            missing.append(run.way_to(Place(run.id, step, run.edits_until(step))))
    return Sweep(run.id, steps, edits, measured, missing)


def keep(run: Run, what: Hashable, found: Sweep[Any]) -> None:
    """Remember what was measured with its run; of what others asked for the oldest is forgotten."""
    run.measured.pop(what, None)
    run.measured[what] = {
        step: (edit, found.measured[step])
        for step, edit in zip(found.steps, found.edits, strict=True)
        if step in found.measured
    }
    while len(run.measured) > _KEPT:
        del run.measured[next(iter(run.measured))]


def stops(run: Run, most: int) -> list[int]:
    """The first and the last step, and between them the multiples of a power of two."""
    first, last = run.start.step_count, run.head
    every = 1
    while last - first > most * every:
        every *= 2
    if last - first > MOST_REPLAYED:
        every = max(every, run.keyframes.interval)
    between = range(first - first % every + every, last, every)
    return sorted({first, *between, last})


def _last_edit(run: Run, step: int) -> Edit | None:
    edits = run.edits_until(step)
    return run.edits[edits - 1][1] if edits else None
