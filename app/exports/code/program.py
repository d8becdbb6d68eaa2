"""The text of a program: parts under headings, arrays over several lines."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from app.exports.code.networks import Array

WIDTH = 100


def assemble(*parts: Sequence[str]) -> str:
    """Parts with an empty line between them; empty parts are left out."""
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def heading(document: dict[str, Any], library: str) -> list[str]:
    """What the program is, and how to run it."""
    source = document["source"]
    lines = [f"# One training step in {library}, written by Backprop Lab."]
    if document["kind"] == "expression":
        statements = source["expression"].replace(";", "\n").splitlines()
        lines += [f"#     {line.strip()}" for line in statements if line.strip()]
    lines.append("# It prints the loss, every gradient and every new value, as the lab shows them.")
    if document.get("spec", {}).get("dtype") == "float32":
        lines.append("# The lab computed with 32 bits, this program with 64: 6 digits agree.")
    return lines


def definitions(functions: Sequence[str]) -> list[str]:
    """Functions below one another, each with the distance that is usual in Python."""
    lines = [line for text in functions if text for line in ["", *text.rstrip().splitlines(), ""]]
    return [*lines[:-1], *([""] if lines else [])]


def array(name: str, values: Array, before: str, after: str, zeros: str | None = None) -> list[str]:
    """An assignment, over several lines if it does not fit on one: a matrix row by row."""
    if zeros is not None and not values.any():
        return [f"{name} = {zeros.format(', '.join(map(str, values.shape)))}"]
    line = f"{name} = {before}{values.tolist()}{after}"
    if len(line) <= WIDTH:
        return [line]
    if values.ndim == 1:
        return [f"{name} = {before}[", *_filled(values.tolist(), "    "), f"]{after}"]
    lines = []
    for row in values.tolist():
        wide = len(f"    {row},") > WIDTH
        lines += ["    [", *_filled(row, "        "), "    ],"] if wide else [f"    {row},"]
    return [f"{name} = {before}[", *lines, f"]{after}"]


def _filled(numbers: list[float], indent: str) -> list[str]:
    """Numbers one after the other, as many on a line as fit."""
    text = ", ".join(map(repr, numbers)) + ","
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
