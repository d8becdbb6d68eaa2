"""A run in a link: text that anyone may have written, so every number in it is looked at before a
net gets it."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

import numpy as np

from app.errors import Invalid, Refusal
from app.messages import Edit as EditCommand
from app.messages import read
from app.sessions.runs import Run
from app.sessions.travel import AllWeights, Settings, WeightEdit
from app.storage.archive import Archive, pack_archive, unpack_archive
from app.storage.packing import Arrays, Damaged
from engine.network import Network
from engine.snapshot import Snapshot
from engine.training import Trainer

LONGEST = 6_000  # characters of a link that people can still pass on
_MOST_CHARACTERS = 60_000
_MOST_BYTES = 4_000_000  # of what a link may unfold to
_MOST_STEPS = 200_000  # that can be gone back to; of a longer run a link has the present only


def linkable(found: Archive) -> Archive:
    """A run as a link carries it: the past of a long one is its curve."""
    run, now = found.run, found.now
    if now.step_count - run.start.step_count <= _MOST_STEPS:
        return found
    short = Run(1, now, run.losses.interval)
    short.name, short.losses = run.name, run.losses
    return Archive(short, now, 0)


def write_link(found: Archive) -> str:
    """As text that needs no escapes. Takes long."""
    squeezed = zlib.compress(pack_archive(linkable(found), 0), 9)
    return base64.urlsafe_b64encode(squeezed).decode().rstrip("=")


def read_link(text: str) -> Archive:
    """Raises Invalid."""
    try:
        if len(text) > _MOST_CHARACTERS:
            raise Damaged("it is too long")
        squeezed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        unfolding = zlib.decompressobj()
        body = unfolding.decompress(squeezed, _MOST_BYTES)
        if not unfolding.eof:
            raise Damaged("it is not whole")
        found = unpack_archive(body)
        _check(found)
    except (Damaged, Refusal, zlib.error, binascii.Error, UnicodeError) as error:
        raise Invalid(
            f"This link does not hold a run that can be opened: {error}.",
            field="link",
            value=text[:40],
        ) from None
    return found


def _check(found: Archive) -> None:
    """Raises Damaged, Refusal: something in it could not have come from a session."""
    run, now = found.run, found.now
    start = run.start.step_count
    _sure(_whole(start) and _whole(now.step_count) and start <= now.step_count, "steps")
    _sure(run.head == now.step_count <= start + _MOST_STEPS, "steps")
    _sure(_whole(found.edits) and found.edits == len(run.edits), "changes")
    _sure(len(run.keyframes.steps) <= 2, "keyframes")
    _check_curve(run)
    trainer = Trainer(run.start.spec)
    shapes = _shapes(trainer.network)
    spec, at = run.start.spec, start
    for step, edit in run.edits:
        _sure(_whole(step) and at <= step <= now.step_count, "changes")
        at = step
        if isinstance(edit, Settings):
            _sure(edit.spec.live_change_from(spec), "settings")
            spec = edit.spec
        elif isinstance(edit, WeightEdit):
            wanted = {"parameter": edit.parameter, "index": list(edit.index), "value": edit.value}
            read(EditCommand, {"type": "edit", **wanted})
            shape = shapes.get(edit.parameter, ())
            _sure(len(edit.index) == len(shape) > 0, "changes")
            _sure(all(0 <= i < n for i, n in zip(edit.index, shape, strict=True)), "changes")
        elif isinstance(edit, AllWeights):
            _check_arrays(trainer.network, edit.parameters, edit.buffers)
    _sure(now.spec == spec, "settings")
    for snapshot in {id(each): each for each in (run.start, now)}.values():
        _check_snapshot(snapshot)


def _check_curve(run: Run) -> None:
    steps, interval = run.losses.steps, run.losses.interval
    _sure(_whole(interval) and interval > 0 and _whole(run.keyframes.interval), "curve")
    _sure(run.keyframes.interval > 0 and 0 < len(steps) <= 129, "curve")
    _sure(steps == sorted(set(steps)) and steps[0] >= 0 and steps[-1] <= run.head, "curve")
    run.losses.limit = Run(1, run.start, 1).losses.limit


def _check_snapshot(snapshot: Snapshot) -> None:
    trainer = Trainer(snapshot.spec)
    _check_arrays(trainer.network, snapshot.parameters, snapshot.buffers)
    rng, order, position, seen = snapshot.batches
    rows = len(trainer.snapshot().batches[1])
    _sure(_whole(position) and _whole(seen) and position < rows, "order of the samples")
    _sure(np.array_equal(np.sort(order), np.arange(rows)), "order of the samples")
    try:
        np.random.default_rng(0).bit_generator.state = rng
    except (ValueError, TypeError, KeyError, OverflowError):
        raise Damaged("order of the samples") from None
    _check_memory(snapshot, trainer)
    watched = (snapshot.watched.watch, snapshot.watched.progress)
    for each in watched:
        _sure(all(isinstance(value, int | float) for value in vars(each).values()), "stopping")
    _sure(all(0 < value <= 1 for value in (snapshot.watched.watch.factor,)), "schedule")


def _check_memory(snapshot: Snapshot, trainer: Trainer) -> None:
    """What the optimizer remembers must be of the kind it would remember after a step."""
    memory = snapshot.memory
    _sure(_whole(memory.steps), "memory")
    trainer.run(1)
    known = trainer.memory.states
    for name, state in memory.states.items():
        _sure(name in known, "memory")
        for key, array in state.items():
            like = known[name].get(key)
            _sure(like is not None and (like.shape, like.dtype) == (array.shape, array.dtype), key)
    _sure(not memory.steps or trainer.overflow is not None or _same(memory.states, known), "memory")


def _same(states: dict[str, Arrays], known: dict[str, Arrays]) -> bool:
    """Whether nothing is missing."""
    return {n: set(s) for n, s in states.items()} == {n: set(s) for n, s in known.items()}


def _shapes(network: Network) -> dict[str, tuple[int, ...]]:
    return {name: tensor.data.shape for name, tensor in network.named_parameters()}


def _check_arrays(network: Network, parameters: Arrays, buffers: Arrays) -> None:
    wanted = {name: tensor.data for name, tensor in network.named_parameters()}
    for arrays, like in ((parameters, wanted), (buffers, network.buffers)):
        _sure(list(arrays) == list(like), "weights")
        for name, array in arrays.items():
            _sure((array.shape, array.dtype) == (like[name].shape, like[name].dtype), name)
            _sure(bool(np.isfinite(array).all()), name)


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _sure(holds: bool, what: str) -> None:
    if not holds:
        raise Damaged(f"its {what} cannot be")
