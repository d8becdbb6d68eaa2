"""What was changed, in names: for undo, for the list of runs, for whoever reads a run later.

A kind of change is "reset", "rewind", "weights", "set optimizer.learning_rate data.noise" (the
fields that were named) or "edit layers.0.weight [1, 2]". What is taken out of the game by hand, or
given back, is named by itself: "cut layers.0 [2]", "restore layers.0 [2]", "freeze layers.0.bias
[1]", "thaw layers.0", several of it by the layer alone. The page makes words of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from app.sessions.runs import Run
from app.sessions.travel import AllWeights, Edit, Settings, WeightEdit
from engine.held import ALL
from engine.spec import Spec

RESET, REWIND, WEIGHTS = "reset", "rewind", "weights"


class Difference(NamedTuple):
    """One field or number before and after a change; None where it is not known."""

    step: int
    path: str
    before: Any
    after: Any


def kind_of(change: Mapping[str, Any] | WeightEdit) -> str:
    """The kind of a change to the settings, given as part of a spec, or of an edited number."""
    if isinstance(change, WeightEdit):
        return f"edit {change.element}"
    return " ".join(["set", *sorted(path for path, _ in _leaves(change))])


def kind_of_set(changes: Mapping[str, Any], before: Spec, after: Spec) -> str:
    """The same for a change of settings of which it is known what was before."""
    held = _held(before, after) if changes.keys() == {"network"} else None
    return held or kind_of(changes)


def _held(before: Spec, after: Spec) -> str | None:
    """What was cut or frozen, or is no longer, if nothing else has changed, in one layer."""
    layers = zip(before.network.layers, after.network.layers, strict=False)
    other = [(i, old, new) for i, (old, new) in enumerate(layers) if old != new]
    if len(other) != 1 or len(before.network.layers) != len(after.network.layers):
        return None
    ((i, old, new),) = other
    if replace(old, cut=new.cut) == new:
        came, went = set(new.cut) - set(old.cut), set(old.cut) - set(new.cut)
        return f"{'cut' if came else 'restore'} {_neuron(i, came or went)}"
    if replace(old, frozen=new.frozen) == new:
        if isinstance(new.frozen, str) or isinstance(old.frozen, str):
            return f"{'freeze' if new.frozen == ALL else 'thaw'} layers.{i}"
        froze, thawed = set(new.frozen) - set(old.frozen), set(old.frozen) - set(new.frozen)
        (first, *others) = elements = list(froze or thawed)
        kind = "weight" if len(first) == 2 else "bias"
        name = _neuron(i, {each[-1] for each in elements})
        name = name if others else f"layers.{i}.{kind} {list(first)}"
        return f"{'freeze' if froze else 'thaw'} {name}"
    return None


def _neuron(layer: int, units: set[int]) -> str:
    """One neuron, or of several the layer."""
    return f"layers.{layer} {list(units)}" if len(units) == 1 else f"layers.{layer}"


def changes_of(run: Run, first: int = 0) -> list[Difference]:
    """Every change of a run after the first so many, in order."""
    return changes_along(run.start.spec, run.edits, first)


def changes_along(
    spec: Spec, edits: Sequence[tuple[int, Edit]], first: int = 0
) -> list[Difference]:
    """The same, from the settings at the beginning and what was changed at which step."""
    found: list[Difference] = []
    for number, (step, edit) in enumerate(edits):
        if number >= first:
            found += _differences(step, spec, edit)
        spec = edit.spec if isinstance(edit, Settings) else spec
    return found


def begun_with(run: Run) -> list[Difference]:
    """What was changed where the run began, other than where it came from."""
    start = run.first_step
    return [change for change in changes_of(run, run.inherited) if change.step == start]


def last_spec(run: Run) -> Spec:
    """The settings at the end of a run."""
    specs = [edit.spec for _, edit in run.edits if isinstance(edit, Settings)]
    return specs[-1] if specs else run.start.spec


def _differences(step: int, spec: Spec, edit: Edit) -> Iterator[Difference]:
    if isinstance(edit, WeightEdit):
        yield Difference(step, edit.element, None, edit.value)
    elif isinstance(edit, AllWeights):
        yield Difference(step, WEIGHTS, None, None)
    elif isinstance(edit, Settings):
        before, after = (dict(_leaves(each.to_json())) for each in (spec, edit.spec))
        for path in [*after, *(path for path in before if path not in after)]:
            if before.get(path) != after.get(path):
                yield Difference(step, path, before.get(path), after.get(path))


def _leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield path + key, value
