"""A net measured from its last pass: how signals and gradients fare in each layer, and where
numbers overflow. What the numbers mean, and from which size on, is said in `engine/diagnosis.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.network import Network
from engine.ops import Array
from engine.optimizers import Terms
from engine.tape import Node, tape

# --- the health of each layer ---


@dataclass(frozen=True)
class LayerHealth:
    """Numbers of one layer. A share is None where the activation has no such state."""

    layer: int
    gradient_norm: float  # of weight and bias together
    weight_norm: float
    activation_mean: float  # as all that follows, of the neurons that are not cut out
    activation_spread: float  # standard deviation over samples and neurons
    dead_share: float | None  # neurons that are off (relu) for every sample
    saturated_share: float | None  # values so close to a bound that hardly any gradient passes
    update_ratio: float | None  # |update| / |weight|; about 1e-3 is healthy


def measure(
    network: Network, x: Array, updates: dict[str, Terms] | None = None
) -> list[LayerHealth]:
    """The health of every layer: gradients as they stand, activations on samples x (N, inputs)."""
    health = []
    for i, (layer, values) in enumerate(zip(network.layers, network.activations(x), strict=True)):
        grads = [t.grad for _, t in layer.named_parameters() if t.grad is not None]
        terms = (updates or {}).get(f"layers.{i}.weight")
        alive = layer.kept is None or bool(layer.kept.data.any())
        if layer.kept is not None and alive:
            values = values[:, layer.kept.data == 1.0]
        saturated = None if layer.residual or not alive else SATURATED.get(layer.activation)
        health.append(
            LayerHealth(
                layer=i,
                gradient_norm=math.sqrt(sum(float(np.sum(g * g)) for g in grads)),
                weight_norm=float(np.linalg.norm(layer.weight.data)),
                activation_mean=float(values.mean()),
                activation_spread=float(values.std()),
                dead_share=(
                    float(np.mean((values <= 0).all(axis=0)))
                    if layer.activation == "relu" and not layer.residual and alive
                    else None
                ),
                saturated_share=None if saturated is None else float(saturated(values).mean()),
                update_ratio=None if terms is None else ratio(terms["update"], layer.weight.data),
            )
        )
    return health


def ratio(update: Array, weight: Array) -> float:
    """|update| / |weight|, infinite for a weight of nothing but zeros that moves."""
    size, step = float(np.linalg.norm(weight)), float(np.linalg.norm(update))
    if size == 0.0:
        return math.inf if step > 0.0 else 0.0
    return step / size


# where the derivative is below about 1/50 of its largest value
SATURATED: dict[str, Callable[[Array], Array]] = {
    "tanh": lambda values: np.abs(values) > 0.99,
    "sigmoid": lambda values: np.abs(values - 0.5) > 0.495,
}


# --- where numbers stopped being finite ---


@dataclass(frozen=True)
class Link:
    """One step of the way to an overflow: an op, its layer, and how large its numbers were."""

    op: str
    layer: int | None
    largest: float  # of the values, or of the gradients, in size


@dataclass(frozen=True)
class Overflow:
    """The first quantity, in order of computation, that is not a finite number."""

    step: int
    kind: str  # "parameter", "value" or "gradient"
    name: str  # of the parameter or op
    layer: int | None
    op: str | None
    chain: tuple[Link, ...] = ()  # how it got there, the overflow last


def finite(array: Array | None) -> bool:
    return array is None or bool(np.isfinite(array).all())


def layer_number(name: str) -> int:
    """The layer of a parameter: 1 for layers.1.weight."""
    return int(name.split(".")[1])


def find_overflow(step: int, network: Network, objective: Node, output: Node) -> Overflow | None:
    """Look through the forward values, then through the gradients in order of the backward pass."""
    nodes = tape(objective)
    layers = layers_of(nodes, network, output)
    for node in nodes:
        if not finite(node.data):
            name = op_name(node)
            return Overflow(step, "value", name, layers[node], name, forward_chain(node, layers))
    names = {tensor: name for name, tensor in network.named_parameters()}
    for node in reversed(nodes):
        op = op_name(node)
        if not finite(node.grad):
            chain = backward_chain(node, nodes, layers)
            return Overflow(step, "gradient", op, layers[node], op, chain)
        for source in node.inputs:
            if source in names and not finite(source.grad):
                name, chain = names[source], backward_chain(node, nodes, layers)
                return Overflow(step, "gradient", name, layer_number(name), op, chain)
    return None


def find_parameter_overflow(
    step: int, new: dict[str, Array], network: Network, objective: Node, output: Node
) -> Overflow | None:
    """The first weight that an update would make infinite, with the way its gradient took."""
    nodes = tape(objective)
    layers = layers_of(nodes, network, output)
    tensors = dict(network.named_parameters())
    for name, weight in new.items():
        if not finite(weight):
            user = next(node for node in nodes if tensors[name] in node.inputs)
            chain = backward_chain(user, nodes, layers)
            return Overflow(step, "parameter", name, layer_number(name), None, chain)
    return None


def layers_of(nodes: list[Node], network: Network, output: Node) -> dict[Node, int | None]:
    """Which layer each node of a tape belongs to; None for the loss and the penalty."""
    owners = {tensor: layer_number(name) for name, tensor in network.named_parameters()}
    layers: dict[Node, int | None] = {}
    current: int | None = None
    for node in nodes:
        if node.serial > output.serial:
            layers[node] = None
            continue
        # an op that uses a parameter opens its layer; an activation belongs to the layer before it
        current = next((owners[source] for source in node.inputs if source in owners), current)
        layers[node] = current
    return layers


def forward_chain(node: Node, layers: dict[Node, int | None]) -> tuple[Link, ...]:
    """The way the largest numbers took to `node`, from the first op on."""
    chain: list[Link] = []
    here: Node | None = node
    while here is not None and here.op is not None:
        chain.append(Link(op_name(here), layers[here], largest(here.data)))
        here = max(
            (source for source in here.inputs if source.op is not None),
            key=lambda source: largest(source.data),
            default=None,
        )
    return tuple(reversed(chain))


def backward_chain(
    node: Node, nodes: list[Node], layers: dict[Node, int | None]
) -> tuple[Link, ...]:
    """The way the largest gradients took to `node`, from the loss on."""
    chain: list[Link] = []
    here: Node | None = node
    while here is not None:
        chain.append(Link(op_name(here), layers[here], largest(here.grad)))
        here = max(
            (user for user in nodes if here in user.inputs and user.grad is not None),
            key=lambda user: largest(user.grad),
            default=None,
        )
    return tuple(reversed(chain))


def largest(array: Array | None) -> float:
    """The largest size of an element; a number that is none counts as infinite."""
    if array is None or array.size == 0:
        return 0.0
    value = float(np.max(np.abs(array)))
    return math.inf if math.isnan(value) else value


def op_name(node: Node) -> str:
    assert node.op is not None
    return node.op.name
