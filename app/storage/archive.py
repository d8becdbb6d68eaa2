"""One run taken out of its session, at one of its steps: what is saved under a name, and what a
link carries. All of it that follows from the spec is left out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from app.sessions.history import Thinned
from app.sessions.runs import Place, Run
from app.sessions.session import TrainingSession
from app.sessions.timeline import Timeline, Ways
from app.storage.packing import (
    Arrays,
    Damaged,
    Packed,
    order_of,
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
from engine.spec import Spec
from engine.training import Trainer

_MOST_EPOCHS = 100_000  # that are gone through again to find the order of the samples
_LONGEST_NAME = 64


class Archive(NamedTuple):
    """A run, and the moment of it that it is opened at."""

    run: Run
    now: Snapshot
    edits: int  # made by then

    def session(self) -> TrainingSession:
        """A session of this run alone, paused at its moment."""
        run = self.run
        run.id, run.parent = 1, None
        timeline = Timeline.remembered(
            [run], Ways([], [], 1), Place(1, self.now.step_count, self.edits), False
        )
        return TrainingSession(self.trainer(), timeline)

    def trainer(self) -> Trainer:
        trainer = Trainer(self.now.spec)
        trainer.restore(self.now)
        return trainer


def archive(session: TrainingSession, *, whole: bool) -> Archive:
    """The run a session is in, ``whole`` or up to where it is. Takes as long as a copy of the
    weights."""
    run, timeline, step = session.run, session.timeline, session.step
    taken = Run(1, run.start, run.losses.interval)
    taken.name = run.name
    taken.head = run.head if whole else step
    taken.edits = list(run.edits) if whole else run.edits[: timeline.edits]
    taken.losses = run.losses.until(taken.head)
    taken.keyframes = run.keyframes.until(taken.head)
    return Archive(taken, session.trainer.snapshot(), timeline.edits)


# --- as bytes ---


def pack_archive(found: Archive, keyframes: int) -> bytes:
    """With up to so many keyframes. Takes long: it looks for what can be left out."""
    run = found.run
    parts = {"losses": pack_losses(run.losses)}
    if not _as_made(run.start):
        parts["start"] = _slim(run.start)
    if found.now is not run.start:
        parts["now"] = _slim(found.now)
    for number, snapshot in enumerate(_some(run.keyframes, keyframes)):
        parts[f"key{number}"] = _slim(snapshot)
    for number, (_, edit) in enumerate(run.edits):
        parts[f"edit{number}"] = pack_edit(edit)
    facts = {
        "spec": run.start.spec.to_json(),
        "name": run.name,
        "head": run.head,
        "interval": run.keyframes.interval,
        "edits": [step for step, _ in run.edits],
        "made": found.edits,
        "parts": {name: packed.facts for name, packed in parts.items()},
    }
    arrays = {
        f"{name} {key}": array
        for name, packed in parts.items()
        for key, array in packed.arrays.items()
    }
    return pack(facts, arrays)


def _as_made(start: Snapshot) -> bool:
    """Whether the spec alone gives it."""
    made = Trainer(start.spec).snapshot()
    return start.step_count == 0 and pack(*pack_snapshot(made)) == pack(*pack_snapshot(start))


def _slim(snapshot: Snapshot) -> Packed:
    """Without the order of the samples, where it follows from the seed."""
    facts, arrays = pack_snapshot(snapshot)
    rng, order, position, seen = snapshot.batches
    if seen // len(order) <= _MOST_EPOCHS:
        found = order_of(snapshot.spec.seed, len(order), seen)
        if found[0] == rng and found[2] == position and np.array_equal(found[1], order):
            facts = {**facts, "batches": {"rows": len(order), "seen": seen}}
            arrays = {name: array for name, array in arrays.items() if name != "order"}
    return Packed(facts, arrays)


def _some(keyframes: Thinned[Snapshot], most: int) -> list[Snapshot]:
    """Evenly spaced, without the first, which is the beginning."""
    items = keyframes.items[1:]
    return items[:: max(1, math.ceil(len(items) / most))] if most else []


def unpack_archive(body: bytes) -> Archive:
    """Raises Damaged."""
    try:
        return _unpack(body)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise Damaged(f"{type(error).__name__}: {error}") from None
    except SpecError as error:
        raise Damaged(str(error)) from None


def _unpack(body: bytes) -> Archive:
    facts, arrays = unpack(body)
    spec = Spec.parse(facts["spec"])
    parts = {
        name: Packed(packed, dict(_of(arrays, name))) for name, packed in facts["parts"].items()
    }
    start = _full(parts["start"]) if "start" in parts else Trainer(spec).snapshot()
    losses = unpack_losses(parts["losses"])
    run = Run(1, start, losses.interval)
    run.name, run.head, run.losses = str(facts["name"])[:_LONGEST_NAME], facts["head"], losses
    run.edits = [
        (step, unpack_edit(parts[f"edit{number}"])) for number, step in enumerate(facts["edits"])
    ]
    now = _full(parts["now"]) if "now" in parts else start
    keyframes = {each.step_count: each for each in _keyframes(parts)}
    if facts["made"] == sum(step < now.step_count for step in facts["edits"]):
        keyframes[now.step_count] = now  # taken before the edits of its step, as a keyframe is
    keyframes[start.step_count] = start
    run.keyframes.interval = facts["interval"]
    run.keyframes.steps = sorted(keyframes)
    run.keyframes.items = [keyframes[step] for step in run.keyframes.steps]
    return Archive(run, now, facts["made"])


def _of(arrays: Arrays, part: str) -> Iterator[tuple[str, Any]]:
    for name, array in arrays.items():
        head, _, rest = name.partition(" ")
        if head == part:
            yield rest, array


def _keyframes(parts: dict[str, Packed]) -> Iterator[Snapshot]:
    for name, packed in parts.items():
        if name.startswith("key"):
            yield _full(packed)


def _full(packed: Packed) -> Snapshot:
    facts, arrays = packed
    batches = facts["batches"]
    if "rng" not in batches:
        rows, seen = batches["rows"], batches["seen"]
        if rows < 1 or seen < 0 or seen // rows > _MOST_EPOCHS:
            raise Damaged(f"{seen} samples of {rows}")
        seed = Spec.parse(json.loads(facts["spec"])).seed
        rng, order, position, seen = order_of(seed, rows, seen)
        facts = {**facts, "batches": {"rng": rng, "position": position, "seen": seen}}
        arrays = {**arrays, "order": order}
    return unpack_snapshot(Packed(facts, arrays))
