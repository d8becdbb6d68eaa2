"""What is wrong with a net, measured from its last pass. So far: where numbers stopped being
finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.network import Network
from engine.ops import Array
from engine.tape import Node, tape


@dataclass(frozen=True)
class Overflow:
    """The first quantity, in order of computation, that is not a finite number."""

    step: int
    kind: str  # "parameter", "value" or "gradient"
    name: str  # of the parameter or op
    layer: int | None
    op: str | None


def finite(array: Array | None) -> bool:
    return array is None or bool(np.isfinite(array).all())


def layer_number(name: str) -> int:
    """The layer of a parameter: 1 for layers.1.weight."""
    return int(name.split(".")[1])


def find_overflow(step: int, network: Network, objective: Node, output: Node) -> Overflow | None:
    """Look through the forward values, then through the gradients in the order of the backward
    pass.
    """
    nodes = tape(objective)
    layers = layers_of(nodes, network, output)
    for node in nodes:
        if not finite(node.data):
            assert node.op is not None
            return Overflow(step, "value", node.op.name, layers[node], node.op.name)
    names = {tensor: name for name, tensor in network.named_parameters()}
    for node in reversed(nodes):
        assert node.op is not None
        if not finite(node.grad):
            return Overflow(step, "gradient", node.op.name, layers[node], node.op.name)
        for source in node.inputs:
            if source in names and not finite(source.grad):
                name = names[source]
                return Overflow(step, "gradient", name, layer_number(name), node.op.name)
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
