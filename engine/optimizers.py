"""Optimizers: from a gradient to the next step of a weight, in order of increasing complexity.

An optimizer is a rule for one parameter. It reads the gradient and the state it keeps for that
parameter by name (`velocity`, `m`, `v`, `squares`), and returns everything it computed, in order,
the last being the `update` that is added to the weight: the numbers on the screen are the numbers
used. Where PyTorch departs from the paper we follow PyTorch, so that results can be compared, and
the docstring says what differs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from engine.fields import Declared, boolean, number
from engine.ops import Array

Terms = dict[str, Array]
State = dict[str, Array]


@dataclass(frozen=True)
class Memory:
    """What an optimizer remembers between steps: their number, and named arrays by parameter."""

    steps: int = 0
    states: dict[str, State] = field(default_factory=dict)  # by parameter name


def rate(default: float) -> Any:
    """The learning rate of an optimizer."""
    return number(default, 0, 100, exclusive_minimum=True)


def share(default: float) -> Any:
    """How much of the old is kept in a running average; 1 would never let anything new in."""
    return number(default, 0, 1, exclusive_maximum=True)


def epsilon(default: float) -> Any:
    """A small number that keeps a division from a division by zero."""
    return number(default, 0, 1, exclusive_minimum=True)


@dataclass(frozen=True)
class Optimizer(Declared):
    """A rule that turns gradients into updates."""

    name: ClassVar[str]
    remembers: ClassVar[tuple[str, ...]] = ()  # names of its state arrays, all zero at the start

    learning_rate: float = rate(0.03)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        """Everything computed for one parameter at the `step`-th update (from 1), last "update".

        New state is put into `state` under its name; arrays are replaced, never changed in place.
        """
        raise NotImplementedError

    def formulas(self, step: int, state: State) -> dict[str, str]:
        """How each term of `rule` is computed, in the order of computation, for readers.

        In the language of `engine.expression`, from the weight w, the gradient g, the number t of
        the step, the optimizer's own fields, what was computed before, and the state it remembers
        as `m_old`. What is only a step on the way to a term has a formula as well. `state` is the
        one before the step.
        """
        raise NotImplementedError

    def propose(
        self, weights: dict[str, Array], grads: dict[str, Array], memory: Memory
    ) -> tuple[dict[str, Terms], Memory]:
        """Gradient and terms of every parameter, and the memory after them, to be kept or not."""
        step = memory.steps + 1
        terms, states = {}, {}
        for name, grad in grads.items():
            old = memory.states.get(name)
            state = dict(old) if old else {key: np.zeros_like(grad) for key in self.remembers}
            terms[name] = {"gradient": grad, **self.rule(weights[name], grad, state, step)}
            states[name] = state
        return terms, Memory(step, states)


# --- one rate for all weights ---


@dataclass(frozen=True)
class SGD(Optimizer):
    """w <- w - lr g, or with momentum: velocity <- momentum velocity + (1 - dampening) g.

    The first velocity is the gradient itself, as in PyTorch. Nesterov looks ahead: it steps along
    g + momentum velocity, the gradient where the velocity is about to lead (Sutskever et al. 2013).
    """

    name = "sgd"

    momentum: float = share(0.0)
    dampening: float = number(0.0, 0, 1)
    nesterov: bool = boolean(False)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        if self.momentum == 0.0:
            return {"update": grad * -self.learning_rate}
        velocity = grad  # of the first step with momentum, also when it is switched on later
        if "velocity" in state:
            velocity = self.momentum * state["velocity"] + (1 - self.dampening) * grad
        state["velocity"] = velocity
        direction = grad + self.momentum * velocity if self.nesterov else velocity
        terms = {"velocity": velocity, "direction": direction}
        return {**terms, "update": direction * -self.learning_rate}

    def formulas(self, step: int, state: State) -> dict[str, str]:
        if self.momentum == 0.0:
            return {"update": "-learning_rate * g"}
        remembered = "momentum * velocity_old + (1 - dampening) * g"
        return {
            "velocity": remembered if "velocity" in state else "g",
            "direction": "g + momentum * velocity" if self.nesterov else "velocity",
            "update": "-learning_rate * direction",
        }


@dataclass(frozen=True)
class Momentum(Optimizer):
    """velocity <- momentum velocity + g;  w <- w - lr velocity: a heavy ball (Polyak 1964)."""

    name = "momentum"
    remembers = ("velocity",)

    momentum: float = share(0.9)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        velocity = state["velocity"] = self.momentum * state["velocity"] + grad
        return {"velocity": velocity, "update": velocity * -self.learning_rate}

    def formulas(self, step: int, state: State) -> dict[str, str]:
        return {
            "velocity": "momentum * velocity_old + g",
            "update": "-learning_rate * velocity",
        }


@dataclass(frozen=True)
class Lion(Optimizer):
    """The sign of a mix of momentum and gradient: every weight moves by lr (Chen et al. 2023).

    w <- w - lr (sign(beta1 m + (1 - beta1) g) + weight_decay w);  m <- beta2 m + (1 - beta2) g.
    """

    name = "lion"
    remembers = ("m",)

    learning_rate: float = rate(0.001)
    beta1: float = share(0.9)
    beta2: float = share(0.99)
    weight_decay: float = number(0.0, 0, 10)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        mix = self.beta1 * state["m"] + (1 - self.beta1) * grad
        m = state["m"] = self.beta2 * state["m"] + (1 - self.beta2) * grad
        decay = -self.learning_rate * self.weight_decay * weight
        update = -self.learning_rate * np.sign(mix) + decay
        return {"mix": mix, "m": m, "decay": decay, "update": update}

    def formulas(self, step: int, state: State) -> dict[str, str]:
        return {
            "mix": "beta1 * m_old + (1 - beta1) * g",
            "m": "beta2 * m_old + (1 - beta2) * g",
            "decay": "-learning_rate * weight_decay * w",
            "update": "-learning_rate * sign(mix) + decay",
        }


# --- a rate for each weight, from the gradients it has seen ---


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """w <- w - lr g / (sqrt(sum of g^2) + eps) (Duchi, Hazan & Singer 2011).

    Steps shrink where gradients were large, and die out in the end: the sum only grows.
    """

    name = "adagrad"
    remembers = ("squares",)

    learning_rate: float = rate(0.1)
    eps: float = epsilon(1e-10)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        squares = state["squares"] = state["squares"] + grad * grad
        effective_rate = self.learning_rate / (np.sqrt(squares) + self.eps)
        return {
            "squares": squares,
            "effective_rate": effective_rate,
            "update": -effective_rate * grad,
        }

    def formulas(self, step: int, state: State) -> dict[str, str]:
        return {
            "squares": "squares_old + g**2",
            "effective_rate": "learning_rate / (sqrt(squares) + eps)",
            "update": "-effective_rate * g",
        }


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Adagrad that forgets: a running mean of g^2 instead of the sum (Hinton 2012, lecture 6e).

    Centered subtracts the squared mean gradient (Graves 2013); momentum acts on the scaled
    gradient. PyTorch puts eps outside the root, TensorFlow inside.
    """

    name = "rmsprop"
    remembers = ("squares", "mean", "velocity")

    learning_rate: float = rate(0.01)
    rho: float = share(0.99)
    eps: float = epsilon(1e-8)
    momentum: float = share(0.0)
    centered: bool = boolean(False)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        squares = state["squares"] = self.rho * state["squares"] + (1 - self.rho) * grad * grad
        mean = state["mean"] = self.rho * state["mean"] + (1 - self.rho) * grad
        spread = squares
        if self.centered:  # a variance, which rounding must not make negative
            spread = np.maximum(squares - mean * mean, 0)
        effective_rate = self.learning_rate / (np.sqrt(spread) + self.eps)
        scaled = grad / (np.sqrt(spread) + self.eps)
        velocity = state["velocity"] = self.momentum * state["velocity"] + scaled
        return {
            "squares": squares,
            "mean": mean,
            "effective_rate": effective_rate,
            "velocity": velocity,
            "update": -self.learning_rate * velocity,
        }

    def formulas(self, step: int, state: State) -> dict[str, str]:
        spread = "spread" if self.centered else "squares"
        scaled = f"g / (sqrt({spread}) + eps)"
        return {
            "squares": "rho * squares_old + (1 - rho) * g**2",
            "mean": "rho * mean_old + (1 - rho) * g",
            **({"spread": "maximum(squares - mean**2, 0)"} if self.centered else {}),
            "effective_rate": f"learning_rate / (sqrt({spread}) + eps)",
            "velocity": f"momentum * velocity_old + {scaled}" if self.momentum else scaled,
            "update": "-learning_rate * velocity",
        }


