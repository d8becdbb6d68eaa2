"""A session made of its parts again, as `ledger` has written them, where it was and with all its
runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.errors import Refusal
from app.sessions.history import Thinned
from app.sessions.runs import LossPoint, Place, Run
from app.sessions.session import TrainingSession
from app.sessions.timeline import Change, Timeline, Ways
from app.sessions.travel import trainer_at
from app.storage.ledger import Ledger, Parts
from app.storage.packing import (
    Damaged,
    Packed,
    unpack,
    unpack_edit,
    unpack_losses,
    unpack_snapshot,
)
from engine.fields import SpecError
from engine.snapshot import Snapshot
from engine.training import Trainer


def restored(parts: Parts) -> tuple[TrainingSession, Ledger]:
    """The session that these parts are of, where it was; and that they are written.

    Raises:
        Damaged: they are not whole, or of a version that is not known.
    """
    try:
        return _restored(parts)
    except (LookupError, TypeError, ValueError, SpecError, Refusal) as error:
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
    place, here = Place(*now["place"]), _named(runs, now["place"][0])
    near = _near(parts)
    start = place
    if near is not None and near.place.run == here.id and _longer(near.losses, here.losses):
        here.losses = near.losses
    if near is not None and not now["detached"] and _leads_to(near, here, place, shared):
        start = near.place
        trainer = Trainer(near.snapshot.spec)
        trainer.restore(near.snapshot)
    else:
        trainer = trainer_at(here.way_to(place))
    timeline = Timeline.remembered(runs, Ways(undo, redo, ways[2]), start, now["detached"])
    session = TrainingSession(trainer, timeline)
    session.catch_up(place)
    here.head = max(now["head"], place.step)
    session.play_on(now["state"], now["speed"])
    return session, Ledger.of(session, shared)


def _named(runs: list[Run], run_id: int) -> Run:
    return {run.id: run for run in runs}[run_id]


class Near(NamedTuple):
    """Where it was a moment before, and the curve until then."""

    place: Place
    detached: bool
    edit: str | None  # the last one made
    snapshot: Snapshot
    losses: Thinned[LossPoint]


def _near(parts: Parts) -> Near | None:
    if "near" not in parts:
        return None
    (then, facts, losses), arrays = unpack(parts["near"])
    curve = unpack_losses(Packed(losses, {"losses": arrays.pop("losses")}))
    snapshot = unpack_snapshot(Packed(facts, arrays))
    return Near(Place(*then["place"]), then["detached"], then["edit"], snapshot, curve)


def _leads_to(near: Near, run: Run, place: Place, shared: Mapping[str, Any]) -> bool:
    """Whether the way from there goes on to a place of this run."""
    at = near.place
    if near.detached or at.run != place.run or at.step > place.step or at.edits > place.edits:
        return False
    # a slider's later value at the same step takes the place of the one before
    return not at.edits or run.edits[at.edits - 1][1] is shared.get(near.edit or "")


def _longer(one: Thinned[LossPoint], other: Thinned[LossPoint]) -> bool:
    return not other.steps or (bool(one.steps) and one.steps[-1] > other.steps[-1])


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
