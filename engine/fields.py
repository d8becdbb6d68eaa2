"""Declare a setting once: its check, its JSON and its form all come from the declaration.

A family of settings (optimizers, data sets, layers) is a menu: a dict from name to a frozen
dataclass whose fields were made with `number`, `integer`, `boolean`, `choice` or `subset`.
`parse` reads a mapping into such a class, `to_json` writes it back, `describe` lists what a form
needs. Anything wrong is one `SpecError` that names the field, the value and what is allowed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

T = TypeVar("T")
Allowed = dict[str, Any]


class SpecError(ValueError):
    """A setting that cannot be used: its `field`, its `value` and what is `allowed`."""

    def __init__(self, field: str, value: Any, allowed: Allowed, reason: str) -> None:
        super().__init__(f"{field or 'the spec'} {reason}, got {show(value)}")
        self.field, self.value, self.allowed = field, value, allowed


def show(value: Any) -> str:
    """A value short enough for a sentence."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"an integer of {value.bit_length()} bits"
    try:
        text = repr(value)
    except ValueError:  # such an integer inside something else
        return f"{type(value).__name__} of numbers too large to show"
    return text if len(text) <= 60 else text[:57] + "..."


# --- kinds of fields ---


@dataclass(frozen=True)
class Kind:
    """What one field accepts."""

    asked: ClassVar[bool] = True  # by a form; what is too much for one has an editor of its own

    def check(self, value: Any, path: str) -> Any:
        """The value, normalized; SpecError when it is not allowed."""
        raise NotImplementedError

    def allowed(self) -> Allowed:
        raise NotImplementedError


@dataclass(frozen=True)
class Number(Kind):
    minimum: float | None
    maximum: float | None
    exclusive_minimum: bool
    exclusive_maximum: bool
    type: str = "number"
    optional: bool = False  # None is allowed, too

    def check(self, value: Any, path: str) -> Any:
        if value is None and self.optional:
            return None
        types = int if self.type == "integer" else (int, float)
        if not isinstance(value, types) or isinstance(value, bool):
            raise SpecError(path, value, self.allowed(), f"must be {_ARTICLE[self.type]}")
        low, high = self.minimum, self.maximum
        inside = (
            not (isinstance(value, float) and not math.isfinite(value))
            and (low is None or (value > low if self.exclusive_minimum else value >= low))
            and (high is None or (value < high if self.exclusive_maximum else value <= high))
        )
        if not inside:
            raise SpecError(path, value, self.allowed(), f"must be {self.sentence()}")
        return float(value) if self.type == "number" else value

    def sentence(self) -> str:
        low = "greater than" if self.exclusive_minimum else "at least"
        high = "less than" if self.exclusive_maximum else "at most"
        parts = [f"{low} {self.minimum:g}"] if self.minimum is not None else []
        parts += [f"{high} {self.maximum:.10g}"] if self.maximum is not None else []
        return " and ".join(parts) or "a finite number"

    def allowed(self) -> Allowed:
        limits: Allowed = {"type": self.type, "minimum": self.minimum, "maximum": self.maximum}
        limits["exclusive_minimum"] = self.exclusive_minimum
        if self.exclusive_maximum:
            limits["exclusive_maximum"] = True
        if self.optional:
            limits["null"] = True
        return limits


@dataclass(frozen=True)
class Boolean(Kind):
    type: str = "boolean"

    def check(self, value: Any, path: str) -> Any:
        if not isinstance(value, bool):
            raise SpecError(path, value, self.allowed(), "must be true or false")
        return value

    def allowed(self) -> Allowed:
        return {"type": self.type}


@dataclass(frozen=True)
class Choice(Kind):
    choices: tuple[str, ...]
    type: str = "choice"

    def check(self, value: Any, path: str) -> Any:
        if not isinstance(value, str) or value not in self.choices:
            raise SpecError(
                path, value, self.allowed(), f"must be one of {', '.join(self.choices)}"
            )
        return value

    def allowed(self) -> Allowed:
        return {"choices": list(self.choices)}


@dataclass(frozen=True)
class Subset(Kind):
    """Some of the choices, each once, in the order of the menu."""

    choices: tuple[str, ...]
    counts: tuple[int, ...] | None  # how many may be chosen; None: any number but 0
    type: str = "subset"

    def check(self, value: Any, path: str) -> Any:
        if not isinstance(value, list | tuple) or isinstance(value, str):
            raise SpecError(path, value, self.allowed(), "must be a list of names")
        for i, item in enumerate(value):
            Choice(self.choices).check(item, f"{path}[{i}]")
        if len(set(value)) < len(value):
            raise SpecError(path, value, self.allowed(), "must name each choice once")
        if len(value) not in (self.counts or range(1, len(self.choices) + 1)):
            wanted = " or ".join(str(n) for n in self.counts) if self.counts else "at least 1"
            raise SpecError(path, value, self.allowed(), f"must name {wanted} of the choices")
        return tuple(name for name in self.choices if name in value)

    def allowed(self) -> Allowed:
        return {
            "choices": list(self.choices),
            "counts": list(self.counts) if self.counts else None,
        }


