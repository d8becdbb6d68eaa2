"""A whole session as one value: what the URL keeps, the API takes and a file saves.

Every field has a default, some of which follow from the data set: `Spec.parse({})` is the default
session. Unknown keys and values out of range are a `SpecError`. A spec never changes; `merged`
makes another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.clipping import CLIPPINGS, Clipping, NoClipping
from engine.datasets import DATASETS, Source
from engine.fields import (
    Choice,
    Declared,
    Number,
    SpecError,
    changed,
    choice,
    integer,
    kinds,
    known,
    mapping,
    parse,
    parse_named,
    to_json,
)
from engine.losses import BALANCED, LOSSES, CrossEntropy, Loss
from engine.network_spec import (
    MAX_LAYERS,
    LinearSpec,
    NetworkSpec,
    fitting_layers,
    parse_network,
    usual_layers,
    usual_network,
)
from engine.optimizers import OPTIMIZERS, Optimizer
from engine.regularizers import REGULARIZERS, Regularizer
from engine.schedules import SCHEDULES, Constant, ReduceOnPlateau, Schedule
from engine.stopping import Stopping

__all__ = ["ALL", "MAX_LAYERS", "LinearSpec", "NetworkSpec", "Settings", "Spec"]

VERSION = 1
ALL = "all"  # a batch of all training rows


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
    cost: Loss
    optimizer: Optimizer
    regularization: Regularizer
    schedule: Schedule | ReduceOnPlateau
    clipping: Clipping
    stopping: Stopping
    batch: int | str  # a number of samples, or ALL

    @property
    def seed(self) -> int:
        return self.settings.seed

    @property
    def dtype(self) -> str:
        return self.settings.dtype

    @property
    def loss(self) -> str:
        return self.cost.name

    @property
    def batch_size(self) -> int:
        return _samples(self.batch, self.data)

    def batch_in(self, rows: int) -> int:
        """How many samples a batch holds where there are so many rows to train on."""
        return min(self.batch, rows) if isinstance(self.batch, int) else rows

    @classmethod
    def parse(cls, given: Any) -> Spec:
        given = mapping(given, "")
        settings = {key: given[key] for key in kinds(Settings) if key in given}
        known(given, [*kinds(Settings), *_PARTS], "")
        data = parse_named(DATASETS, given.get("data", {}), "data", "circle")
        loss = _parse_loss(given.get("loss", data.loss), data)
        network = parse_network(given.get("network", {}), data, loss)
        return cls(
            settings=parse(Settings, settings, ""),
            data=data,
            network=network,
            cost=loss,
            optimizer=parse_named(OPTIMIZERS, given.get("optimizer", {}), "optimizer", "sgd"),
            regularization=parse_named(
                REGULARIZERS, given.get("regularization", {}), "regularization", "none"
            ),
            schedule=parse_named(SCHEDULES, given.get("schedule", {}), "schedule", "constant"),
            clipping=parse_named(CLIPPINGS, given.get("clipping", {}), "clipping", "none"),
            stopping=parse(Stopping, given.get("stopping", {}), "stopping"),
            batch=_parse_batch(given.get("batch_size", _usual_batch(data)), data, network),
        )

    def to_json(self) -> dict[str, Any]:
        """The full form; the loss by its name alone where its fields are at their defaults, and
        schedule, clipping and stopping only where they do something."""
        rare: dict[str, Any] = {"schedule": self.schedule, "clipping": self.clipping}
        fields, stopping = changed(self.cost), changed(self.stopping)
        return {
            **to_json(self.settings),
            "data": {"name": self.data.name, **_written(self.data)},
            "network": self.network.to_json(),
            "loss": {"name": self.loss, **fields} if fields else self.loss,
            "optimizer": {"name": self.optimizer.name, **to_json(self.optimizer)},
            "regularization": {"name": self.regularization.name, **to_json(self.regularization)},
            "batch_size": self.batch,
            **{
                part: {"name": rule.name, **to_json(rule)}
                for part, rule in rare.items()
                if rule not in (Constant(), NoClipping())
            },
            **({"stopping": stopping} if stopping else {}),
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
        if "stopping" in changes:
            given = mapping(changes["stopping"], "stopping")
            new["stopping"] = {**full.get("stopping", {}), **given}
        data = parse_named(DATASETS, new["data"], "data", self.data.name)
        new["loss"] = self._merged_loss(changes, data)
        loss = _parse_loss(new["loss"], data)
        moved = data.name != self.data.name
        network = mapping(changes.get("network", {}), "network")
        if "layers" not in network:
            untouched = moved and self.network == usual_network(self.data, self.cost)
            before = (self.data, self.cost)
            new["network"] = {
                "layers": usual_layers(data, loss)
                if untouched
                else fitting_layers(self.network.layers, before, data, loss),
                **network,
            }
        if "batch_size" not in changes:
            untouched = moved and self.batch == _usual_batch(self.data)
            net = parse_network(new["network"], data, loss)
            usual = _usual_batch(data) if untouched else self.batch
            new["batch_size"] = _fitting_batch(usual, data, net)
        return Spec.parse(new)

    def _merged_loss(self, changes: dict[str, Any], data: Source) -> Any:
        if isinstance(given := changes.get("loss"), Mapping):
            old = {"name": self.loss, **changed(self.cost)}
            return _merge_named(old, given, ("reduction",), "loss")
        if "loss" in changes:
            return given
        if data.task != self.data.task:
            return data.loss
        loss = {"name": self.loss, **changed(self.cost)}
        if data.classes != self.data.classes and loss.get("class_weights") != BALANCED:
            loss.pop("class_weights", None)
        return loss

    def live_change_from(self, old: Spec) -> bool:
        """Whether a running net can go on from `old`: nothing it is made of has changed, and the
        data are the same or such that they may change while it learns."""
        return (
            self.settings == old.settings
            and self.data.continues(old.data)
            and self.network.arrays == old.network.arrays
        )


def _written(data: Source) -> dict[str, Any]:
    """The fields of a data set; a validation part only where there is one."""
    fields = to_json(data)
    if not data.validation_fraction:
        del fields["validation_fraction"]
    return fields


# --- the loss ---


def _parse_loss(given: Any, data: Source) -> Loss:
    """A loss by its name, or by its name and fields."""
    fitting = {key: loss for key, loss in LOSSES.items() if data.task in loss.tasks}
    if not isinstance(given, Mapping):
        return fitting[Choice(tuple(fitting)).check(given, "loss")]()
    loss = parse_named(fitting, given, "loss", data.loss)
    weights = loss.class_weights if isinstance(loss, CrossEntropy) else None
    if isinstance(weights, tuple) and len(weights) != data.classes:
        raise SpecError(
            "loss.class_weights",
            list(weights),
            {"type": "array", "minimum": data.classes, "maximum": data.classes},
            f"must hold {data.classes} numbers, one for each class",
        )
    return loss


# --- the batch ---


def batch_size_field(data: Source) -> Number:
    """A batch holds at least one sample and at most all there are to train on."""
    return Number(1, data.train_rows, False, False, "integer")


def _usual_batch(data: Source) -> int:
    return min(data.batch_size, data.train_rows)


def _samples(batch: int | str, data: Source) -> int:
    return batch if isinstance(batch, int) else data.train_rows


def _parse_batch(given: Any, data: Source, network: NetworkSpec) -> int | str:
    batch: int | str = ALL if given == ALL else batch_size_field(data).check(given, "batch_size")
    if not _suits(batch, data, network):
        reason = f"leaves a batch of 1 of {data.train_rows} rows, and batch norm takes at least 2"
        allowed = {**batch_size_field(data).allowed(), "minimum": 2}
        raise SpecError("batch_size", given, allowed, reason)
    return batch


def _fitting_batch(batch: int | str, data: Source, network: NetworkSpec) -> int | str:
    if isinstance(batch, int):
        batch = min(batch, data.train_rows)
        while batch < data.train_rows and not _suits(batch, data, network):
            batch += 1
    return batch


def _suits(batch: int | str, data: Source, network: NetworkSpec) -> bool:
    """One sample alone has no spread that a batch norm could divide by."""
    size, rows = _samples(batch, data), data.train_rows
    return not network.normalizes("batch") or (size > 1 and rows % size != 1)


def _merge_named(old: dict[str, Any], changes: Any, shared: tuple[str, ...], path: str) -> Any:
    """A menu entry with some fields replaced; another name keeps what its family shares."""
    changes = mapping(changes, path)
    if changes.get("name", old["name"]) == old["name"]:
        return {**old, **changes}
    return {**{key: old[key] for key in shared if key in old}, **changes}


_SHARED: dict[str, tuple[str, ...]] = {
    "data": (),
    "optimizer": ("learning_rate",),
    "regularization": ("rate",),
    "schedule": (),
    "clipping": ("limit",),
}
_UNSAID = {"schedule": Constant.name, "clipping": NoClipping.name}  # left out of the JSON
_PARTS = (*_SHARED, "network", "loss", "batch_size", "stopping")
