"""A net built from its description: layers in a row, each feeding the next."""

from __future__ import annotations

import numpy as np

from engine.fields import SpecError
from engine.layers import Dense
from engine.network_spec import LinearSpec, NetworkSpec
from engine.ops import Array
from engine.tape import no_grad
from engine.tensor import Tensor

# Random streams of a seed; every layer has its own, so adding one leaves the others as they were.
WEIGHTS, MASKS = 3, 6


class Network:
    """Layers in a row. Parameters are called `layers.0.weight`, `layers.0.bias`, ..., and what is
    measured instead of learnt `layers.0.running_mean`, ...

    Training and evaluation differ where a layer says so. The masks of dropout follow from seed,
    layer and step, so that a step made again has the same ones.
    """

    def __init__(
        self, spec: NetworkSpec, inputs: int, seed: int = 0, dtype: str = "float64"
    ) -> None:
        self.inputs, self.seed, self.dtype = inputs, seed, dtype
        self.layers: list[Dense] = []
        fan_in = inputs
        for i, layer in enumerate(spec.layers):
            rng = np.random.default_rng([seed, WEIGHTS, i])
            self.layers.append(
                Dense(
                    rng,
                    fan_in,
                    layer.units,
                    layer.activation,
                    layer.initializer,
                    dtype,
                    normalization=layer.normalization,
                )
            )
            fan_in = layer.units
        self.use(spec.layers)
        self._parameters = [
            (f"layers.{i}.{name}", tensor)
            for i, layer in enumerate(self.layers)
            for name, tensor in layer.named_parameters()
        ]

    def use(self, layers: tuple[LinearSpec, ...]) -> None:
        """Go on with other settings, of those that leave the parameters what they are."""
        self.settings = layers
        for layer, described in zip(self.layers, layers, strict=True):
            layer.activation, layer.residual = described.activation, described.residual
            layer.dropout.p = described.dropout
            layer.cut(described.cut)
        self.depends_on_mode = any(layer.depends_on_mode for layer in self.layers)

    def forward(self, x: Tensor, step: int | None = None) -> Tensor:
        """Inputs (N, inputs) -> outputs (N, units of the last layer): as in training at a step, or
        without one as in evaluation.
        """
        self._set_mode(step)
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def _set_mode(self, step: int | None) -> None:
        if not self.depends_on_mode:
            return
        for i, layer in enumerate(self.layers):
            layer.train(step is not None)
            if step is not None and layer.dropout.p > 0.0:
                layer.dropout.rng = np.random.default_rng([self.seed, MASKS, i, step])

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        """All parameters in the order in which a forward pass uses them."""
        return self._parameters

    def parameters(self) -> list[Tensor]:
        return [tensor for _, tensor in self._parameters]

    def weights(self) -> list[Tensor]:
        """What a penalty applies to: every weight matrix."""
        return [layer.weight for layer in self.layers]

    @property
    def buffers(self) -> dict[str, Array]:
        """What is measured: arrays that are replaced, never changed in place."""
        return {
            f"layers.{i}.{name}": array
            for i, layer in enumerate(self.layers)
            for name, array in layer.named_buffers()
        }

    @buffers.setter
    def buffers(self, arrays: dict[str, Array]) -> None:
        for name, array in arrays.items():
            _, place, buffer = name.split(".")
            setattr(self.layers[int(place)].norm, buffer, array)

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
        """Every layer's output for inputs (N, inputs) in evaluation, without a tape."""
        self._set_mode(None)
        value = Tensor(x, requires_grad=False, dtype=self.dtype)
        outputs = []
        with no_grad():
            for layer in self.layers:
                value = layer.forward(value)
                outputs.append(value.data)
        return outputs
