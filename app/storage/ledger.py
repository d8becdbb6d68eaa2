"""A session as named parts, of which only those are written that are new: `now`, where it is;
`ways`, its undo and redo; `run 3` with its curve; `snapshot 5` and `edit 8`, which runs share; and
`near`, a snapshot of a moment ago, from where the present is quickly found again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.sessions.history import Thinned
from app.sessions.runs import LossPoint, Place, Run, size_of
from app.sessions.session import TrainingSession
from app.sessions.timeline import Change, Timeline, Ways
from app.sessions.travel import trainer_at
from app.storage.packing import (
    Damaged,
    Packed,
    pack,
    pack_edit,
    pack_losses,
    pack_snapshot,
    unpack,
    unpack_edit,
    unpack_losses,
    unpack_snapshot,
)
from engine.fields import SpecError
from engine.snapshot import Snapshot
from engine.training import Trainer

# In a file a run has fewer keyframes than in memory: the steps between can be made again.
_KEYFRAMES, _KEYFRAME_BYTES = 64, 1e6

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

    def changes(self, session: TrainingSession, *, near: bool = False) -> Changes:
        """What is new since it was last asked, ``near`` with a snapshot of where it is. Nobody may
        train meanwhile; what is returned is packed whenever there is time."""
        found, self._anew = Changes(self._anew), False
        timeline, runs = session.timeline, session.timeline.runs
        for run_id in [each for each in self._uses if each not in runs]:
            self._drop(found, run_id)
        for run in runs.values():
            self._run(found, run)
        self._say(found, "ways", _ways(timeline))
        now = self._now(session)
        self._say(found, "now", now)
        if near:
            snapshot = session.trainer.snapshot()
            found.parts["near"] = lambda: _near_part(snapshot, now)
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

    def _run(self, found: Changes, run: Run) -> None:
        marks = _marks(run)
        if self._said.get(f"run {run.id}") == marks:
            return
        self._said[f"run {run.id}"] = marks
        wanted = set(_sparse(run))
        keyframes = [snap for snap in run.keyframes.items if snap.step_count in wanted]
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


def _marks(run: Run) -> Any:
    """What tells whether a run has changed."""
    return run.name, run.head, len(run.edits), run.edits and id(run.edits[-1][1]), _sparse(run)


def _run_part(facts: Any, curve: Thinned[LossPoint]) -> bytes:
    losses = pack_losses(curve)
    return pack([facts, losses.facts], losses.arrays)


def _near_part(snapshot: Snapshot, now: Any) -> bytes:
    facts, arrays = pack_snapshot(snapshot)
    return pack([now, facts], arrays)


def _sparse(run: Run) -> list[int]:
    """The steps of the keyframes that are written: evenly spaced, and always the same ones."""
    steps, stride = run.keyframes.steps, run.keyframes.interval
    most = max(4, min(_KEYFRAMES, int(_KEYFRAME_BYTES / size_of(run.start))))
    kept = steps
    while len(kept) > most:
        stride *= 2
        kept = [step for i, step in enumerate(kept) if i == 0 or step % stride == 0]
    return list(kept)


# --- and back ---


def restored(parts: Parts) -> tuple[TrainingSession, Ledger]:
    """The session that these parts are of, where it was; and that they are written.

    Raises:
        Damaged: they are not whole, or of a version that is not known.
    """
    try:
        return _restored(parts)
    except (KeyError, TypeError, ValueError, SpecError) as error:
        raise Damaged(f"{type(error).__name__}: {error}") from None


def _restored(parts: Parts) -> tuple[TrainingSession, Ledger]:
    shared: dict[str, Any] = {}
    for name, body in parts.items():
        if name.startswith("snapshot "):
            shared[name] = unpack_snapshot(unpack(body))
        elif name.startswith("edit "):
            shared[name] = unpack_edit(unpack(body))
    runs = [_run(unpack(body), shared) for name, body in parts.items() if name.startswith("run ")]
    runs.sort(key=lambda run: run.id)
    now, ways = unpack(parts["now"]).facts, unpack(parts["ways"]).facts
    undo = [Change(Place(*before), kind) for before, kind in ways[0]]
    redo = [(Change(Place(*before), kind), Place(*left)) for before, kind, left in ways[1]]
    place, here = Place(*now["place"]), next(run for run in runs if run.id == now["place"][0])
    near = None if now["detached"] else _near(parts, here, place, shared)
    start = place
    if near is None:
        trainer = trainer_at(here.way_to(place))
    else:
        start, snapshot = near
        trainer = Trainer(snapshot.spec)
        trainer.restore(snapshot)
    timeline = Timeline.remembered(runs, Ways(undo, redo, ways[2]), start, now["detached"])
    session = TrainingSession(trainer, timeline)
    session.catch_up(place)
    here.head = max(now["head"], place.step)
    session.play_on(now["state"], now["speed"])
    return session, Ledger.of(session, shared)


def _near(
    parts: Parts, run: Run, place: Place, shared: Mapping[str, Any]
) -> tuple[Place, Snapshot] | None:
    """The place and snapshot of a moment before, if the way from there leads on to this one."""
    if "near" not in parts:
        return None
    (then, facts), arrays = unpack(parts["near"])
    at = Place(*then["place"])
    if at.run != place.run or at.step > place.step or at.edits > place.edits or then["detached"]:
        return None
    # a slider's later value at the same step takes the place of the one before
    if at.edits and run.edits[at.edits - 1][1] is not shared.get(then["edit"]):
        return None
    return at, unpack_snapshot(Packed(facts, arrays))


def _run(packed: Packed, shared: dict[str, Any]) -> Run:
    facts, losses = packed.facts
    curve = unpack_losses(Packed(losses, packed.arrays))
    run = Run(facts["id"], shared[facts["start"]], curve.interval)
    run.name, run.because, run.head = facts["name"], facts["because"], facts["head"]
    run.parent = None if facts["parent"] is None else Place(*facts["parent"])
    run.losses = curve
    run.keyframes.interval = facts["interval"]
    for name in facts["keyframes"]:
        snapshot = shared[name]
        run.keyframes.steps.append(snapshot.step_count)
        run.keyframes.items.append(snapshot)
    run.edits = [(step, shared[name]) for step, name in facts["edits"]]
    return run
