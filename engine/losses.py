"""Losses: one number that says how wrong the outputs are.

Each says how wrong one sample is; the number is the mean over the batch, or the sum. Written with
ops, so gradients need no code. Two classes are told as -1 and +1, more as 0, 1, 2, ...
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from engine.fields import Allowed, Declared, Kind, Number, SpecError, choice, number
from engine.ops import Array, Sigmoid, Softmax
from engine.tape import ShapeError
from engine.tensor import Tensor

REDUCTIONS = ("mean", "sum")
BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"


@dataclass(frozen=True)
class Loss(Declared):
    """How wrong outputs are, and how to read them."""

    name: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]
    output_activations: ClassVar[tuple[str, ...] | None] = None  # None: any

    reduction: str = choice("mean", REDUCTIONS)

    def __call__(self, output: Tensor, targets: Array) -> Tensor:
        """The loss of a batch: outputs (N, K), targets (N,) -> one number."""
        each = self.each(output, targets)
        return each.mean() if self.reduction == "mean" else each.sum()

    def each(self, output: Tensor, targets: Array) -> Tensor:
        """The loss of every sample."""
        raise NotImplementedError

    def fitted(self, targets: Array, classes: int) -> Loss:
        """The loss with what depends on the training targets filled in."""
        return self

    def prediction(self, output: Array) -> Array:
        """Outputs as people read them: a score from -1 to +1, probabilities (N, K), the value."""
        return output

    def default_output_activation(self, task: str) -> str:
        """What the last layer should end with."""
        return "linear"

    def column(self, targets: Array, output: Tensor) -> Array:
        """Targets (N,) as (N, 1) beside outputs (N, 1): (N,) would broadcast to (N, N) silently."""
        if targets.size != output.data.size:
            raise ShapeError(
                f"{self.name} cannot take outputs {output.shape} and targets {targets.shape}"
            )
        return targets.astype(output.dtype, copy=False).reshape(output.shape)

    def signs(self, targets: Array, output: Tensor) -> Array:
        """Targets as a column, after a look that they are -1 and +1."""
        wrong = targets[np.abs(targets) != 1]
        if wrong.size:
            raise ValueError(f"{self.name}: targets must be -1 or +1, got {wrong.flat[0]}")
        return self.column(targets, output)


# --- distances: regression, and two classes as numbers ---


@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """(o - t)^2: the gradient grows with the error."""

    name = "mse"
    tasks = (BINARY, REGRESSION)

    def each(self, output: Tensor, targets: Array) -> Tensor:
        return (output - self.column(targets, output)) ** 2

    def default_output_activation(self, task: str) -> str:
        return "tanh" if task == BINARY else "linear"


@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """|o - t|: the gradient only knows the side, so one outlier counts like any sample."""

    name = "mae"
    tasks = (BINARY, REGRESSION)

    def each(self, output: Tensor, targets: Array) -> Tensor:
        return abs(output - self.column(targets, output))

    def default_output_activation(self, task: str) -> str:
        return "tanh" if task == BINARY else "linear"


@dataclass(frozen=True)
class Huber(Loss):
    """Half the square up to delta, a straight line of slope delta beyond (Huber 1964).

    With c = min(|e|, delta) both are c^2 / 2 + delta (|e| - c).
    """

    name = "huber"
    tasks = (BINARY, REGRESSION)

    delta: float = number(1.0, 0, 1000, exclusive_minimum=True)

    def each(self, output: Tensor, targets: Array) -> Tensor:
        error = abs(output - self.column(targets, output))
        near = error.clip(0.0, self.delta)
        return near**2 * 0.5 + (error - near) * self.delta

    def default_output_activation(self, task: str) -> str:
        return "tanh" if task == BINARY else "linear"


# --- margins and probabilities: classes ---


@dataclass(frozen=True)
class Hinge(Loss):
    """max(0, 1 - t o): a sample on the right side by a margin of 1 no longer counts."""

    name = "hinge"
    tasks = (BINARY,)
    output_activations = ("linear",)

    def each(self, output: Tensor, targets: Array) -> Tensor:
        return (1.0 - output * self.signs(targets, output)).relu()


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """softplus(-t z) for a logit z: minus the logarithm of the probability of the truth."""

    name = "bce_with_logits"
    tasks = (BINARY,)
    output_activations = ("linear",)

    def each(self, output: Tensor, targets: Array) -> Tensor:
        return (output * -self.signs(targets, output)).softplus()

    def prediction(self, output: Array) -> Array:
        return 2.0 * Sigmoid().forward(output) - 1.0


BALANCED = "balanced"


@dataclass(frozen=True)
class ClassWeights(Kind):
    """None, a positive number for each class, or "balanced"."""

    type: str = "weights"

    def check(self, value: Any, path: str) -> Any:
        if value is None or value == BALANCED:
            return value
        if not isinstance(value, list | tuple) or len(value) < 2:
            raise SpecError(path, value, self.allowed(), f"must be {BALANCED} or a list of numbers")
        each = Number(0, 1e6, True, False)
        return tuple(each.check(weight, f"{path}[{i}]") for i, weight in enumerate(value))

    def allowed(self) -> Allowed:
        return {"choices": [BALANCED], "null": True}


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """-ln softmax(z)[t] for logits z (N, K). The softmax is part of the loss.

    Targets are class numbers (N,) or probabilities (N, K). Class weights multiply the loss of each
    class; the mean of class numbers is then divided by the weights of the samples, as in PyTorch.
    Balanced ones are N / (K n_k): a class of half as many samples counts twice.
    """

    name = "cross_entropy"
    tasks = (MULTICLASS,)
    output_activations = ("linear",)

    class_weights: tuple[float, ...] | str | None = field(
        default=None, metadata={"kind": ClassWeights()}
    )

    def fitted(self, targets: Array, classes: int) -> Loss:
        if self.class_weights != BALANCED:
            return self
        counts = np.bincount(targets.astype(int), minlength=classes)
        weights = len(targets) / (classes * np.maximum(counts, 1))
        return replace(self, class_weights=tuple(weights.tolist()))

    def __call__(self, output: Tensor, targets: Array) -> Tensor:
        each = self.each(output, targets)
        if self.reduction == "sum":
            return each.sum()
        if self.class_weights is None or targets.ndim == 2:
            return each.mean()
        return each.sum() / float(np.asarray(self.class_weights)[targets].sum())

    def each(self, output: Tensor, targets: Array) -> Tensor:
        self._check(output, targets)
        weights = None
        if self.class_weights is not None:
            weights = np.asarray(self.class_weights, output.dtype)
        if targets.ndim == 2:
            shares = targets if weights is None else targets * weights
            return -(output.log_softmax() * shares).sum(axis=1)
        chosen = -output.log_softmax().gather(targets)
        return chosen if weights is None else chosen * weights[targets]

    def _check(self, output: Tensor, targets: Array) -> None:
        samples, classes = output.shape
        if targets.shape not in ((samples,), (samples, classes)):
            raise ShapeError(
                f"{self.name} cannot take outputs {output.shape} and targets {targets.shape}"
            )
        top = classes - 1 if targets.ndim == 1 else 1
        if targets.size and not (targets.min() >= 0 and targets.max() <= top):
            wrong = targets[~((targets >= 0) & (targets <= top))].flat[0]
            kind = "class numbers" if targets.ndim == 1 else "probabilities"
            raise ValueError(f"{self.name}: targets must be {kind} from 0 to {top}, got {wrong}")
        if self.class_weights == BALANCED:
            raise ValueError(f"{self.name}: balanced class_weights follow from targets: see fitted")
        if self.class_weights is not None and len(self.class_weights) != classes:
            raise ValueError(
                f"{self.name}: class_weights must hold {classes} numbers, one for each class, "
                f"got {len(self.class_weights)}"
            )

    def prediction(self, output: Array) -> Array:
        return Softmax().forward(output)


LOSSES: dict[str, type[Loss]] = {
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "huber": Huber,
    "bce_with_logits": BinaryCrossEntropy,
    "hinge": Hinge,
    "cross_entropy": CrossEntropy,
}
