"""The value of an expression: one operation of the text is one op of the engine.

On tensors it is recorded like any other computation, so that `backward` works; on numbers and
arrays the ops are run as they are. A name stands for one and the same value wherever it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine import ops
from engine.expression.functions import FORMULA_FUNCTIONS, FUNCTIONS
from engine.expression.syntax import (
    Binary,
    Call,
    ExpressionError,
    Name,
    Node,
    Number,
    Program,
    Unary,
)
from engine.ops import Op
from engine.tensor import Tensor
from engine.tensor import apply as record

OPERATORS: dict[str, Callable[[], Op]] = {
    "+": ops.Add,
    "-": ops.Sub,
    "*": ops.Mul,
    "/": ops.Div,
    "**": ops.Pow,
}
Apply = Callable[..., Any]


def apply(op: Op, *inputs: Any) -> Any:
    """Record the op if a tensor is among its inputs, else just run it."""
    if any(isinstance(item, Tensor) for item in inputs):
        return record(op, *inputs)
    return op.forward(*inputs)


@np.errstate(all="ignore")  # 1/0 is infinite here, as it is in a net that overflows
def evaluate(node: Node, values: Mapping[str, Any], apply: Apply = apply) -> Any:
    """The value of one expression, given those of its names. `apply(op, *inputs)` runs each op."""
    match node:
        case Number():
            return np.float64(node.value)
        case Name():
            if node.name not in values:
                raise ExpressionError(
                    f"{node.name} has no value", node.start, node.end - node.start
                )
            value = values[node.name]
            return np.float64(value) if isinstance(value, int | float) else value
        case Unary():
            return apply(ops.Neg(), evaluate(node.x, values, apply))
        case Binary("**", x, Number(exponent)):
            return apply(ops.Power(exponent), evaluate(x, values, apply))
        case Binary():
            x = evaluate(node.x, values, apply)
            return apply(OPERATORS[node.op](), x, evaluate(node.y, values, apply))
        case Call():
            return _call(node, values, apply)


def _call(node: Call, values: Mapping[str, Any], apply: Apply) -> Any:
    function = FUNCTIONS.get(node.function) or FORMULA_FUNCTIONS[node.function]
    split = len(node.args) - function.constants
    inputs = [evaluate(arg, values, apply) for arg in node.args[:split]]
    if function.op is None:
        assert function.compute is not None
        return function.compute(*inputs)
    constants = [arg.value for arg in node.args[split:] if isinstance(arg, Number)]
    return apply(function.op(*constants), *inputs)


def run(program: Program, values: Mapping[str, Any], apply: Apply = apply) -> dict[str, Any]:
    """The value of every statement by name, the result last."""
    known = dict(values)
    results = {}
    for name, node in program.statements:
        results[name or program.result] = evaluate(node, known, apply)
        known[name or program.result] = results[name or program.result]
    return results
