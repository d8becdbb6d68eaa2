"""What an expression is made of: five kinds of nodes, and how they are written down.

Nodes are equal when they say the same, wherever in a text they stand: `start` and `end` are there
to point at them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field


class ExpressionError(ValueError):
    """A text that is not an expression: what is wrong, from which character, and for how many."""

    def __init__(self, message: str, position: int = 0, length: int = 0) -> None:
        super().__init__(message)
        self.message, self.position, self.length = message, position, length


@dataclass(frozen=True)
class Number:
    """A constant. The minus of -2 belongs to it; that of -x is an operation."""

    value: float
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Name:
    """A variable, or the value of an earlier statement."""

    name: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Unary:
    """-x"""

    op: str
    x: Node
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Binary:
    """x + y, x - y, x * y, x / y, x ** y"""

    op: str
    x: Node
    y: Node
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Call:
    """tanh(x), also when it was written x.tanh()"""

    function: str
    args: tuple[Node, ...]
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


Node = Number | Name | Unary | Binary | Call


@dataclass(frozen=True)
class Program:
    """Statements in order. Each may use the names before it; the last one is the result."""

    statements: tuple[tuple[str | None, Node], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The free variables in order of first appearance."""
        defined = {name for name, _ in self.statements}
        used = (
            node.name
            for _, statement in self.statements
            for node in parts(statement)
            if isinstance(node, Name)
        )
        return tuple(dict.fromkeys(name for name in used if name not in defined))

    @property
    def result(self) -> str:
        """What the last statement is called: its name, else the first of L, L1, ... not taken."""
        given = self.statements[-1][0]
        if given is not None:
            return given
        taken = {*self.names, *(name for name, _ in self.statements)}
        letters = itertools.chain(["L"], (f"L{i}" for i in itertools.count(1)))
        return next(letter for letter in letters if letter not in taken)

    def __str__(self) -> str:
        return "; ".join(
            write(node) if name is None else f"{name} = {write(node)}"
            for name, node in self.statements
        )


def children(node: Node) -> tuple[Node, ...]:
    """The operands of a node, from left to right."""
    match node:
        case Unary():
            return (node.x,)
        case Binary():
            return (node.x, node.y)
        case Call():
            return node.args
    return ()


def parts(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order in which they are read."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(reversed(children(each)))


# --- writing ---

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
BINDING = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER}


def binding(node: Node) -> int:
    """How tightly a node holds together: the looser one needs brackets inside the tighter one."""
    match node:
        case Binary():
            return BINDING[node.op]
        case Unary():
            return SIGN
        case Number() if written(node.value).startswith("-"):
            return SIGN
    return ATOM


def operand_bindings(op: str) -> tuple[int, int]:
    """How tightly the left and the right operand must hold to need no brackets.

    x - y - z is (x - y) - z, but x ** y ** z is x ** (y ** z), and the exponent may have a sign.
    """
    return (ATOM, SIGN) if op == "**" else (BINDING[op], BINDING[op] + 1)


def write(node: Node) -> str:
    """The text of a node with the fewest brackets: `parse` reads it back, and so does Python."""
    match node:
        case Number():
            return written(node.value)
        case Name():
            return node.name
        case Unary():
            return node.op + _within(node.x, SIGN)
        case Binary():
            left, right = operand_bindings(node.op)
            space = "" if node.op == "**" else " "
            return f"{_within(node.x, left)}{space}{node.op}{space}{_within(node.y, right)}"
        case Call():
            return f"{node.function}({', '.join(map(write, node.args))})"


def _within(node: Node, needed: int) -> str:
    return write(node) if binding(node) >= needed else f"({write(node)})"


def written(value: float) -> str:
    """A number in the fewest digits that name it: 2, 0.1, 1e-08."""
    return repr(value).removesuffix(".0")
