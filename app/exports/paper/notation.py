"""How a sheet of paper writes things: numbers with four decimals, names and derivatives as MathML.

All text that ends up inside MathML goes through `app.formulas`, which escapes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from app.formulas import TERMS, mathml, symbol
from engine.expression import Node

MINUS, NOTHING = "−", "–"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def decimals(value: float | None) -> str:
    """A result: 1.6667, −0.0300, 1.234×10⁻⁵ where four decimals would say too little."""
    if value is None:
        return NOTHING
    size = abs(value)
    plain = size == 0 or 0.001 <= size < 1e5
    return (MINUS if value < 0 else "") + (f"{size:.4f}" if plain else _scientific(size))


def given(value: float | None) -> str:
    """What is given: as short as it can be said to four decimals, or to four digits."""
    if value is None:
        return NOTHING
    number = rounded(value)
    size = abs(number)
    if size and (size < 0.0001 or size >= 1e9):
        return (MINUS if number < 0 else "") + _scientific(size)
    return f"{number:.9f}".rstrip("0").rstrip(".").replace("-", MINUS)


def rounded(value: float | None) -> float:
    """The number that `given` writes, for a formula with numbers put in."""
    if value is None:
        return math.nan
    return float(f"{value:.4g}") if abs(value) < 0.1 else round(value, 4)


def _scientific(size: float) -> str:
    """5.123×10⁻⁸"""
    mantissa, _, exponent = f"{size:.3e}".partition("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_RAISED)}"


# --- MathML ---


def math_of(row: str) -> str:
    return f"<math><mrow>{row}</mrow></math>"


def sum_of(rows: list[str]) -> str:
    """A sum that may be broken over several lines: each term is a formula of its own."""
    plus = '<mo form="infix">+</mo>'
    return " ".join(math_of(row if i == 0 else plus + row) for i, row in enumerate(rows))


def name(text: str) -> str:
    """A name with its index: w1 and w_1 are a w with index 1."""
    return math_of(symbol(text))


def slope(row: str, by: str) -> str:
    """The derivative of one by the other, both rows of MathML: ∂y/∂x."""
    return f"<mfrac><mrow><mo>∂</mo>{row}</mrow><mrow><mo>∂</mo>{by}</mrow></mfrac>"


def term(key: str) -> str:
    """A term of an update: m with a hat, or what m was before the step."""
    if not key.endswith("_old"):
        return symbol(TERMS.get(key, key))
    base = TERMS.get(key.removesuffix("_old"), key.removesuffix("_old"))
    return symbol(f"{base},t−1" if "_" in base else f"{base}_t−1")


def drawn(node: Node, rows: Mapping[str, str]) -> str:
    """A formula as a row of MathML, with other rows in the place of its names."""
    text = mathml(node, dict.fromkeys(rows, "q")).removeprefix("<math>").removesuffix("</math>")
    for key, row in rows.items():
        slot = f'<mrow data-slot="{key}"><mi>q</mi></mrow>'
        if row.startswith("<msubsup>"):  # it has something above it, which is no power
            bracketed = f"<mrow><mo>(</mo>{row}<mo>)</mo></mrow>"
            text = text.replace(f"<msup><mrow>{slot}</mrow>", f"<msup>{bracketed}")
        text = text.replace(slot, f"<mrow>{row}</mrow>")
    return text


def indexed(letter: str, index: str, layer: int) -> str:
    """A number of a net: its index below, its layer above, in brackets."""
    below = symbol(f"q_{index}").removeprefix("<msub><mi>q</mi>").removesuffix("</msub>")
    above = f"<mrow><mo>(</mo><mn>{layer}</mn><mo>)</mo></mrow>"
    return f"<msubsup><mi>{letter}</mi>{below}{above}</msubsup>"
