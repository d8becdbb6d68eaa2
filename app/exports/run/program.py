"""A run as a program that trains it anew, in NumPy or PyTorch: data, first weights, order of the
samples and changes on the way are all in it, and it prints the losses the lab shows."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass
from textwrap import wrap
from types import ModuleType

import numpy as np

from app.errors import Invalid
from app.exports.code.dialects import NUMPY, PYTORCH
from app.exports.code.program import array, definitions
from app.exports.code.writing import Dialect, derivative, python
from app.exports.run import numpy_text, pytorch_text
from app.exports.run.frame_text import LOOP, UNPACK, UPDATE
from app.exports.run.history import History
from app.exports.run.rules import CLIPPINGS, OPTIMIZERS, schedule_function, schedules
from app.exports.run.settings import Settled, lines_of_change, literal, settled
from engine.batches import BATCHES
from engine.expression import Call, Name, Node, Number
from engine.layers import ACTIVATIONS
from engine.network import MASKS
from engine.ops import Array
from engine.optimizers import OPTIMIZERS as RULES
from engine.training import Trainer

_WIDTH = 96
_SHORT = 64  # elements of an array that are written out
_PRINTED = ("train_loss", "test_loss", "validation_loss")


@dataclass(frozen=True)
class Library:
    """How programs in it are written."""

    name: str
    xp: str  # what its functions are called with
    text: ModuleType
    dialect: Dialect
    imports: tuple[str, ...]
    numbers: str  # what makes its array of a NumPy array
    rows: str


LIBRARIES = {
    "numpy": Library("NumPy", "np", numpy_text, NUMPY, (), "{}", "rows"),
    "pytorch": Library(
        "PyTorch",
        "torch",
        pytorch_text,
        PYTORCH,
        ("import torch", "from torch.nn import functional as F"),
        "torch.from_numpy({})",
        "torch.from_numpy(rows)",
    ),
}


def program(trainer: Trainer, history: History, format: str) -> str:
    """The text of the program. The trainer is where the run has come to.

    Raises:
        Invalid: the program cannot do what this run does.
    """
    if history.start.step_count:
        raise Invalid("A program begins at step 0, and this run does not.", field="run")
    library, used = LIBRARIES[format], settled(trainer, history)
    parts: list[list[str]] = [
        _heading(trainer, library),
        _imports(library),
        _constants(trainer),
        *_functions(library, used),
        ["# --- the data, as the net sees them ---", *_data(trainer, library)],
        ["# --- the net at step 0 ---", *_numbers(history.start.parameters, "weights")],
        _numbers(history.start.buffers, "measured"),
        ["settings = {", *used.written, "}", "memory = {}  # of the optimizer"],
        _changes(history, used),
        [LOOP.replace("{rows}", library.rows).replace("{order}", str(BATCHES)).rstrip()],
    ]
    text = "\n\n".join("\n".join(part) for part in parts if part)
    text = text.replace("{watched}", "validation" if trainer.validates else "test")
    text = _chosen(text, used.features).replace("xp.", f"{library.xp}.")
    return re.sub(r"\n{4,}", "\n\n\n", text.replace("{masks}", str(MASKS))) + "\n"


def _chosen(text: str, features: set[str]) -> str:
    """The lines that these features need, without their marks."""
    lines = []
    for line in text.splitlines():
        code, _, feature = line.partition("#? ")
        if not feature or feature in features:
            lines.append(code.rstrip())
    return "\n".join(lines)


def _heading(trainer: Trainer, library: Library) -> list[str]:
    metrics = trainer.evaluate()
    lines = [
        f"# A training run of {trainer.step_count} steps in {library.name}, "
        "written by Backprop Lab.",
        "# It trains the same net on the same data in the same order, and prints the losses at its",
        "# end. In the lab they are:",
        *[f"#     {name} {metrics[name]!r}" for name in _PRINTED if name in metrics],
        "# The last digits may differ, as sums are not added up in the same order; a wild run, at",
        "# a rate that is too high, makes much of such differences.",
    ]
    if trainer.spec.dtype == "float32":
        lines.append("# It computes with 32 bits like the lab: about 6 digits agree.")
    return lines


def _imports(library: Library) -> list[str]:
    standard = ["import base64", "import math", "import zlib"]
    return [*standard, "", "import numpy as np", *library.imports]


def _constants(trainer: Trainer) -> list[str]:
    spec = trainer.spec
    return [f"SEED = {spec.seed}", f'DTYPE = "{spec.dtype}"', f"STEPS = {trainer.step_count}"]


# --- functions ---


def _functions(library: Library, used: Settled) -> list[list[str]]:
    unpack = UNPACK.replace("{numbers}", library.numbers.format("array"))
    values = [_activation(name, library) for name in used.activations]
    net = library.text.NET.replace("{kept}", _kept(used.features))
    net = net.replace("{out}", "out" if "masked" in used.features else "a")
    losses = [library.text.LOSSES[name] for name in used.losses]
    rules = [OPTIMIZERS[name] for name in used.optimizers]
    clips = [CLIPPINGS[name] for name in used.clippings]
    body = "".join([*values, *losses])
    functions = [
        unpack.strip(),
        *library.dialect.needed(body),
        *losses,
        *rules,
        *schedules(set(used.schedules)),
        *clips,
    ]
    remembered = {name: RULES[name].remembers for name in used.optimizers}
    tables = [
        *_table("ACTIVATIONS", dict(zip(used.activations, values, strict=True))),
        *_table("LOSSES", {name: name for name in used.losses}),
        *_table(
            "OPTIMIZERS", {name: f"({name}, {literal(remembered[name])})" for name in remembered}
        ),
        *_table("SCHEDULES", {name: schedule_function(name) for name in used.schedules}),
        *_table("CLIPPINGS", {name: f"clip_by_{name}" for name in used.clippings}),
    ]
    return [definitions(functions), [*tables, ""], definitions([net, UPDATE.strip()])]


def _kept(features: set[str]) -> str:
    """What the backward pass needs besides."""
    return (", normal, spread" if "norm" in features else "") + (
        ", mask" if "masked" in features else ""
    )


def _table(name: str, entries: dict[str, str]) -> list[str]:
    if not entries:
        return []
    return [f"{name} = {{", *[f'    "{key}": {text},' for key, text in entries.items()], "}"]


def _activation(name: str, library: Library) -> str:
    """As a lambda; with NumPy its derivative comes along."""
    op, by_hand = ACTIVATIONS[name], library.text is numpy_text
    if op is None:
        return "(lambda z: z, lambda z, a: 1)" if by_hand else "lambda z: z"
    constants = [Number(value) for value in vars(op).values()]
    value = python(Call(op.name, (Name("z"), *constants)), library.dialect)
    if not by_hand:
        return f"lambda z: {value}"
    meanings: dict[str, Node] = {"x": Name("z"), "z": Name("a")}
    meanings |= {key: Number(number) for key, number in vars(op).items()}
    slope = python(derivative(op.name, 0, meanings), library.dialect)
    return f"(lambda z: {value}, lambda z, a: {slope})"


# --- numbers ---


def _data(trainer: Trainer, library: Library) -> list[str]:
    data, lines = trainer.dataset, []
    for name, x, y in (
        ("train", data.x_train, data.y_train),
        ("test", data.x_test, data.y_test),
        ("validation", data.x[data.validation], data.y[data.validation]),
    ):
        if not len(y):
            continue
        classes = y.dtype.kind == "i" and data.classes > 2
        targets = y.astype(np.int64) if classes else y.astype(trainer.spec.dtype).reshape(-1, 1)
        lines += _packed(f"x_{name}", x.astype(trainer.spec.dtype))
        lines += _packed(f"y_{name}", targets)
    return lines


def _packed(name: str, values: Array) -> list[str]:
    """An assignment of many numbers, compressed."""
    squeezed = zlib.compress(np.ascontiguousarray(values).tobytes(), 9)
    text = wrap(base64.b64encode(squeezed).decode(), _WIDTH)
    return [f'{name} = unpack("{values.dtype}", {values.shape}, """', *text, '""")']


def _numbers(arrays: dict[str, Array], into: str) -> list[str]:
    """Assignments of arrays by name."""
    if not arrays:
        return []
    return [f"{into} = {{}}", *assignments(arrays, into)]


def assignments(arrays: dict[str, Array], into: str) -> list[str]:
    lines = []
    for name, values in arrays.items():
        place = f'{into}["{name}"]'
        if values.size <= _SHORT:
            lines += array(place, values, "numbers(", ")")
        else:
            lines += _packed(place, values)
    return lines


def _changes(history: History, used: Settled) -> list[str]:
    lines = ["def change(step):", "    # what was changed by hand on the way"]
    for step, edit in history.edits:
        made = lines_of_change(edit, used, assignments)
        if made:
            lines += [f"    if step == {step}:", *[f"        {line}" for line in made]]
    return ["", *lines, ""] if len(lines) > 2 else []