_ARTICLE = {"number": "a number", "integer": "an integer"}


# --- declarations, used as defaults of dataclass fields ---


def number(
    default: float,
    minimum: float | None = None,
    maximum: float | None = None,
    *,
    exclusive_minimum: bool = False,
    exclusive_maximum: bool = False,
) -> Any:
    kind = Number(minimum, maximum, exclusive_minimum, exclusive_maximum)
    return dataclasses.field(default=default, metadata={"kind": kind})


def integer(default: int, minimum: int | None = None, maximum: int | None = None) -> Any:
    kind = Number(minimum, maximum, False, False, "integer")
    return dataclasses.field(default=default, metadata={"kind": kind})


def optional_integer(minimum: int | None = None, maximum: int | None = None) -> Any:
    """A whole number or None, which is the default."""
    kind = Number(minimum, maximum, False, False, "integer", optional=True)
    return dataclasses.field(default=None, metadata={"kind": kind})


def boolean(default: bool) -> Any:
    return dataclasses.field(default=default, metadata={"kind": Boolean()})


def choice(default: str, choices: tuple[str, ...]) -> Any:
    return dataclasses.field(default=default, metadata={"kind": Choice(choices)})


def subset(
    default: tuple[str, ...], choices: tuple[str, ...], counts: tuple[int, ...] | None = None
) -> Any:
    return dataclasses.field(default=default, metadata={"kind": Subset(choices, counts)})


# --- what is done with them ---


class Declared:
    """A dataclass whose fields are checked however it is made: from JSON or in code."""

    def __post_init__(self) -> None:
        for name, kind in kinds(type(self)).items():
            object.__setattr__(self, name, kind.check(getattr(self, name), name))


def kinds(cls: type[Any]) -> dict[str, Kind]:
    """The declared fields of a class, by name, in order."""
    return {
        f.name: cast(Kind, f.metadata["kind"])
        for f in dataclasses.fields(cls)
        if "kind" in f.metadata
    }


def mapping(value: Any, path: str) -> dict[str, Any]:
    """`value` if it is a mapping with text keys."""
    if not isinstance(value, Mapping):
        raise SpecError(path, value, {"type": "object"}, "must be an object")
    for key in value:
        if not isinstance(key, str):
            raise SpecError(path, key, {"type": "string"}, "must have text as keys")
    return dict(value)


def known(value: Mapping[str, Any], names: list[str], path: str) -> None:
    """SpecError for the first key that is not among `names`."""
    for key in value:
        if key not in names:
            raise SpecError(
                join(path, key),
                value[key],
                {"choices": names},
                f"is not a field here (known: {', '.join(names)})",
            )


def join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def parse(cls: type[T], value: Any, path: str) -> T:
    """An instance of `cls` from a mapping; missing fields take their defaults."""
    fields, given = kinds(cls), mapping(value, path)
    known(given, list(fields), path)
    return cls(**{key: fields[key].check(item, join(path, key)) for key, item in given.items()})


def parse_named(menu: Mapping[str, type[T]], value: Any, path: str, default: str) -> T:
    """An instance of the class that `value["name"]` picks from a menu."""
    given = mapping(value, path)
    name = Choice(tuple(menu)).check(given.pop("name", default), join(path, "name"))
    cls = menu[name]
    known(given, ["name", *kinds(cls)], path)
    return parse(cls, given, path)


def to_json(instance: Any) -> dict[str, Any]:
    """The fields of an instance as plain JSON values; `parse` reads them back."""
    values = {name: getattr(instance, name) for name in kinds(type(instance))}
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def changed(instance: Any) -> dict[str, Any]:
    """As `to_json`, only those that are not at their defaults."""
    standard = {f.name: f.default for f in dataclasses.fields(instance)}
    written = to_json(instance)
    return {key: written[key] for key in written if getattr(instance, key) != standard[key]}


def describe(cls: type[Any]) -> list[dict[str, Any]]:
    """One row for each field a form should show. A field with a single legal value is left out."""
    rows = []
    for f in dataclasses.fields(cls):
        kind = f.metadata.get("kind")
        if kind is None or not kind.asked:
            continue
        if isinstance(kind, Number) and kind.minimum == kind.maximum:
            continue
        default = list(f.default) if isinstance(f.default, tuple) else f.default
        row = {"name": f.name, "type": kind.type, "default": default}
        empty = {"minimum": None, "maximum": None, "exclusive_minimum": False, "choices": None}
        rows.append({**empty, **kind.allowed(), **row})
    return rows
