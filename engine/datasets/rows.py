"""Rows of a table that people bring: which columns are inputs, which one is learnt, and what is
done about scales, missing numbers and repeated rows.

A table is named by the hash of its content (see `table`). Task and classes are found in the target.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.datasets.own import Own, Text
from engine.datasets.reading import MOST_ROWS
from engine.datasets.source import Dataset, Split, bounds_of, scale_of
from engine.datasets.table import HOUSES, Column, Table, find_table
from engine.fields import Allowed, Kind, SpecError, choice, number
from engine.losses import BINARY, MULTICLASS, REGRESSION
from engine.ops import Array

MOST_LABELS = 10  # distinct targets that still are classes
MOST_FEATURES = 50
USUAL_FEATURES = 8


@dataclass(frozen=True)
class Names(Kind):
    """Names of columns."""

    type: str = "names"
    asked = False

    def check(self, value: Any, path: str) -> Any:
        if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
            raise SpecError(path, value, self.allowed(), "must be a list of names")
        if len(value) > MOST_FEATURES or len(set(value)) < len(value):
            reason = f"must name up to {MOST_FEATURES} columns, each once"
            raise SpecError(path, value, self.allowed(), reason)
        return tuple(value)

    def allowed(self) -> Allowed:
        return {"choices": [], "counts": None}


@dataclass(frozen=True)
class Rows(Own):
    """Rows of a table: some columns of numbers are the inputs, one column is the target.

    Scaling and means are of the training rows only. Rows without a target are left out.
    """

    name = "table"
    most_samples = MOST_ROWS

    train_fraction: float = number(0.7, 0.1, 0.9)
    features: tuple[str, ...] = field(default=(), metadata={"kind": Names()})
    table: str = field(default=HOUSES, metadata={"kind": Text(64)})
    target: str = field(default="", metadata={"kind": Text(80)})
    task: str = choice("auto", ("auto", BINARY, MULTICLASS, REGRESSION))  # type: ignore[misc]
    scaling: str = choice("standardize", ("standardize", "min_max", "none"))
    missing: str = choice("drop_row", ("drop_row", "mean"))
    duplicates: str = choice("keep", ("keep", "drop"))
    _source: Table = field(init=False, repr=False, compare=False)
    _rows: Array = field(init=False, repr=False, compare=False)
    _labels: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        table = find_table(self.table)
        if table is None:
            why = "is not on this server (any more): upload the file again"
            raise SpecError("data.table", self.table, {"type": "table"}, why)
        target = self._target(table)
        features = self._features(table, target)
        rows = self._usable(table, features, target)
        labels = np.array(sorted(set(table[target].values[rows].tolist())))
        self._keep(_source=table, target=target, features=features, _rows=rows, samples=len(rows))
        self._keep(task=self._task(table[target], labels), _labels=labels)

    # --- what is chosen, or found ---

    def _target(self, table: Table) -> str:
        if self.target:
            if self.target not in table:
                raise SpecError(
                    "data.target", self.target, {"choices": table.names}, "is not a column"
                )
            return self.target
        classes = [c.name for c in table.columns if 2 <= len(c.texts) <= MOST_LABELS]
        numbers = [c.name for c in table.columns if not c.texts and not c.missing.all()]
        return (classes or numbers)[-1]

    def _features(self, table: Table, target: str) -> tuple[str, ...]:
        usable = [
            column.name
            for column in table.columns
            if not column.texts and not column.missing.all() and column.name != target
        ]
        for name in self.features:
            if name not in usable:
                why = "is not a column of numbers beside the target"
                raise SpecError("data.features", name, {"choices": usable}, why)
        if not usable:
            why = "leaves no column of numbers as an input"
            raise SpecError("data.target", target, {"choices": []}, why)
        return self.features or tuple(usable[:USUAL_FEATURES])

    def _usable(self, table: Table, features: tuple[str, ...], target: str) -> Array:
        """The numbers of the rows that are used."""
        keep = ~table[target].missing
        if self.missing == "drop_row":
            for name in features:
                keep &= ~table[name].missing
        if self.duplicates == "drop":
            keep &= table.first_of_their_kind()
        (rows,) = np.nonzero(keep)
        if len(rows) < 2:
            why = f"leaves {len(rows)} complete rows of {table.rows}; 2 are needed"
            raise SpecError("data.missing", self.missing, {"choices": ["mean"]}, why)
        return rows

    def _task(self, target: Column, labels: Array) -> str:
        """What is learnt: as chosen, if that can be; else as the target looks."""
        count, fitting = len(labels), []
        if count == 2:
            fitting.append(BINARY)
        if 2 < count <= MOST_LABELS:
            fitting.append(MULTICLASS)
        if not target.texts:
            fitting.append(REGRESSION)
        if not fitting:
            why = f"has {count} different texts; 2 to {MOST_LABELS} can be classes"
            raise SpecError("data.target", target.name, {"minimum": 2, "maximum": MOST_LABELS}, why)
        if self.task == "auto":
            few = target.texts or count == 2 or (labels == np.rint(labels)).all()
            return fitting[0] if few else fitting[-1]
        if self.task not in fitting:
            why = f"does not suit the column {target.name} with its {count} different values"
            raise SpecError("data.task", self.task, {"choices": fitting}, why)
        return self.task

    @property
    def classes(self) -> int:  # type: ignore[override]
        return 0 if self.task == REGRESSION else len(self._labels)

    @property
    def outputs(self) -> int:  # type: ignore[override]
        return self.classes if self.task == MULTICLASS else 1

    @property
    def loss(self) -> str:  # type: ignore[override]
        return "cross_entropy" if self.task == MULTICLASS else "mse"

    # --- rows for a net ---

    def load(self, seed: int, split: Split | None = None) -> Dataset:
        table, rows = self._source, self._rows
        train, validation = split or self.split(seed)
        measured = np.stack([table[name].values[rows] for name in self.features], axis=1)
        measured = _filled(measured, train)
        shift, spread = scale_of(measured[train], self.scaling)
        drawn = len(self.features) == 2 or (len(self.features) == 1 and self.task != MULTICLASS)
        y, units = self._targets(table[self.target], rows, train)

        def encode(points: Array) -> Array:
            return np.asarray((points - shift) / spread)

        return Dataset(
            name=self.name,
            task=self.task,
            classes=self.classes,
            x=encode(measured),
            y=y,
            train=train,
            validation=validation,
            points=measured if drawn else None,
            bounds=bounds_of(measured),
            axes=list(self.features),
            inputs=list(self.features),
            encode=encode,
            original=measured,
            target=self.target,
            class_names=self._class_names(table[self.target]),
            target_units=units,
        )

    def _targets(
        self, column: Column, rows: Array, train: Array
    ) -> tuple[Array, tuple[float, float]]:
        """Targets as the task wants them; for values (shift, spread), by which they were scaled."""
        values = column.values[rows]
        if self.task == REGRESSION:
            shift, spread = scale_of(values[train][:, np.newaxis], self.scaling)
            return (values - shift) / spread, (float(shift[0]), float(spread[0]))
        classes = np.searchsorted(self._labels, values)
        if self.task == BINARY:
            return np.where(classes == 1, 1.0, -1.0), (0.0, 1.0)
        return classes.astype(np.int64), (0.0, 1.0)

    def _class_names(self, column: Column) -> list[str]:
        if self.task == REGRESSION:
            return []
        return [column.texts[int(at)] if column.texts else f"{at:.6g}" for at in self._labels]


def _filled(measured: Array, train: Array) -> Array:
    """A missing number becomes the mean of its column in the training rows, 0 if that has none."""
    gone = np.isnan(measured)
    if not gone.any():
        return measured
    there = np.where(gone, 0.0, measured)[train].sum(axis=0)
    means = there / np.maximum((~gone[train]).sum(axis=0), 1)
    return np.where(gone, means, measured)
