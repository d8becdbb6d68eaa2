"""The layer of a session's nets: fully connected, with what may be done to what it computes."""

from __future__ import annotations

import numpy as np

from engine.fields import Choice
from engine.layers.dropout import Dropout
from engine.layers.layer import Layer
from engine.layers.linear import Linear
from engine.layers.normalization import BatchNorm, LayerNorm
from engine.ops import Array
from engine.tape import ShapeError
from engine.tensor import Tensor

NORMALIZATIONS: dict[str, type[BatchNorm] | type[LayerNorm] | None] = {
    "none": None,
    "batch": BatchNorm,
    "layer": LayerNorm,
}


class Dense(Linear, name="dense"):
    """y = [x +] cut(dropout(activation(norm(x W + b)))).

    In this order: normalized before the activation, as Ioffe & Szegedy did; dropped after it, as
    Srivastava et al. did; x added last, so that its gradient passes undiminished (He et al. 2016).
    The norm's own weight and bias are called scale and shift. With a batch norm b does nothing,
    since the mean is taken off again; it stays, so that every layer has the same parameters.

    A neuron that is cut gives 0 to all that comes after it, and no gradient comes back through it.
    What goes past it still does: the x of a residual connection is no work of the neuron, and a
    layer norm measures it with the others, since it is cut behind the norm. Its own weights stay;
    what moves a weight without a gradient (a penalty, a momentum running out) still moves them.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        fan_in: int,
        fan_out: int,
        activation: str = "linear",
        initializer: str = "orthogonal",
        dtype: str = "float64",
        *,
        normalization: str = "none",
        dropout: float = 0.0,
        residual: bool = False,
    ) -> None:
        super().__init__(rng, fan_in, fan_out, activation, initializer, dtype)
        kind = NORMALIZATIONS[Choice(tuple(NORMALIZATIONS)).check(normalization, "normalization")]
        self.norm = None if kind is None else kind(fan_out, dtype=dtype)
        self.dropout = Dropout(rng, dropout)
        self.residual = residual
        self.kept: Tensor | None = None  # (units,) 0 for a neuron that is cut, 1 for the others

    def cut(self, units: tuple[int, ...]) -> None:
        """Cut these neurons out, and no others."""
        kept = np.ones(self.bias.data.shape, self.bias.data.dtype)
        kept[list(units)] = 0.0
        self.kept = Tensor(kept, requires_grad=False, dtype=kept.dtype.name) if units else None

    def forward(self, x: Tensor) -> Tensor:
        z = x @ self.weight + self.bias
        y = self.dropout(self.activate(z if self.norm is None else self.norm(z)))
        if self.kept is not None:
            y = y * self.kept
        if not self.residual:
            return y
        if y.shape != x.shape:
            raise ShapeError(f"residual: the layer turned shape {x.shape} into {y.shape}")
        return x + y

    def children(self) -> list[tuple[str, Layer]]:
        norm: list[tuple[str, Layer]] = [] if self.norm is None else [("norm", self.norm)]
        return [*norm, ("dropout", self.dropout)]

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        own = super().named_parameters()
        if self.norm is None:
            return own
        return [*own, ("scale", self.norm.weight), ("shift", self.norm.bias)]

    def named_buffers(self) -> list[tuple[str, Array]]:
        return [] if self.norm is None else self.norm.named_buffers()

    @property
    def depends_on_mode(self) -> bool:
        """Whether it computes something else while training."""
        return self.dropout.p > 0.0 or isinstance(self.norm, BatchNorm)
