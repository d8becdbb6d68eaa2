"""The same net as scalars: every multiplication and every addition a node of its own.

A matrix product hides what a walkthrough wants to show. `unroll` rebuilds a net for a few samples
as micrograd would have computed it, grouped by sample, layer and neuron; values and gradients are
those of the tensor view, up to the order of summation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.layers import ACTIVATIONS
from engine.losses import CrossEntropy, Huber, Loss
from engine.network import Network
from engine.ops import Array
from engine.tensor import Tensor, apply


@dataclass(frozen=True)
class Neuron:
    """One neuron at one sample: w1 x1, w2 x2, ... added up with the bias, then the activation."""

    sample: int
    layer: int
    unit: int
    inputs: list[Tensor]
    weights: list[Tensor]
    bias: Tensor
    products: list[Tensor]
    sums: list[Tensor]  # after each addition; the last is z
    output: Tensor


@dataclass(frozen=True)
class ScalarNet:
    """A net and its loss for a few samples, all of it scalars."""

    parameters: dict[str, Array]  # arrays of Tensors, in the shapes of the net's own parameters
    inputs: list[list[Tensor]]  # by sample
    neurons: list[list[list[Neuron]]]  # by sample, layer, unit
    losses: list[Tensor]  # by sample
    loss: Tensor

    def gradients(self) -> dict[str, Array]:
        """The gradients of the parameters after `loss.backward()`, as arrays."""
        return {
            name: np.array(
                [0.0 if p.grad is None else float(p.grad) for p in scalars.flat]
            ).reshape(scalars.shape)
            for name, scalars in self.parameters.items()
        }


def unroll(network: Network, loss: Loss, x: Array, y: Array) -> ScalarNet:
    """The net on samples x (N, inputs) with targets y (N,)."""
    parameters = {name: _scalars(tensor.data) for name, tensor in network.named_parameters()}
    inputs = [[Tensor(float(value), requires_grad=False) for value in row] for row in x]
    neurons: list[list[list[Neuron]]] = []
    losses = []
    for sample, values in enumerate(inputs):
        layers: list[list[Neuron]] = []
        for i, layer in enumerate(network.layers):
            weight, bias = parameters[f"layers.{i}.weight"], parameters[f"layers.{i}.bias"]
            layers.append(
                [
                    _neuron(sample, i, unit, values, list(weight[:, unit]), b, layer.activation)
                    for unit, b in enumerate(bias)
                ]
            )
            values = [neuron.output for neuron in layers[-1]]
        neurons.append(layers)
        losses.append(SAMPLE_LOSSES[loss.name](loss, values, y[sample]))
    total = _add(losses)[-1] if len(losses) > 1 else losses[0]
    if loss.reduction == "mean":
        total = total * (1.0 / len(losses))
    return ScalarNet(parameters, inputs, neurons, losses, total)


def _scalars(array: Array) -> Array:
    """Each number as a Tensor of its own."""
    scalars = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        scalars[index] = Tensor(array[index])
    return scalars


def _neuron(
    sample: int,
    layer: int,
    unit: int,
    inputs: list[Tensor],
    weights: list[Tensor],
    bias: Tensor,
    activation: str,
) -> Neuron:
    products = [w * x for w, x in zip(weights, inputs, strict=True)]
    sums = _add([*products, bias])
    op = ACTIVATIONS[activation]
    output = sums[-1] if op is None else apply(op, sums[-1])
    return Neuron(sample, layer, unit, inputs, weights, bias, products, sums, output)


def _add(terms: list[Tensor]) -> list[Tensor]:
    """The running sums of at least two terms, one addition at a time."""
    sums = [terms[0] + terms[1]]
    for term in terms[2:]:
        sums.append(sums[-1] + term)
    return sums


# --- the losses of one sample, one op at a time ---


def _cross_entropy(loss: Loss, outputs: list[Tensor], target: float) -> Tensor:
    """ln sum e^(z - c) + c - z_t, c the largest logit: taken off so that nothing overflows."""
    assert isinstance(loss, CrossEntropy)
    if loss.class_weights is not None or np.ndim(target) != 0:
        raise ValueError("the scalar view knows cross_entropy with plain class numbers only")
    largest = max(float(z) for z in outputs)
    exponentials = [(z - largest).exp() for z in outputs]
    return _add(exponentials)[-1].log() + largest - outputs[int(target)]


def _huber(loss: Loss, outputs: list[Tensor], target: float) -> Tensor:
    assert isinstance(loss, Huber)
    error = abs(outputs[0] - target)
    near = error.clip(0.0, loss.delta)
    return near**2 * 0.5 + (error - near) * loss.delta


SAMPLE_LOSSES: dict[str, Callable[[Loss, list[Tensor], float], Tensor]] = {
    "mse": lambda loss, outputs, target: (outputs[0] - target) ** 2,
    "mae": lambda loss, outputs, target: abs(outputs[0] - target),
    "huber": _huber,
    "bce_with_logits": lambda loss, outputs, target: (outputs[0] * -target).softplus(),
    "hinge": lambda loss, outputs, target: (1.0 - outputs[0] * target).relu(),
    "cross_entropy": _cross_entropy,
}
