"""What every layer has: parameters by name and a forward pass written with ops."""

from __future__ import annotations

from engine.tensor import Tensor


class Layer:
    """A function with parameters."""

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        """Parameters with their names inside this layer, in the order in which they are used."""
        return []
