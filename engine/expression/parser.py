"""The grammar, one method for each line of it. Nothing is looked up but the menu of functions.

    program    statement { (";" | newline) statement }
    statement  [ name "=" ] sum
    sum        product { ("+" | "-") product }
    product    signed { ("*" | "/") signed }
    signed     "-" signed | power
    power      postfix [ "**" signed ]
    postfix    atom { "." name "(" [ sum { "," sum } ] ")" }
    atom       number | name | name "(" sum { "," sum } ")" | "(" sum ")"

As in Python, -x**2 is -(x**2) and x**y**z is x**(y**z).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from engine.expression.checks import (
    CONSTANTS,
    Statement,
    check_name,
    check_new_name,
    check_statements,
)
from engine.expression.evaluate import evaluate
from engine.expression.functions import FORMULA_FUNCTIONS, FUNCTIONS, Function
from engine.expression.syntax import (
    Binary,
    Call,
    ExpressionError,
    Name,
    Node,
    Number,
    Program,
    Unary,
    parts,
    written,
)
from engine.expression.tokens import ALLOWED, INSTEAD, Token, error, shown, tokens

MAX_DEPTH = 32  # brackets in brackets, signs before signs, powers of powers
MAX_NODES = 200
MAX_EXPONENT = 16.0

OPERAND = "a number, a name, a function or ( was expected"
OPERATOR = "an operator (+ - * / **) or the end was expected"


def parse(text: str, extra: Mapping[str, Function] | None = None) -> Program:
    """Read a text; ExpressionError says where and why it is not an expression."""
    return _Parser(text, {**FUNCTIONS, **(extra or {})}).program()


@lru_cache(maxsize=512)
def formula(text: str) -> Node:
    """One of our own formulas, with the functions only they may use."""
    ((_, node),) = parse(text, FORMULA_FUNCTIONS).statements
    return node


class _Parser:
    def __init__(self, text: str, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self.tokens = tokens(text)
        self.at = 0
        self.depth = -1
        self.nodes = 0

    # --- statements ---

    def program(self) -> Program:
        statements: list[Statement] = []
        while self.skip_stops():
            statements.append((self.target(), self.sum()))
            if self.token.kind not in ("stop", "end"):
                raise self.unexpected(OPERATOR)
        check_statements(statements)
        return Program(tuple((name.text if name else None, node) for name, node in statements))

    def skip_stops(self) -> bool:
        """Whether another statement follows the empty ones."""
        while self.token.kind == "stop":
            self.at += 1
        return self.token.kind != "end"

    def target(self) -> Token | None:
        """The name before a "=", if the statement begins with one."""
        token = self.token
        if token.kind != "name" or self.tokens[self.at + 1].text != "=":
            return None
        check_new_name(token, self.functions)
        self.at += 2
        return token

    # --- operators ---

    def sum(self) -> Node:
        node = self.product()
        while self.token.text in ("+", "-"):
            op = self.take()
            node = self.binary(op, node, self.product())
        return node

    def product(self) -> Node:
        node = self.signed()
        while self.token.text in ("*", "/"):
            op = self.take()
            node = self.binary(op, node, self.signed())
        return node

    def signed(self) -> Node:
        self.depth += 1  # every way into another level leads through here
        if self.depth > MAX_DEPTH:
            raise error(f"more than {MAX_DEPTH} levels within one another", self.token)
        node = self.negative() if self.token.text == "-" else self.power()
        self.depth -= 1
        return node

    def negative(self) -> Node:
        minus = self.take()
        x = self.signed()
        if isinstance(x, Number) and math.copysign(1.0, x.value) > 0:
            return Number(-x.value, minus.start, x.end)
        return self.counted(Unary("-", x, minus.start, x.end))

    def power(self) -> Node:
        base = self.postfix()
        if self.token.text != "**":
            return base
        op = self.take()
        exponent = self.signed()
        if not any(isinstance(each, Name) for each in parts(exponent)):
            value = float(evaluate(exponent, {}))
            if not abs(value) <= MAX_EXPONENT:
                raise ExpressionError(
                    f"the exponent is {written(value)}, allowed are those from "
                    f"{-MAX_EXPONENT:g} to {MAX_EXPONENT:g}",
                    exponent.start,
                    exponent.end - exponent.start,
                )
        return self.binary(op, base, exponent)

    def binary(self, op: Token, x: Node, y: Node) -> Node:
        return self.counted(Binary(op.text, x, y, x.start, y.end))

    # --- operands ---

    def postfix(self) -> Node:
        node = self.atom()
        while self.token.text == ".":
            self.take()
            token = self.token
            if token.kind != "name":
                raise self.unexpected("the name of a function was expected after the dot")
            self.at += 1
            function = self.function(token)
            if self.token.text != "(":
                raise error(f"{token.text} must be called: write .{token.text}(...)", token)
            node = self.call(token, function, node)
        return node

    def atom(self) -> Node:
        token = self.token
        if token.text == "(":
            self.take()
            inner = self.sum()
            return replace(inner, start=token.start, end=self.close(token).end)
        if token.kind == "number":
            return self.number(token)
        if token.kind != "name":
            raise self.unexpected(OPERAND)
        self.at += 1
        if self.token.text == "(":
            return self.call(token, self.function(token))
        check_name(token)
        if token.text in self.functions:
            raise error(f"{token.text} is a function: write {self.usage(token.text)}", token)
        if token.text in CONSTANTS:
            return self.counted(Number(CONSTANTS[token.text], token.start, token.end))
        return self.counted(Name(token.text, token.start, token.end))

    def number(self, token: Token) -> Node:
        value = float(token.text)
        if not math.isfinite(value):
            raise error(f"{shown(token)} is too large a number", token)
        self.at += 1
        return self.counted(Number(value, token.start, token.end))

    def call(self, token: Token, function: Function, first: Node | None = None) -> Node:
        """The rest of a call from its "(" on; `first` is what a method was called on."""
        start = token.start if first is None else first.start
        args = [] if first is None else [first]
        opening = self.take()
        if self.token.text != ")":
            args.append(self.sum())
            while self.token.text == ",":
                self.take()
                args.append(self.sum())
        closing = self.close(opening)
        usage, wanted = self.usage(token.text), len(function.arguments)
        if len(args) != wanted:
            raise ExpressionError(
                f"{usage} takes {wanted} argument{'s' * (wanted > 1)}, found {len(args)}",
                token.start,
                closing.end - token.start,
            )
        for i in range(wanted - function.constants, wanted):
            if not isinstance(args[i], Number):
                raise ExpressionError(
                    f"{function.arguments[i]} in {usage} must be a number",
                    args[i].start,
                    args[i].end - args[i].start,
                )
        return self.counted(Call(token.text, tuple(args), start, closing.end))

    def function(self, token: Token) -> Function:
        if token.text not in self.functions:
            menu = ", ".join(FUNCTIONS)
            raise error(f"there is no function {shown(token)}: there are {menu}", token)
        return self.functions[token.text]

    def usage(self, name: str) -> str:
        return f"{name}({', '.join(self.functions[name].arguments)})"

    # --- words ---

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def close(self, opening: Token) -> Token:
        if self.token.kind == "end":
            raise error("this bracket is never closed", opening)
        if self.token.text != ")":
            raise self.unexpected("an operator, a comma or ) was expected")
        return self.take()

    def counted(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ExpressionError(
                f"more than {MAX_NODES} numbers, names and operations",
                node.start,
                node.end - node.start,
            )
        return node

    def unexpected(self, wanted: str) -> ExpressionError:
        token = self.token
        if token.kind == "end":
            return error(f"the expression ends too early: {wanted}", token)
        if token.kind == "stray":
            return error(f"found {shown(token)}: {INSTEAD.get(token.text, ALLOWED)}", token)
        if wanted == OPERATOR and (token.kind in ("name", "number") or token.text == "("):
            wanted += "; a product is written with *"
        return error(f"found {shown(token)}: {wanted}", token)
