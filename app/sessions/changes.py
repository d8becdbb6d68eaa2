"""What was changed, in names: for undo, for the list of runs, for whoever reads a run later.

A kind of change is "reset", "rewind", "weights", "set optimizer.learning_rate data.noise" (the
fields that were named) or "edit layers.0.weight [1, 2]". The page makes words of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from app.sessions.runs import Run
from app.sessions.travel import AllWeights, Edit, Settings, WeightEdit
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


def changes_of(run: Run, first: int = 0) -> list[Difference]:
    """Every change of a run after the first so many, in order."""
    spec = run.start.spec
    found: list[Difference] = []
    for number, (step, edit) in enumerate(run.edits):
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
