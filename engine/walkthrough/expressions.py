"""An expression as a graph, and as something that can be trained: its parameters move by the same
optimizers as those of a network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.epochs import Watched, rate_factor
from engine.expression import Number, Program, run, write
from engine.ops import Array, Op
from engine.optimizers import Memory
from engine.spec import Spec
from engine.tape import backward
from engine.tensor import Tensor
from engine.tensor import apply as recorded
from engine.update import propose
from engine.walkthrough.graph import ROOT, Graph, Labels
from engine.walkthrough.update import Moment


@dataclass(frozen=True)
class Formula:
    """An expression with what its names stand for."""

    program: Program
    values: Mapping[str, float]
    learns: tuple[str, ...]  # names an optimizer moves
    constants: tuple[str, ...]  # names that take no gradient


def expression_graph(formula: Formula) -> Graph:
    """The expression at its values. Each number written in it is a constant of its own."""
    labels = Labels("expression")
    values = {name: Tensor(float(formula.values[name])) for name in formula.program.names}
    for name, leaf in values.items():
        role = "parameter" if name in formula.learns else "input"
        labels.label(leaf, name, ROOT, "target" if name in formula.constants else role)
    labels.constants |= {values[name] for name in formula.constants if name in values}

    def constant(number: Any) -> Tensor:
        leaf = Tensor(number)
        labels.label(leaf, write(Number(float(number))), ROOT, "constant")
        labels.constants.add(leaf)
        return leaf

    def apply(op: Op, *inputs: Any) -> Tensor:
        """Of constants, too, an op is recorded: it is in the text, so it is in the graph."""
        return recorded(op, *[i if isinstance(i, Tensor) else constant(i) for i in inputs])

    results = run(formula.program, values, apply)
    for name, (given, _) in zip(results, formula.program.statements, strict=True):
        if not isinstance(results[name], Tensor):
            results[name] = constant(results[name])
            labels.rename(results[name], name)
        elif given is not None:
            labels.label(results[name], name)
    loss = results[formula.program.result]
    labels.label(loss)
    labels.rename(loss, formula.program.result)
    return labels.read(loss)


class FormulaTrainer:
    """The parameters of an expression on their way, with an optimizer and its memory."""

    def __init__(self, formula: Formula, spec: Spec) -> None:
        self.formula, self.spec = formula, spec
        self.values = dict(formula.values)
        self.step_count, self.memory = 0, Memory()

    def at(self) -> Formula:
        """The expression at the values of now."""
        given = self.formula
        return Formula(given.program, dict(self.values), given.learns, given.constants)

    def moment(self, grads: dict[str, Array]) -> Moment:
        """What the next update follows from: each parameter is an array of one number."""
        weights = {name: np.array([self.values[name]]) for name in grads}
        return Moment(self.spec, weights, grads, self.memory, self.step_count, self.factor)

    @property
    def factor(self) -> float:
        """What the schedule multiplies the coming update by. There is no loss of test samples that
        one could watch."""
        return rate_factor(self.spec, self.step_count, Watched())

    @np.errstate(all="ignore")
    def run(self, steps: int) -> bool:
        """Up to `steps` updates; False if it stopped before one that is not finite."""
        for _ in range(steps):
            moment = self.moment(self._gradients())
            terms, memory = propose(
                self.spec, moment.weights, moment.grads, self.memory, moment.factor
            )
            new = {k: float(w[0] + terms[k]["update"][0]) for k, w in moment.weights.items()}
            if not all(map(math.isfinite, new.values())):
                return False
            self.values |= new
            self.memory, self.step_count = memory, self.step_count + 1
        return True

    def _gradients(self) -> dict[str, Array]:
        program, learns = self.formula.program, self.formula.learns
        leaves = {k: Tensor(v, requires_grad=k in learns) for k, v in self.values.items()}
        backward(run(program, leaves)[program.result])
        return {name: as_array(leaves[name]) for name in learns}


def as_array(leaf: Tensor) -> Array:
    """The gradient of a scalar as an array of one number; one that none came to has 0."""
    return np.array([0.0 if leaf.grad is None else float(leaf.grad)])
