"""Everything that can be chosen, with bounds, defaults and names in every language. Read from the
engine's menus: what is added there appears here, and in the page, by itself."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response

from app.control_formulas import control_formulas
from app.routes.answers import text
from app.routes.pages import LANGUAGES
from app.routes.static import StaticFiles
from engine import datasets, spec
from engine.clipping import CLIPPINGS
from engine.fields import describe, kinds
from engine.initializers import INITIALIZERS
from engine.layers import ACTIVATIONS, NORMALIZATIONS
from engine.losses import LOSSES, REDUCTIONS
from engine.optimizers import OPTIMIZERS
from engine.regularizers import REGULARIZERS
from engine.schedules import SCHEDULES
from engine.stopping import Stopping

SPEEDS = (1, 10, 100, 500, 1500, None)  # steps per second; None is as fast as it goes
_PREVIEW_POINTS = 80

Row = dict[str, Any]
Words = Mapping[str, Mapping[str, Any]]


class Catalog:
    """The catalog in the words of each language; ``missing`` lists the names that have none."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.missing: list[str] = []

    def build(self) -> Row:
        names = datasets.DATASETS
        return {
            "version": 1,
            "defaults": spec.Spec.parse({}).to_json(),
            "datasets": [self._dataset(name) for name in names],
            "activations": self._rows("activations", ACTIVATIONS),
            "initializers": self._rows("initializers", INITIALIZERS),
            "losses": [
                self._row("losses", name)
                | {
                    "fields": self._described(loss),
                    "tasks": list(loss.tasks),
                    "output_activations": list(loss.output_activations or ACTIVATIONS),
                }
                for name, loss in LOSSES.items()
            ],
            "reductions": self._rows("reductions", dict.fromkeys(REDUCTIONS)),
            "normalizations": self._rows("normalizations", NORMALIZATIONS),
            "optimizers": self._rows("optimizers", OPTIMIZERS, fields=True),
            "schedules": self._rows("schedules", SCHEDULES, fields=True),
            "clippings": self._rows("clippings", CLIPPINGS, fields=True),
            "regularizations": self._rows("regularizations", REGULARIZERS, fields=True),
            "fields": self._fields(),
            "speeds": list(SPEEDS),
        }

    def _label(self, menu: str, name: str) -> dict[str, str]:
        """What ``name`` is called in each language; the name itself where there is no word."""
        labels = {}
        for language in LANGUAGES:
            label = self.words[language].get("catalog", {}).get(menu, {}).get(name)
            if label is None:
                self.missing.append(f"{language}: catalog.{menu}.{name}")
            labels[language] = label or name
        return labels

    def _row(self, menu: str, name: str) -> Row:
        return {"name": name, "label": self._label(menu, name)}

    def _rows(self, menu: str, names: Mapping[str, Any], fields: bool = False) -> list[Row]:
        return [
            self._row(menu, name) | ({"fields": self._described(item)} if fields else {})
            for name, item in names.items()
        ]

    def _described(self, cls: type[Any]) -> list[Row]:
        """The fields of a form; one with a single choice asks nothing."""
        asked = [
            row
            for row in describe(cls)
            if row["type"] == "weights" or row["choices"] is None or len(row["choices"]) > 1
        ]
        return [row | {"label": self._label("fields", row["name"])} for row in asked]

    def _dataset(self, name: str) -> Row:
        source = datasets.DATASETS[name]
        usual = source()
        features = kinds(source)["features"].allowed()
        defaults = spec.Spec.parse({"data": {"name": name}}).to_json()
        return self._row("datasets", name) | {
            "task": usual.task,
            "classes": usual.classes,
            "dimensions": usual.dimensions,
            "fields": [row for row in self._described(source) if row["name"] != "features"],
            "features": {
                "choices": self._rows("features", dict.fromkeys(features["choices"])),
                "default": defaults["data"]["features"],
                "allowed_counts": features["counts"],
            },
            "defaults": defaults,
            "losses": [loss for loss, kind in LOSSES.items() if usual.task in kind.tasks],
            "preview": preview(name),
        }

    def _fields(self) -> dict[str, Row]:
        """Fields outside a menu, by name."""
        rows = {
            row["name"]: row
            for cls in (spec.Settings, spec.LinearSpec, REGULARIZERS["none"], Stopping)
            for row in self._described(cls)
        }
        largest = max(most_training_rows(source) for source in datasets.DATASETS.values())
        bounds = {"type": "integer", "exclusive_minimum": False, "choices": None}
        rows["batch_size"] = bounds | {"minimum": 1, "maximum": largest, "default": 10}
        rows["layers"] = bounds | {"minimum": 1, "maximum": spec.MAX_LAYERS, "default": 3}
        for name in ("batch_size", "layers"):
            rows[name] |= {"name": name, "label": self._label("fields", name)}
        return rows


def most_training_rows(source: type[datasets.Source]) -> int:
    """The training rows of the largest data set a source can make."""
    bounds = {row["name"]: row["maximum"] for row in describe(source)}
    if "samples" not in bounds:  # they are brought along
        rows: int = round(source.most_samples * bounds["train_fraction"])
        return rows
    largest = {key: bounds[key] for key in ("samples", "train_fraction")}
    return source(**largest).train_rows


def preview(name: str) -> Row | None:
    """A few points of a data set that can be drawn, from 0 to 1 in both directions, y upwards.
    A curve's second coordinate is its target."""
    dataset = datasets.load(datasets.DATASETS[name](), 42)
    if dataset.points is None:
        return None
    some = np.linspace(0, len(dataset.y) - 1, _PREVIEW_POINTS).astype(int)
    points, y = dataset.points[some], dataset.y[some]
    bounds = list(dataset.bounds)
    if points.shape[1] == 1:
        points, bounds = np.column_stack([points, y]), [*bounds, (-1.0, 1.0)]
    low, high = np.array(bounds, dtype=float).T
    scaled = np.clip((points - low) / (high - low), 0.0, 1.0)
    signs = y if dataset.task == "multiclass" else np.where(y > 0, 1, -1)
    return {"points": scaled.round(3).tolist(), "classes": [int(c) for c in signs]}


def routes(files: StaticFiles) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["catalog"])
    formulas = json.dumps(control_formulas(), ensure_ascii=False).encode()
    made: dict[str, bytes] = {}  # by the version of the words

    @router.head("/catalog", include_in_schema=False)
    @router.get(
        "/catalog",
        summary="Everything that can be chosen",
        responses={304: {"description": "The browser has it already (If-None-Match)"}},
    )
    async def catalog(request: Request) -> Response:
        """Data sets, activations, losses, optimizers and more, each with its fields, bounds and
        defaults, and labels in English and Chinese."""
        version = files.version
        if version not in made:
            words = {name: json.loads(files[f"locales/{name}/app.json"]) for name in LANGUAGES}
            body = json.dumps(Catalog(words).build(), ensure_ascii=False, allow_nan=False)
            made.clear()
            made[version] = body.encode()
        return text(request, made[version], "application/json")

    @router.head("/catalog/formulas", include_in_schema=False)
    @router.get(
        "/catalog/formulas",
        summary="The formulas of what can be chosen",
        responses={304: {"description": "The browser has it already (If-None-Match)"}},
    )
    async def all_formulas(request: Request) -> Response:
        """MathML by menu and name. Those of an optimizer follow one another."""
        return text(request, formulas, "application/json")

    return router
