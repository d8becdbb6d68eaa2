"""How sharply the loss bends where a net stands: the largest eigenvalue of its Hessian.

Power iteration needs no Hessian, only products of it with a direction, and these are differences of
gradients on both sides. What is bent is what a run makes small: the loss of all training rows, with
the penalty, in double precision. Where the largest eigenvalue is above 2 / learning rate, a step of
gradient descent along it leads up instead of down; runs on whole batches often hover there, at the
edge of stability (Cohen et al. 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from engine.held import still
from engine.ops import Array
from engine.optimizers import SGD, Momentum, Optimizer
from engine.spec import Spec
from engine.tensor import Tensor
from engine.training import Trainer
from engine.trajectory import joined, parted

_START = 9  # random stream of a seed
_STEP = 1e-5  # of the size of the weights: far enough for ten digits of a gradient's difference

Gradient = Callable[[Array], Array]


class Curvature(NamedTuple):
    """The largest eigenvalue, its direction, and how far both are from being exact."""

    largest: float
    direction: Array  # (d,), of length 1
    residual: float  # |H v - largest v|: an eigenvalue is at most so far away
    rounds: int


class SlopeOf:
    """The gradient of what runs of a spec make small, as a function of all weights as one vector.

    Numbers that are frozen have no gradient, since nothing moves them. What batch norm has measured
    is that of the trainer it was last told to `stand` with.
    """

    def __init__(self, spec: Spec) -> None:
        self._trainer = Trainer(replace(spec, settings=replace(spec.settings, dtype="float64")))
        named = self._trainer.network.named_parameters()
        self._like = {name: tensor.data for name, tensor in named}
        held = still(spec.network.frozen, self._like)
        self._loose = joined(
            {n: 1.0 - held.get(n, np.zeros(a.shape)) for n, a in self._like.items()}
        )
        dataset = self._trainer.dataset
        self._x = Tensor(dataset.x_train.astype(np.float64), requires_grad=False)
        self._y = dataset.y_train

    def stand(self, trainer: Trainer) -> Array:
        """Where a trainer of the spec is now, as the vector that the gradient is asked for."""
        measured = trainer.network.buffers.items()
        self._trainer.network.buffers = {name: a.astype(np.float64) for name, a in measured}
        return joined({name: tensor.data for name, tensor in trainer.network.named_parameters()})

    @np.errstate(all="ignore")
    def __call__(self, weights: Array) -> Array:
        network, penalty_of = self._trainer.network, self._trainer.spec.regularization.penalty
        named = network.named_parameters()
        for (_, tensor), array in zip(named, parted(weights, self._like).values(), strict=True):
            tensor.data, tensor.grad = array, None
        loss = self._trainer.loss(network.forward(self._x), self._y)
        penalty = penalty_of(network.weights())
        (loss if penalty is None else loss + penalty).backward()
        grads = {n: t.data * 0.0 if t.grad is None else t.grad for n, t in named}
        return joined(grads) * self._loose


def largest_curvature(
    slope: Gradient,
    at: Array,
    *,
    start: Array | None = None,
    seed: int = 0,
    tolerance: float = 1e-4,
    most: int = 200,
) -> Curvature:
    """The largest eigenvalue of the Hessian at a point, by power iteration from a `start`.

    Power iteration finds the eigenvalue that is largest in size. Where that one is negative, all
    are shifted by it, so that the largest becomes the largest in size, and it goes on.
    """
    rng = np.random.default_rng([seed, _START])
    reach = _STEP * max(1.0, float(np.linalg.norm(at)))

    def bent(direction: Array) -> Array:
        return (slope(at + reach * direction) - slope(at - reach * direction)) / (2 * reach)

    first = rng.standard_normal(len(at))
    if start is not None:  # an old direction may have nothing of the new one in it
        first = start + 0.1 * first / np.linalg.norm(first)
    found = _power(bent, 0.0, first, tolerance, most)
    if found.largest < 0:
        shifted = _power(bent, found.largest, first, tolerance, most)
        return shifted._replace(rounds=found.rounds + shifted.rounds)
    return found


@np.errstate(all="ignore")
def _power(bent: Gradient, shift: float, first: Array, tolerance: float, most: int) -> Curvature:
    """Of H - shift: the eigenvalue of H that is farthest from the shift."""
    direction = first / np.linalg.norm(first)
    value, residual, rounds = 0.0, np.inf, 0
    while rounds < most:
        product = bent(direction)
        rounds += 1
        value = float(direction @ product)
        residual = float(np.linalg.norm(product - value * direction))
        moved = product - shift * direction
        size = float(np.linalg.norm(moved))
        if not np.isfinite(size):
            return Curvature(np.nan, direction, np.nan, rounds)
        if size == 0.0 or residual <= tolerance * abs(value - shift):
            break
        direction = moved / size
    return Curvature(value, direction, residual, rounds)


def stability_limit(optimizer: Optimizer, factor: float = 1.0) -> float | None:
    """Up to which curvature steps along it do not grow, on a quadratic and with the gradient of all
    rows: 2 / learning rate without momentum, 2 (1 + momentum) / learning rate for a heavy ball.
    None where there is no such number for all directions alike."""
    rate = optimizer.learning_rate * factor
    if isinstance(optimizer, Momentum):
        return 2 * (1 + optimizer.momentum) / rate if rate else None
    if type(optimizer) is not SGD or not rate:
        return None
    momentum = optimizer.momentum
    if not momentum:
        return 2 / rate
    if optimizer.nesterov:
        return 2 * (1 + momentum) / ((1 + 2 * momentum) * rate) if not optimizer.dampening else None
    return (
        2 * (1 + momentum) / ((1 - optimizer.dampening) * rate) if optimizer.dampening < 1 else None
    )
