"""The loss curves of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from app.exports.pictures.svg import (
    INK,
    LANES,
    LINE,
    SOFT,
    element,
    picture,
    short,
    ticks,
    words,
)
from app.sessions.runs import LossPoint

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640.0, 360.0, 56.0, 92.0, 16.0, 36.0
# as on the page: training in ink, what is not learnt from in colours and dashes
SERIES = {
    "train": (1, INK, None),
    "test": (2, LANES[0], "6 4"),
    "validation": (3, LANES[2], "2 3"),
}


def curves_svg(points: Sequence[LossPoint]) -> str:
    """Losses over steps, on a logarithmic scale where all of them are above 0."""
    ends: list[tuple[float, str, str]] = []
    finite = [v for point in points for v in point[1:] if math.isfinite(v)]
    logarithmic = bool(finite) and min(finite) > 0
    scale = math.log10 if logarithmic else float
    low, high = (scale(min(finite)), scale(max(finite))) if finite else (0.0, 1.0)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    last = max(points[-1][0], 1)
    first = min(points[0][0], last - 1)

    def across(step: float) -> float:
        return _LEFT + (step - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)

    def down(loss: float) -> float:
        share = (scale(loss) - low) / (high - low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def parts() -> Iterator[str]:
        for value in _marks(low, high, logarithmic):
            y = down(value)
            yield element("path", d=f"M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}", stroke=LINE)
            yield words(short(value), _LEFT - 6, y + 4, 11, text_anchor="end")
        for value in ticks(first, last):
            yield words(f"{value:.0f}", across(value), _HEIGHT - 18, 11, text_anchor="middle")
        for name, (column, color, dash) in SERIES.items():
            yield from curve(name, [(p[0], p[column]) for p in points], color, dash)
        yield words("loss", 4, _TOP - 4, 11)
        yield words("step", _WIDTH - _RIGHT, _HEIGHT - 4, 11, text_anchor="end")
        lowest = -math.inf
        for y, name, color in sorted(ends):  # names that would lie on one another move apart
            lowest = max(y, lowest + 14)
            yield words(name, _WIDTH - _RIGHT + 6, lowest - 2, 12, fill=color)

    def curve(
        name: str, line: list[tuple[int, float]], color: str, dash: str | None
    ) -> Iterator[str]:
        way, pen_down, end = "", False, None
        for step, loss in line:
            if math.isfinite(loss):
                way += f"{'L' if pen_down else 'M'}{across(step):.1f} {down(loss):.1f}"
                end = down(loss)
            pen_down = math.isfinite(loss)
        if end is None:
            return
        look = {"stroke": color, "stroke_width": 2, "stroke_dasharray": dash}
        yield element("path", d=way, fill="none", stroke_linejoin="round", data_curve=name, **look)
        ends.append((end, name, color))

    return picture(_WIDTH, _HEIGHT, "curves", [*parts(), _axis()])


def _axis() -> str:
    way = f"M{_LEFT} {_TOP}V{_HEIGHT - _BOTTOM}H{_WIDTH - _RIGHT}"
    return element("path", d=way, fill="none", stroke=SOFT)


def _marks(low: float, high: float, logarithmic: bool) -> list[float]:
    """Where lines go across, in losses."""
    if not logarithmic:
        return ticks(low, high)
    found = [
        k * 10.0**power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for k in ((1, 2, 5) if high - low < 3 else (1,))
    ]
    return [value for value in found if low <= math.log10(value) <= high]