@dataclass(frozen=True)
class Adadelta(Optimizer):
    """RMSprop whose rate is the root mean square of its own updates, so units cancel (Zeiler 2012).

    The paper has no learning rate; 1 is the paper.
    """

    name = "adadelta"
    remembers = ("squares", "updates")

    learning_rate: float = rate(1.0)
    rho: float = share(0.9)
    eps: float = epsilon(1e-6)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        squares = state["squares"] = self.rho * state["squares"] + (1 - self.rho) * grad * grad
        ratio = np.sqrt(state["updates"] + self.eps) / np.sqrt(squares + self.eps)
        delta = ratio * grad
        updates = state["updates"] = self.rho * state["updates"] + (1 - self.rho) * delta * delta
        return {
            "squares": squares,
            "updates": updates,
            "effective_rate": self.learning_rate * ratio,
            "update": -self.learning_rate * delta,
        }

    def formulas(self, step: int, state: State) -> dict[str, str]:
        return {
            "squares": "rho * squares_old + (1 - rho) * g**2",
            "delta": "sqrt(updates_old + eps) / sqrt(squares + eps) * g",
            "updates": "rho * updates_old + (1 - rho) * delta**2",
            "effective_rate": "learning_rate * sqrt(updates_old + eps) / sqrt(squares + eps)",
            "update": "-learning_rate * delta",
        }


