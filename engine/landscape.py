"""The loss around a point in the space of all weights: along a line, or over a plane.

A net has far too many weights to be drawn, but a line or a plane through where it stands can be.
Directions are as long as the weights themselves, so that 1 is as far as from nothing to the net
that is there: `descent` goes where the loss falls fastest, and `filter_normalized` are the random
directions of Li et al. 2018, in which a neuron with large weights moves as much for its size as one
with small ones. Used by the inspector of a run; the loss of anything that has named arrays will do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from engine.ops import Array
from engine.tensor import Tensor
from engine.training import Trainer

Weights = dict[str, Array]


class Losses(NamedTuple):
    """Of the training rows and of the test rows, without the penalty."""

    train: float
    test: float


LossOf = Callable[[Weights], Losses]


# --- directions ---


def filter_normalized(centre: Mapping[str, Array], rng: np.random.Generator) -> Weights:
    """A random direction: what leads to a neuron is as long as the neuron's own weights.

    Biases, scales and shifts do not move, as in the paper: they are few, and single numbers say
    nothing of how long a random one should be. A neuron without weights does not move either.
    """
    return {
        name: _columns_as_long(rng.standard_normal(array.shape).astype(array.dtype), array)
        if array.ndim > 1
        else np.zeros_like(array)
        for name, array in centre.items()
    }


def _columns_as_long(direction: Array, array: Array) -> Array:
    """(fan_in, fan_out), each column with the length of the array's: a column leads to a neuron."""
    lengths = np.linalg.norm(direction, axis=0)
    scale = np.linalg.norm(array, axis=0) / np.where(lengths > 0, lengths, 1.0)
    return np.asarray(direction * scale, array.dtype)


def descent(centre: Mapping[str, Array], gradient: Mapping[str, Array]) -> Weights:
    """Against the gradient, as long as all weights together (or 1, where all of them are 0)."""
    size, steepness = length(centre), length(gradient)
    scale = -(size or 1.0) / steepness if steepness else 0.0
    return {name: (scale * gradient[name]).astype(array.dtype) for name, array in centre.items()}


@np.errstate(all="ignore")  # of a run about to overflow, too
def length(arrays: Mapping[str, Array]) -> float:
    """The Euclidean length of all of it as one vector."""
    return math.sqrt(sum(float(np.sum(array * array)) for array in arrays.values()))


# --- slices ---


def places(reach: float, resolution: int) -> list[float]:
    """From -reach to reach, evenly; an odd number of them has 0 in the middle, exactly."""
    middle = (resolution - 1) / 2
    return [reach * (i - middle) / middle for i in range(resolution)]


def line(
    loss: LossOf, centre: Weights, direction: Weights, at: Sequence[float]
) -> Iterator[Losses]:
    """The losses along a line, one at a time: at `a` of centre + a direction."""
    for a in at:
        yield loss({name: array + a * direction[name] for name, array in centre.items()})


def plane(
    loss: LossOf,
    centre: Weights,
    first: Weights,
    second: Weights,
    at: Sequence[float],
    rows: Sequence[float] | None = None,
) -> Iterator[Losses]:
    """The losses over a plane, one at a time and row by row: at (a, b) of centre + a first +
    b second, where b grows from row to row, as a does within one unless `rows` says otherwise."""
    for b in at if rows is None else rows:
        row = {name: array + b * second[name] for name, array in centre.items()}
        yield from line(loss, row, first, at)


class LossAround:
    """The loss of a trainer's net on all of its rows, as in evaluation, as a function of its
    weights. The trainer is left with the weights that were asked for last."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        named = trainer.network.named_parameters()
        self.centre: Weights = {name: tensor.data.copy() for name, tensor in named}

    def __call__(self, weights: Weights) -> Losses:
        self._put(weights)
        measured = self._trainer.evaluate()
        return Losses(measured["train_loss"], measured["test_loss"])

    @np.errstate(all="ignore")
    def gradient(self) -> Weights:
        """The gradient of the loss of all training rows at the centre."""
        self._put(self.centre)
        trainer = self._trainer
        x = Tensor(trainer.dataset.x_train.astype(trainer.spec.dtype), requires_grad=False)
        named = trainer.network.named_parameters()
        for _, tensor in named:
            tensor.grad = None
        trainer.loss(trainer.network.forward(x), trainer.dataset.y_train).backward()
        return {
            name: np.zeros_like(tensor.data) if tensor.grad is None else tensor.grad
            for name, tensor in named
        }

    def _put(self, weights: Weights) -> None:
        for name, tensor in self._trainer.network.named_parameters():
            tensor.data = weights[name].copy()
