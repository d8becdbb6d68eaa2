"""A small language for formulas: `m = w*x; ((m + b).tanh() - t)**2`.

Readers type it into the walkthrough, and our own formulas of derivatives and updates are written in
it, so that a test can evaluate them and a page can draw them. It is read by a grammar of its own
that knows numbers, names, + - * / ** and a menu of functions; text is never run as code.
"""

from engine.expression.evaluate import evaluate, run
from engine.expression.functions import FORMULA_FUNCTIONS, FUNCTIONS, Function
from engine.expression.parser import formula, parse
from engine.expression.syntax import (
    Binary,
    Call,
    ExpressionError,
    Name,
    Node,
    Number,
    Program,
    Unary,
    children,
    parts,
    write,
)

__all__ = [
    "FORMULA_FUNCTIONS",
    "FUNCTIONS",
    "Binary",
    "Call",
    "ExpressionError",
    "Function",
    "Name",
    "Node",
    "Number",
    "Program",
    "Unary",
    "children",
    "evaluate",
    "formula",
    "parse",
    "parts",
    "run",
    "write",
]
