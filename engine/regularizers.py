"""Penalties in the loss: a price on large weights, whose gradient pulls them towards zero.

Biases are free. Decoupled weight decay is something else and lives in the optimizers (AdamW, Lion):
it shrinks weights beside the gradient step instead of going through the gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Declared, number
from engine.tensor import Tensor


@dataclass(frozen=True)
class Regularizer(Declared):
    """What large weights cost."""

    name: ClassVar[str]
    rate: float = number(0.0, 0, 10)

    def cost(self, weight: Tensor) -> Tensor:
        """The cost of one weight matrix at rate 1."""
        raise NotImplementedError

    def penalty(self, weights: list[Tensor]) -> Tensor | None:
        """What is added to the loss; None when it is nothing."""
        if self.rate == 0.0 or not weights:
            return None
        total = self.cost(weights[0])
        for weight in weights[1:]:
            total = total + self.cost(weight)
        return total * self.rate


@dataclass(frozen=True)
class NoPenalty(Regularizer):
    """Weights are free. The rate is kept for when a penalty is chosen again."""

    name = "none"

    def penalty(self, weights: list[Tensor]) -> Tensor | None:
        return None


@dataclass(frozen=True)
class L1(Regularizer):
    """rate * sum |w|, the lasso: a pull of constant strength takes small weights to zero."""

    name = "l1"

    def cost(self, weight: Tensor) -> Tensor:
        return abs(weight).sum()


@dataclass(frozen=True)
class L2(Regularizer):
    """rate / 2 * sum w^2: a pull in proportion to the weight (ridge)."""

    name = "l2"

    def cost(self, weight: Tensor) -> Tensor:
        return (weight**2).sum() * 0.5


@dataclass(frozen=True)
class ElasticNet(Regularizer):
    """rate * (share sum |w| + (1 - share)/2 sum w^2): both pulls (Zou & Hastie 2005)."""

    name = "elastic_net"

    l1_share: float = number(0.5, 0, 1)

    def cost(self, weight: Tensor) -> Tensor:
        return abs(weight).sum() * self.l1_share + (weight**2).sum() * (0.5 - 0.5 * self.l1_share)


REGULARIZERS: dict[str, type[Regularizer]] = {
    "none": NoPenalty,
    "l1": L1,
    "l2": L2,
    "elastic_net": ElasticNet,
}
