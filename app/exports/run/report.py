"""A run as a page to keep or hand in: what it was, how it went, and its pictures. Words and layout
are the template's."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from app.errors import Invalid
from app.exports.pictures.net import net_svg
from app.exports.pictures.plane import output_svg
from app.exports.run.history import History, curve
from app.sessions.changes import Difference, changes_along
from app.sessions.runs import LossPoint
from engine.training import Trainer

# Whose choices have names of their own, by the field that holds them.
_MENUS = {
    "data.name": "datasets",
    "loss": "losses",
    "loss.name": "losses",
    "optimizer.name": "optimizers",
    "schedule.name": "schedules",
    "regularization.name": "regularizations",
    "clipping.name": "clippings",
    "activation": "activations",
    "initializer": "initializers",
    "normalization": "normalizations",
    "reduction": "reductions",
}
Catalog = Mapping[str, Any]  # names of fields and choices, in one language
_LONGEST = 120  # characters of a value that is shown


@dataclass(frozen=True)
class Report:
    """What the template shows; everything a person can have written is text in it."""

    step: int
    epoch: float
    metrics: dict[str, float]
    settings: list[tuple[str, str, str]]  # part, field, value
    layers: list[dict[str, str]]
    changes: list[Difference]
    net: str
    output: str | None
    curves: str  # JSON for a script
    spec: str


def report(trainer: Trainer, history: History, catalog: Catalog) -> Report:
    """``catalog`` is in the language of the reader."""
    spec = trainer.spec.to_json()
    output = None
    with suppress(Invalid):  # no plane to draw on
        output = output_svg(trainer)
    return Report(
        step=trainer.step_count,
        epoch=trainer.epoch,
        metrics={name: float(value) for name, value in trainer.evaluate().items()},
        settings=list(_settings(spec, catalog)),
        layers=[_layer(layer, catalog) for layer in spec["network"]["layers"]],
        changes=changes_along(history.start.spec, history.edits),
        net=net_svg(trainer),
        output=output,
        curves=_for_a_script(_curves(curve(history, trainer))),
        spec=json.dumps(spec, indent=2, ensure_ascii=False),
    )


def _settings(spec: Mapping[str, Any], catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    for part, value in spec.items():
        if part in ("version", "network"):
            continue
        if not isinstance(value, Mapping):
            yield part, "", _said(part, value, catalog)
            continue
        for field, each in value.items():
            name = "" if field == "name" else str(catalog["fields"].get(field, field))
            yield part, name, _said(f"{part}.{field}", each, catalog)


def _layer(layer: Mapping[str, Any], catalog: Catalog) -> dict[str, str]:
    return {
        str(catalog["fields"].get(field, field)): _said(field, value, catalog)
        for field, value in layer.items()
        if field != "kind"
    }


def _said(path: str, value: Any, catalog: Catalog) -> str:
    menu = _MENUS.get(path) or _MENUS.get(path.rpartition(".")[2])
    if menu and isinstance(value, str):
        return str(catalog[menu].get(value, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _curves(points: list[LossPoint]) -> dict[str, list[Any]]:
    columns = {"train": 1, "test": 2, "validation": 3}
    found: dict[str, list[Any]] = {"step": [point[0] for point in points]}
    for name, column in columns.items():
        values = [point[column] for point in points]
        if any(math.isfinite(value) for value in values):
            found[name] = [value if math.isfinite(value) else None for value in values]
    return found


def _for_a_script(value: Any) -> str:
    """As JSON that cannot end the script it stands in."""
    return json.dumps(value).replace("<", "\\u003c")
