"""Just enough SVG: elements with their attributes, and small images within."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Iterable
from html import escape

import numpy as np
from numpy.typing import NDArray

from engine.ops import Array

Pixels = NDArray[np.uint8]

INK, SOFT, LINE, GROUND = "#14181f", "#454d58", "#dfe3e8", "#ffffff"
POSITIVE, NEGATIVE = "#136dbf", "#b65412"
# from negative to positive, as on the page
SIGN = ("#dd7610", "#f2bb8a", "#f2f4f5", "#9bc9f6", "#368ed9")
LANES = ("#4f6ef2", "#a25201", "#017760", "#830196", "#544400", "#87204c", "#567ba3", "#8a7a55")
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', sans-serif"


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """One element; ``_`` in a name stands for ``-``, and what is None is left out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"


def words(content: str, x: float, y: float, size: float = 12, **attributes: object) -> str:
    given = {"fill": SOFT, "font_size": size, **attributes}
    return element("text", escape(content), x=x, y=y, **given)


def picture(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """A whole document."""
    inside = element("title", escape(title)) + element(
        "rect", width=width, height=height, fill=GROUND
    )
    return element(
        "svg",
        inside + "\n".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_text(width)} {_text(height)}",
        width=width,
        height=height,
        role="img",
        font_family=_FONT,
    )


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def image(pixels: Pixels, x: float, y: float, width: float, height: float) -> str:
    """(rows, columns, 3) as a PNG within the picture, its pixels kept apart."""
    return element(
        "image",
        x=x,
        y=y,
        width=width,
        height=height,
        preserveAspectRatio="none",
        href="data:image/png;base64," + base64.b64encode(_png(pixels)).decode(),
    )


def _png(pixels: Pixels) -> bytes:
    rows, columns, _ = pixels.shape
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, -1)], axis=1)
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def signed(values: Array) -> Pixels:
    """-1..+1 as colours, (..., 3); what is not a number is the middle."""
    stops = np.array([_channels(color) for color in SIGN], dtype=float)
    at = (np.clip(np.nan_to_num(values), -1, 1) + 1) / 2 * (len(stops) - 1)
    low = np.minimum(at.astype(int), len(stops) - 2)
    share = (at - low)[..., np.newaxis]
    colors: Pixels = np.rint(stops[low] * (1 - share) + stops[low + 1] * share).astype(np.uint8)
    return colors


def classed(shares: Array) -> Pixels:
    """Class probabilities (classes, ...) as colours: that of the likeliest, paler where unsure."""
    lanes = np.array([_channels(LANES[i % len(LANES)]) for i in range(len(shares))], dtype=float)
    share = shares.max(axis=0)[..., np.newaxis]
    faded = 255 - (255 - lanes[shares.argmax(axis=0)]) * 0.75 * share
    colors: Pixels = np.rint(faded).astype(np.uint8)
    return colors


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between two, evenly spaced."""
    if not high > low:
        return [low]
    raw = (high - low) / most
    unit = 10 ** math.floor(math.log10(raw))
    step = next(unit * k for k in (1, 2, 5, 10) if unit * k >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def short(value: float) -> str:
    """A number for an axis."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.4g}".replace("-", "−")
    return f"{value:.0e}".replace("-", "−")
