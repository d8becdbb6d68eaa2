"""A whole session as one value: what the URL keeps, the API takes and a file saves.

Every field has a default, some of which follow from the data set: `Spec.parse({})` is the default
session. Unknown keys and values out of range are a `SpecError`. A spec never changes; `merged`
makes another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine.clipping import CLIPPINGS, Clipping, NoClipping
from engine.datasets import DATASETS, Source
from engine.fields import (
    Choice,
    Declared,
    Number,
    SpecError,
    choice,
    integer,
    kinds,
    known,
    mapping,
    parse,
    parse_named,
    to_json,
)
from engine.initializers import INITIALIZERS
from engine.layers import ACTIVATIONS
from engine.losses import LOSSES, Loss
from engine.optimizers import OPTIMIZERS, Optimizer
from engine.regularizers import REGULARIZERS, Regularizer
from engine.schedules import SCHEDULES, Constant, Schedule

VERSION = 1
MAX_LAYERS = 9  # the output layer included


@dataclass(frozen=True)
class LinearSpec(Declared):
    """One fully connected layer."""

    kind: str = choice("linear", ("linear",))
    units: int = integer(4, 1, 64)
    activation: str = choice("tanh", tuple(ACTIVATIONS))
    initializer: str = choice("orthogonal", tuple(INITIALIZERS))


@dataclass(frozen=True)
class NetworkSpec:
    """The layers of a net; the last one is its output."""

    layers: tuple[LinearSpec, ...]


@dataclass(frozen=True)
class Settings(Declared):
    """The plain fields at the top of a spec."""

    version: int = integer(VERSION, VERSION, VERSION)
    seed: int = integer(42, 0, 2**32 - 1)
    dtype: str = choice("float64", ("float64", "float32"))


@dataclass(frozen=True)
class Spec:
    """Data, net, loss, optimizer and seed: everything a training run follows from."""

    settings: Settings
    data: Source
    network: NetworkSpec
    loss: str
    optimizer: Optimizer
    regularization: Regularizer
    schedule: Schedule
    clipping: Clipping
    batch_size: int

    @property
    def seed(self) -> int:
        return self.settings.seed

    @property
    def dtype(self) -> str:
        return self.settings.dtype

    @classmethod
    def parse(cls, given: Any) -> Spec:
        given = mapping(given, "")
        settings = {key: given[key] for key in kinds(Settings) if key in given}
        known(given, [*kinds(Settings), *_PARTS], "")
        data = parse_named(DATASETS, given.get("data", {}), "data", "circle")
        loss = _parse_loss(given.get("loss", data.loss), data)
        return cls(
            settings=parse(Settings, settings, ""),
            data=data,
            network=_parse_network(given.get("network", {}), data, loss),
            loss=loss.name,
            optimizer=parse_named(OPTIMIZERS, given.get("optimizer", {}), "optimizer", "sgd"),
            regularization=parse_named(
                REGULARIZERS, given.get("regularization", {}), "regularization", "none"
            ),
            schedule=parse_named(
                SESSION_SCHEDULES, given.get("schedule", {}), "schedule", "constant"
            ),
            clipping=parse_named(CLIPPINGS, given.get("clipping", {}), "clipping", "none"),
            batch_size=batch_size_field(data).check(
                given.get("batch_size", _usual_batch_size(data)), "batch_size"
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """The full form; schedule and clipping only where they do something."""
        rare: dict[str, Schedule | Clipping] = {
            "schedule": self.schedule,
            "clipping": self.clipping,
        }
        return {
            **to_json(self.settings),
            "data": {"name": self.data.name, **to_json(self.data)},
            "network": {"layers": [to_json(layer) for layer in self.network.layers]},
            "loss": self.loss,
            "optimizer": {"name": self.optimizer.name, **to_json(self.optimizer)},
            "regularization": {"name": self.regularization.name, **to_json(self.regularization)},
            "batch_size": self.batch_size,
            **{
                part: {"name": rule.name, **to_json(rule)}
                for part, rule in rare.items()
                if rule not in (Constant(), NoClipping())
            },
        }

    def merged(self, changes: Any) -> Spec:
        """This spec with some fields replaced; what no longer fits follows, unless it was named."""
        changes = mapping(changes, "")
        full = self.to_json()
        new = {**full, **changes}
        for part, shared in _SHARED.items():
            if part in changes:
                old = full.get(part, {"name": _UNSAID.get(part)})
                new[part] = _merge_named(old, changes[part], shared, part)
        data = parse_named(DATASETS, new["data"], "data", self.data.name)
        if data.task != self.data.task and "loss" not in changes:
            new["loss"] = data.loss
        network = mapping(changes.get("network", {}), "network")
        loss = _parse_loss(new["loss"], data)
        moved = data.name != self.data.name
        if "layers" not in network:
            untouched = moved and self.network == self._usual_network()
            layers = _usual_layers(data, loss) if untouched else self._fitting_layers(data, loss)
            new["network"] = {"layers": layers, **network}
        if "batch_size" not in changes:
            untouched = moved and self.batch_size == _usual_batch_size(self.data)
            new["batch_size"] = min(
                _usual_batch_size(data) if untouched else self.batch_size, data.train_rows
            )
        return Spec.parse(new)

    def _usual_network(self) -> NetworkSpec:
        """The net one gets with this data set and this loss when one asks for no other."""
        loss = LOSSES[self.loss]()
        return _parse_network({"layers": _usual_layers(self.data, loss)}, self.data, loss)

    def _fitting_layers(self, data: Source, loss: Loss) -> list[dict[str, Any]]:
        """The layers of now with an output that suits `data` and `loss`."""
        *hidden, last = self.network.layers
        if data.task != self.data.task or loss.name != self.loss:
            usual_before = LOSSES[self.loss]().default_output_activation(self.data.task)
            usual_now = loss.default_output_activation(data.task)
            # an activation somebody chose on purpose stays, if the loss can use it
            if last.activation == usual_before or not _accepts(loss, last.activation):
                last = replace(last, activation=usual_now)
        return [to_json(layer) for layer in (*hidden, replace(last, units=data.outputs))]

    def live_change_from(self, old: Spec) -> bool:
        """Whether a running net can go on from `old`: nothing it is made of has changed."""
        return (
            self.settings == old.settings
            and self.data == old.data
            and _without_activations(self.network) == _without_activations(old.network)
        )


def batch_size_field(data: Source) -> Number:
    """A batch holds at least one sample and at most all there are to train on."""
    return Number(1, data.train_rows, False, False, "integer")


def _usual_batch_size(data: Source) -> int:
    return min(data.batch_size, data.train_rows)


def _usual_layers(data: Source, loss: Loss) -> list[dict[str, Any]]:
    hidden = [{"units": n, "activation": data.hidden_activation} for n in data.hidden]
    return [*hidden, _ending(data, loss)]


def _ending(data: Source, loss: Loss) -> dict[str, Any]:
    """What the output layer is unless it says otherwise."""
    return {"units": data.outputs, "activation": loss.default_output_activation(data.task)}


def _parse_loss(name: Any, data: Source) -> Loss:
    fitting = tuple(key for key, loss in LOSSES.items() if data.task in loss.tasks)
    return LOSSES[Choice(fitting).check(name, "loss")]()


def _parse_network(given: Any, data: Source, loss: Loss) -> NetworkSpec:
    given = mapping(given, "network")
    known(given, ["layers"], "network")
    ending, layers = _ending(data, loss), given.get("layers")
    if layers is None:
        layers = _usual_layers(data, loss)
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
    path, output = f"network.layers[{last}]", parsed[-1]
    if output.units != data.outputs:
        allowed = {"type": "integer", "minimum": data.outputs, "maximum": data.outputs}
        reason = f"is the output layer and must be {data.outputs} for {data.name}"
        raise SpecError(f"{path}.units", output.units, allowed, reason)
    if not _accepts(loss, output.activation):
        fitting = loss.output_activations or ()
        reason = f"must be {' or '.join(fitting)} before the loss {loss.name}"
        allowed = {"choices": list(fitting)}
        raise SpecError(f"{path}.activation", output.activation, allowed, reason)
    return NetworkSpec(tuple(parsed))


def _accepts(loss: Loss, activation: str) -> bool:
    return loss.output_activations is None or activation in loss.output_activations


def _without_activations(network: NetworkSpec) -> tuple[LinearSpec, ...]:
    return tuple(replace(layer, activation="linear") for layer in network.layers)


def _merge_named(old: dict[str, Any], changes: Any, shared: tuple[str, ...], path: str) -> Any:
    """A menu entry with some fields replaced; another name keeps what its family shares."""
    changes = mapping(changes, path)
    if changes.get("name", old["name"]) == old["name"]:
        return {**old, **changes}
    return {**{key: old[key] for key in shared if key in old}, **changes}


# Reducing on a plateau watches a loss and has a state of its own: it is for scripts, not sessions.
SESSION_SCHEDULES = {name: cls for name, cls in SCHEDULES.items() if issubclass(cls, Schedule)}

_SHARED: dict[str, tuple[str, ...]] = {
    "data": (),
    "optimizer": ("learning_rate",),
    "regularization": ("rate",),
    "schedule": (),
    "clipping": ("limit",),
}
_UNSAID = {"schedule": Constant.name, "clipping": NoClipping.name}  # left out of the JSON
_PARTS = (*_SHARED, "network", "loss", "batch_size")
