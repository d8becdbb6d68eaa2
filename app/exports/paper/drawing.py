"""The graph of an expression on paper: boxes with room to write in, and the ways between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.exports.paper.notation import given

Row = dict[str, Any]

WIDTH, HEIGHT = 108, 74  # of a box
APART = (44, 22)  # from box to box, along the way and across it
ROOM = (680, 860)  # what a page has
MOST = 30  # numbers, beyond which a drawing helps nobody
GLYPHS = {
    **{"add": "+", "sub": "−", "mul": "×", "div": "÷", "neg": "−", "log": "ln", "sigmoid": "σ"},
    **{"sqrt": "√", "abs": "| |", "maximum": "max", "minimum": "min", "leaky_relu": "leaky relu"},
}


@dataclass(frozen=True)
class Box:
    """One number of the graph and where it is drawn."""

    node: int
    letters: str
    index: str
    glyph: str
    raised: str  # an exponent
    x: float
    y: float
    value: str | None  # what is given; None where it is to be found
    takes_gradient: bool


@dataclass(frozen=True)
class Drawing:
    """Boxes, and the paths of the edges between them."""

    width: float
    height: float
    boxes: list[Box]
    edges: list[str]


def drawing(document: Row) -> Drawing | None:
    """The graph of a walk, forward to the right, or upward where that leaves it larger on a page;
    None where it has too many numbers."""
    nodes = document["nodes"]
    if len(nodes) > MOST:
        return None
    columns = max(node["place"][0] for node in nodes) + 1
    rows = max(node["place"][1] for node in nodes) + 1
    across = _size(columns, WIDTH, APART[0]), _size(rows, HEIGHT, APART[1])
    upward = _size(rows, WIDTH, APART[1]), _size(columns, HEIGHT, APART[0])
    turned = _scale(*across) < 0.75 and _scale(*upward) > _scale(*across)
    width, height = upward if turned else across
    where = {}
    for node in nodes:
        column, row = node["place"]
        if turned:
            where[node["id"]] = (
                row * (WIDTH + APART[1]),
                height - HEIGHT - column * (HEIGHT + APART[0]),
            )
        else:
            where[node["id"]] = column * (WIDTH + APART[0]), row * (HEIGHT + APART[1])
    edges = [
        _edge(where[source], where[node["id"]], i, len(node["inputs"]), turned)
        for node in nodes
        for i, source in enumerate(node["inputs"])
    ]
    return Drawing(width, height, [_box(node, *where[node["id"]]) for node in nodes], edges)


def _size(count: float, side: float, apart: float) -> float:
    return count * (side + apart) - apart


def _scale(width: float, height: float) -> float:
    """How large a drawing can be on a page."""
    return min(ROOM[0] / width, ROOM[1] / height, 1.0)


def _box(node: Row, x: float, y: float) -> Box:
    letters, index = parted(node["name"])
    return Box(
        node["id"],
        letters,
        index,
        *_glyph(node),
        x,
        y,
        given(node["value"]) if node["op"] is None else None,
        node["grad"] is not None,
    )


def _glyph(node: Row) -> tuple[str, str]:
    """The sign of an operation; a power has an exponent."""
    if node["op"] == "power":
        return "( )", given(node["constants"]["exponent"])
    return GLYPHS.get(node["op"], str(node["op"] or "")), ""


def parted(name: str) -> tuple[str, str]:
    """Letters and index: w1 and w_1 are w and 1."""
    letters = name.rstrip("0123456789")
    if not letters[:1].isalpha():
        return name, ""
    return letters.rstrip("_") or letters, name[len(letters) :]


def _edge(
    start: tuple[float, float], end: tuple[float, float], which: int, of: int, turned: bool
) -> str:
    """A curve from the side of one box to the opposite side of another; ends stand side by side."""
    spread = (which - (of - 1) / 2) * 18
    if turned:
        x1, y1 = start[0] + WIDTH / 2, start[1]
        x2, y2 = end[0] + WIDTH / 2 + spread, end[1] + HEIGHT + 6
        bend = (y1 - y2) / 2
        return f"M{x1:g} {y1:g}C{x1:g} {y1 - bend:g} {x2:g} {y2 + bend:g} {x2:g} {y2:g}"
    x1, y1 = start[0] + WIDTH, start[1] + HEIGHT / 2
    x2, y2 = end[0] - 6, end[1] + HEIGHT / 2 + spread
    bend = (x2 - x1) / 2
    return f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
