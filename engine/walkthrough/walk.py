"""A whole walk: graph, backward pass and update of one step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.training import Trainer
from engine.walkthrough.expressions import FormulaTrainer, as_array, expression_graph
from engine.walkthrough.graph import Graph
from engine.walkthrough.networks import network_graph
from engine.walkthrough.positions import Backward, backward
from engine.walkthrough.update import Moment, Update, update


@dataclass(frozen=True)
class Walk:
    """One training step, all of it computed."""

    graph: Graph
    backward: Backward
    update: Update
    moment: Moment  # before the update
    targets: tuple[float, ...] = ()  # of a network's samples
    rows: tuple[int, ...] = ()  # of the data set: the samples of the whole minibatch


@np.errstate(all="ignore")
def walk_expression(trainer: FormulaTrainer) -> Walk:
    """The step to come of an expression."""
    graph = expression_graph(trainer.at())
    back = backward(graph)
    moment = trainer.moment({v.name: as_array(v.tensor) for v in graph.parameters})
    places = {vertex.id: (vertex.name, (0,)) for vertex in graph.parameters}
    return Walk(graph, back, update(graph, moment, places), moment)


@np.errstate(all="ignore")
def walk_network(trainer: Trainer, sample: int | None = None) -> Walk:
    """The step to come of a network, which is not taken.

    For a whole minibatch the update is made from the trainer's own gradients: those of the walk are
    the same numbers added up in another order, equal to about 1e-15. One sample alone has other
    gradients; its update is what the optimizer would do with them.
    """
    graph = network_graph(trainer, sample)
    back = backward(graph)
    named = trainer.network.named_parameters()
    weights = {name: tensor.data.copy() for name, tensor in named}
    if sample is None:
        trainer.gradients()
        grads = {name: t.grad.copy() for name, t in named if t.grad is not None}
    else:
        grads = {name: np.zeros_like(weight) for name, weight in weights.items()}
        for vertex in graph.parameters:
            assert vertex.address is not None
            name, index = vertex.address
            if vertex.tensor.grad is not None:
                grads[name][index] = vertex.tensor.grad
    settings = (trainer.memory, trainer.step_count, trainer.factor)
    moment = Moment(trainer.spec, weights, grads, *settings)
    places = {v.id: v.address for v in graph.parameters if v.address is not None}
    targets = trainer.next_batch()[1]
    chosen = targets if sample is None else targets[sample : sample + 1]
    found, rows = tuple(map(float, chosen)), tuple(map(int, trainer.next_rows()))
    return Walk(graph, back, update(graph, moment, places), moment, found, rows)
