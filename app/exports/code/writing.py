"""Formulas as lines of a program: the engine's own formulas with a program's names put in, and
written the way NumPy, PyTorch or plain Python write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.expression import Binary, Call, Name, Node, Number, Unary, formula
from engine.expression.syntax import ATOM, PRODUCT, SIGN, binding, operand_bindings, written
from engine.ops import OPS


@dataclass(frozen=True)
class Dialect:
    """How a library writes the functions of the expression language."""

    calls: Mapping[str, str]  # by function: its text, with {0}, {1}, ... for the arguments
    helpers: Mapping[str, str] = field(default_factory=dict)  # what a program must define to use it

    def needed(self, body: str) -> list[str]:
        """The definitions that a program calls."""
        return [
            text for name, text in self.helpers.items() if re.search(rf"(?<![\w.]){name}\(", body)
        ]


def derivative(op: str, which: int, meanings: Mapping[str, Node]) -> Node:
    """The derivative of an op by one of its inputs, about what x, y, z and its constants mean."""
    long = {"gelu": Call("gelu_slope", (Name("x"),))}  # a function of its own
    return simple(put_in(long.get(op) or formula(OPS[op].derivatives[which]), meanings))


def put_in(node: Node, meanings: Mapping[str, Node]) -> Node:
    """The same formula about other things."""
    match node:
        case Name(name):
            return meanings.get(name, node)
        case Unary():
            return replace(node, x=put_in(node.x, meanings))
        case Binary():
            return replace(node, x=put_in(node.x, meanings), y=put_in(node.y, meanings))
        case Call():
            return replace(node, args=tuple(put_in(arg, meanings) for arg in node.args))
    return node


def instead(node: Node, part: Node, name: Node) -> Node:
    """The same formula with a name in the place of a part of it."""
    if node == part:
        return name
    match node:
        case Unary():
            return replace(node, x=instead(node.x, part, name))
        case Binary():
            return replace(node, x=instead(node.x, part, name), y=instead(node.y, part, name))
        case Call():
            return replace(node, args=tuple(instead(arg, part, name) for arg in node.args))
    return node


# --- what numbers put into a formula make superfluous ---


def simple(node: Node) -> Node:
    """1 * x is x, x**(2 - 1) is x, x * -1 is -x."""
    match node:
        case Unary():
            return _negative(simple(node.x))
        case Binary():
            return _operation(node.op, simple(node.x), simple(node.y))
        case Call("choose", (x, Number(1.0), Number(0.0))):
            return Call("positive", (simple(x),))
        case Call():
            return replace(node, args=tuple(map(simple, node.args)))
    return node


def _negative(x: Node) -> Node:
    match x:
        case Number(value):
            return Number(-value)
        case Unary(_, inner):
            return inner
    return Unary("-", x)


def _operation(op: str, x: Node, y: Node) -> Node:
    match op, x, y:
        case "+", Number(a), Number(b):
            return Number(a + b)
        case "-", Number(a), Number(b):
            return Number(a - b)
        case "*", Number(a), Number(b):
            return Number(a * b)
        case ("*", Number(1.0), rest) | ("*" | "/" | "**", rest, Number(1.0)):
            return rest
        case ("*", Number(-1.0), rest) | ("*" | "/", rest, Number(-1.0)):
            return _negative(rest)
        case ("+", Number(0.0), rest) | ("+" | "-", rest, Number(0.0)):
            return rest
    return Binary(op, x, y)


# --- text ---


def python(node: Node, dialect: Dialect) -> str:
    """A formula as Python, with the fewest brackets."""
    match node:
        case Number(value):
            return written(value)
        case Name(name):
            return name
        case Unary():
            return node.op + _within(node.x, SIGN, dialect)
        case Binary():
            left, right = operand_bindings(node.op)
            space = "" if node.op == "**" else " "
            x, y = _within(node.x, left, dialect), _within(node.y, right, dialect)
            return f"{x}{space}{node.op}{space}{y}"
        case Call():
            # an argument may land beside an operator of the text it is put into
            loose = re.search(r"\} ?\*|\* ?\{", dialect.calls[node.function])
            args = [_within(arg, ATOM if loose else 0, dialect) for arg in node.args]
            return dialect.calls[node.function].format(*args)


def _within(node: Node, needed: int, dialect: Dialect) -> str:
    """A formula as an operand: in brackets unless it holds together as tightly as needed."""
    text = python(node, dialect)
    holds = binding(node)
    if isinstance(node, Call) and not re.fullmatch(r"[\w.]*\(.*\)", dialect.calls[node.function]):
        holds = PRODUCT  # it is written with operators
    return text if holds >= needed else f"({text})"
