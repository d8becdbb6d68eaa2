"""What every layer has: parameters by name, a mode, and a forward pass written with ops."""

from __future__ import annotations

from typing import ClassVar

from engine.ops import Array
from engine.tensor import Tensor

LAYERS: dict[str, type[Layer]] = {}
"""Every layer by name. They live in several files, so each class enters itself when defined."""


class Layer:
    """A function with parameters. Some behave differently while training: see `train`."""

    name: ClassVar[str]
    training: bool = True

    def __init_subclass__(cls, *, name: str) -> None:
        if name in LAYERS:
            raise TypeError(
                f"two layers are called {name!r}: {LAYERS[name].__name__}, {cls.__name__}"
            )
        cls.name = name
        LAYERS[name] = cls

    def __call__(self, x: Tensor) -> Tensor:
        return self.forward(x)

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        """What is trained, with names inside this layer, in order of use."""
        return []

    def named_buffers(self) -> list[tuple[str, Array]]:
        """What is measured instead of trained, such as running means: part of the saved state."""
        return []

    def children(self) -> list[tuple[str, Layer]]:
        """Layers inside this one."""
        return []

    def train(self, training: bool = True) -> None:
        """Switch this layer and all inside it between training and evaluation."""
        self.training = training
        for _, child in self.children():
            child.train(training)
