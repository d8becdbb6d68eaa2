"""What the optimizer does with the gradients of a walk, number by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.ops import Array
from engine.optimizers import Memory
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


@np.errstate(all="ignore")
def update(graph: Graph, moment: Moment, places: Mapping[int, Address]) -> Update:
    """One update; `places` says which number of which array each parameter of the graph is."""
    weights, before = moment.weights, moment.memory
    terms, memory = propose(moment.spec, weights, moment.grads, before, moment.step)
    after = {name: weights[name] + terms[name]["update"] for name in moment.grads}
    changes = []
    for vertex in graph.parameters:
        name, index = places[vertex.id]
        computed = terms[name]
        if "clipped" in computed:  # it comes right after what it is made of
            computed = {"gradient": computed["gradient"], "clipped": computed["clipped"]} | computed
        remembered = before.states.get(name)
        if remembered is None:
            remembered = dict.fromkeys(moment.spec.optimizer.remembers, np.zeros(()))
        changes.append(
            Change(
                vertex.id,
                {key: _pick(value, index) for key, value in computed.items()},
                {key: _pick(value, index) for key, value in remembered.items()},
                _pick(weights[name], index),
                _pick(after[name], index),
            )
        )
    loss = graph.recompute({change.vertex: change.after for change in changes})
    return Update(before.steps + 1, tuple(changes), after, memory, loss)


def _pick(value: Array, index: tuple[int, ...]) -> float:
    """One number of an array, or the only one that there is."""
    return float(value[index]) if np.ndim(value) else float(value)
