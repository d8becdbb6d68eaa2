"""A step as an exercise on paper: what is given, what is to be found, and what the answers are.

The same lines are printed twice, with blanks and filled in; which of the two is up to the template.
Formulas are rows of MathML, numbers are text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.exports.code.scalars import literal
from app.exports.code.writing import put_in, simple
from app.exports.paper.drawing import Drawing, drawing
from app.exports.paper.notation import decimals, drawn, given, math_of, rounded, slope, term
from app.formulas import equation, symbol
from engine.expression import Name, Node, Number, formula, parse
from engine.ops import OPS

Row = dict[str, Any]
Given = tuple[str, list[tuple[str, str]]]  # a role; names and values
MOST_OPS = 60
WIDE = 7  # columns of a table that fit beside one another


class Unprintable(Exception):
    """There is no sheet of a step: too many operations, or numbers that are not finite."""

    def __init__(self, reason: str, **numbers: int) -> None:
        super().__init__(reason)
        self.reason, self.numbers = reason, numbers


@dataclass(frozen=True)
class Line:
    """A quantity, how it is computed, the same with numbers, and its value."""

    name: str
    formula: str
    numbers: str
    value: str


@dataclass(frozen=True)
class Arrival:
    """What comes back into a number along one edge: upstream times local."""

    edge: str  # d ← y
    upstream: str
    derivative: str  # of y by d
    local: str  # as a formula
    slope: str  # as a number
    contribution: str
    gradient: str
    sum: str | None  # the gradient's value, once everything has arrived


@dataclass(frozen=True)
class Cell:
    text: str
    given: bool = False


@dataclass(frozen=True)
class Table:
    """Numbers under headings, each row with one of its own."""

    corner: str
    columns: list[str]
    rows: list[tuple[str, list[Cell]]]


@dataclass(frozen=True)
class Update:
    """The optimizer's rule and what it makes of each parameter."""

    optimizer: str
    formulas: list[str]
    settings: list[tuple[str, str]]
    tables: list[Table]
    clipping: tuple[str, str] | None  # its name and limit
    schedule: str | None  # the factor, where it is not 1


@dataclass(frozen=True)
class Sheet:
    kind: str
    statements: list[str]
    given: list[Given]
    forward: list[Line]
    arrivals: list[Arrival]
    update: Update
    loss: tuple[str, str]  # before and after
    drawing: Drawing | None = None
    backward: list[Line] = field(default_factory=list)
    values: dict[int, str] = field(default_factory=dict)  # by node of the drawing
    gradients: dict[int, str] = field(default_factory=dict)
    shape: str = ""  # of a net: 2-4-1
    loss_name: str = ""
    rules: list[str] = field(default_factory=list)  # what the gradients of its parameters are


def expression_sheet(document: Row) -> Sheet:
    """The exercise of an expression, operation by operation."""
    nodes = document["nodes"]
    names = {node["id"]: symbol(node["name"]) for node in nodes}
    program = parse(document["source"]["expression"])
    statements = [equation(name or program.result, node) for name, node in program.statements]
    return Sheet(
        kind="expression",
        statements=statements,
        given=list(_leaves(nodes, names)),
        forward=[operation(nodes, node, names) for node in nodes if node["op"] is not None],
        arrivals=[arrival(nodes, p, names) for p in phase(document, "backward")],
        update=update(document, names),
        loss=losses(document),
        drawing=drawing(document),
        values={node["id"]: decimals(node["value"]) for node in nodes},
        gradients={node["id"]: decimals(node["grad"]) for node in nodes},
    )


def _leaves(nodes: list[Row], names: dict[int, str]) -> Iterator[Given]:
    for role in ("parameter", "input", "target"):
        found = [(names[n["id"]], given(n["value"])) for n in nodes if n["role"] == role]
        if found:
            yield role, [(math_of(name), value) for name, value in found]


def phase(document: Row, name: str) -> list[Row]:
    """The positions of one phase of a walk."""
    return [position for position in document["positions"] if position["phase"] == name]


def losses(document: Row) -> tuple[str, str]:
    """The loss before the update, and of the same samples after it."""
    return decimals(document["nodes"][-1]["value"]), decimals(phase(document, "next")[0]["loss"])


# --- operations ---


def operation(nodes: list[Row], node: Row, names: dict[int, str]) -> Line:
    """An operation of the graph: m = w x."""
    value = formula(OPS[node["op"]].expression)
    numbers: dict[str, Node] = {
        letter: Number(rounded(nodes[i]["value"]))
        for letter, i in zip("xy", node["inputs"], strict=False)
    }
    constants = {key: Number(float(each)) for key, each in node["constants"].items()}
    return Line(
        math_of(names[node["id"]]),
        math_of(drawn(simple(put_in(value, constants | _operands(nodes, node))), _rows(names))),
        math_of(drawn(put_in(value, constants | numbers), {})),
        decimals(node["value"]),
    )


