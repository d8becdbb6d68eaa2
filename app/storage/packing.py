"""Values as bytes and back, to the last bit: snapshots, changes, loss points. A header of JSON,
then the arrays as they lie in memory, little-endian (``frames`` sees to that)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from app.sessions.history import Thinned
from app.sessions.runs import LossPoint
from app.sessions.travel import AllWeights, Edit, Settings, WeightEdit
from engine.batches import BATCHES
from engine.datasets.table import Column, Table
from engine.epochs import Watched
from engine.ops import Array
from engine.optimizers import Memory
from engine.schedules import Watch
from engine.snapshot import Snapshot
from engine.spec import Spec
from engine.stopping import Progress

Arrays = dict[str, Array]

_DTYPES = {"<f8", "<f4", "<i8", "|u1", "<u2", "<u4"}
_TEXTS: dict[int, tuple[Spec, str]] = {}
_MOST_TEXTS = 500
_LENGTH = 4  # bytes that say how long the header is


class Damaged(ValueError):
    """These bytes are not what was written."""


class Packed(NamedTuple):
    """What is packed at once: anything that JSON can say, and arrays by name."""

    facts: Any
    arrays: Arrays


def pack(facts: Any, arrays: Mapping[str, Array]) -> bytes:
    """A header and the arrays. Numbers that are not finite stay what they are."""
    laid_out = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    index = [[name, array.dtype.str, list(array.shape)] for name, array in laid_out.items()]
    header = json.dumps([facts, index], separators=(",", ":")).encode()
    body = b"".join(array.tobytes() for array in laid_out.values())
    return len(header).to_bytes(_LENGTH, "little") + header + body


def unpack(body: bytes) -> Packed:
    """Raises Damaged."""
    end = _LENGTH + int.from_bytes(body[:_LENGTH], "little")
    try:
        facts, index = json.loads(body[_LENGTH:end])
        arrays = {}
        for name, dtype, shape in index:
            if dtype not in _DTYPES or not all(type(n) is int and n >= 0 for n in shape):
                raise Damaged(f"an array of {dtype} {shape}")
            count = math.prod(shape)
            arrays[name] = np.frombuffer(body, dtype, count, end).reshape(shape).copy()
            end += arrays[name].nbytes
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise Damaged(str(error)) from None
    if end != len(body):
        raise Damaged(f"{len(body) - end} bytes are left over")
    return Packed(facts, arrays)


# --- snapshots ---


def pack_snapshot(snapshot: Snapshot) -> Packed:
    """All that the next step depends on."""
    rng, order, position, seen = snapshot.batches
    batches: dict[str, Any] = {"rng": rng, "position": position, "seen": seen}
    memory = snapshot.memory
    facts = {
        "spec": _as_text(snapshot.spec),
        "step": snapshot.step_count,
        "steps": memory.steps,
        "remembers": list(memory.states),
        "batches": batches,
        "watch": vars(snapshot.watched.watch),
        "progress": vars(snapshot.watched.progress),
    }
    arrays = {f"p {name}": array for name, array in snapshot.parameters.items()}
    arrays |= {f"b {name}": array for name, array in snapshot.buffers.items()}
    arrays |= {
        f"m {name} {key}": array
        for name, state in memory.states.items()
        for key, array in state.items()
    }
    arrays["order"] = order.astype(np.min_scalar_type(max(len(order), 256)))
    return Packed(facts, arrays)


def _as_text(spec: Spec) -> str:
    """A spec in its full form; a session that trains has the same one second by second."""
    found = _TEXTS.get(id(spec))
    if found is None or found[0] is not spec:
        if len(_TEXTS) > _MOST_TEXTS:
            _TEXTS.clear()
        found = _TEXTS[id(spec)] = (spec, json.dumps(spec.to_json()))
    return found[1]


def unpack_snapshot(packed: Packed) -> Snapshot:
    """Raises Damaged, SpecError."""
    facts, arrays = packed
    groups: dict[str, Arrays] = {"p": {}, "b": {}}
    try:
        states: dict[str, Arrays] = {name: {} for name in facts["remembers"]}
        for name, array in arrays.items():
            kind, _, rest = name.partition(" ")
            if kind in groups:
                groups[kind][rest] = array
            elif kind == "m":
                parameter, _, key = rest.partition(" ")
                states[parameter][key] = array
        order, batches = arrays["order"].astype(np.int64), facts["batches"]
        return Snapshot(
            Spec.parse(json.loads(facts["spec"])),
            facts["step"],
            groups["p"],
            Memory(facts["steps"], states),
            (batches["rng"], order, batches["position"], batches["seen"]),
            groups["b"],
            Watched(Watch(**facts["watch"]), Progress(**facts["progress"])),
        )
    except (KeyError, TypeError) as error:
        raise Damaged(str(error)) from None


def order_of(seed: int, rows: int, seen: int) -> tuple[Any, ...]:
    """Where the batches are after so many samples, if nothing but training has happened."""
    rng = np.random.default_rng([seed, BATCHES])
    order = rng.permutation(rows)
    for _ in range(seen // rows):
        order = rng.permutation(rows)
    return rng.bit_generator.state, order, seen % rows, seen


# --- changes ---


def pack_edit(edit: Edit) -> Packed:
    """A change that was made by hand."""
    match edit:
        case Settings():
            return Packed({"kind": "settings", "spec": edit.spec.to_json()}, {})
        case WeightEdit():
            return Packed({"kind": "weight", **vars(edit), "index": list(edit.index)}, {})
        case AllWeights():
            arrays = {f"p {name}": array for name, array in edit.parameters.items()}
            arrays |= {f"b {name}": array for name, array in edit.buffers.items()}
            return Packed({"kind": "weights"}, arrays)
    raise TypeError(f"{type(edit).__name__} cannot be written")


def unpack_edit(packed: Packed) -> Edit:
    """Raises Damaged, SpecError."""
    facts, arrays = packed
    try:
        match facts["kind"]:
            case "settings":
                return Settings(Spec.parse(facts["spec"]))
            case "weight":
                return WeightEdit(facts["parameter"], tuple(facts["index"]), facts["value"])
            case "weights":
                groups: dict[str, Arrays] = {"p": {}, "b": {}}
                for name, array in arrays.items():
                    groups[name[:1]][name[2:]] = array
                return AllWeights(groups["p"], groups["b"])
    except (KeyError, TypeError) as error:
        raise Damaged(str(error)) from None
    raise Damaged(f"a change of kind {facts['kind']!r}")


# --- curves ---


def pack_losses(losses: Thinned[LossPoint]) -> Packed:
    points = np.array(losses.items, dtype=np.float64).reshape(-1, 4)
    return Packed({"interval": losses.interval, "limit": losses.limit}, {"losses": points})


def unpack_losses(packed: Packed) -> Thinned[LossPoint]:
    facts, points = packed.facts, packed.arrays["losses"]
    losses: Thinned[LossPoint] = Thinned(facts["interval"], facts["limit"])
    losses.items = [(int(step), a, b, c) for step, a, b, c in points.tolist()]
    losses.steps = [item[0] for item in losses.items]
    return losses


# --- tables that people brought ---


def pack_table(table: Table) -> Packed:
    columns = [[column.name, list(column.texts)] for column in table.columns]
    arrays = {str(i): column.values for i, column in enumerate(table.columns)}
    return Packed({"name": table.name, "found": table.found, "columns": columns}, arrays)


def unpack_table(packed: Packed) -> Table:
    facts, arrays = packed
    columns = tuple(
        Column(name, arrays[str(i)], tuple(texts))
        for i, (name, texts) in enumerate(facts["columns"])
    )
    return Table(facts["name"], columns, facts["found"])
