"""Optimizers: from a gradient to the next step of a weight, in order of increasing complexity.

An optimizer is a rule for one parameter. It reads the gradient and the state it keeps for that
parameter by name (`velocity`, `m`, `v`), and returns everything it computed, in order, the last
being the `update` that is added to the weight: the numbers on the screen are the numbers used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from engine.fields import number
from engine.ops import Array

Terms = dict[str, Array]
State = dict[str, Array]


@dataclass(frozen=True)
class Memory:
    """What an optimizer remembers between steps: how many it took, and named arrays for each
    parameter.
    """

    steps: int = 0
    states: dict[str, State] = field(default_factory=dict)  # by parameter name


@dataclass(frozen=True)
class Optimizer:
    """A rule that turns gradients into updates."""

    name: ClassVar[str]
    remembers: ClassVar[tuple[str, ...]] = ()  # names of its state arrays, all zero at the start

    learning_rate: float = number(0.03, 0, 100, exclusive_minimum=True)

    def rule(self, grad: Array, state: State, step: int) -> Terms:
        """Everything computed for one parameter at the `step`-th update (from 1), the last named
        "update".

        New state is put into `state` under its name; arrays are replaced, never changed in place.
        """
        raise NotImplementedError

    def propose(self, grads: dict[str, Array], memory: Memory) -> tuple[dict[str, Terms], Memory]:
        """The terms for every parameter and the memory after them. Nothing changes until both are
        kept.
        """
        step = memory.steps + 1
        terms, states = {}, {}
        for name, grad in grads.items():
            old = memory.states.get(name)
            state = dict(old) if old else {key: np.zeros_like(grad) for key in self.remembers}
            terms[name] = self.rule(grad, state, step)
            states[name] = state
        return terms, Memory(step, states)


@dataclass(frozen=True)
class SGD(Optimizer):
    """w <- w - lr g."""

    name = "sgd"

    def rule(self, grad: Array, state: State, step: int) -> Terms:
        return {"update": grad * -self.learning_rate}


@dataclass(frozen=True)
class Momentum(Optimizer):
    """velocity <- momentum velocity + g;  w <- w - lr velocity: a heavy ball (Polyak 1964)."""

    name = "momentum"
    remembers = ("velocity",)

    momentum: float = number(0.9, 0, 1, exclusive_maximum=True)

    def rule(self, grad: Array, state: State, step: int) -> Terms:
        velocity = state["velocity"] = self.momentum * state["velocity"] + grad
        return {"velocity": velocity, "update": velocity * -self.learning_rate}


@dataclass(frozen=True)
class Adam(Optimizer):
    """Momentum on the gradient, scaled by momentum on its square; both corrected for starting at
    zero (Kingma & Ba 2015).
    """

    name = "adam"
    remembers = ("m", "v")

    learning_rate: float = number(0.001, 0, 100, exclusive_minimum=True)
    beta1: float = number(0.9, 0, 1, exclusive_maximum=True)
    beta2: float = number(0.999, 0, 1, exclusive_maximum=True)
    eps: float = number(1e-8, 0, 1, exclusive_minimum=True)

    def rule(self, grad: Array, state: State, step: int) -> Terms:
        m = state["m"] = self.beta1 * state["m"] + (1 - self.beta1) * grad
        v = state["v"] = self.beta2 * state["v"] + (1 - self.beta2) * grad * grad
        m_hat = m / (1 - self.beta1**step)
        v_hat = v / (1 - self.beta2**step)
        effective_rate = self.learning_rate / (np.sqrt(v_hat) + self.eps)
        return {
            "m": m,
            "v": v,
            "m_hat": m_hat,
            "v_hat": v_hat,
            "effective_rate": effective_rate,
            "update": -effective_rate * m_hat,
        }


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "momentum": Momentum, "adam": Adam}
