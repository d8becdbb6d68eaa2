"""What the net answers everywhere, with the samples it learns from and those it is tested on: over
a plane, or as a curve over a line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.errors import Invalid
from app.exports.pictures.svg import (
    GROUND,
    INK,
    LANES,
    LINE,
    NEGATIVE,
    POSITIVE,
    SOFT,
    classed,
    element,
    image,
    picture,
    short,
    signed,
    ticks,
    words,
)
from app.sessions.pictures import Grids
from engine.losses import REGRESSION
from engine.ops import Array
from engine.training import Trainer

_SIDE, _LEFT, _BOTTOM, _MARGIN = 420.0, 46.0, 40.0, 28.0
_PIXELS = 128


def output_svg(trainer: Trainer) -> str:
    """Raises Invalid: there are more than two raw inputs, so nothing to draw on."""
    grids = Grids(trainer.dataset)
    if grids.dimensions == 0:
        raise Invalid(
            "There is no picture of the output: the data have more than two inputs.",
            field="data",
            value=trainer.dataset.name,
            allowed={"inputs": 2},
        )
    parts = _plane(trainer, grids) if grids.dimensions == 2 else _line(trainer, grids)
    return picture(_LEFT + _SIDE + _MARGIN, _MARGIN + _SIDE + _BOTTOM, "output", parts)


class Frame:
    """The square and what its sides stand for."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.x, self.y = x, y

    def across(self, value: float) -> float:
        low, high = self.x
        return _LEFT + (value - low) / (high - low) * _SIDE

    def down(self, value: float) -> float:
        low, high = self.y
        return _MARGIN + (high - value) / (high - low) * _SIDE

    def drawn(self, names: tuple[str, str]) -> Iterator[str]:
        """The sides with their numbers and names."""
        yield element(
            "rect", x=_LEFT, y=_MARGIN, width=_SIDE, height=_SIDE, fill="none", stroke=SOFT
        )
        for value in ticks(*self.x):
            x = self.across(value)
            yield words(short(value), x, _MARGIN + _SIDE + 16, 11, text_anchor="middle")
        for value in ticks(*self.y):
            yield words(short(value), _LEFT - 6, self.down(value) + 4, 11, text_anchor="end")
        middle = _LEFT + _SIDE / 2
        yield words(names[0], middle, _MARGIN + _SIDE + 33, 13, text_anchor="middle", fill=INK)
        yield words(names[1], _LEFT, _MARGIN - 9, 13, fill=INK)


def _plane(trainer: Trainer, grids: Grids) -> Iterator[str]:
    data = trainer.dataset
    frame = Frame(*data.bounds)
    found = grids.of_network(trainer.answering, trainer.loss, 8, _PIXELS)["picture.output"]
    multiclass = data.task == "multiclass"
    pixels = classed(found / 255) if multiclass else signed(found / 32767)
    yield image(pixels, _LEFT, _MARGIN, _SIDE, _SIDE)
    assert data.points is not None
    for point, target, train in zip(data.points, data.y, data.train, strict=True):
        x, y = frame.across(float(point[0])), frame.down(float(point[1]))
        if multiclass:
            color = LANES[int(target) % len(LANES)]
        else:
            color = POSITIVE if target >= 0 else NEGATIVE
        yield _sample(x, y, color, bool(train))
    yield from frame.drawn((data.axes[0], data.axes[1]))


def _sample(x: float, y: float, color: str, train: bool) -> str:
    """Filled where the net learns from it, else hollow."""
    fill, stroke = (color, GROUND) if train else (GROUND, color)
    return element("circle", cx=x, cy=y, r=3.2, fill=fill, stroke=stroke, stroke_width=1.3)


def _line(trainer: Trainer, grids: Grids) -> Iterator[str]:
    data = trainer.dataset
    low, high = data.bounds[0]
    curve = grids.of_network(trainer.answering, trainer.loss, 8, _PIXELS)["curve.output"]
    assert data.points is not None
    frame = Frame((low, high), _reach(np.concatenate([curve.ravel(), data.y.astype(float)])))
    for point, target, train in zip(data.points, data.y, data.train, strict=True):
        x, y = frame.across(float(point[0])), frame.down(float(target))
        yield _sample(x, y, POSITIVE, bool(train))
    places = zip(np.linspace(low, high, len(curve)), curve.tolist(), strict=True)
    way = "L".join(f"{frame.across(x):.1f} {frame.down(y):.1f}" for x, y in places)
    yield element("path", d=f"M{way}", fill="none", stroke=INK, stroke_width=2.5)
    if data.task != REGRESSION:
        yield element(
            "path", d=f"M{_LEFT} {frame.down(0):.1f}h{_SIDE}", stroke=LINE, stroke_width=1
        )
    yield from frame.drawn((data.axes[0], data.target))


def _reach(values: Array) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room
