"""Losses: one number that says how wrong the outputs are. Each takes outputs (N, K) and targets
(N,).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Declared
from engine.ops import Array, Sigmoid, Softmax
from engine.tensor import Tensor

BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"


@dataclass(frozen=True)
class Loss(Declared):
    """How wrong outputs are, and how to read them."""

    name: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]
    output_activations: ClassVar[tuple[str, ...] | None] = None  # None: any

    def __call__(self, output: Tensor, targets: Array) -> Tensor:
        """The mean loss of a batch: outputs (N, K), targets (N,) -> one number."""
        raise NotImplementedError

    def prediction(self, output: Array) -> Array:
        """Outputs on the scale people read: a score from -1 to +1, probabilities (N, K), or the
        value.
        """
        raise NotImplementedError

    def default_output_activation(self, task: str) -> str:
        """What the last layer should end with."""
        return "linear"


@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """mean((o - t)^2)."""

    name = "mse"
    tasks = (BINARY, REGRESSION)

    def __call__(self, output: Tensor, targets: Array) -> Tensor:
        return ((output - column(targets, output)) ** 2).mean()

    def prediction(self, output: Array) -> Array:
        return output

    def default_output_activation(self, task: str) -> str:
        return "tanh" if task == BINARY else "linear"


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """mean(softplus(-t z)) for logits z and targets t = -1 or +1, which is -ln of the probability
    of the truth.
    """

    name = "bce_with_logits"
    tasks = (BINARY,)
    output_activations = ("linear",)

    def __call__(self, output: Tensor, targets: Array) -> Tensor:
        return (output * -column(targets, output)).softplus().mean()

    def prediction(self, output: Array) -> Array:
        return 2.0 * Sigmoid().forward(output) - 1.0


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """mean(-ln softmax(z)[t]) for logits z (N, K) and class numbers t (N,). The softmax is part
    of the loss.
    """

    name = "cross_entropy"
    tasks = (MULTICLASS,)
    output_activations = ("linear",)

    def __call__(self, output: Tensor, targets: Array) -> Tensor:
        return -output.log_softmax().gather(targets).mean()

    def prediction(self, output: Array) -> Array:
        return Softmax().forward(output)


def column(targets: Array, output: Tensor) -> Array:
    """Targets (N,) as (N, 1) beside outputs (N, 1): (N,) would broadcast to (N, N) without a
    word.
    """
    targets = targets.astype(output.data.dtype, copy=False)
    return targets if targets.shape == output.data.shape else targets.reshape(output.data.shape)


LOSSES: dict[str, type[Loss]] = {
    "mse": MeanSquaredError,
    "bce_with_logits": BinaryCrossEntropy,
    "cross_entropy": CrossEntropy,
}
