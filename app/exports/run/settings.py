"""The settings of a run as a program keeps them: the first ones, what is changed on the way, and
which rules and features it all needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from app.errors import Invalid
from app.exports.run.history import History
from app.sessions.travel import AllWeights, Edit, Settings, WeightEdit
from engine.fields import to_json
from engine.layers import NORMALIZATIONS
from engine.losses import Loss
from engine.ops import Array
from engine.regularizers import L1, L2, ElasticNet
from engine.schedules import ReduceOnPlateau
from engine.spec import LinearSpec, Spec
from engine.training import Trainer

Row = dict[str, Any]

# What a program can make of a layer.
KINDS = {"linear"}
FIELDS = {"kind", "units", "activation", "initializer", "normalization", "dropout", "residual"}
FIELDS |= {"cut", "frozen"}

# with what means none
_RARE: Row = {"normalization": "none", "dropout": 0.0, "residual": False, "cut": (), "frozen": ()}


@dataclass
class Settled:
    """All settings that a run had, ready to be written."""

    first: Row
    row: Callable[[Spec], Row]
    now: Row  # while its changes are written
    activations: list[str]
    losses: list[str]
    optimizers: list[str]
    schedules: list[str]
    clippings: list[str]
    features: set[str]

    @property
    def written(self) -> list[str]:
        """The lines of the first ones."""
        lines = []
        for key, value in self.first.items():
            if key in ("penalty", "clipping") and key not in self.features:
                continue
            if key == "layers":
                each = [f"        {literal(layer)}," for layer in value]
                lines += ['    "layers": [', *each, "    ],"]
            else:
                lines.append(f'    "{key}": {literal(value)},')
        return lines


def literal(value: Any) -> str:
    """As a program has it, with the quotes that are used in the rest of it."""
    return repr(value).replace("'", '"')


def settled(trainer: Trainer, history: History) -> Settled:
    """Read them. Raises Invalid: a layer is of a kind that programs do not know."""
    data = trainer.dataset

    specs = [history.start.spec]
    specs += [edit.spec for _, edit in history.edits if isinstance(edit, Settings)]
    if any(spec.data != specs[0].data for spec in specs):
        raise Invalid(
            "Programs cannot be written for a run whose data were changed on the way. "
            "After a reset it begins with the data of now.",
            field="data",
        )
    for spec in specs:
        _refuse_unknown(spec)
    all_layers = [layer for spec in specs for layer in spec.network.layers]
    shown = ["activation"]
    shown += [
        name for name, off in _RARE.items() if any(getattr(x, name) != off for x in all_layers)
    ]

    def row_of(spec: Spec) -> Row:
        return _row(spec, spec.cost.fitted(data.y_train, data.classes), shown)

    rows = [row_of(spec) for spec in specs]
    clippings = _each(row["clipping"][0] for row in rows if row["clipping"])
    schedules = _each(row["schedule"][0] for row in rows)
    features = {
        "norm": "normalization" in shown,
        "dropout": "dropout" in shown,
        "residual": "residual" in shown,
        "cut": "cut" in shown,
        "frozen": "frozen" in shown,
        "penalty": any(row["penalty"] != (0.0, 0.0) for row in rows),
        "class_weights": any(row["loss"][2].get("class_weights") for row in rows),
        "clipping": bool(clippings),
        "plateau": ReduceOnPlateau.name in schedules,
        "changes": bool(history.edits),
        "validation": trainer.validates,
    }
    features["modes"] = features["norm"] or features["dropout"]
    features["masked"] = features["dropout"] or features["cut"]
    features["no_residual"] = not features["residual"]
    return Settled(
        rows[0],
        row_of,
        rows[0],
        _each(layer.activation for layer in all_layers),
        _each(row["loss"][0] for row in rows),
        _each(row["optimizer"][0] for row in rows),
        schedules,
        clippings,
        {name for name, there in features.items() if there},
    )


def _each(names: Any) -> list[str]:
    return list(dict.fromkeys(names))


def _row(spec: Spec, loss: Loss, shown: Sequence[str]) -> Row:
    fields_of_loss = {k: v for k, v in vars(loss).items() if k != "reduction"}
    clipping = None if spec.clipping.name == "none" else (spec.clipping.name, spec.clipping.limit)
    return {
        "layers": [{key: getattr(layer, key) for key in shown} for layer in spec.network.layers],
        "batch_size": spec.batch_size,
        "loss": (loss.name, loss.reduction, fields_of_loss),
        "penalty": _penalty(spec),
        "optimizer": (spec.optimizer.name, to_json(spec.optimizer)),
        "schedule": (spec.schedule.name, to_json(spec.schedule)),
        "clipping": clipping,
    }


def _penalty(spec: Spec) -> tuple[float, float]:
    """The strengths of the pulls by the sign of a weight and by the weight."""
    match spec.regularization:
        case L1(rate):
            return rate, 0.0
        case L2(rate):
            return 0.0, rate
        case ElasticNet(rate, share):
            return rate * share, rate * (1 - share)
    return 0.0, 0.0


def lines_of_change(
    edit: Edit, used: Settled, assignments: Callable[[dict[str, Array], str], list[str]]
) -> list[str]:
    """What a program does where the run was changed, the changes before it made."""
    match edit:
        case WeightEdit(parameter, index, value):
            return [f'weights["{parameter}"][{", ".join(map(str, index))}] = {value!r}']
        case AllWeights(parameters, buffers):
            return assignments(parameters, "weights") + assignments(buffers, "measured")
        case Settings(spec):
            before, used.now = used.now, used.row(spec)
            lines = [
                f'settings["{key}"] = {literal(value)}'
                for key, value in used.now.items()
                if value != before[key]
            ]
            if used.now["optimizer"][0] != before["optimizer"][0]:
                lines.append("memory.clear()")
            if "plateau" in used.features and used.now["schedule"][0] != ReduceOnPlateau.name:
                lines.append("watch.clear()")
            return lines
    raise TypeError(f"no program for the change {type(edit).__name__}")


def _refuse_unknown(spec: Spec) -> None:
    for layer in spec.network.layers:
        unknown = {layer.kind} - KINDS | {layer.normalization} - set(NORMALIZATIONS)
        unknown |= {
            each.name
            for each in fields(LinearSpec)
            if each.name not in FIELDS and getattr(layer, each.name) != each.default
        }
        if unknown:
            names = ", ".join(sorted(unknown))
            raise Invalid(
                f"Programs cannot be written for layers of the kind {names} yet.",
                field="network.layers",
                value=names,
                allowed={"choices": sorted(KINDS)},
            )
