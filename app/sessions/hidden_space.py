"""How the layers of a net fold the space its samples lie in: samples, and the lines of a grid over
the plane, carried from layer to layer and each time seen in two numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.errors import Invalid
from app.sessions.frames import encode
from engine.ops import Array
from engine.projection import principal
from engine.training import Trainer

MOST_SAMPLES = 1000
_LARGEST = 1e100  # beyond that squares overflow, and no picture says anything
_LINES, _ALONG = 13, 61  # of the grid over the plane, and points of each


@np.errstate(all="ignore")
def hidden_space(
    session: str, run: int, trainer: Trainer, layer: int | None, units: tuple[int, int] | None
) -> bytes:
    """Samples, and the grid lines of a plane, as the inputs and every layer see them: two numbers
    each, of a layer of more units the two principal components, or for one layer two units.

    `points.k` f64 (samples, 2 or 1) and `grid.k` f32 (lines, points, 2 or 1), k = 0 the inputs;
    `targets`, `train`, `validation`, `rows` of the samples.

    Where numbers have overflowed there are no levels and no arrays.

    Raises:
        Invalid: there is no such layer or unit.
    """
    dataset, network = trainer.dataset, trainer.network
    sizes = [dataset.x.shape[1], *(each.units for each in trainer.spec.network.layers)]
    chosen = _chosen_units(sizes, layer, units)
    count = len(dataset.y)
    rows = np.unique(np.linspace(0, count - 1, min(count, MOST_SAMPLES)).round().astype(int))
    samples = [dataset.x[rows], *network.activations(dataset.x[rows].astype(trainer.spec.dtype))]
    grid: list[Array | None] = [None] * len(samples)
    is_plane = dataset.points is not None and dataset.points.shape[1] == 2
    if is_plane:
        over = _plane_grid(dataset.bounds)
        inputs = dataset.encode(over)
        grid = [inputs, *network.activations(inputs.astype(trainer.spec.dtype))]
        if chosen is None or chosen[0] != 0:  # the plane as it is, whatever features are made of it
            assert dataset.points is not None
            samples[0], grid[0] = dataset.points[rows], over
    arrays: dict[str, Array] = {
        "targets": dataset.y[rows].astype(np.float64),
        "train": dataset.train[rows].astype(np.uint8),
        "validation": dataset.validation[rows].astype(np.uint8),
        "rows": rows.astype(np.float64),
    }
    levels: list[dict[str, Any]] = []
    for k, (values, lines) in enumerate(zip(samples, grid, strict=True)):
        if not np.abs(values).max() < _LARGEST:
            levels, arrays = [], {}
            break
        level: dict[str, Any] = {"units": values.shape[1], "explained": None, "axes": None}
        if chosen is not None and chosen[0] == k:
            level["axes"] = list(chosen[1])
            values, lines = (None if a is None else a[:, list(chosen[1])] for a in (values, lines))
        elif values.shape[1] > 2:
            seen = principal(values)
            level["explained"] = list(seen.explained)
            values, lines = seen.of(values), None if lines is None else seen.of(lines)
        levels.append(level)
        assert values is not None
        arrays[f"points.{k}"] = values.astype(np.float64)
        if lines is not None:
            shape = (2 * _LINES, _ALONG, lines.shape[1])
            arrays[f"grid.{k}"] = lines.reshape(shape).astype(np.float32)
    metadata = {
        "kind": "hidden",
        "session": session,
        "run": run,
        "step": trainer.step_count,
        "levels": levels,
        "samples": count,
    }
    return encode(metadata, arrays)


def _chosen_units(
    sizes: list[int], layer: int | None, units: tuple[int, int] | None
) -> tuple[int, tuple[int, int]] | None:
    if layer is None or units is None:
        return None
    if layer >= len(sizes):
        raise Invalid(
            f"layer must be 0, the inputs, to {len(sizes) - 1}.",
            field="layer",
            value=layer,
            allowed={"type": "integer", "minimum": 0, "maximum": len(sizes) - 1},
        )
    if not all(unit < sizes[layer] for unit in units):
        raise Invalid(
            f"units must be two of 0 to {sizes[layer] - 1}.",
            field="units",
            value=",".join(map(str, units)),
            allowed={"type": "integer", "minimum": 0, "maximum": sizes[layer] - 1},
        )
    return layer, units


def _plane_grid(bounds: list[tuple[float, float]]) -> Array:
    """Lines of equal x1, then lines of equal x2: (2 lines along, 2)."""
    (left, right), (bottom, top) = bounds
    x1, x2 = np.linspace(left, right, _LINES), np.linspace(bottom, top, _LINES)
    along1, along2 = np.linspace(left, right, _ALONG), np.linspace(bottom, top, _ALONG)
    upright = [np.column_stack([np.full(_ALONG, x), along2]) for x in x1]
    level = [np.column_stack([along1, np.full(_ALONG, y)]) for y in x2]
    return np.concatenate([*upright, *level])
