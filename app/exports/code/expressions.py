"""A walk through an expression as a program: scalars, in the order of the walk.

NumPy goes back by hand, one line of the chain rule after the other; PyTorch and micrograd do it
themselves. What differs between the three besides is how they write a number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.exports.code.dialects import NUMPY, PYTHON, PYTORCH, PYTORCH_UPDATE
from app.exports.code.micrograd import MICROGRAD
from app.exports.code.program import assemble, definitions, heading
from app.exports.code.scalars import Scalars
from app.exports.code.update import Clip, Rule, remembered
from app.exports.code.writing import Dialect, python, simple
from engine.expression import Binary, Name

Row = dict[str, Any]
Grads = dict[int, str]


@dataclass(frozen=True)
class Library:
    """How a library has scalars."""

    name: str
    imports: Callable[[str], list[str]]  # what a program with this text must import
    dialect: Dialect
    of_update: Dialect
    constant: str  # a number that takes no gradient
    variable: str  # one that does
    number: str  # a plain number to compute with after the backward pass
    data: str  # and that of a variable
    grad: str | None  # its gradient; None where the program computes it
    shown: str  # a result to be printed
    update: str | None = None  # what the update has to be inside of


def _numpy(text: str) -> list[str]:
    return ["import numpy as np"]


def _pytorch(text: str) -> list[str]:
    functional = ["from torch.nn import functional as F"] if "F." in text else []
    return ["import torch", *functional, "", "torch.set_default_dtype(torch.float64)"]


def _micrograd(text: str) -> list[str]:
    return [*(["import math", ""] if "math." in text else []), "from micrograd.engine import Value"]


NUMBER = "np.float64({})"
LIBRARIES = {
    "numpy": Library(
        "NumPy",
        _numpy,
        dialect=NUMPY,
        of_update=NUMPY,
        constant=NUMBER,
        variable=NUMBER,
        number=NUMBER,
        data="{}",
        grad=None,
        shown="{}",
    ),
    "pytorch": Library(
        "PyTorch",
        _pytorch,
        dialect=PYTORCH,
        of_update=PYTORCH_UPDATE,
        constant="torch.tensor({})",
        variable="torch.tensor({}, requires_grad=True)",
        number="torch.tensor({})",
        data="{}",
        grad="{}.grad",
        shown="{}.item()",
        update="with torch.no_grad():",
    ),
    "micrograd": Library(
        "micrograd",
        _micrograd,
        dialect=MICROGRAD,
        of_update=PYTHON,
        constant="Value({})",
        variable="Value({})",
        number="{}",
        data="{}.data",
        grad="{}.grad",
        shown="{}",
    ),
}


def program(document: Row, format: str) -> str:
    """The walk of an expression, in one of the libraries."""
    library, rule = LIBRARIES[format], Rule.read(document)
    taken = {"np", "torch", "F", "math", "Value", "norm", "scale", rule.name}
    scalars = Scalars(document, taken | {*library.dialect.helpers})
    forward = [
        f"{scalars.called[row['id']]} = {python(value, library.dialect)}"
        for row, value in scalars.forward()
    ]
    loss = scalars.called[scalars.nodes[-1]["id"]]
    if library.grad is None:
        grads = {i: scalars.names.new(f"grad_{name}") for i, name in scalars.called.items()}
        backward = ["# --- backward: grad_v is dL/dv ---", *by_hand(scalars, grads)]
    else:
        grads = {i: library.grad.format(name) for i, name in scalars.called.items()}
        backward = ["# --- backward ---", f"{loss}.backward()"]
    new, update = _update(scalars, library, rule, grads)
    shown = [f'print("loss", {library.shown.format(library.data.format(loss))})']
    for leaf in scalars.leaves:
        if leaf["grad"] is not None:
            value = library.shown.format(grads[leaf["id"]])
            shown.append(f'print("{leaf["name"]}.grad", {value})')
    for i, name in new.items():
        shown.append(f'print("{scalars.nodes[i]["name"]}.new", {library.shown.format(name)})')
    body = [
        _given(scalars, library),
        ["# --- forward ---", *forward],
        backward,
        update,
        shown,
    ]
    text = "\n".join(line for part in body for line in part)
    functions = [*library.dialect.needed(text), "\n".join(rule.function(library.of_update))]
    helpers = definitions(functions)
    imports = library.imports("\n".join([text, *helpers]))
    return assemble(heading(document, library.name), imports, helpers, *body)


def _given(scalars: Scalars, library: Library) -> list[str]:
    lines = ["# --- what is given ---"]
    for leaf in scalars.leaves:
        number = library.constant if leaf["grad"] is None else library.variable
        lines.append(f"{scalars.called[leaf['id']]} = {number.format(repr(leaf['value']))}")
    return lines


def by_hand(scalars: Scalars, grads: Grads) -> list[str]:
    """The backward pass: each use of a number adds upstream times local to its gradient."""
    loss = scalars.nodes[-1]["id"]
    lines = [f"{grads[loss]} = {NUMBER.format(1)}"]
    reached, current = {loss}, -1
    for arrival in scalars.document["positions"]:
        if arrival["phase"] != "backward":
            continue
        user = scalars.nodes[arrival["from"]]
        if user["id"] != current:
            current = user["id"]
            lines.append(f"# {scalars.called[current]} = {python(scalars.value(user), NUMPY)}")
        local = scalars.local(user, arrival["input"])
        product = simple(Binary("*", Name(grads[current]), local))
        sign = "+=" if arrival["node"] in reached else "="
        reached.add(arrival["node"])
        lines.append(f"{grads[arrival['node']]} {sign} {python(product, NUMPY)}")
    for leaf in scalars.leaves:
        if leaf["grad"] is not None and leaf["id"] not in reached:
            lines.append(f"{grads[leaf['id']]} = {NUMBER.format(0)}  # nothing comes back to it")
    return lines


def _update(
    scalars: Scalars, library: Library, rule: Rule, grads: Grads
) -> tuple[dict[int, str], list[str]]:
    """What the new values are called, and the lines that compute them."""
    if not scalars.moved:
        return {}, []
    lines = [f"# --- update: {rule.name} ---"]
    learning = [change["node"] for change in scalars.moved]
    clip = Clip.read(scalars.document)
    if clip.name == "norm":
        squares = ", ".join(grads[i] for i in learning)
        lines.append(f"norm = sum(g**2 for g in [{squares}]) ** 0.5")
        lines.append(f"scale = {clip.limit!r} / max({clip.limit!r}, norm)")
    new = {}
    for change in scalars.moved:
        i = change["node"]
        name, grad = scalars.called[i], grads[i]
        if clip.name == "norm":
            grad = f"{grad} * scale"
        if clip.name == "value":
            grad = f"max({-clip.limit!r}, min({clip.limit!r}, {grad}))"
        state = {key: library.number.format(repr(v)) for key, v in remembered(change).items()}
        new[i] = scalars.names.new(f"{name}_new")
        lines += rule.assign(new[i], library.data.format(name), grad, state)
    if library.update is not None:
        lines[1:] = [library.update, *[f"    {line}" for line in lines[1:]]]
    return new, lines
