"""A session as named parts, of which only those are written that are new: `now`, where it is;
`ways`, its undo and redo; `run 3` with its curve; `snapshot 5` and `edit 8`, which runs share; and
`near`, a snapshot of a moment ago, from where the present is quickly found again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.sessions.history import Thinned
from app.sessions.runs import LossPoint, Run
from app.sessions.session import TrainingSession
from app.sessions.timeline import Timeline
from app.storage.packing import pack, pack_edit, pack_losses, pack_snapshot
from engine.snapshot import Snapshot

# In a file a run has fewer keyframes than in memory: the steps between can be made again.
_LEAST_KEYFRAMES, _FEWER = 4, 12

Parts = dict[str, bytes]


@dataclass
class Changes:
    """What is to be written of a session: parts that are packed when it comes to it, and those
    that are gone. ``anew``: whatever was there before is not of it."""

    anew: bool = False
    parts: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)


class Ledger:
    """What of one session has been handed over to be written."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """It was not written, or may not have been: all of it is to be written next."""
        self._anew = True
        self._said: dict[str, Any] = {}  # by part: what tells whether it has changed
        self._uses: dict[int, set[str]] = {}  # by run: the shared parts it is made of
        self._users: Counter[str] = Counter()
        self._names: dict[int, tuple[str, object]] = {}  # by identity, and what keeps that alive
        self._numbered = 0

    def changes(
        self, session: TrainingSession, *, near: bool = False, goes_on: bool = False
    ) -> Changes:
        """What is new since it was last asked; ``near`` with a snapshot of where it is. Where it
        only ``goes_on``, the steps and loss points since the last snapshot are left out: they can
        be made again. Nobody may train meanwhile; what is returned is packed whenever there is
        time."""
        found, self._anew = Changes(self._anew), False
        timeline, runs = session.timeline, session.timeline.runs
        for run_id in [each for each in self._uses if each not in runs]:
            self._drop(found, run_id)
        for run in runs.values():
            self._run(found, run, 0 if not goes_on or run is not session.run else 1 if near else 3)
        self._say(found, "ways", _ways(timeline))
        now = self._now(session)
        self._say(found, "now", now)
        if near:
            snapshot, curve = session.trainer.snapshot(), session.losses.until(session.run.head)
            found.parts["near"] = lambda: _near_part(snapshot, curve, now)
        return found

    @classmethod
    def of(cls, session: TrainingSession, shared: Mapping[str, Any]) -> Ledger:
        """Of a session that was made of what is written, these snapshots and edits among it."""
        ledger = cls()
        ledger._anew = False
        ledger._names = {id(thing): (name, thing) for name, thing in shared.items()}
        ledger._numbered = max((int(name.split()[1]) for name in shared), default=0)
        for run in session.timeline.runs.values():
            things = [run.start, *run.keyframes.items, *[edit for _, edit in run.edits]]
            uses = {ledger._names[id(thing)][0] for thing in things if id(thing) in ledger._names}
            ledger._uses[run.id] = uses
            ledger._users.update(uses)
            ledger._said[f"run {run.id}"] = _marks(run)
        return ledger

    def _now(self, session: TrainingSession) -> dict[str, Any]:
        timeline, run = session.timeline, session.run
        last = run.edits[timeline.edits - 1][1] if timeline.edits else None
        return {
            "place": list(timeline.place(session.step)),
            "edit": None if last is None else self._names[id(last)][0],
            "detached": timeline.leaves,
            "head": run.head,
            "state": session.state,
            "speed": session.speed,
        }

    def _say(self, found: Changes, part: str, facts: Any) -> None:
        if self._said.get(part) != facts:
            self._said[part] = facts
            found.parts[part] = lambda: pack(facts, {})

    def _run(self, found: Changes, run: Run, first: int) -> None:
        """Write a run, if one of its marks from the ``first`` on has changed."""
        marks, said = _marks(run), self._said.get(f"run {run.id}")
        if said is not None and said[first:] == marks[first:]:
            return
        self._said[f"run {run.id}"] = marks
        stride = _stride(run)
        keyframes = [
            snapshot
            for i, snapshot in enumerate(run.keyframes.items)
            if i == 0 or snapshot.step_count % stride == 0
        ]
        before = self._uses.get(run.id, set())
        uses: set[str] = set()
        facts = _facts(run)
        facts["start"] = self._shared(found, uses, run.start)
        facts["keyframes"] = [self._shared(found, uses, snap) for snap in keyframes]
        facts["edits"] = [[step, self._shared(found, uses, edit)] for step, edit in run.edits]
        curve = run.losses.until(run.head)
        found.parts[f"run {run.id}"] = lambda: _run_part(facts, curve)
        self._users.update(uses - before)
        self._uses[run.id] = uses
        self._release(found, before - uses)

    def _shared(self, found: Changes, uses: set[str], thing: Any) -> str:
        """The name of a snapshot or an edit; it is written when it has none yet."""
        if id(thing) not in self._names:
            self._numbered += 1
            is_snapshot = isinstance(thing, Snapshot)
            name = f"{'snapshot' if is_snapshot else 'edit'} {self._numbered}"
            packed = pack_snapshot if is_snapshot else pack_edit
            self._names[id(thing)] = (name, thing)
            found.parts[name] = lambda: pack(*packed(thing))
        name = self._names[id(thing)][0]
        uses.add(name)
        return name

    def _drop(self, found: Changes, run_id: int) -> None:
        del self._said[f"run {run_id}"]
        found.gone.append(f"run {run_id}")
        self._release(found, self._uses.pop(run_id))

    def _release(self, found: Changes, names: set[str]) -> None:
        self._users.subtract(names)
        over = {name for name in names if not self._users[name]}
        if not over:
            return
        found.gone += over
        for name in over:
            del self._users[name]
        self._names = {key: entry for key, entry in self._names.items() if entry[0] not in over}


def _ways(timeline: Timeline) -> list[Any]:
    undo, redo, numbered = timeline.ways
    return [
        [[list(change.before), change.kind] for change in undo],
        [[list(change.before), change.kind, list(left)] for change, left in redo],
        numbered,
    ]


def _facts(run: Run) -> dict[str, Any]:
    """A run, without what it shares with others."""
    return {
        "id": run.id,
        "name": run.name,
        "parent": run.parent and list(run.parent),
        "because": run.because,
        "head": run.head,
        "interval": run.keyframes.interval,
    }


def _marks(run: Run) -> tuple[Any, ...]:
    """What tells whether a run has changed: how far it has come, its keyframes, then all else."""
    stride, last = _stride(run), run.edits[-1][1] if run.edits else None
    latest = run.keyframes.steps[-1] // stride if run.keyframes.steps else 0
    return run.head, stride, latest, run.name, len(run.edits), id(last)


def _run_part(facts: Any, curve: Thinned[LossPoint]) -> bytes:
    losses = pack_losses(curve)
    return pack([facts, losses.facts], losses.arrays)


def _near_part(snapshot: Snapshot, curve: Thinned[LossPoint], now: Any) -> bytes:
    facts, arrays = pack_snapshot(snapshot)
    losses = pack_losses(curve)
    return pack([now, facts, losses.facts], arrays | losses.arrays)


def _stride(run: Run) -> int:
    """Steps between keyframes that are written: always the same ones of those there are."""
    count, stride = len(run.keyframes.steps), run.keyframes.interval
    most = max(_LEAST_KEYFRAMES, run.keyframes.limit // _FEWER)
    while count > most:
        count, stride = count // 2, stride * 2
    return stride
