"""Normalization: values brought to mean 0 and variance 1, then scaled and moved as is learnt."""

from __future__ import annotations

import numpy as np

from engine.layers.layer import Layer
from engine.ops import Array
from engine.tape import ShapeError
from engine.tensor import Tensor


class BatchNorm(Layer, name="batch_norm"):
    """y = weight (x - mean) / sqrt(var + eps) + bias, x (N, features) (Ioffe & Szegedy 2015).

    Training takes mean and variance over the batch, and keeps running ones; evaluation uses those,
    so that a sample's result does not depend on its neighbours. As in PyTorch the batch is divided
    by its plain variance and the running one is the unbiased estimate, n / (n - 1) times it.
    """

    def __init__(
        self, features: int, momentum: float = 0.1, eps: float = 1e-5, dtype: str = "float64"
    ) -> None:
        if not 0.0 < momentum <= 1.0:
            raise ValueError(f"batch_norm: momentum must be in (0, 1], got {momentum}")
        self.features, self.momentum, self.eps = features, momentum, eps
        self.weight = Tensor(np.ones(features), dtype=dtype)
        self.bias = Tensor(np.zeros(features), dtype=dtype)
        self.running_mean = np.zeros(features, dtype)
        self.running_var = np.ones(features, dtype)

    def forward(self, x: Tensor) -> Tensor:
        last_axis(self.name, x, self.features)
        if not self.training:
            scale = 1.0 / np.sqrt(self.running_var + self.eps)
            return (x - self.running_mean) * scale * self.weight + self.bias
        n = len(x)
        if n < 2:
            raise ValueError(f"batch_norm: training needs a batch of at least 2 samples, got {n}")
        mean, var = x.mean(axis=0), x.var(axis=0)
        self._measure(mean.data, var.data * (n / (n - 1)))
        return (x - mean) / (var + self.eps).sqrt() * self.weight + self.bias

    def _measure(self, mean: Array, var: Array) -> None:
        keep = 1.0 - self.momentum
        self.running_mean = keep * self.running_mean + self.momentum * mean
        self.running_var = keep * self.running_var + self.momentum * var

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        return [("weight", self.weight), ("bias", self.bias)]

    def named_buffers(self) -> list[tuple[str, Array]]:
        return [("running_mean", self.running_mean), ("running_var", self.running_var)]


class LayerNorm(Layer, name="layer_norm"):
    """The same over the features of each sample: no batch, no modes (Ba, Kiros & Hinton 2016)."""

    def __init__(self, features: int, eps: float = 1e-5, dtype: str = "float64") -> None:
        self.features, self.eps = features, eps
        self.weight = Tensor(np.ones(features), dtype=dtype)
        self.bias = Tensor(np.zeros(features), dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        last_axis(self.name, x, self.features)
        mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        return (x - mean) / (var + self.eps).sqrt() * self.weight + self.bias

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        return [("weight", self.weight), ("bias", self.bias)]


def last_axis(name: str, x: Tensor, features: int) -> None:
    """A weight of length 1 would broadcast over anything; the shapes must be equal instead."""
    if x.shape[-1:] != (features,):
        raise ShapeError(f"{name} of {features} features cannot take shape {x.shape}")
