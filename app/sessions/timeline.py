"""The runs of a session, where in them it is, and the way back from every change.

A change made where a run has already gone on begins another run there. Undo goes back to the moment
before a change, redo to the moment that was left: nothing that was trained is ever lost to either.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from app.errors import Invalid
from app.sessions.runs import Place, Run
from app.sessions.travel import Edit
from engine.training import Trainer

MOST_RUNS = 12  # kept, besides those with a name
_MOST_UNTRAINED = 24  # a net that was changed before it has trained leaves one of these
_MOST_UNDO = 200


class Change(NamedTuple):
    """What can be undone: where it was made, and of what kind it was."""

    before: Place
    kind: str


class Ways(NamedTuple):
    """Where changes that can be undone or made again lead to, and how many runs there have been."""

    undo: list[Change]
    redo: list[tuple[Change, Place]]
    numbered: int


class Timeline:
    """Which run, how many of its edits have been made, and the changes that can be undone."""

    run: Run

    def __init__(self) -> None:
        self.runs: dict[int, Run] = {}
        self.edits = self._numbered = 0
        self._detached = False  # an edit of the run at this very step has been undone
        self._gesture: str | None = None  # of the latest change
        self._undo: list[Change] = []
        self._redo: list[tuple[Change, Place]] = []

    @classmethod
    def remembered(cls, runs: list[Run], ways: Ways, at: Place, detached: bool) -> Timeline:
        """As it was, from what was kept of it."""
        timeline = cls()
        timeline.runs = {run.id: run for run in runs}
        timeline._undo, timeline._redo, timeline._numbered = ways
        timeline.run, timeline.edits = timeline.runs[at.run], at.edits
        timeline._detached = detached
        return timeline

    @property
    def ways(self) -> Ways:
        return Ways(self._undo, self._redo, self._numbered)

    def begin(self, trainer: Trainer) -> None:
        """A run of its own, from where this trainer is."""
        rows, batch = len(trainer.dataset.y_train), trainer.spec.batch_size
        interval = max(1, math.ceil(rows / batch) // 5)
        self._enter(Run(self._next_id(), trainer.snapshot(), interval), 0)

    def adopt(self, run: Run, step: int, edits: int) -> None:
        """Take in a run from elsewhere under a number of its own, and be at this moment of it."""
        run.id, run.parent = self._next_id(), None
        self.runs[run.id] = run
        self.go(Place(run.id, step, edits))

    def _next_id(self) -> int:
        self._numbered += 1
        return self._numbered

    def _enter(self, run: Run, edits: int) -> None:
        self.run, self.edits, self._detached = run, edits, False
        self.runs[run.id] = run
        unnamed = [each for each in self.runs.values() if not each.name and each is not run]
        for trained, most in ((True, MOST_RUNS), (False, _MOST_UNTRAINED)):
            alike = [each for each in unnamed if each.trained is trained]
            if len(alike) >= most:
                self._forget(alike[0])

    def _forget(self, run: Run) -> None:
        del self.runs[run.id]
        self._undo = [change for change in self._undo if change.before.run in self.runs]
        self._redo = [(c, left) for c, left in self._redo if left.run in self.runs]

    def drop(self, run_id: int) -> None:
        """Let a run go, and all ways back to it. Raises Invalid for the one it is in."""
        run = self.find_run(run_id)
        if run is self.run:
            others = [each for each in self.runs if each != run_id]
            raise Invalid(
                "run must not be the one that the session is in.",
                field="run",
                value=run_id,
                allowed={"choices": others},
            )
        self._forget(run)

    # --- going on ---

    def place(self, step: int) -> Place:
        return Place(self.run.id, step, self.edits)

    def next_edit(self, step: int) -> Edit | None:
        """The change that was made at this step when the run came by here, if it is still ahead."""
        if self._detached or self.edits == len(self.run.edits):
            return None
        at, edit = self.run.edits[self.edits]
        return edit if at == step else None

    def make_way(self, step: int) -> bool:
        """What follows differs from what the run remembers: from here on another. Whether it does.

        Nothing happens at the end of a run, where nothing follows yet.
        """
        if step == self.run.head and self.edits == len(self.run.edits):
            return False
        self._enter(self.run.fork(self._next_id(), self.place(step)), self.edits)
        return True

    @property
    def leaves(self) -> bool:
        """Whether training on leaves the run, since one of its edits here was undone."""
        return self._detached

    def add(self, step: int, edit: Edit) -> None:
        """A change that has been made; the run ends here so far."""
        last = self.run.edits[-1] if self.run.edits else None
        # Of a slider's many values at one step the last will do.
        if (
            last is not None
            and last[0] == step
            and edit.replaces(last[1])
            and not (self._undo and self._undo[-1].before == self.place(step))
        ):
            self.run.edits.pop()
        self.run.edits.append((step, edit))
        self.edits = len(self.run.edits)

    # --- going elsewhere ---

    def find_run(self, run_id: int | None) -> Run:
        """A run by its id, by default this one. Raises Invalid."""
        run = self.run if run_id is None else self.runs.get(run_id)
        if run is None:
            raise Invalid(
                f"run must be one of {', '.join(map(str, self.runs))}.",
                field="run",
                value=run_id,
                allowed={"choices": list(self.runs)},
            )
        return run

    def find(self, step: int, run_id: int | None) -> Place:
        """A step of a run, with all that was changed up to it.

        Raises:
            Invalid: there is no such run, or it has not come to that step.
        """
        run = self.find_run(run_id)
        first = run.start.step_count
        if not first <= step <= run.head:
            raise Invalid(
                f"step must be one that the run has come to, {first} to {run.head}.",
                field="step",
                value=step,
                allowed={"type": "integer", "minimum": first, "maximum": run.head},
            )
        return Place(run.id, step, run.edits_until(step))

    def go(self, place: Place) -> None:
        """Be at a place that was found."""
        run = self.runs[place.run]
        self._enter(run, place.edits)
        self._detached = place.edits < run.edits_until(place.step)
        self._gesture = None

    # --- undo and redo ---

    def remember(self, before: Place, kind: str, gesture: str | None = None) -> None:
        """A change is made here. The same kind again at the same step is one change to undo, and
        so is all of one gesture, at whichever steps the hand moves."""
        self._redo.clear()
        last = self._undo[-1] if self._undo else None
        goes_on, self._gesture = gesture is not None and gesture == self._gesture, gesture
        again = last is not None and gesture is None and last.before[:2] == before[:2]
        if last and last.kind == kind and (goes_on or again):
            return
        self._undo = [*self._undo[-_MOST_UNDO + 1 :], Change(before, kind)]

    @property
    def undo_kind(self) -> str | None:
        """What kind of change undo takes back; None if there is none."""
        return self._undo[-1].kind if self._undo else None

    @property
    def redo_kind(self) -> str | None:
        return self._redo[-1][0].kind if self._redo else None

    def undo_place(self) -> Place:
        """Raises Invalid: there is nothing to undo."""
        if not self._undo:
            raise Invalid("There is nothing to undo.", field="undo")
        return self._undo[-1].before

    def redo_place(self) -> Place:
        """Raises Invalid: there is nothing to redo."""
        if not self._redo:
            raise Invalid("There is nothing to redo.", field="redo")
        return self._redo[-1][1]

    def undone(self, left: Place) -> None:
        """The latest change has been undone; redo will lead to what was left."""
        self._redo.append((self._undo.pop(), left))

    def redone(self) -> None:
        self._undo.append(self._redo.pop()[0])
