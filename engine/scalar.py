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
from engine.regularizers import L1, L2, ElasticNet, NoPenalty, Regularizer
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


Named = dict[str, Tensor]


@dataclass(frozen=True)
class ScalarNet:
    """A net and its objective for a few samples, all of it scalars."""

    parameters: dict[str, Array]  # arrays of Tensors, in the shapes of the net's own parameters
    inputs: list[list[Tensor]]  # by sample
    neurons: list[list[list[Neuron]]]  # by sample, layer, unit
    targets: list[Tensor]  # by sample; a class only chooses among the outputs
    terms: list[Named]  # by sample: on the way from the outputs to its loss, which is the last
    sums: list[Tensor]  # running sums of the losses, if there are several
    loss: Tensor
    penalty: Tensor | None
    objective: Tensor  # loss and penalty

    def gradients(self) -> dict[str, Array]:
        """The gradients of the parameters after `loss.backward()`, as arrays."""
        return {
            name: np.array(
                [0.0 if p.grad is None else float(p.grad) for p in scalars.flat]
            ).reshape(scalars.shape)
            for name, scalars in self.parameters.items()
        }


def unroll(
    network: Network, loss: Loss, x: Array, y: Array, regularizer: Regularizer | None = None
) -> ScalarNet:
    """The net on samples x (N, inputs) with targets y (N,)."""
    parameters = {name: _scalars(tensor.data) for name, tensor in network.named_parameters()}
    inputs = [
        [Tensor(value, requires_grad=False, dtype=network.dtype) for value in row] for row in x
    ]
    neurons: list[list[list[Neuron]]] = []
    targets: list[Tensor] = []
    terms: list[Named] = []
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
        targets.append(Tensor(y[sample], requires_grad=False, dtype=network.dtype))
        terms.append(SAMPLE_LOSSES[loss.name](loss, values, targets[-1]))
    losses = [list(way.values())[-1] for way in terms]
    sums = _add(losses) if len(losses) > 1 else []
    total = sums[-1] if sums else losses[0]
    if sums and loss.reduction == "mean":
        total = total / len(losses)
    weights = [parameters[f"layers.{i}.weight"] for i, _ in enumerate(network.layers)]
    penalty = None if regularizer is None else _penalty(regularizer, weights)
    objective = total if penalty is None else total + penalty
    return ScalarNet(parameters, inputs, neurons, targets, terms, sums, total, penalty, objective)


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


def _cross_entropy(loss: Loss, outputs: list[Tensor], target: Tensor) -> Named:
    """ln sum e^(z - c) + c - z_t, c the largest logit: taken off so that nothing overflows."""
    assert isinstance(loss, CrossEntropy)
    if loss.class_weights is not None or target.shape:
        raise ValueError("the scalar view knows cross_entropy with plain class numbers only")
    largest = max(float(z) for z in outputs)
    shifted = [z - largest for z in outputs]
    exponentials = [d.exp() for d in shifted]
    sums = _add(exponentials)
    log = sums[-1].log()
    back = log + largest
    named = {f"d_{i}": d for i, d in enumerate(shifted, 1)}
    named |= {f"q_{i}": q for i, q in enumerate(exponentials, 1)}
    named |= {f"s_{i}": s for i, s in enumerate(sums, 1)}
    return {**named, "h": log, "c": back, "l": back - outputs[int(target.data)]}


def _squared(loss: Loss, outputs: list[Tensor], target: Tensor) -> Named:
    error = outputs[0] - target
    return {"e": error, "l": error**2}


def _absolute(loss: Loss, outputs: list[Tensor], target: Tensor) -> Named:
    error = outputs[0] - target
    return {"e": error, "l": abs(error)}


def _huber(loss: Loss, outputs: list[Tensor], target: Tensor) -> Named:
    assert isinstance(loss, Huber)
    error = outputs[0] - target
    size = abs(error)
    near = size.clip(0.0, loss.delta)
    return {"e": error, "r": size, "c": near, "l": near**2 * 0.5 + (size - near) * loss.delta}


def _logistic(loss: Loss, outputs: list[Tensor], target: Tensor) -> Named:
    margin = outputs[0] * target
    against = -margin
    return {"m": margin, "n": against, "l": against.softplus()}


def _hinge(loss: Loss, outputs: list[Tensor], target: Tensor) -> Named:
    margin = outputs[0] * target
    missing = 1.0 - margin
    return {"m": margin, "d": missing, "l": missing.relu()}


SAMPLE_LOSSES: dict[str, Callable[[Loss, list[Tensor], Tensor], Named]] = {
    "mse": _squared,
    "mae": _absolute,
    "huber": _huber,
    "bce_with_logits": _logistic,
    "hinge": _hinge,
    "cross_entropy": _cross_entropy,
}


# --- penalties, weight by weight ---


def _penalty(regularizer: Regularizer, weights: list[Array]) -> Tensor | None:
    """rate * (the cost of each matrix of weights, added up)."""
    if regularizer.rate == 0.0 or isinstance(regularizer, NoPenalty):
        return None
    costs = [_cost(regularizer, list(matrix.flat)) for matrix in weights]
    return _total(costs) * regularizer.rate


def _cost(regularizer: Regularizer, weights: list[Tensor]) -> Tensor:
    """What the weights of one matrix cost at rate 1."""
    match regularizer:
        case L1():
            return _total([abs(w) for w in weights])
        case L2():
            return _total([w**2 for w in weights]) * 0.5
        case ElasticNet(l1_share=share):
            sizes = _total([abs(w) for w in weights]) * share
            return sizes + _total([w**2 for w in weights]) * (0.5 - 0.5 * share)
    raise TypeError(f"no scalar view of the penalty {regularizer.name}")


def _total(terms: list[Tensor]) -> Tensor:
    return _add(terms)[-1] if len(terms) > 1 else terms[0]
