"""A walk through a network, read for a program: its numbers put together again as matrices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.exports.code.update import remembered
from app.exports.code.writing import Dialect, derivative, python
from engine.expression import Call, Name, Node, Number
from engine.layers import ACTIVATIONS
from engine.losses import LOSSES, Loss
from engine.regularizers import L1, L2, ElasticNet
from engine.spec import Spec

Row = dict[str, Any]
Array = NDArray[Any]
ELEMENT = re.compile(r"([\w.]+)\[([\d,]+)\]")


@dataclass(frozen=True)
class Layer:
    """A fully connected layer: outputs = activation(inputs @ weight + bias)."""

    number: int  # from 1
    weight: Array  # (inputs, units)
    bias: Array  # (units,)
    activation: str

    @property
    def parameters(self) -> dict[str, Array]:
        """Its arrays, by their names in a program."""
        return {f"W{self.number}": self.weight, f"b{self.number}": self.bias}

    @property
    def output(self) -> str:
        """What a program calls the outputs: Z1 before the activation, A1 after it."""
        return f"{'Z' if self.activation == 'linear' else 'A'}{self.number}"

    def activated(self) -> Node:
        """The formula of A from Z."""
        op = ACTIVATIONS[self.activation]
        assert op is not None
        return Call(op.name, (Name(f"Z{self.number}"), *map(Number, vars(op).values())))

    def slope(self) -> Node:
        """The derivative of A by Z."""
        op = ACTIVATIONS[self.activation]
        assert op is not None
        meanings: dict[str, Node] = {"x": Name(f"Z{self.number}"), "z": Name(f"A{self.number}")}
        meanings |= {key: Number(value) for key, value in vars(op).items()}
        return derivative(op.name, 0, meanings)


@dataclass(frozen=True)
class Step:
    """Everything that one step of a network follows from."""

    spec: Spec
    inputs: Array  # (samples, inputs)
    targets: Array  # (samples,)
    layers: list[Layer]
    loss: Loss
    states: Mapping[str, Mapping[str, Array]]  # what the optimizer remembers, by parameter and name

    @classmethod
    def read(cls, document: Row) -> Step:
        """Put the arrays together."""
        spec = Spec.parse(document["spec"])
        loss = _loss(document["spec"]["loss"])
        elements = {node["element"]: node["value"] for node in document["nodes"]}
        states: dict[str, dict[str, Any]] = {}
        for position in document["positions"]:
            if position["phase"] == "update":
                element = document["nodes"][position["node"]]["element"]
                for key, value in remembered(position).items():
                    states.setdefault(key, {})[element] = value
        layers = [
            Layer(
                i + 1,
                gather(elements, f"layers.{i}.weight"),
                gather(elements, f"layers.{i}.bias"),
                layer.activation,
            )
            for i, layer in enumerate(spec.network.layers)
        ]
        old = {
            f"{letter}{layer.number}": {
                key: gather(values, f"layers.{layer.number - 1}.{name}")
                for key, values in states.items()
            }
            for layer in layers
            for letter, name in (("W", "weight"), ("b", "bias"))
        }
        kind = int if loss.name == "cross_entropy" else float  # classes or numbers
        targets = np.array(document["targets"], kind)
        return cls(spec, gather(elements, "input"), targets, layers, loss, old)

    @property
    def parameters(self) -> dict[str, Array]:
        """All parameters by their names in a program."""
        return {name: array for layer in self.layers for name, array in layer.parameters.items()}

    @property
    def weights(self) -> list[str]:
        """What a penalty applies to."""
        return [f"W{layer.number}" for layer in self.layers]

    @property
    def output(self) -> str:
        return self.layers[-1].output

    def chain(self, dialect: Dialect) -> list[str]:
        """The lines from the inputs to the output, layer by layer."""
        lines, before = [], "X"
        for layer in self.layers:
            i = layer.number
            shape = f"({len(self.inputs)}, {len(layer.bias)})"
            lines.append(f"Z{i} = {before} @ W{i} + b{i}  # {shape}")
            if layer.activation != "linear":
                lines.append(f"A{i} = {python(layer.activated(), dialect)}")
            before = layer.output
        return lines

    @property
    def shape(self) -> str:
        """2-4-1: the numbers of inputs and of each layer's units."""
        return "-".join(map(str, [self.inputs.shape[1], *(len(each.bias) for each in self.layers)]))

    @property
    def penalized(self) -> bool:
        """Whether large weights cost something."""
        return self.spec.regularization.rate > 0 and self.spec.regularization.name != "none"

    def penalty(self, sizes: str, squares: str) -> list[str]:
        """The lines that compute it, given the texts of sum |w| and sum w^2 over matrices {}."""
        if not self.penalized:
            return []
        matrices = f"[{', '.join(self.weights)}]"
        size = f"sizes = {sizes.format(matrices)}"
        square = f"squares = {squares.format(matrices)}"
        match self.spec.regularization:
            case L1(rate):
                lines = [size, f"penalty = {rate!r} * sizes"]
            case L2(rate):
                lines = [square, f"penalty = {rate!r} / 2 * squares"]
            case ElasticNet(rate, share):
                cost = f"{share!r} * sizes + (1 - {share!r}) / 2 * squares"
                lines = [size, square, f"penalty = {rate!r} * ({cost})"]
            case other:
                raise TypeError(f"no program for the penalty {other.name}")
        return [*lines, "objective = loss + penalty"]

    def pull(self, sign: str, weight: str) -> str:
        """The text of its derivative by a weight, given that of the weight's sign."""
        match self.spec.regularization:
            case L1(rate):
                return f"{rate!r} * {sign}"
            case L2(rate):
                return f"{rate!r} * {weight}"
            case ElasticNet(rate, share):
                return f"{rate!r} * ({share!r} * {sign} + (1 - {share!r}) * {weight})"
        raise TypeError("there is no penalty")


def _loss(given: Any) -> Loss:
    """The loss of a spec: its name, or its name and what is not as usual about it."""
    fields = {"name": given} if isinstance(given, str) else dict(given)
    return LOSSES[fields.pop("name")](**fields)


def full_name(parameter: str) -> str:
    """What the parameter W1 of a program is called everywhere else."""
    name = "weight" if parameter[0] == "W" else "bias"
    return f"layers.{int(parameter[1:]) - 1}.{name}"


def gather(elements: Mapping[Any, Any], name: str) -> Array:
    """The array whose elements are given by name, such as layers.0.weight[1,2]. The samples of a
    walk are numbered as in their minibatch, so one alone may be the third."""
    found = {}
    for element, value in elements.items():
        match = ELEMENT.fullmatch(element or "")
        if match and match[1] == name:
            found[tuple(map(int, match[2].split(",")))] = value
    axes = [sorted({index[axis] for index in found}) for axis in range(len(next(iter(found))))]
    array = np.empty([len(axis) for axis in axes])
    for index, value in found.items():
        array[tuple(axes[axis].index(at) for axis, at in enumerate(index))] = value
    return array
