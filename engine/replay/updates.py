"""Optimizers on all weights at once, into arrays that exist already.

Every rule works element by element, so one long array gives the same numbers as many short ones.
An update is written from the old state into a new one, which change places after it: until the next
step the state before is still there, for a step that must not be taken and for showing its terms.
An optimizer that is not in the list runs its own rule, which makes new arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.ops import Array
from engine.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    Optimizer,
    RMSprop,
    State,
)

# fills `update` and the new state from weights, gradients and the old state at step 1, 2, ...
Update = Callable[[Array, Array, State, State, Array, int], None]
Maker = Callable[[Any, Array], Update]  # from an optimizer and an array like its weights

UPDATES: dict[type[Optimizer], Maker] = {}


def update_of(optimizer: Optimizer, like: Array) -> Update:
    maker = UPDATES.get(type(optimizer), by_rule)
    return maker(optimizer, like)


def update_for(kind: type[Optimizer]) -> Callable[[Maker], Maker]:
    def enter(maker: Maker) -> Maker:
        UPDATES[kind] = maker
        return maker

    return enter


def by_rule(optimizer: Optimizer, like: Array) -> Update:
    def update(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        new.clear()
        new.update(old)
        delta[...] = optimizer.rule(w, g.copy(), new, step)["update"]  # it may keep the gradient

    return update


# a number as an array: a Python number would be converted at each call


@update_for(SGD)
def _(o: SGD, like: Array) -> Update:
    rate, keep = np.array(-o.learning_rate, like.dtype), np.array(o.momentum, like.dtype)
    share = np.array(1 - o.dampening, like.dtype)
    multiply, add, copyto = np.multiply, np.add, np.copyto

    def plain(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        multiply(g, rate, delta)
        if old:  # of a momentum that was switched off
            copyto(new["velocity"], old["velocity"])

    def heavy(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        velocity = new.setdefault("velocity", np.empty_like(like))
        if "velocity" in old:
            multiply(old["velocity"], keep, velocity)
            multiply(g, share, delta)
            add(velocity, delta, velocity)
        else:  # of the first step with momentum, also when it is switched on later
            copyto(velocity, g)
        if o.nesterov:
            multiply(velocity, keep, delta)
            add(g, delta, delta)
            multiply(delta, rate, delta)
        else:
            multiply(velocity, rate, delta)

    return heavy if o.momentum else plain


@update_for(Momentum)
def _(o: Momentum, like: Array) -> Update:
    rate, keep = np.array(-o.learning_rate, like.dtype), np.array(o.momentum, like.dtype)
    multiply, add = np.multiply, np.add

    def update(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        velocity = new["velocity"]
        multiply(old["velocity"], keep, velocity)
        add(velocity, g, velocity)
        multiply(velocity, rate, delta)

    return update


@update_for(Lion)
def _(o: Lion, like: Array) -> Update:
    keep, rest = np.array(o.beta1, like.dtype), np.array(1 - o.beta1, like.dtype)
    keep_m, rest_m = np.array(o.beta2, like.dtype), np.array(1 - o.beta2, like.dtype)
    rate = np.array(-o.learning_rate, like.dtype)
    decay = np.array(-o.learning_rate * o.weight_decay, like.dtype)
    spare = np.empty_like(like)
    multiply, add, sign = np.multiply, np.add, np.sign

    def update(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        m = new["m"]
        multiply(old["m"], keep, m)
        multiply(g, rest, delta)
        add(delta, m, delta)
        sign(delta, delta)
        multiply(delta, rate, delta)
        if o.weight_decay:
            multiply(w, decay, spare)
            add(delta, spare, delta)
        multiply(old["m"], keep_m, m)
        multiply(g, rest_m, spare)
        add(m, spare, m)

    return update


@update_for(Adagrad)
def _(o: Adagrad, like: Array) -> Update:
    rate, eps = np.array(-o.learning_rate, like.dtype), np.array(o.eps, like.dtype)

    def update(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        squares = new["squares"]
        np.multiply(g, g, delta)
        np.add(old["squares"], delta, squares)
        np.sqrt(squares, delta)
        np.add(delta, eps, delta)
        np.divide(rate, delta, delta)
        np.multiply(delta, g, delta)

    return update


@update_for(RMSprop)
def _(o: RMSprop, like: Array) -> Update:
    mean_of, spare = running_mean(o.rho, like), np.empty_like(like)
    rate, eps = np.array(-o.learning_rate, like.dtype), np.array(o.eps, like.dtype)
    keep, zero = np.array(o.momentum, like.dtype), np.array(0.0, like.dtype)

    def update(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        np.multiply(g, g, spare)
        mean_of(old["squares"], spare, new["squares"], delta)
        mean_of(old["mean"], g, new["mean"], delta)
        if o.centered:  # a variance, which rounding must not make negative
            np.multiply(new["mean"], new["mean"], spare)
            np.subtract(new["squares"], spare, spare)
            np.maximum(spare, zero, out=spare)
            np.sqrt(spare, spare)
        else:
            np.sqrt(new["squares"], spare)
        np.add(spare, eps, spare)
        np.divide(g, spare, spare)
        np.multiply(old["velocity"], keep, delta)
        np.add(delta, spare, new["velocity"])
        np.multiply(new["velocity"], rate, delta)

    return update


@update_for(Adadelta)
def _(o: Adadelta, like: Array) -> Update:
    mean_of, spare = running_mean(o.rho, like), np.empty_like(like)
    rate, eps = np.array(-o.learning_rate, like.dtype), np.array(o.eps, like.dtype)

    def update(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        np.multiply(g, g, spare)
        mean_of(old["squares"], spare, new["squares"], delta)
        np.add(old["updates"], eps, delta)
        np.sqrt(delta, delta)
        np.add(new["squares"], eps, spare)
        np.sqrt(spare, spare)
        np.divide(delta, spare, delta)
        np.multiply(delta, g, delta)
        np.multiply(delta, delta, spare)
        mean_of(old["updates"], spare, new["updates"], spare)
        np.multiply(delta, rate, delta)

    return update


def running_mean(keep: float, like: Array) -> Callable[[Array, Array, Array, Array], None]:
    """(old, value, new, spare): new = keep old + (1 - keep) value. `spare` may be `value`."""
    old_share, new_share = np.array(keep, like.dtype), np.array(1 - keep, like.dtype)
    multiply, add = np.multiply, np.add

    def mean_of(old: Array, value: Array, new: Array, spare: Array) -> None:
        multiply(value, new_share, spare)
        multiply(old, old_share, new)
        add(new, spare, new)

    return mean_of


@update_for(AdaMax)
def _(o: AdaMax, like: Array) -> Update:
    mean_of, eps = running_mean(o.beta1, like), np.array(o.eps, like.dtype)
    keep, rate = np.array(o.beta2, like.dtype), np.array(0.0, like.dtype)

    def update(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        mean_of(old["m"], g, new["m"], delta)
        np.absolute(g, delta)
        np.add(delta, eps, delta)
        np.multiply(old["u"], keep, new["u"])
        np.maximum(new["u"], delta, out=new["u"])
        rate[()] = -o.learning_rate / (1 - o.beta1**step)
        np.divide(new["m"], new["u"], delta)
        np.multiply(delta, rate, delta)

    return update


@update_for(Adam)
def _(o: Adam, like: Array) -> Update:
    return _adam(o, like, 0.0)


@update_for(AdamW)
def _(o: AdamW, like: Array) -> Update:
    return _adam(o, like, o.weight_decay)


@update_for(AMSGrad)
def _(o: AMSGrad, like: Array) -> Update:
    return _adam(o, like, 0.0)


def _adam(o: Adam, like: Array, weight_decay: float) -> Update:
    """The corrections for starting at zero are two numbers, so they go into the rate and eps:

    lr (m / a) / (sqrt(v / b) + eps) = lr sqrt(b) / a * m / (sqrt(v) + eps sqrt(b)).
    """
    mean_m, mean_v = running_mean(o.beta1, like), running_mean(o.beta2, like)
    rate, eps = np.array(0.0, like.dtype), np.array(0.0, like.dtype)
    never_forgets = isinstance(o, AMSGrad)
    decay = np.array(-o.learning_rate * weight_decay, like.dtype)
    spare = np.empty_like(like)
    multiply, add, divide, sqrt = np.multiply, np.add, np.divide, np.sqrt

    def update(w: Array, g: Array, old: State, new: State, delta: Array, step: int) -> None:
        m, v = new["m"], new["v"]
        mean_m(old["m"], g, m, delta)
        multiply(g, g, delta)
        mean_v(old["v"], delta, v, delta)
        if never_forgets:
            v = np.maximum(old["v_max"], v, out=new["v_max"])
        root = (1 - o.beta2**step) ** 0.5
        eps[()] = o.eps * root
        rate[()] = -o.learning_rate * root / (1 - o.beta1**step)
        sqrt(v, delta)
        add(delta, eps, delta)
        divide(m, delta, delta)
        multiply(delta, rate, delta)
        if weight_decay:
            multiply(w, decay, spare)
            add(delta, spare, delta)

    return update
