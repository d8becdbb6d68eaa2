"""What the optimizer does with the gradients of a walk, number by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.expression import evaluate, formula
from engine.fields import to_json
from engine.ops import Array
from engine.optimizers import Memory, Optimizer
from engine.spec import Spec
from engine.update import propose
from engine.walkthrough.graph import Address, Graph

Arrays = dict[str, Array]


class Change(NamedTuple):
    """How one parameter is moved."""

    vertex: int
    terms: dict[str, float]  # in the order of computation, from the gradient to the update
    state: dict[str, float]  # what the optimizer remembered of it before
    before: float
    after: float


@dataclass(frozen=True)
class Update:
    """The step an optimizer takes."""

    step: int  # of the optimizer, from 1: its t
    changes: tuple[Change, ...]
    weights: Arrays  # all parameters after it
    memory: Memory  # and what the optimizer remembers then
    loss: float  # of the same samples at the new values


@dataclass(frozen=True)
class Moment:
    """What an update follows from: parameters and gradients by name, memory and settings."""

    spec: Spec
    weights: Arrays
    grads: Arrays
    memory: Memory
    step: int  # updates done before
    factor: float  # of the schedule


@np.errstate(all="ignore")
def update(graph: Graph, moment: Moment, places: Mapping[int, Address]) -> Update:
    """One update; `places` says which number of which array each parameter of the graph is."""
    weights, before = moment.weights, moment.memory
    computed, memory = propose(moment.spec, weights, moment.grads, before, moment.factor)
    after = {name: weights[name] + computed[name]["update"] for name in moment.grads}
    numbers = [places[vertex.id] for vertex in graph.parameters]
    if not numbers:
        return Update(before.steps + 1, (), after, memory, graph.recompute({}))

    def column(arrays: Mapping[str, Array]) -> Array:
        """One number for each parameter of the graph."""
        return np.array([_pick(arrays[name], index) for name, index in numbers])

    first, _ = numbers[0]
    terms = {key: column({n: t[key] for n, t in computed.items()}) for key in computed[first]}
    if first in before.states:
        known = before.states
        state = {key: column({n: s[key] for n, s in known.items()}) for key in known[first]}
    else:
        state = {key: np.zeros(len(numbers)) for key in moment.spec.optimizer.remembers}
    w, new = column(weights), column(after)
    terms = _in_order(moment.spec.optimizer, before.steps + 1, w, state, terms)
    changes = tuple(
        Change(
            vertex.id,
            {key: float(values[i]) for key, values in terms.items()},
            {key: float(values[i]) for key, values in state.items()},
            float(w[i]),
            float(new[i]),
        )
        for i, vertex in enumerate(graph.parameters)
    )
    loss = graph.recompute({change.vertex: change.after for change in changes})
    return Update(before.steps + 1, changes, after, memory, loss)


def _in_order(optimizer: Optimizer, step: int, w: Array, state: Arrays, terms: Arrays) -> Arrays:
    """The terms as they are computed, with what the optimizer's formulas compute in between."""
    values = {
        **to_json(optimizer),
        **{f"{key}_old": value for key, value in state.items()},
        **{"w": w, "g": terms.get("clipped", terms["gradient"]), "t": float(step)},
    }
    between = {}
    for name, text in optimizer.formulas(step, state).items():
        value = terms[name] if name in terms else evaluate(formula(text), values)
        between[name] = values[name] = np.broadcast_to(value, w.shape)
    ends = {key: terms[key] for key in ("schedule", "update") if key in terms}
    starts = {key: terms[key] for key in ("gradient", "clipped") if key in terms}
    return starts | {k: v for k, v in between.items() if k != "update"} | ends


def _pick(value: Array, index: tuple[int, ...]) -> float:
    """One number of an array, or the only one that there is."""
    return float(value[index]) if np.ndim(value) else float(value)
