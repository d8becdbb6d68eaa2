"""A net as settings: its layers from the inputs on, and whether they fit together, the data and the
loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.datasets import Source
from engine.fields import (
    Declared,
    SpecError,
    boolean,
    choice,
    integer,
    known,
    mapping,
    number,
    parse,
    to_json,
)
from engine.held import MOST_UNITS, Elements, Frozen, Units, check_held, fitting
from engine.initializers import INITIALIZERS
from engine.layers import ACTIVATIONS, NORMALIZATIONS
from engine.losses import Loss

MAX_LAYERS = 16  # the output layer included

Row = dict[str, Any]


@dataclass(frozen=True)
class LinearSpec(Declared):
    """One fully connected layer, and what is done to what it computes: see `engine/layers/dense.py`
    for the order."""

    kind: str = choice("linear", ("linear",))
    units: int = integer(4, 1, MOST_UNITS)
    activation: str = choice("tanh", tuple(ACTIVATIONS))
    initializer: str = choice("orthogonal", tuple(INITIALIZERS))
    normalization: str = choice("none", tuple(NORMALIZATIONS))
    dropout: float = number(0.0, 0, 1, exclusive_maximum=True)
    residual: bool = boolean(False)
    # neurons that give 0 to all that comes after; numbers that the optimizer leaves alone
    cut: tuple[int, ...] = field(default=(), metadata={"kind": Units()})
    frozen: Frozen = field(default=(), metadata={"kind": Elements()})

    def to_json(self) -> Row:
        """The full form; the last ones only where they do something."""
        return {k: v for k, v in to_json(self).items() if k not in RARE or v != RARE[k]}


RARE: Row = {"normalization": "none", "dropout": 0.0, "residual": False, "cut": [], "frozen": []}


@dataclass(frozen=True)
class NetworkSpec:
    """The layers of a net; the last one is its output."""

    layers: tuple[LinearSpec, ...]

    def to_json(self) -> Row:
        return {"layers": [layer.to_json() for layer in self.layers]}

    @property
    def arrays(self) -> tuple[LinearSpec, ...]:
        """The layers with nothing but what decides which arrays there are."""
        return tuple(
            replace(layer, activation="linear", dropout=0.0, residual=False, cut=(), frozen=())
            for layer in self.layers
        )

    @property
    def frozen(self) -> tuple[Frozen, ...]:
        """What stands still, layer by layer."""
        return tuple(layer.frozen for layer in self.layers)

    def normalizes(self, kind: str) -> bool:
        return any(layer.normalization == kind for layer in self.layers)


def usual_layers(data: Source, loss: Loss) -> list[Row]:
    """The net one gets when one asks for no other."""
    hidden = [{"units": n, "activation": data.hidden_activation} for n in data.hidden]
    return [*hidden, _ending(data, loss)]


def usual_network(data: Source, loss: Loss) -> NetworkSpec:
    return parse_network({"layers": usual_layers(data, loss)}, data, loss)


def _ending(data: Source, loss: Loss) -> Row:
    """What the output layer is unless it says otherwise."""
    return {"units": data.outputs, "activation": loss.default_output_activation(data.task)}


def fitting_layers(
    layers: Sequence[LinearSpec], before: tuple[Source, Loss], data: Source, loss: Loss
) -> list[Row]:
    """Layers that suited data and loss `before`, with an output that suits those of now."""
    *hidden, last = layers
    old_data, old_loss = before
    if data.task != old_data.task or loss.name != old_loss.name:
        usual_before = old_loss.default_output_activation(old_data.task)
        usual_now = loss.default_output_activation(data.task)
        # an activation somebody chose on purpose stays, if the loss can use it
        if last.activation == usual_before or not accepts(loss, last.activation):
            last = replace(last, activation=usual_now)
    rows, fan_in = [], data.inputs
    for layer in (*hidden, replace(last, units=data.outputs)):
        held = fitting(layer.cut, layer.frozen, fan_in, layer.units)
        residual = layer.residual and layer.units == fan_in
        rows.append(replace(layer, residual=residual, **held).to_json())
        fan_in = layer.units
    return rows


def accepts(loss: Loss, activation: str) -> bool:
    return loss.output_activations is None or activation in loss.output_activations


def parse_network(given: Any, data: Source, loss: Loss) -> NetworkSpec:
    given = mapping(given, "network")
    known(given, ["layers"], "network")
    ending, layers = _ending(data, loss), given.get("layers")
    if layers is None:
        layers = usual_layers(data, loss)
    count = {"type": "array", "minimum": 1, "maximum": MAX_LAYERS}
    if not isinstance(layers, list | tuple):
        raise SpecError("network.layers", layers, count, "must be a list of layers")
    if not 1 <= len(layers) <= MAX_LAYERS:
        raise SpecError("network.layers", layers, count, f"must hold 1 to {MAX_LAYERS} layers")
    last = len(layers) - 1
    parsed = []
    for i, layer in enumerate(layers):
        path = f"network.layers[{i}]"
        layer = mapping(layer, path)
        parsed.append(parse(LinearSpec, {**ending, **layer} if i == last else layer, path))
    _check_output(parsed[-1], f"network.layers[{last}]", data, loss)
    _check_residuals(parsed, data.inputs)
    for i, (layer, fan_in) in enumerate(zip(parsed, _fan_ins(parsed, data.inputs), strict=True)):
        check_held(layer.cut, layer.frozen, fan_in, layer.units, f"network.layers[{i}]")
    return NetworkSpec(tuple(parsed))


def _check_output(output: LinearSpec, path: str, data: Source, loss: Loss) -> None:
    if output.units != data.outputs:
        allowed = {"type": "integer", "minimum": data.outputs, "maximum": data.outputs}
        reason = f"is the output layer and must be {data.outputs} for {data.name}"
        raise SpecError(f"{path}.units", output.units, allowed, reason)
    if not accepts(loss, output.activation):
        fitting = loss.output_activations or ()
        reason = f"must be {' or '.join(fitting)} before the loss {loss.name}"
        raise SpecError(f"{path}.activation", output.activation, {"choices": list(fitting)}, reason)
    if output.dropout:
        allowed = {"type": "number", "minimum": 0, "maximum": 0}
        reason = "is for hidden layers: the output must keep all its values, at 0"
        raise SpecError(f"{path}.dropout", output.dropout, allowed, reason)
    if output.cut:
        reason = "is for hidden layers: the output must keep all its values"
        raise SpecError(f"{path}.cut", list(output.cut), {"choices": []}, reason)


def _check_residuals(layers: Sequence[LinearSpec], inputs: int) -> None:
    """A layer's inputs can be added to its outputs where they are equally many."""
    for i, (layer, fan_in) in enumerate(zip(layers, _fan_ins(layers, inputs), strict=True)):
        if layer.residual and layer.units != fan_in:
            raise SpecError(
                f"network.layers[{i}].residual",
                True,
                {"choices": [False]},
                f"adds {fan_in} inputs to {layer.units} outputs, which must be equally many",
            )


def _fan_ins(layers: Sequence[LinearSpec], inputs: int) -> list[int]:
    """How many numbers arrive at each layer."""
    return [inputs, *(layer.units for layer in layers[:-1])]
