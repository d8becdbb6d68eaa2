"""The activation functions a layer can end with, by name."""

from __future__ import annotations

from engine.ops import LeakyRelu, Op, Relu, Sigmoid, Tanh

ACTIVATIONS: dict[str, Op | None] = {  # None: the value passes unchanged
    "linear": None,
    "sigmoid": Sigmoid(),
    "tanh": Tanh(),
    "relu": Relu(),
    "leaky_relu": LeakyRelu(),
}
