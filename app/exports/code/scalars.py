"""A walk through an expression, read for a program: every number gets a name, every operation a
formula in those names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from app.exports.code.names import Names
from app.exports.code.writing import derivative
from engine.expression import Binary, Call, Name, Node, Number, Unary

Row = dict[str, Any]
INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "power": "**"}
OPERANDS = "xy"


class Scalars:
    """The nodes of a document under the names of a program."""

    def __init__(self, document: Row, reserved: Iterable[str]) -> None:
        self.document = document
        self.nodes: list[Row] = document["nodes"]
        self.names = Names(reserved)
        self.called = {
            node["id"]: self.names.new(node["name"]) for node in self.nodes if not literal(node)
        }

    @property
    def loss(self) -> str:
        return self.called[self.nodes[-1]["id"]]

    @property
    def leaves(self) -> list[Row]:
        """What the program starts with, in the order of first use."""
        return [node for node in self.nodes if node["op"] is None and not literal(node)]

    @property
    def moved(self) -> list[Row]:
        """What comes out of the update, by parameter."""
        return [p for p in self.document["positions"] if p["phase"] == "update"]

    def operand(self, node: int) -> Node:
        """A node where another uses it: constants are written out."""
        row = self.nodes[node]
        return Number(row["value"]) if literal(row) else Name(self.called[node])

    def forward(self) -> Iterator[tuple[Row, Node]]:
        """Every operation with its formula, in order."""
        for position in self.document["positions"]:
            if position["phase"] == "forward":
                row = self.nodes[position["node"]]
                yield row, self.value(row)

    def value(self, row: Row) -> Node:
        """The formula of an operation."""
        operands: list[Node] = [self.operand(i) for i in row["inputs"]]
        if row["op"] not in INFIX or not any(isinstance(each, Name) for each in operands):
            # a constant as the library has numbers: Python's own it could not work with
            operands = [Call("number", (x,)) if isinstance(x, Number) else x for x in operands]
        operands += [Number(float(value)) for value in row["constants"].values()]
        if row["op"] in INFIX:
            return Binary(INFIX[row["op"]], operands[0], operands[1])
        if row["op"] == "neg":
            return Unary("-", operands[0])
        return Call(row["op"], tuple(operands))

    def local(self, row: Row, which: int) -> Node:
        """The derivative of an operation by one of its inputs."""
        meanings: dict[str, Node] = {
            letter: self.operand(i) for letter, i in zip(OPERANDS, row["inputs"], strict=False)
        }
        meanings |= {key: Number(float(value)) for key, value in row["constants"].items()}
        meanings["z"] = Name(self.called[row["id"]])
        return derivative(row["op"], which, meanings)


def literal(node: Row) -> bool:
    """Whether a node is a number in the text of the expression; one that has a name is not."""
    if node["role"] != "constant":
        return False
    try:
        float(node["name"])
    except ValueError:
        return False
    return node["value"] is not None and math.isfinite(node["value"])
