"""Where everything in a graph is drawn: a column and a row within the group it is in.

A group of nothing but numbers is laid out by Sugiyama's method: columns forward from left to right,
each leaf right before its first use, rows such that few edges cross. Groups of groups are regular:
each after what it is computed from, those beside one another in their order.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from fast_sugiyama import from_edges

from engine.walkthrough import Graph

Place = tuple[float, float]  # column, row
Edges = tuple[tuple[int, int], ...]


class Places(NamedTuple):
    vertices: dict[int, Place]
    groups: dict[int, Place]


def places(graph: Graph) -> Places:
    """A place for every vertex and every group."""
    children: dict[int, list[int]] = {group.id: [] for group in graph.groups}
    for group in graph.groups:
        if group.parent is not None:
            children[group.parent].append(group.id)
    members: dict[int, list[int]] = {group.id: [] for group in graph.groups}
    for vertex in graph.vertices:
        members[vertex.group].append(vertex.id)
    found = Places({}, {0: (0, 0)})
    for group in graph.groups:
        if children[group.id]:
            _nested(graph, group.id, found)
        else:
            inside = {each: i for i, each in enumerate(members[group.id])}
            edges = tuple(
                (inside[source], i)
                for each, i in inside.items()
                for source in graph.vertices[each].inputs
                if source in inside
            )
            found.vertices.update(zip(inside, layered(len(inside), edges), strict=True))
    return found


@lru_cache(maxsize=512)  # all neurons of a net look alike
def layered(count: int, edges: Edges) -> tuple[Place, ...]:
    """Places of the vertices 0 ... count - 1 of a graph, its edges in the order of use."""
    found: dict[int, Place] = {}
    rows = 0.0
    # integers only: with other ids the outcome depends on the order of a set
    layouts = from_edges(
        list(dict.fromkeys(edges)), vertex_spacing=1, minimum_length=1, ranking_type="minimize"
    )
    for positions, *_ in layouts:
        # it draws downwards, from the largest y to 0; and marks bends by ids of its own
        part = {i: (y, x) for i, (x, y) in positions if isinstance(i, int) and i < count}
        first = max(y for y, _ in part.values())
        top = min(x for _, x in part.values())
        placed = {i: (float(first - y), float(x - top)) for i, (y, x) in part.items()}
        bottom = max(row for _, row in placed.values())
        if _upside_down(placed, edges):
            placed = {i: (column, bottom - row) for i, (column, row) in placed.items()}
        for i, (column, row) in placed.items():
            found[i] = (column, row + rows)
        rows += bottom + 1
    for i in range(count):
        if i not in found:
            found[i] = (0.0, rows)
            rows += 1
    return tuple(found[i] for i in range(count))


def _upside_down(placed: dict[int, Place], edges: Edges) -> bool:
    """Whether first operands are mostly below second ones."""
    operands: dict[int, list[float]] = {}
    for source, target in edges:
        if source in placed:
            operands.setdefault(target, []).append(placed[source][1])
    return sum(rows[-1] - rows[0] for rows in operands.values()) < 0


def _nested(graph: Graph, home: int, found: Places) -> None:
    """Place the groups, and the vertices between them, within the group `home`."""
    child_of: dict[int, tuple[str, int] | None] = {}

    def child(vertex: int) -> tuple[str, int] | None:
        """Which child of `home` a vertex is in; None outside of it."""
        group: int | None = graph.vertices[vertex].group
        if group == home:
            return ("vertex", vertex)
        while group is not None:
            parent = graph.groups[group].parent
            if parent == home:
                return ("group", group)
            group = parent
        return None

    for vertex in graph.vertices:
        child_of[vertex.id] = child(vertex.id)
    columns: dict[tuple[str, int], int] = {}
    for vertex in graph.vertices:  # in an order of computation: what comes before is known
        own = child_of[vertex.id]
        if own is None:
            continue
        before = [child_of[i] for i in vertex.inputs]
        columns[own] = max(
            columns.get(own, 0),
            *(columns[each] + 1 for each in before if each is not None and each != own),
            0,
        )
    rows: dict[int, int] = {}
    apart = graph.groups[home].kind == "parameters"  # layer by layer, though nothing joins them
    for (kind, which), column in columns.items():
        if apart:
            column = graph.groups[which].index
        row = rows[column] = rows.get(column, -1) + 1
        (found.groups if kind == "group" else found.vertices)[which] = (float(column), float(row))