# --- both: the family of Adam ---


@dataclass(frozen=True)
class Adam(Optimizer):
    """w <- w - lr m_hat / (sqrt(v_hat) + eps) (Kingma & Ba 2015).

    Momentum on the gradient, scaled by momentum on its square; the hats correct both for starting
    at zero.
    """

    name = "adam"
    remembers: ClassVar[tuple[str, ...]] = ("m", "v")

    learning_rate: float = rate(0.001)
    beta1: float = share(0.9)
    beta2: float = share(0.999)
    eps: float = epsilon(1e-8)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        m, v = self.moments(grad, state)
        m_hat = m / (1 - self.beta1**step)
        v_hat = v / (1 - self.beta2**step)
        return {"m": m, "v": v, **self.scaled(m_hat, v_hat)}

    def moments(self, grad: Array, state: State) -> tuple[Array, Array]:
        """The running means of the gradient and of its square."""
        m = state["m"] = self.beta1 * state["m"] + (1 - self.beta1) * grad
        v = state["v"] = self.beta2 * state["v"] + (1 - self.beta2) * grad * grad
        return m, v

    def scaled(self, m_hat: Array, v_hat: Array) -> Terms:
        """The corrected means and the update they give, its rate by weight included."""
        effective_rate = self.learning_rate / (np.sqrt(v_hat) + self.eps)
        return {
            "m_hat": m_hat,
            "v_hat": v_hat,
            "effective_rate": effective_rate,
            "update": -effective_rate * m_hat,
        }

    def formulas(self, step: int, state: State) -> dict[str, str]:
        return {
            "m": "beta1 * m_old + (1 - beta1) * g",
            "v": "beta2 * v_old + (1 - beta2) * g**2",
            "m_hat": "m / (1 - beta1**t)",
            "v_hat": "v / (1 - beta2**t)",
            "effective_rate": "learning_rate / (sqrt(v_hat) + eps)",
            "update": "-effective_rate * m_hat",
        }


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled decay, w <- w - lr weight_decay w (Loshchilov & Hutter 2019).

    It acts beside the step. An L2 penalty would go through the gradient and be divided by
    sqrt(v_hat) like it.
    """

    name = "adamw"

    weight_decay: float = number(0.01, 0, 10)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        terms = super().rule(weight, grad, state, step)
        adam = terms.pop("update")
        decay = -self.learning_rate * self.weight_decay * weight
        return {**terms, "adam": adam, "decay": decay, "update": adam + decay}

    def formulas(self, step: int, state: State) -> dict[str, str]:
        terms = super().formulas(step, state)
        adam = terms.pop("update")
        decay = "-learning_rate * weight_decay * w"
        return {**terms, "adam": adam, "decay": decay, "update": "adam + decay"}


@dataclass(frozen=True)
class AMSGrad(Adam):
    """Adam that never forgets its largest v, so rates never grow again (Reddi, Kale & Kumar 2018).

    The paper leaves out the bias correction; PyTorch corrects the largest v by the current factor.
    """

    name = "amsgrad"
    remembers = ("m", "v", "v_max")

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        m, v = self.moments(grad, state)
        v_max = state["v_max"] = np.maximum(state["v_max"], v)
        m_hat = m / (1 - self.beta1**step)
        v_hat = v_max / (1 - self.beta2**step)
        return {"m": m, "v": v, "v_max": v_max, **self.scaled(m_hat, v_hat)}

    def formulas(self, step: int, state: State) -> dict[str, str]:
        adam = super().formulas(step, state)
        largest = {"v_max": "maximum(v_max_old, v)"}
        return {
            **{"m": adam.pop("m"), "v": adam.pop("v"), **largest, **adam},
            "v_hat": "v_max / (1 - beta2**t)",
        }


@dataclass(frozen=True)
class AdaMax(Optimizer):
    """Adam with the largest gradient instead of the root mean square (Kingma & Ba 2015, section 7).

    u <- max(beta2 u, |g| + eps). The paper has no eps; PyTorch adds it to |g|.
    """

    name = "adamax"
    remembers = ("m", "u")

    learning_rate: float = rate(0.002)
    beta1: float = share(0.9)
    beta2: float = share(0.999)
    eps: float = epsilon(1e-8)

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        m = state["m"] = self.beta1 * state["m"] + (1 - self.beta1) * grad
        u = state["u"] = np.maximum(self.beta2 * state["u"], np.abs(grad) + self.eps)
        m_hat = m / (1 - self.beta1**step)
        effective_rate = self.learning_rate / u
        return {
            "m": m,
            "u": u,
            "m_hat": m_hat,
            "effective_rate": effective_rate,
            "update": -effective_rate * m_hat,
        }

    def formulas(self, step: int, state: State) -> dict[str, str]:
        return {
            "m": "beta1 * m_old + (1 - beta1) * g",
            "u": "maximum(beta2 * u_old, abs(g) + eps)",
            "m_hat": "m / (1 - beta1**t)",
            "effective_rate": "learning_rate / u",
            "update": "-effective_rate * m_hat",
        }


@dataclass(frozen=True)
class NAdam(Adam):
    """Adam that looks ahead like Nesterov (Dozat 2016): the next step's momentum is applied now.

    The momentum warms up, mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2), and its product over all
    steps takes the place of beta1^t.
    """

    name = "nadam"
    remembers = ("m", "v", "mu_left")  # mu_left = 1 - mu_1 mu_2 ... mu_t, which does start at zero

    learning_rate: float = rate(0.002)
    momentum_decay: float = number(0.004, 0, 1)

    def mu(self, step: int) -> float:
        return self.beta1 * (1 - 0.5 * math.pow(0.96, step * self.momentum_decay))

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        m, v = self.moments(grad, state)
        mu, ahead = self.mu(step), self.mu(step + 1)
        mu_left = state["mu_left"] = 1 - mu * (1 - state["mu_left"])
        v_hat = v / (1 - self.beta2**step)
        m_hat = (1 - mu) / mu_left * grad + ahead / (1 - ahead * (1 - mu_left)) * m
        return {"m": m, "v": v, **self.scaled(m_hat, v_hat)}

    def formulas(self, step: int, state: State) -> dict[str, str]:
        return {
            "mu": "beta1 * (1 - 0.96**(t * momentum_decay) / 2)",
            "mu_next": "beta1 * (1 - 0.96**((t + 1) * momentum_decay) / 2)",
            "mu_left": "1 - mu * (1 - mu_left_old)",
            **super().formulas(step, state),
            "m_hat": "(1 - mu) / mu_left * g + mu_next / (1 - mu_next * (1 - mu_left)) * m",
        }


@dataclass(frozen=True)
class RAdam(Adam):
    """Adam that waits until v is worth dividing by (Liu et al. 2020).

    rho_t counts how many gradients v is made of; up to 5 (the paper: 4) only momentum is used, then
    the rate is multiplied by the rectification r_t. As in PyTorch, eps stands beside sqrt(v) before
    the correction.
    """

    name = "radam"

    def rule(self, weight: Array, grad: Array, state: State, step: int) -> Terms:
        m, v = self.moments(grad, state)
        m_hat = m / (1 - self.beta1**step)
        effective_rate = self.learning_rate * self.rectification(step) * np.ones_like(v)
        if self.length(step) > 5:
            effective_rate *= math.sqrt(1 - self.beta2**step) / (np.sqrt(v) + self.eps)
        return {
            "m": m,
            "v": v,
            "m_hat": m_hat,
            "effective_rate": effective_rate,
            "update": -effective_rate * m_hat,
        }

    def formulas(self, step: int, state: State) -> dict[str, str]:
        adam = super().formulas(step, state)
        del adam["v_hat"]
        longest, length = "2 / (1 - beta2) - 1", "rho_max - 2 * t * beta2**t / (1 - beta2**t)"
        if self.length(step) <= 5:
            return {"rho_max": longest, "rho": length, **adam, "effective_rate": "learning_rate"}
        upper, lower = "(rho - 4) * (rho - 2) * rho_max", "(rho_max - 4) * (rho_max - 2) * rho"
        return {
            **{"rho_max": longest, "rho": length, "r": f"sqrt({upper} / ({lower}))"},
            **adam,
            "effective_rate": "learning_rate * r * sqrt(1 - beta2**t) / (sqrt(v) + eps)",
        }

    def length(self, step: int) -> float:
        """rho_t: the length of a plain average with the variance of v."""
        longest, fading = 2 / (1 - self.beta2) - 1, math.pow(self.beta2, step)
        return longest - 2 * step * fading / (1 - fading)

    def rectification(self, step: int) -> float:
        """r_t, which grows towards 1; 1 while v is not used."""
        longest, rho = 2 / (1 - self.beta2) - 1, self.length(step)
        if rho <= 5:
            return 1.0
        upper = (rho - 4) * (rho - 2) * longest
        return math.sqrt(upper / ((longest - 4) * (longest - 2) * rho))


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adadelta": Adadelta,
    "adam": Adam,
    "adamw": AdamW,
    "amsgrad": AMSGrad,
    "adamax": AdaMax,
    "nadam": NAdam,
    "radam": RAdam,
    "lion": Lion,
}
