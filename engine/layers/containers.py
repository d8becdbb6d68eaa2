"""Layers made of layers."""

from __future__ import annotations

from engine.layers.layer import Layer
from engine.ops import Array
from engine.tape import ShapeError
from engine.tensor import Tensor


class Container(Layer, name="container"):
    """Parameters and buffers of the layers inside, called by place: 0.weight, 1.0.bias, ..."""

    def __init__(self, *layers: Layer) -> None:
        self.layers = list(layers)

    def children(self) -> list[tuple[str, Layer]]:
        return [(str(i), layer) for i, layer in enumerate(self.layers)]

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        return [
            (f"{place}.{name}", tensor)
            for place, layer in self.children()
            for name, tensor in layer.named_parameters()
        ]

    def named_buffers(self) -> list[tuple[str, Array]]:
        return [
            (f"{place}.{name}", array)
            for place, layer in self.children()
            for name, array in layer.named_buffers()
        ]


class Sequential(Container, name="sequential"):
    """y = ... f1(f0(x)): each layer takes the output of the one before."""

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class Residual(Container, name="residual"):
    """y = x + f(x): the gradient also takes the direct way, undiminished (He et al. 2016)."""

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for layer in self.layers:
            y = layer(y)
        if y.shape != x.shape:
            raise ShapeError(f"residual: the inside turned shape {x.shape} into {y.shape}")
        return x + y
