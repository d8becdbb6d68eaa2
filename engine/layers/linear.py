"""The fully connected layer."""

from __future__ import annotations

import numpy as np

from engine.fields import Choice
from engine.initializers import INITIALIZERS
from engine.layers.activations import ACTIVATIONS
from engine.layers.layer import Layer
from engine.tensor import Tensor, apply


class Linear(Layer, name="linear"):
    """y = activation(x W + b), x (N, fan_in), W (fan_in, fan_out), b (fan_out,)."""

    def __init__(
        self,
        rng: np.random.Generator,
        fan_in: int,
        fan_out: int,
        activation: str = "linear",
        initializer: str = "orthogonal",
        dtype: str = "float64",
    ) -> None:
        Choice(tuple(INITIALIZERS)).check(initializer, "initializer")
        # drawn in float64 whatever the net's type, so that both types start from the same weights
        self.weight = Tensor(INITIALIZERS[initializer](rng, fan_in, fan_out), dtype=dtype)
        self.bias = Tensor(np.zeros(fan_out), dtype=dtype)
        self.activation = Choice(tuple(ACTIVATIONS)).check(activation, "activation")

    def forward(self, x: Tensor) -> Tensor:
        return self.activate(x @ self.weight + self.bias)

    def activate(self, z: Tensor) -> Tensor:
        op = ACTIVATIONS[self.activation]
        return z if op is None else apply(op, z)

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        return [("weight", self.weight), ("bias", self.bias)]
