"""What the numbers on a training tape are called, and which number a name means.

Every array that a step computes has a name, and every element of it an index: a weight is
`layers.0.weight[1,2]`, and `layers.0.z[3,2]` is what neuron 2 adds up for sample 3 of the
minibatch. By these names a number is asked for and linked to (app/sessions/explanations.py).

    input[n,i]  target[n]            what the minibatch brings
    layers.k.weight[i,j]  .bias[j]   parameters
    layers.k.scale[j]  .shift[j]     of a norm
    layers.k.product[n,j]            x W
    layers.k.z[n,j]                  x W + b
    layers.k.norm.sub[n,j]           on the way through a norm, by op; a second one is norm.sub_2
    layers.k.normalized[n,j]         norm(z)
    layers.k.activated[n,j]          activation of that
    layers.k.mask[n,j]               what dropout multiplies by: 0, or 1 / (1 - p)
    layers.k.dropped[n,j]            what is left
    layers.k.kept[j]                 what a cut multiplies by: 0 for a neuron cut out, else 1
    layers.k.cut[n,j]                what is left of it
    layers.k.output[n,j]             what the next layer takes: the last of these, and with a
                                     residual connection x added to it
    loss.sub[n,0]  loss.power[n,0]   on the way to the loss, by op; a second one is loss.sub_2
    loss                             of the minibatch
    penalty.power[i,j]  penalty      of the weights, if there is one
    objective                        loss + penalty: where the gradients start; without one the loss
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from engine.fields import SpecError
from engine.layers import ACTIVATIONS, BatchNorm, Dense, LayerNorm
from engine.network import Network
from engine.ops import Array, MatMul, Mul
from engine.tape import Node, tape

Index = tuple[int, ...]
Element = tuple[Node, Index]  # one number: the array it is in, and where
Norm = BatchNorm | LayerNorm

_REFERENCE = re.compile(r"([a-z][a-z0-9_.]{0,60})(?:\[([0-9]{1,9}(?:,[0-9]{1,9}){0,3})\])?")


class Names:
    """The names of one recorded step: a net's answer to some samples, and what it costs."""

    def __init__(self, network: Network, objective: Node, targets: Array) -> None:
        self._nodes: dict[str, Node] = {}
        self._names: dict[Node, str] = {}
        computed = tape(objective)
        output = self._name_layers(network, computed)
        behind = _behind(output, computed)
        self.loss, self.penalty = objective, None
        apart = [source for source in objective.inputs if source not in behind]
        if len(objective.inputs) == 2 and len(apart) == 1 and apart[0].op is not None:
            # two numbers added up, one of which knows nothing of the net's answer
            self.loss, self.penalty = objective.inputs[0], apart[0]
            self._enter("penalty", self.penalty)
        self._enter("loss", self.loss)
        self._enter("objective", objective)
        for node in computed:
            family = "loss" if node in behind else "penalty"
            for source in node.inputs:
                if source.op is None and source not in self._names:
                    name = self._free(f"{family}.constant")
                    if family == "loss" and "target" not in self._nodes and _same(source, targets):
                        name = "target"
                    self._enter(name, source)
            if node not in self._names:
                assert node.op is not None
                self._enter(self._free(f"{family}.{node.op.name}"), node)
        self._samples = {node for node in behind if _rows(node) == len(targets)} - self._of_batch
        for name in ("input", "target"):
            if name in self._nodes:
                self._samples.add(self._nodes[name])

    def _name_layers(self, network: Network, computed: list[Node]) -> Node:
        """Name what the layers have and compute; returns the net's answer."""
        users: dict[Node, list[Node]] = {}
        for node in computed:
            for source in node.inputs:
                users.setdefault(source, []).append(node)
        self.added: dict[Node, Node] = {}  # products, and the sums with a bias they become
        self._of_batch: set[Node] = set()  # measured over all samples
        for k, layer in enumerate(network.layers):
            product = next(node for node in users[layer.weight] if isinstance(node.op, MatMul))
            (z,) = users[product]
            if k == 0:
                self._enter("input", product.inputs[0])
            self._enter(f"layers.{k}.weight", layer.weight)
            self._enter(f"layers.{k}.bias", layer.bias)
            self._enter(f"layers.{k}.product", product)
            self.added[product] = z
            stages = self._stages(layer, f"layers.{k}", product.inputs[0], z, users)
            output = stages.popitem()[1] if stages else z
            if output is not z:
                self._enter(f"layers.{k}.z", z)
            for name, node in stages.items():
                self._enter(f"layers.{k}.{name}", node)
            self._enter(f"layers.{k}.output", output)
            self._nodes[f"layers.{k}.z"] = z
            if layer.norm is not None:
                self._name_norm(f"layers.{k}", layer.norm, z, stages.get("normalized", output))
        return output

    def _stages(
        self, layer: Dense, name: str, x: Node, z: Node, users: Mapping[Node, list[Node]]
    ) -> dict[str, Node]:
        """What becomes of z in a layer, in the order of `engine/layers/dense.py`; the last is what
        comes out of it."""
        stages: dict[str, Node] = {}
        value = z
        if layer.norm is not None:
            (value,) = users[layer.norm.bias]
            stages["normalized"] = value
        if (op := ACTIVATIONS[layer.activation]) is not None:
            value = next(node for node in users[value] if node.op == op)
            stages["activated"] = value
        dropped = [
            node
            for node in users.get(value, [])
            if layer.dropout.p and _masks(node) and node.inputs[1] is not layer.kept
        ]
        if dropped:
            (value,) = dropped
            self._enter(f"{name}.mask", value.inputs[1])
            stages["dropped"] = value
        if layer.kept is not None:
            (value,) = (node for node in users[value] if layer.kept in node.inputs)
            self._enter(f"{name}.kept", layer.kept)
            stages["cut"] = value
        if layer.residual:
            value = next(node for node in users[value] if node.inputs == (x, value))
            stages["added"] = value
        return stages

    def _name_norm(self, name: str, norm: Norm, z: Node, normalized: Node) -> None:
        """What lies between z and its norm."""
        self._enter(f"{name}.scale", norm.weight)
        self._enter(f"{name}.shift", norm.bias)
        for node in tape(normalized):
            if z.serial < node.serial < normalized.serial:
                for source in node.inputs:
                    if source.op is None and source not in self._names:
                        self._enter(self._free(f"{name}.norm.constant"), source)
                assert node.op is not None
                self._enter(self._free(f"{name}.norm.{node.op.name}"), node)
                if isinstance(norm, BatchNorm) and node.data.ndim == 1:
                    self._of_batch.add(node)

    def _enter(self, name: str, node: Node) -> None:
        self._nodes[name] = node
        self._names.setdefault(node, name)  # of several names, the first is what it is called

    def _free(self, name: str) -> str:
        """The name, or with a number where it is taken."""
        taken = name in self._nodes
        number = 2
        while f"{name}_{number}" in self._nodes:
            number += 1
        return f"{name}_{number}" if taken else name

    # --- asking ---

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __getitem__(self, name: str) -> Node:
        return self._nodes[name]

    def of(self, node: Node) -> str:
        """What an array is called."""
        return self._names[node]

    def reference(self, node: Node, index: Index) -> str:
        """What one number is called."""
        where = ",".join(map(str, index))
        return self._names[node] + (f"[{where}]" if index else "")

    def sample(self, node: Node, index: Index) -> int | None:
        """Which sample of the minibatch a number belongs to; None for those of all of them."""
        return index[0] if node in self._samples else None

    def find(self, reference: str) -> Element:
        """The number a reference means. SpecError: there is none, and these there are."""
        found = _REFERENCE.fullmatch(reference.replace(" ", ""))
        node = self._nodes.get(found[1]) if found else None
        if found is None or node is None:
            choices = [_range(name, node.data.shape) for name, node in self._nodes.items()]
            raise SpecError(
                "element", reference, {"choices": choices}, "must name a number of this step"
            )
        index = tuple(map(int, found[2].split(","))) if found[2] else ()
        shape = node.data.shape
        if len(index) != len(shape) or any(i >= n for i, n in zip(index, shape, strict=True)):
            ranged = _range(found[1], shape)
            raise SpecError("element", reference, {"choices": [ranged]}, f"must be {ranged}")
        return node, index


def _masks(node: Node) -> bool:
    """Whether a node multiplies by something that does not learn, as dropout does."""
    return isinstance(node.op, Mul) and node.inputs[1].op is None


def _same(node: Node, targets: Array) -> bool:
    return node.data.size == targets.size and np.array_equal(node.data.ravel(), targets.ravel())


def _rows(node: Node) -> int | None:
    return node.data.shape[0] if node.data.ndim else None


def _range(name: str, shape: tuple[int, ...]) -> str:
    """A name with all the indices it may have: layers.0.bias[0..3]."""
    indices = ",".join(f"0..{n - 1}" for n in shape)
    return name + (f"[{indices}]" if shape else "")


def _behind(output: Node, computed: list[Node]) -> set[Node]:
    """`output`, all it was computed from, and all that was computed from it."""
    found = {output}
    for node in computed:
        if not found.isdisjoint(node.inputs):
            found.add(node)
    return found | set(tape(output))
