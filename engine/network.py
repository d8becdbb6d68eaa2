"""A net built from its description: layers in a row, each feeding the next."""

from __future__ import annotations

import numpy as np

from engine.fields import SpecError
from engine.layers import Linear
from engine.ops import Array
from engine.spec import NetworkSpec
from engine.tape import no_grad
from engine.tensor import Tensor

# Random stream of a seed; every layer has its own, so adding one leaves the others as they were.
WEIGHTS = 3


class Network:
    """Layers in a row. Parameters are called `layers.0.weight`, `layers.0.bias`, ..."""

    def __init__(
        self, spec: NetworkSpec, inputs: int, seed: int = 0, dtype: str = "float64"
    ) -> None:
        self.inputs, self.dtype = inputs, dtype
        self.layers: list[Linear] = []
        fan_in = inputs
        for i, layer in enumerate(spec.layers):
            rng = np.random.default_rng([seed, WEIGHTS, i])
            self.layers.append(
                Linear(rng, fan_in, layer.units, layer.activation, layer.initializer, dtype)
            )
            fan_in = layer.units
        self._parameters = [
            (f"layers.{i}.{name}", tensor)
            for i, linear in enumerate(self.layers)
            for name, tensor in linear.named_parameters()
        ]

    def forward(self, x: Tensor) -> Tensor:
        """Inputs (N, inputs) -> outputs (N, units of the last layer)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        """All parameters in the order in which a forward pass uses them."""
        return self._parameters

    def parameters(self) -> list[Tensor]:
        return [tensor for _, tensor in self._parameters]

    def weights(self) -> list[Tensor]:
        """What a penalty applies to: every parameter but the biases."""
        return [layer.weight for layer in self.layers]

    def edit(self, name: str, index: tuple[int, ...], value: float) -> None:
        """Give one element of a parameter another value.

        Raises:
            SpecError: there is no such element, or the value is not a finite number of its type.
        """
        known = dict(self._parameters)
        if name not in known:
            raise SpecError("parameter", name, {"choices": list(known)}, "is no parameter")
        data = known[name].data
        if len(index) != data.ndim or not all(
            0 <= at < size for at, size in zip(index, data.shape, strict=True)
        ):
            allowed = {"shape": list(data.shape)}
            raise SpecError("index", list(index), allowed, f"must lie in a shape of {data.shape}")
        if not np.isfinite(data.dtype.type(value)):
            raise SpecError("value", value, {"type": "number"}, "must be a finite number")
        data[index] = value

    @np.errstate(all="ignore")  # pictures of a diverged net are asked for, too
    def activations(self, x: Array) -> list[Array]:
        """Every layer's output for inputs (N, inputs), without a tape."""
        value = Tensor(x, requires_grad=False, dtype=self.dtype)
        outputs = []
        with no_grad():
            for layer in self.layers:
                value = layer.forward(value)
                outputs.append(value.data)
        return outputs
