"""The net as it stands: a line for every weight, blue and solid for plus, orange and dashed for
minus, as wide as the weight is large; in each neuron its own function over the plane, if there is
one."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from app.exports.pictures.svg import (
    GROUND,
    INK,
    NEGATIVE,
    POSITIVE,
    SOFT,
    element,
    image,
    picture,
    short,
    signed,
    words,
)
from app.sessions.pictures import Arrays, Grids
from engine.ops import Array
from engine.training import Trainer

_COLUMN, _TOP = 150.0, 34.0
_ROW, _TALLEST = 74.0, 900.0  # many neurons stand closer together
_CROWDED = 40.0  # then biases have no room
_LETTER = 7.5  # about as wide as one is
_MOST = 24  # neurons of a column that are drawn
_PIXELS = 48


class Neuron(NamedTuple):
    x: float
    y: float
    size: float


def net_svg(trainer: Trainer) -> str:
    """The whole net with its weights and biases."""
    layers = trainer.network.layers
    counts = [len(trainer.dataset.inputs), *[len(layer.bias.data) for layer in layers]]
    shown = [min(count, _MOST) for count in counts]
    row = min(_ROW, _TALLEST / max(shown))
    height = max(240.0, _TOP + max(shown) * row + 16)
    names = trainer.dataset.inputs[: shown[0]]
    left = 14 + 0.31 * row + _LETTER * max(map(len, names))
    columns = [_column(left + i * _COLUMN, count, row, height) for i, count in enumerate(shown)]
    pictures = _pictures(trainer)
    parts = [_weights(layer.weight.data, *columns[i : i + 2]) for i, layer in enumerate(layers)]
    for i, neurons in enumerate(columns):
        seen = pictures.get("inputs" if i == 0 else str(i - 1))
        parts += [
            _neuron(each, None if seen is None else seen[j]) for j, each in enumerate(neurons)
        ]
        parts.append(_head(i, counts[i], neurons[0].x, shown[i]))
    parts += [
        words(name, n.x - n.size / 2 - 8, n.y + 4, 13, text_anchor="end", fill=INK)
        for name, n in zip(names, columns[0], strict=True)
    ]
    for i, layer in enumerate(layers if row > _CROWDED else []):
        parts += [
            words(short(float(bias)), n.x, n.y + n.size / 2 + 14, 11, text_anchor="middle")
            for bias, n in zip(layer.bias.data, columns[i + 1], strict=False)
        ]
    return picture(left + _COLUMN * (len(columns) - 1) + 60, height, "net", parts)


def _column(x: float, count: int, row: float, height: float) -> list[Neuron]:
    top = _TOP + (height - _TOP - count * row) / 2 + row / 2
    return [Neuron(x, top + j * row - 6, 0.62 * row) for j in range(count)]


def _weights(weights: Array, sources: list[Neuron], targets: list[Neuron]) -> str:
    crowd = max(0.35, min(1.0, (30 / max(1, len(sources) * len(targets))) ** 0.5))
    lines = []
    for (i, source), (j, target) in product(enumerate(sources), enumerate(targets)):
        weight = float(weights[i, j])
        width = min(9.0, 1.3 + 3.1 * abs(weight)) * crowd
        start, end = source.x + source.size / 2, target.x - target.size / 2
        middle = (start + end) / 2
        dash = None if weight >= 0 else f"{max(6.0, width * 1.9):.1f} {max(4.0, width * 1.15):.1f}"
        lines.append(
            element(
                "path",
                element("title", repr(weight)),
                d=f"M{start:.1f} {source.y:.1f}C{middle:.1f} {source.y:.1f} "
                f"{middle:.1f} {target.y:.1f} {end:.1f} {target.y:.1f}",
                stroke=POSITIVE if weight >= 0 else NEGATIVE,
                stroke_width=width,
                stroke_dasharray=dash,
            )
        )
    return element("g", "".join(lines), fill="none", data_role="weights")


def _neuron(neuron: Neuron, seen: Array | None) -> str:
    """A frame with its function in it: over a plane a picture, over a line a curve."""
    x, y, size = neuron.x - neuron.size / 2, neuron.y - neuron.size / 2, neuron.size
    look = {"rx": 6, "stroke": SOFT, "stroke_width": 1.2}
    place = {"x": x, "y": y, "width": size, "height": size}
    if seen is None:
        return element("rect", fill=GROUND, **place, **look)
    frame = element("rect", fill="none", **place, **look)
    if seen.ndim == 2:
        return image(signed(seen), x, y, size, size) + frame
    heights = np.clip(np.nan_to_num(seen), -1, 1)
    points = zip(np.linspace(x, x + size, len(seen)), neuron.y - heights * size / 2, strict=True)
    way = "L".join(f"{across:.1f} {down:.1f}" for across, down in points)
    ground = element("rect", fill=GROUND, **place)
    return ground + element("path", d=f"M{way}", fill="none", stroke=INK) + frame


def _head(i: int, count: int, x: float, shown: int) -> str:
    more = f" ({shown} / {count})" if shown < count else f" ({count})"
    return words(("x" if i == 0 else str(i)) + more, x, 20, 12, text_anchor="middle")


def _pictures(trainer: Trainer) -> dict[str, Array]:
    """By column, -1..+1: (units, r, r) over a plane, (units, r) over a line, else none."""
    grids = Grids(trainer.dataset)
    if grids.dimensions == 0:
        return {}
    found: Arrays = grids.of_inputs(_PIXELS, _PIXELS)
    found |= grids.of_network(trainer.answering, trainer.loss, _PIXELS, _PIXELS)
    named = {name.split(".", 1)[1].removeprefix("layers."): each for name, each in found.items()}
    output = named.pop("output")
    alone = output.ndim == grids.dimensions  # one output, not one for each class
    named[str(len(trainer.network.layers) - 1)] = output[np.newaxis] if alone else output
    return {name: _as_shares(each) for name, each in named.items()}


def _as_shares(values: Array) -> Array:
    if values.dtype == np.uint8:
        return values / 127.5 - 1
    return values / 32767 if values.dtype == np.int16 else values
