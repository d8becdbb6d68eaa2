"""What the grammar cannot say: which names may be given, and in which order they may be used."""

from __future__ import annotations

import math
from collections.abc import Container
from keyword import iskeyword

from engine.expression.syntax import ExpressionError, Name, Node, parts
from engine.expression.tokens import Token, error, shown

MAX_NAME = 16  # characters
CONSTANTS = {"pi": math.pi}

Statement = tuple[Token | None, Node]  # the name it was given, and what it says


def check_name(token: Token) -> None:
    """A variable may be called so; Python's own words would break an exported program."""
    name = token.text
    if name.startswith("_"):
        raise error(f"{shown(token)} is not a name: names begin with a letter", token)
    if len(name) > MAX_NAME:
        raise error(f"{shown(token)} is too long: names have at most {MAX_NAME} characters", token)
    if iskeyword(name):
        raise error(f"'{name}' is a word of Python: choose another name", token)


def check_new_name(token: Token, functions: Container[str]) -> None:
    """A value may be given this name."""
    check_name(token)
    if token.text in functions:
        raise error(f"'{token.text}' is a function: choose another name", token)
    if token.text in CONSTANTS:
        raise error(f"'{token.text}' is a constant: choose another name", token)


def check_statements(statements: list[Statement]) -> None:
    """Every name is defined once, before it is used, and all but the last are used."""
    if not statements:
        raise ExpressionError("there is nothing here yet: write something like w*x + b")
    last = len(statements) - 1
    used: set[str] = set()
    defined: set[str] = set()
    for i, (token, node) in enumerate(statements):
        if token is None and i < last:
            raise ExpressionError(
                "only the last statement may do without a name: write name = ...",
                node.start,
                node.end - node.start,
            )
        used |= {each.name for each in parts(node) if isinstance(each, Name)}
        if token is None:
            continue
        if token.text in defined:
            raise error(f"'{token.text}' is defined twice", token)
        if token.text in used:
            raise error(f"'{token.text}' is used before it is defined", token)
        defined.add(token.text)
    for token, _ in statements[:-1]:
        if token is not None and token.text not in used:
            raise error(f"'{token.text}' is defined, but nothing after it uses it", token)
