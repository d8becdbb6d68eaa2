"""The JSON schema of a spec, from the declarations that check it, for the API's description."""

from collections.abc import Mapping
from typing import Any

from app.walks.source import MOST_STEPS, RULES
from engine.clipping import CLIPPINGS
from engine.datasets import DATASETS
from engine.datasets.own import MOST_POINTS, Classes, Painted, Text
from engine.datasets.rows import Names
from engine.fields import Boolean, Choice, Kind, Number, Subset, kinds
from engine.held import ALL as FROZEN_ALL
from engine.held import MOST_UNITS, Elements, Units
from engine.losses import BALANCED, LOSSES, ClassWeights
from engine.optimizers import OPTIMIZERS
from engine.regularizers import REGULARIZERS
from engine.schedules import SCHEDULES
from engine.spec import ALL, MAX_LAYERS, LinearSpec, Settings
from engine.stopping import Stopping

Schema = dict[str, Any]


def spec_schema() -> Schema:
    """Every field is optional. Some bounds depend on other fields (the output layer, the loss and
    the batch size must suit the data); the error then says what is allowed."""
    layers = {"type": "array", "minItems": 1, "maxItems": MAX_LAYERS, "items": _object(LinearSpec)}
    fields = _object(Settings)["properties"] | {
        "data": _menu(DATASETS),
        "network": {
            "type": "object",
            "properties": {"layers": layers},
            "additionalProperties": False,
        },
        "loss": {"anyOf": [{"enum": list(LOSSES)}, *_menu(LOSSES)["anyOf"]]},
        "optimizer": _menu(OPTIMIZERS),
        "schedule": _menu(SCHEDULES),
        "clipping": _menu(CLIPPINGS),
        "regularization": _menu(REGULARIZERS),
        "batch_size": {"anyOf": [{"type": "integer", "minimum": 1}, {"const": ALL}]},
        "stopping": _object(Stopping),
    }
    return {"type": "object", "properties": fields, "additionalProperties": False}


def source_schema() -> Schema:
    """What a walk is asked for, in one of three ways."""
    step = {"type": "integer", "minimum": 0, "maximum": MOST_STEPS}
    sample = {"type": ["integer", "null"], "minimum": 0}
    names = {"type": "array", "items": {"type": "string"}}
    rules = spec_schema()["properties"]
    expression = {
        "expression": {"type": "string", "maxLength": 500},
        "values": {"type": "object", "additionalProperties": {"type": "number"}},
        "learns": names,
        "constants": names,
        **{key: rules[key] for key in RULES},
        "step": step,
    }
    spec = {"spec": spec_schema(), "step": step, "sample": sample}
    moment = {"type": ["integer", "null"], "minimum": 0}
    session = {"session": {"type": "string"}, "step": moment, "sample": sample}
    return {
        "anyOf": [
            {
                "type": "object",
                "properties": fields,
                "required": [next(iter(fields))],
                "additionalProperties": False,
            }
            for fields in (expression, spec, session)
        ]
    }


def body_with_source(**others: Schema) -> Schema:
    """The body of a request about a walk: its source and, all of them needed, other fields."""
    fields = {"source": source_schema(), **others}
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _menu(menu: Mapping[str, type[Any]]) -> Schema:
    """One object for each name; ``name`` says which."""
    return {"anyOf": [_object(cls, name) for name, cls in menu.items()]}


def _object(cls: type[Any], name: str | None = None) -> Schema:
    properties: Schema = {} if name is None else {"name": {"const": name}}
    properties |= {key: _kind(kind) for key, kind in kinds(cls).items()}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema if name is None else schema | {"required": ["name"]}


_WHOLE = {"type": "integer", "minimum": 0}
_UNIT = {**_WHOLE, "maximum": MOST_UNITS - 1}


def _kind(kind: Kind) -> Schema:
    match kind:
        case Number():
            low = "exclusiveMinimum" if kind.exclusive_minimum else "minimum"
            high = "exclusiveMaximum" if kind.exclusive_maximum else "maximum"
            bounds = {low: kind.minimum, high: kind.maximum}
            types = [kind.type, "null"] if kind.optional else kind.type
            return {"type": types} | {k: v for k, v in bounds.items() if v is not None}
        case Choice():
            return {"enum": list(kind.choices)}
        case Subset():
            items = {"enum": list(kind.choices)}
            return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}
        case ClassWeights():
            each = {"type": "number", "exclusiveMinimum": 0}
            listed = {"type": "array", "items": each, "minItems": 2}
            return {"anyOf": [listed, {"const": BALANCED}, {"type": "null"}]}
        case Boolean():
            return {"type": "boolean"}
        case Painted():
            point = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
            return {"type": "array", "items": point, "minItems": 2, "maxItems": MOST_POINTS}
        case Classes():
            return {"enum": kind.allowed()["choices"]}
        case Text():
            return {"type": "string", "maxLength": kind.most}
        case Names():
            return {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
        case Units():
            return {"type": "array", "items": _UNIT, "uniqueItems": True}
        case Elements():
            each = {"type": "array", "items": _WHOLE, "minItems": 1, "maxItems": 2}
            listed = {"type": "array", "items": each, "uniqueItems": True}
            return {"anyOf": [listed, {"const": FROZEN_ALL}]}
    raise TypeError(f"no schema for {type(kind).__name__}")
