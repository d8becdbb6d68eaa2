"""What micrograd needs to be told: its Value knows + * ** and relu, and every other function is
defined by the program, the way micrograd defines those."""

from __future__ import annotations

from dataclasses import fields

from app.exports.code.dialects import PYTHON
from app.exports.code.writing import Dialect, instead, put_in, python, simple
from engine.expression import Binary, Name, formula
from engine.ops import OPS

VALUES = {
    "exp": "math.exp(x.data)",
    "log": "math.log(x.data)",
    "sqrt": "math.sqrt(x.data)",
    "abs": "abs(x.data)",
    "sin": "math.sin(x.data)",
    "cos": "math.cos(x.data)",
    "pow": "x.data**y.data",
    "sigmoid": "0.5 * (1 + math.tanh(0.5 * x.data))",
    "tanh": "math.tanh(x.data)",
    "leaky_relu": "x.data if x.data > 0 else slope * x.data",
    "elu": "x.data if x.data > 0 else alpha * math.expm1(x.data)",
    "gelu": "x.data / 2 * (1 + t)",
    "silu": "x.data * s",
    "softplus": "max(x.data, 0) + math.log1p(math.exp(-abs(x.data)))",
    "maximum": "max(x.data, y.data)",
    "minimum": "min(x.data, y.data)",
    "clip": "min(max(x.data, low), high)",
}
# what occurs in a function more than once: its name, what it is, and how it is computed
PARTS = {
    "gelu": [
        ("k", "sqrt(2 / pi)", "math.sqrt(2 / math.pi)"),
        ("t", "tanh(k * (x + 0.044715 * x**3))", "math.tanh(k * (x.data + 0.044715 * x.data**3))"),
        ("q", "1 + 3 * 0.044715 * x**2", "1 + 3 * 0.044715 * x.data**2"),
    ],
    "silu": [("s", "sigmoid(x)", "0.5 * (1 + math.tanh(0.5 * x.data))")],
}
CALLED = {"abs": "absolute", "pow": "power"}  # where Python has the word itself


def _arguments(function: str) -> tuple[list[str], list[str]]:
    """The operands of a function, and its constants."""
    op = OPS[function]
    return ["x", "y"][: len(op.derivatives)], [field.name for field in fields(op)]  # type: ignore[arg-type]


def _call(function: str) -> str:
    operands, constants = _arguments(function)
    holes = ", ".join(f"{{{i}}}" for i in range(len(operands) + len(constants)))
    return f"{CALLED.get(function, function)}({holes})"


def _definition(function: str) -> str:
    """The lines of a function: its value, and how the gradient comes back."""
    operands, constants = _arguments(function)
    name = CALLED.get(function, function)
    data = {letter: Name(f"{letter}.data") for letter in operands} | {"z": Name("out.data")}
    shared = PARTS.get(function, [])
    back = []
    for letter, given in zip(operands, OPS[function].derivatives, strict=True):
        local = formula(given)
        for short, part, _ in shared:
            local = instead(local, formula(part), Name(short))
        local = simple(put_in(local, data))
        product = python(simple(Binary("*", local, Name("out.grad"))), PYTHON)
        back.append(f"        {letter}.grad += {product}")
    inputs = ", ".join(operands) + ("," if len(operands) == 1 else "")
    lines = [
        f"def {name}({', '.join([*operands, *constants])}):",
        *[f"    {short} = {text}" for short, _, text in shared],
        f'    out = Value({VALUES[function]}, ({inputs}), "{name}")',
        "",
        "    def _backward():",
        *back,
        "",
        "    out._backward = _backward",
        "    return out",
    ]
    return "\n".join(lines)


MICROGRAD = Dialect(
    calls={"number": "Value({0})", "relu": "{0}.relu()"} | {name: _call(name) for name in VALUES},
    helpers={CALLED.get(name, name): _definition(name) for name in VALUES},
)
