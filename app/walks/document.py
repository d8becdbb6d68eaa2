"""The one document a page gets of a walk: graph, positions, formulas, update."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from app.formulas import formula_key, op_formulas, optimizer_formulas
from app.walks.places import Places, places
from engine.fields import to_json
from engine.ops import Op
from engine.walkthrough import Arrival, Change, Graph, Group, Vertex, Walk

Row = dict[str, Any]


def document(walk: Walk, source: Mapping[str, Any]) -> Row:
    """Everything there is to see of a step, ready for JSON; null where a number is not finite."""
    graph, where = walk.graph, places(walk.graph)
    network: Row = {}
    if graph.kind == "network":
        network = {
            "spec": walk.moment.spec.to_json(),
            "targets": walk.targets,
            "rows": walk.rows,
        }
    return {
        "source": source,
        "kind": graph.kind,
        **network,
        "step": walk.moment.step,
        "loss": finite(graph.vertices[-1].value),
        "seed": 1.0,
        "nodes": [_node(vertex, walk, where) for vertex in graph.vertices],
        "groups": [_group(group, where) for group in graph.groups],
        "positions": list(_positions(walk)),
        "formulas": _formulas(graph),
        "update": _update(walk),
    }


def encoded(content: Row) -> bytes:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _node(vertex: Vertex, walk: Walk, where: Places) -> Row:
    grad = vertex.tensor.grad if vertex.learns else None
    op = vertex.op
    return {
        "id": vertex.id,
        "name": vertex.name,
        "element": vertex.element,
        "role": vertex.role,
        "op": None if op is None else op.name,
        "formula": None if op is None else formula_key(op),
        "constants": {} if op is None else constants(op),
        "inputs": vertex.inputs,
        "value": finite(vertex.value),
        "grad": None if grad is None else finite(float(grad)),
        "locals": [finite(local) for local in walk.backward.locals.get(vertex.id, ())],
        "group": vertex.group,
        "place": where.vertices[vertex.id],
    }


def constants(op: Op) -> Row:
    """The constants of an op by name, such as an exponent."""
    return {field.name: getattr(op, field.name) for field in fields(op)}  # type: ignore[arg-type]


def _group(group: Group, where: Places) -> Row:
    return {
        "id": group.id,
        "kind": group.kind,
        "parent": group.parent,
        "index": group.index,
        "place": where.groups[group.id],
        "outputs": group.outputs,
        "activation": group.activation,
    }


def _positions(walk: Walk) -> Iterator[Row]:
    graph: Graph = walk.graph
    yield {"phase": "inputs"}
    for vertex in graph.vertices:
        if vertex.op is not None:
            yield {"phase": "forward", "node": vertex.id}
    yield {"phase": "seed", "node": graph.vertices[-1].id, "sum": 1.0}
    for arrival in walk.backward.arrivals:
        yield _arrival(arrival)
    yield {"phase": "gradients"}
    for change in walk.update.changes:
        yield {
            "phase": "update",
            "node": change.vertex,
            "terms": [{"name": k, "value": finite(v)} for k, v in _terms(change)],
            "before": finite(change.before),
            "after": finite(change.after),
        }
    yield {"phase": "next", "loss": finite(walk.update.loss)}


def _terms(change: Change) -> Iterator[tuple[str, float]]:
    """What was remembered before, then what is computed from it."""
    for name, value in change.state.items():
        yield f"{name}_old", value
    yield from change.terms.items()


def _arrival(arrival: Arrival) -> Row:
    return {
        "phase": "backward",
        "node": arrival.vertex,
        "from": arrival.source,
        "input": arrival.input,
        "upstream": finite(arrival.upstream),
        "local": finite(arrival.local),
        "contribution": finite(arrival.contribution),
        "sum": finite(arrival.sum),
        "nth": arrival.nth,
        "of": arrival.of,
    }


def _formulas(graph: Graph) -> dict[str, Row]:
    """The formulas of the ops in a graph, each once."""
    ops = {formula_key(vertex.op): vertex.op for vertex in graph.vertices if vertex.op is not None}
    return {key: op_formulas(op) for key, op in ops.items()}


def _update(walk: Walk) -> Row:
    """The rule all parameters are moved by; `t` is the number of the update, from 1."""
    optimizer, changes = walk.moment.spec.optimizer, walk.update.changes
    state = {key: np.array(value) for key, value in changes[0].state.items()} if changes else {}
    return {
        "optimizer": optimizer.name,
        "learning_rate": optimizer.learning_rate,
        "settings": to_json(optimizer),
        "t": walk.update.step,
        "formulas": optimizer_formulas(optimizer, walk.update.step, state),
        "state": list(state),
    }
