"""What a table is like, in numbers: counts, quartiles, histograms, correlations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.datasets.source import Dataset
from engine.datasets.table import Column, Table
from engine.losses import MULTICLASS
from engine.ops import Array

BINS = 16
MOST_CATEGORIES = 12
PREVIEW = 20

Row = dict[str, Any]


def describe_table(table: Table) -> Row:
    """Its columns, how often rows repeat, how columns move together, and its first rows."""
    cells = [column.cells[:PREVIEW] for column in table.columns]
    return {
        "name": table.name,
        "rows": table.rows,
        "columns": [describe_column(column) for column in table.columns],
        "duplicates": int(table.rows - table.first_of_their_kind().sum()),
        "correlation": correlation([column.values for column in table.columns if not column.texts]),
        "preview": [list(row) for row in zip(*cells, strict=True)],
    }


def describe_column(column: Column) -> Row:
    """A column of numbers by its distribution, one of texts by how often each occurs."""
    there = column.values[~column.missing]
    row: Row = {
        "name": column.name,
        "kind": column.kind,
        "missing": int(column.missing.sum()),
        "distinct": len(np.unique(there)),
        "min": None,
        "max": None,
        "mean": None,
        "quartiles": None,
    }
    if column.texts:
        counts = np.bincount(there.astype(int), minlength=len(column.texts))
        often = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
        return row | {
            "histogram": {
                "labels": [column.texts[i] for i in often],
                "counts": counts[often].tolist(),
                "others": int(counts.sum() - counts[often].sum()),
            }
        }
    if len(there) == 0:
        return row | {"histogram": {"edges": [], "counts": []}}
    with np.errstate(over="ignore", invalid="ignore"):
        return row | {
            "min": float(there.min()),
            "max": float(there.max()),
            "mean": finite(float(there.mean())),
            "quartiles": [finite(float(q)) for q in np.quantile(there, [0.25, 0.5, 0.75])],
            "histogram": histogram(there),
        }


def histogram(values: Array) -> Row:
    """Counts in up to 16 bins of equal width; a few whole numbers get a bin each."""
    distinct = np.unique(values)
    low, high = float(distinct[0]), float(distinct[-1])
    whole = high - low < BINS and abs(low) < 2**40 and (distinct == np.rint(distinct)).all()
    try:
        if whole:
            counts, edges = np.histogram(values, np.arange(low - 0.5, high + 1))
        else:
            counts, edges = np.histogram(values, BINS)
    except ValueError:  # a range that floats cannot divide
        return {"edges": [low, high], "counts": [len(values)]}
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def correlation(columns: Sequence[Array]) -> list[list[float | None]]:
    """Pearson's r of every two columns over the rows where both are there; None where one of them
    does not vary."""
    table: list[list[float | None]] = [[None] * len(columns) for _ in columns]
    for i, x in enumerate(columns):
        for j, y in enumerate(columns[: i + 1]):
            table[i][j] = table[j][i] = pearson(x, y)
    return table


def pearson(x: Array, y: Array) -> float | None:
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 2:
        return None
    with np.errstate(all="ignore"):
        x, y = x[both] - x[both].mean(), y[both] - y[both].mean()
        # divided first: squares of large numbers overflow
        x, y = (each / np.abs(each).max() for each in (x, y))
        r = float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))
    return max(-1.0, min(1.0, r)) if np.isfinite(r) else None


def finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def as_table(dataset: Dataset) -> Table:
    """A data set as columns in original units: what the net may see, then the target."""
    plain = dataset.points if dataset.points is not None else dataset.original
    names = dataset.axes if dataset.points is not None else dataset.inputs
    inputs = dataset.x if plain is None else plain
    columns = [Column(name, inputs[:, i].astype(float)) for i, name in enumerate(names)]
    shift, spread = dataset.target_units
    y = dataset.y.astype(float) * spread + shift
    texts: tuple[str, ...] = ()
    if dataset.task == MULTICLASS:  # numbers of classes have no order
        texts = tuple(dataset.class_names or map(str, range(dataset.classes)))
    return Table(dataset.name, (*columns, Column(dataset.target, y, texts)))