def arrival(nodes: list[Row], position: Row, names: dict[int, str]) -> Arrival:
    """One edge of the way back: into w, the gradient of m times the derivative of m by w."""
    user = nodes[position["from"]]
    into, source, loss = (names[i] for i in (position["node"], user["id"], nodes[-1]["id"]))
    return Arrival(
        math_of(f"{into}<mo>←</mo>{source}"),
        decimals(position["upstream"]),
        math_of(slope(source, into)),
        math_of(local(nodes, user, position["input"], names)),
        decimals(position["local"]),
        decimals(position["contribution"]),
        math_of(slope(loss, into)),
        decimals(position["sum"]) if position["nth"] == position["of"] else None,
    )


def local(nodes: list[Row], user: Row, which: int, names: dict[int, str]) -> str:
    """The derivative of an operation by one of its inputs, in the names of the graph."""
    meanings = _operands(nodes, user) | {"z": Name(_key(user["id"]))}
    meanings |= {key: Number(float(each)) for key, each in user["constants"].items()}
    derivative = put_in(formula(OPS[user["op"]].derivatives[which]), meanings)
    return drawn(simple(derivative), _rows(names))


def _operands(nodes: list[Row], node: Row) -> dict[str, Node]:
    """What x and y mean in the formula of an operation: names, or numbers that are written out."""
    return {
        letter: Number(float(nodes[i]["name"])) if literal(nodes[i]) else Name(_key(i))
        for letter, i in zip("xy", node["inputs"], strict=False)
    }


def _key(node: int) -> str:
    return f"n{node}"


def _rows(names: dict[int, str]) -> dict[str, str]:
    return {_key(node): row for node, row in names.items()}


# --- update ---


def update(document: Row, names: dict[int, str]) -> Update:
    """The last part of every sheet: the rule, and a table of its terms for each parameter."""
    rules = document.get("spec") or document["source"]
    changes, told = phase(document, "update"), document["update"]
    keys = [each["name"] for each in changes[0]["terms"]] if changes else []
    formulas = list(told["formulas"].values())
    used = {key for key in told["settings"] if any(f'data-slot="{key}"' in f for f in formulas)}
    clipping, schedule = rules.get("clipping"), None
    for each in changes[0]["terms"] if changes else []:
        if each["name"] == "schedule":
            schedule = given(each["value"])
    return Update(
        told["optimizer"],
        formulas,
        [
            *[(math_of(term(k)), given(v)) for k, v in told["settings"].items() if k in used],
            *([(math_of(symbol("t")), str(told["t"]))] if _counts(formulas) else []),
        ],
        list(_tables(changes, keys, names)),
        (clipping["name"], given(clipping["limit"])) if clipping else None,
        schedule,
    )


def _counts(formulas: list[str]) -> bool:
    """Whether the number of the step matters."""
    return any('data-slot="t"' in each for each in formulas)


def _tables(changes: list[Row], keys: list[str], names: dict[int, str]) -> Iterator[Table]:
    """A row for each parameter, or for each term if there are many."""
    weight, corner = math_of(symbol("w")), ""
    heads = [math_of(_head(key, keys)) for key in keys]
    columns = [
        [
            Cell(given(change["before"]), True),
            *[_cell(each) for each in change["terms"]],
            Cell(decimals(change["after"])),
        ]
        for change in changes
    ]
    parameters = [math_of(names[change["node"]]) for change in changes]
    heads = [weight, *heads, math_of(_new())]
    if len(heads) <= WIDE:
        yield Table(corner, heads, list(zip(parameters, columns, strict=True)))
        return
    for first in range(0, len(changes), WIDE - 1):
        part = slice(first, first + WIDE - 1)
        rows = [(head, [column[i] for column in columns[part]]) for i, head in enumerate(heads)]
        yield Table(corner, parameters[part], rows)


def _head(key: str, keys: list[str]) -> str:
    """What a term is called; the gradient that came back, where g is what clipping left of it."""
    if key == "gradient" and "clipped" in keys:
        return slope(symbol("L"), symbol("w"))
    return term(key)


def _new() -> str:
    return "<msup><mi>w</mi><mo>′</mo></msup>"


def _cell(each: Row) -> Cell:
    remembered = each["name"].endswith("_old") or each["name"] == "schedule"
    return Cell((given if remembered else decimals)(each["value"]), remembered)
