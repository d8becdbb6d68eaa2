"""What a walk is asked for: an expression, a net from a spec, or a moment of a session.

Read once, here: unknown fields, wrong types and values out of bounds are refused with the field,
the value and what is allowed; what is left out gets its default. `to_json` is the whole of it, so
that a walk can be asked for again by what its document says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from app.errors import Invalid
from engine.expression import FUNCTIONS, ExpressionError, Name, Number, Program, parse
from engine.fields import Number as Bounds
from engine.fields import SpecError, known, mapping
from engine.spec import Spec
from engine.training import Trainer
from engine.walkthrough import (
    MOST_OPS,
    Formula,
    FormulaTrainer,
    NotInScalars,
    TooManyOps,
    Walk,
    walk_expression,
    walk_network,
)

MOST_STEPS = 100_000
RULES = ("optimizer", "schedule", "clipping")  # how parameters move, told as in a spec

_VALUE = Bounds(-1e12, 1e12, False, False)
_STEP = Bounds(0, MOST_STEPS, False, False, "integer")
_SAMPLE = Bounds(0, None, False, False, "integer")


@dataclass(frozen=True)
class ExpressionSource:
    """An expression with values, its parameters moved by an optimizer."""

    kind: ClassVar[str] = "expression"
    text: str
    formula: Formula
    spec: Spec
    step: int

    def to_json(self) -> dict[str, Any]:
        rules = self.spec.to_json()
        return {
            "expression": self.text,
            "values": dict(self.formula.values),
            "learns": list(self.formula.learns),
            "constants": list(self.formula.constants),
            **{key: rules[key] for key in RULES if key in rules},
            "step": self.step,
        }

    def start(self) -> FormulaTrainer:
        return FormulaTrainer(self.formula, self.spec)

    def walk(self, trainer: FormulaTrainer) -> Walk:
        return walk_expression(trainer)


@dataclass(frozen=True)
class NetworkSource:
    """A net from a spec."""

    kind: ClassVar[str] = "spec"
    spec: Spec
    step: int
    sample: int | None

    def to_json(self) -> dict[str, Any]:
        return {"spec": self.spec.to_json(), "step": self.step, "sample": self.sample}

    def start(self) -> Trainer:
        return Trainer(self.spec)

    def walk(self, trainer: Trainer) -> Walk:
        return walk_of(trainer, self.sample)


@dataclass(frozen=True)
class SessionSource:
    """A moment of a session; without a step, the one it is at."""

    kind: ClassVar[str] = "session"
    session: str
    step: int | None
    sample: int | None

    def to_json(self) -> dict[str, Any]:
        return {"session": self.session, "step": self.step, "sample": self.sample}

    def walk(self, trainer: Trainer) -> Walk:
        return walk_of(trainer, self.sample)


Source = ExpressionSource | NetworkSource | SessionSource


def walk_of(trainer: Trainer, sample: int | None) -> Walk:
    """The step to come of a net. Raises Invalid: no such sample, or too much to go through."""
    samples = len(trainer.next_batch()[1])
    if sample is not None and sample >= samples:
        raise Invalid.from_spec(
            SpecError(
                "sample",
                sample,
                {"type": "integer", "minimum": 0, "maximum": samples - 1, "null": True},
                f"must be one of the {samples} samples of this minibatch, 0 to {samples - 1}",
            )
        )
    try:
        return walk_network(trainer, sample)
    except NotInScalars as error:
        raise Invalid(
            f"A walk goes from one single number to the next, and cannot show {error} yet. "
            "In the playground every number of such a net says where it comes from.",
            field="source",
            allowed={"without": error.part, "layer": error.layer},
        ) from None
    except TooManyOps as error:
        one = sample is None and samples > 1 and error.of_one_sample <= MOST_OPS
        way_out = "Go through one sample of it." if one else "Take a smaller net."
        raise Invalid(
            f"This step has {error.ops} operations, more than can be gone through "
            f"({MOST_OPS}). {way_out}",
            field="sample",
            value=sample,
            allowed={"type": "integer", "minimum": 0, "maximum": samples - 1} if one else None,
        ) from None


# --- reading ---


def read_source(given: Any) -> Source:
    """The source in the body of a request. Raises Invalid, SpecError."""
    source = mapping(given, "source")
    for key, read in READERS.items():
        if key in source:
            return read(source)
    raise Invalid(
        f"source must have one of the fields {', '.join(READERS)}.",
        field="source",
        value=given,
        allowed={"choices": list(READERS)},
    )


def _read_expression(given: dict[str, Any]) -> ExpressionSource:
    known(given, ["expression", "values", "learns", "constants", *RULES, "step"], "")
    text = given["expression"]
    program = read_program(text)
    values = dict.fromkeys(program.names, 1.0)
    for name, value in mapping(given.get("values", {}), "values").items():
        _one_of(program, name, f"values.{name}")
        values[name] = _VALUE.check(value, f"values.{name}")
    learns = _names(given, "learns", program)
    constants = _names(given, "constants", program)
    if constants is None:
        constants = tuple(
            name for name in program.names if name[0] in "ty" and name not in (learns or ())
        )
        if len(constants) == len(program.names):
            constants = ()  # something has to take a gradient
    if learns is None:
        free = [name for name in program.names if name not in constants]
        learns = tuple(name for name in free if name[0] not in "xty") or tuple(free)
    for i, name in enumerate(constants):
        if name in learns:
            others = {"choices": [n for n in program.names if n not in learns]}
            raise SpecError(f"constants[{i}]", name, others, "must not be among those that learn")
    if len(constants) == len(program.names):
        others = {"choices": list(program.names)}
        raise SpecError("constants", list(constants), others, "must leave a name for the gradient")
    rules = Spec.parse({key: given[key] for key in RULES if key in given})
    step = _STEP.check(given.get("step", 0), "step")
    return ExpressionSource(text, Formula(program, values, learns, constants), rules, step)


def read_program(text: Any) -> Program:
    """An expression that can be gone through. Raises Invalid."""
    if not isinstance(text, str):
        raise SpecError("expression", text, {"type": "string"}, "must be text")
    try:
        program = parse(text)
        if not program.names:
            raise ExpressionError("there is no name in it, so there is nothing to learn")
        if not _computes(program):
            raise ExpressionError("there is no operation in it")
    except ExpressionError as error:
        raise Invalid(
            f"expression: {error.message}.",
            field="expression",
            value=text,
            allowed={
                "position": error.position,
                "length": error.length,
                "functions": list(FUNCTIONS),
            },
        ) from None
    return program


def _computes(program: Program) -> bool:
    """Whether the result comes out of an operation, and is not another name for a leaf."""
    meant = dict(program.statements)
    node = program.statements[-1][1]
    while isinstance(node, Name) and node.name in meant:
        node = meant[node.name]
    return not isinstance(node, Name | Number)


def _names(given: Mapping[str, Any], field: str, program: Program) -> tuple[str, ...] | None:
    """Some of the names of an expression, each once, in its order; None if nothing is said."""
    if field not in given:
        return None
    names = given[field]
    if not isinstance(names, Sequence) or isinstance(names, str):
        raise SpecError(field, names, {"choices": list(program.names)}, "must be a list of names")
    for i, name in enumerate(names):
        _one_of(program, name, f"{field}[{i}]")
    return tuple(name for name in program.names if name in names)


def _one_of(program: Program, name: Any, field: str) -> None:
    if name not in program.names:
        choices = {"choices": list(program.names)}
        listed = ", ".join(program.names)
        raise SpecError(field, name, choices, f"must be a name of the expression ({listed})")


def _read_spec(given: dict[str, Any]) -> NetworkSource:
    known(given, ["spec", "step", "sample"], "")
    try:
        spec = Spec.parse(given["spec"])
    except SpecError as error:
        reason = str(error).removeprefix(error.field or "the spec").rpartition(", got ")[0].strip()
        field = f"spec.{error.field}" if error.field else "spec"
        raise SpecError(field, error.value, error.allowed, reason) from None
    return NetworkSource(spec, _STEP.check(given.get("step", 0), "step"), _sample(given))


def _read_session(given: dict[str, Any]) -> SessionSource:
    known(given, ["session", "step", "sample"], "")
    session, step = given["session"], given.get("step")
    if not isinstance(session, str):
        raise SpecError("session", session, {"type": "string"}, "must be the id of a session")
    if step is not None:
        step = Bounds(0, None, False, False, "integer").check(step, "step")
    return SessionSource(session, step, _sample(given))


def _sample(given: Mapping[str, Any]) -> int | None:
    sample = given.get("sample")
    return None if sample is None else _SAMPLE.check(sample, "sample")


READERS: dict[str, Callable[[dict[str, Any]], Source]] = {
    "expression": _read_expression,
    "spec": _read_spec,
    "session": _read_session,
}
