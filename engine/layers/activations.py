"""Activation functions by name, and the layer that is nothing but one."""

from __future__ import annotations

from engine.fields import Choice
from engine.layers.layer import Layer
from engine.ops import Elu, Gelu, LeakyRelu, Op, Relu, Sigmoid, Silu, Softmax, Softplus, Tanh
from engine.tensor import Tensor, apply

ACTIVATIONS: dict[str, Op | None] = {  # None: the value passes unchanged
    "linear": None,
    "sigmoid": Sigmoid(),
    "tanh": Tanh(),
    "relu": Relu(),
    "leaky_relu": LeakyRelu(),
    "elu": Elu(),
    "gelu": Gelu(),
    "silu": Silu(),
    "softplus": Softplus(),
}


class Activation(Layer, name="activation"):
    """y = f(x), element by element; softmax over the last axis."""

    def __init__(self, function: str) -> None:
        known = {**ACTIVATIONS, "softmax": Softmax()}
        self.function = Choice(tuple(known)).check(function, "activation")
        self._op = known[function]

    def forward(self, x: Tensor) -> Tensor:
        return x if self._op is None else apply(self._op, x)
