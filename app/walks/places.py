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
    nested = {group.parent for group in graph.groups if group.parent is not None}
    members: dict[int, list[int]] = {group.id: [] for group in graph.groups}
    for vertex in graph.vertices:
        members[vertex.group].append(vertex.id)
    found = Places({}, {0: (0.0, 0.0)})
    for group, inside in members.items():
        if group not in nested:
            number = {vertex: i for i, vertex in enumerate(inside)}
            edges = tuple(
                (number[source], i)
                for vertex, i in number.items()
                for source in graph.vertices[vertex].inputs
                if source in number
            )
            found.vertices.update(zip(inside, layered(len(inside), edges), strict=True))
    for columns in _columns(graph, nested).values():
        rows: dict[int, int] = {}
        for child, column in columns.items():
            row = rows[column] = rows.get(column, -1) + 1
            where = found.groups if child.is_group else found.vertices
            where[child.id] = (float(column), float(row))
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


class _Child(NamedTuple):
    """What is directly in a group: a vertex, or a group that holds others."""

    is_group: bool
    id: int


def _columns(graph: Graph, nested: set[int]) -> dict[int, dict[_Child, int]]:
    """The column of each child of a nested group: right after all that it is computed from."""
    lines: list[dict[int, _Child]] = []  # by vertex: in every group it is in, the child it is in
    found: dict[int, dict[_Child, int]] = {home: {} for home in sorted(nested)}
    for vertex in graph.vertices:  # in an order of computation: what comes before has its column
        line = {vertex.group: _Child(False, vertex.id)}
        group = graph.groups[vertex.group]
        while group.parent is not None:
            line[group.parent] = _Child(True, group.id)
            group = graph.groups[group.parent]
        lines.append(line)
        for home in line.keys() & nested:
            columns, child = found[home], line[home]
            before = [lines[i][home] for i in vertex.inputs if home in lines[i]]
            least = max((columns[each] + 1 for each in before if each != child), default=0)
            if graph.groups[home].kind == "parameters":  # by layers, though nothing joins them
                least = graph.groups[child.id].index
            columns[child] = max(least, columns.get(child, 0))
    return found
