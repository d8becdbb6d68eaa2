"""Formulas as MathML, which browsers draw by themselves: those of ops and of optimizers, and what
a reader has typed. Every variable is a slot, ``<mrow data-slot="x">``, in which a page can put
another symbol or a number. Names are escaped; all else is numbers and signs of our own.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape
from typing import Any

from latex2mathml.converter import convert

from engine.expression import Binary, Call, Name, Node, Number, Unary, formula
from engine.expression.syntax import written
from engine.ops import Op, Power
from engine.optimizers import Optimizer, State

Symbols = Mapping[str, str]

CONSTANTS = {"exponent": "n", "slope": "a", "alpha": "α", "low": "a", "high": "b"}
TERMS = {
    # settings
    **{"learning_rate": "η", "beta1": "β1", "beta2": "β2", "eps": "ε", "rho": "ρ"},
    **{"momentum": "μ", "dampening": "τ", "weight_decay": "λ", "momentum_decay": "ψ"},
    # what is computed; m, v and u are called so already
    **{"gradient": "g", "clipped": "g", "update": "Δw", "adam": "Δw_g", "decay": "Δw_λ"},
    **{"velocity": "v", "direction": "d", "mix": "c", "effective_rate": "η_w"},
    **{"squares": "s", "mean": "m", "spread": "s′", "delta": "Δ", "updates": "d"},
    **{"mu": "μ", "mu_next": "μ_t+1", "mu_left": "p", "rho_max": "ρ_∞"},
}


def mathml(node: Node, symbols: Symbols | None = None) -> str:
    """A formula, each name written as ``symbols`` has it: "β1" is a β with index 1."""
    return _math(_row(node, symbols or {}))


def equation(name: str, node: Node, symbols: Symbols | None = None) -> str:
    """name = formula; the name is a slot, too. A statement of a reader's program is drawn so."""
    symbols = symbols or {}
    return _math(_slot(name, symbols) + "<mo>=</mo>" + _row(node, symbols))


def formula_key(op: Op) -> str:
    """Ops of equal key have equal formulas."""
    return f"power {written(float(op.exponent))}" if isinstance(op, Power) else op.name


def op_formulas(op: Op) -> dict[str, Any]:
    """z = ..., its derivative by each input, and what holds where there is none.

    The slots are x, y, z and the op's constants. Of ops that do not go element by element there is
    the value only, without slots.
    """
    if not op.expression:
        return {"value": from_latex(op.formula), "locals": [], "convention": op.convention}
    value, derivatives = formula(op.expression), [formula(text) for text in op.derivatives]
    if isinstance(op, Power):
        value, derivatives = _power(float(op.exponent))
    return {
        "value": equation("z", value, CONSTANTS),
        "locals": [mathml(derivative, CONSTANTS) for derivative in derivatives],
        "convention": op.convention,
    }


def optimizer_formulas(optimizer: Optimizer, step: int, state: State) -> dict[str, str]:
    """How each term of a parameter's update is computed, by name and in order: m = ...

    ``state`` is what is remembered before the ``step``-th update (from 1).
    """
    remembered = {*optimizer.remembers, *state}
    symbols = TERMS | {f"{name}_old": _before(TERMS.get(name, name)) for name in remembered}
    return {
        name: equation(name, formula(text), symbols)
        for name, text in optimizer.formulas(step, state).items()
    }


@lru_cache(maxsize=256)
def from_latex(latex: str) -> str:
    """One of our own formulas as MathML; never a user's, which the converter would not escape."""
    return convert(latex) if latex else ""


def _power(n: float) -> tuple[Node, list[Node]]:
    """A constant exponent as a textbook would print it: 2x, not 2x^(2-1)."""
    x, rest = Name("x"), Binary("**", Name("x"), Number(n - 1))
    plain: dict[float, Node] = {0.0: Number(0.0), 1.0: Number(1.0)}
    local = plain.get(n, Binary("*", Number(n), x if n == 2 else rest))
    return Binary("**", x, Number(n)), [local]


# --- names ---

INDEXED = re.compile(r"(.+?)(?:_?([0-9]+)|_(.+))?")


def symbol(name: str) -> str:
    """A name as it is printed: a number at its end, or what follows an underscore, is an index."""
    match = INDEXED.fullmatch(name)
    letters, digits, words = match.groups() if match else (name, None, None)
    base = f"<mi>{escape(letters)}</mi>"
    if letters.startswith("Δ") and len(letters) > 1:
        base = f"<mrow><mi>Δ</mi><mi>{escape(letters[1:])}</mi></mrow>"
    if words == "hat":
        return f'<mover accent="true">{base}<mo>^</mo></mover>'
    index = digits or words
    return f"<msub>{base}{_index(index)}</msub>" if index else base


def _index(text: str) -> str:
    """t+1 in signs of its own, v_max as a word."""
    parts = [
        f"<mn>{part}</mn>"
        if part[0] in "0123456789"
        else f"<mo>{part}</mo>"
        if part in "+−,"
        else f"<mi>{escape(part)}</mi>"
        for part in re.findall(r"[0-9]+|[^\W\d_]+|.", text)
    ]
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


def _before(name: str) -> str:
    """What a value was called a step ago: m with the index t-1."""
    return f"{name},t−1" if "_" in name else f"{name}_t−1"


def _slot(name: str, symbols: Symbols) -> str:
    drawn = symbol(symbols.get(name, name))
    return f'<mrow data-slot="{escape(name)}">{drawn}</mrow>'


# --- structure ---

# How tightly a drawn formula holds together. A fraction needs brackets only under an exponent.
OPEN, SUM, PRODUCT, SIGN, RAISED, CLOSED = range(6)
MINUS = '<mo form="prefix">−</mo>'
DRAWN = {"+": "<mo>+</mo>", "-": "<mo>−</mo>", "*": "<mo>·</mo>"}
FUNCTION_NAMES = {
    **{"log": "ln", "maximum": "max", "minimum": "min", "sign": "sgn", "sigmoid": "σ"},
    **{"relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU"},
}


def _holds(node: Node) -> int:
    match node:
        case Binary("+" | "-"):
            return SUM
        case Binary("*"):
            return PRODUCT
        case Unary():
            return SIGN
        case Binary() | Call("exp"):
            return RAISED
        case Number(value) if written(value).startswith("-"):
            return SIGN
        case Number(value) if "e" in written(value):
            return PRODUCT
        case Call(name) if name in CASES:
            return OPEN
    return CLOSED


def _row(node: Node, symbols: Symbols) -> str:
    """A node as a row of elements; the row itself is drawn by whoever needs it to be one."""

    def inner(each: Node, needed: int, leads: bool = True) -> str:
        row = _row(each, symbols)
        fits = _holds(each) >= needed and (leads or not _begins_with_minus(each))
        return row if fits else _in_brackets(row)

    match node:
        case Number():
            return _number(node.value)
        case Name():
            return _slot(node.name, symbols)
        case Unary():
            return MINUS + inner(node.x, PRODUCT, leads=False)
        case Binary("/"):
            above, below = _row(node.x, symbols), _row(node.y, symbols)
            return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"
        case Binary("**"):
            return f"<msup>{_one(inner(node.x, CLOSED))}{_one(_row(node.y, symbols))}</msup>"
        case Binary("*"):
            return inner(node.x, PRODUCT) + DRAWN["*"] + inner(node.y, SIGN, leads=False)
        case Binary():
            return inner(node.x, SUM) + DRAWN[node.op] + inner(node.y, PRODUCT, leads=False)
        case Call():
            args = [_row(arg, symbols) for arg in node.args]
            return _call(node.function, args)


def _begins_with_minus(node: Node) -> bool:
    match node:
        case Binary("+" | "-" | "*"):
            return _begins_with_minus(node.x)
        case Number():
            return written(node.value).startswith("-")
    return isinstance(node, Unary)


def _call(name: str, args: list[str]) -> str:
    if name == "exp":
        return f"<msup><mi>e</mi><mrow>{args[0]}</mrow></msup>"
    if name == "sqrt":
        return f"<msqrt>{args[0]}</msqrt>"
    if name == "abs":
        return f'<mrow><mo form="prefix">|</mo>{args[0]}<mo form="postfix">|</mo></mrow>'
    if name in CASES:
        return _cases(CASES[name](*args))
    drawn = f"<mi>{FUNCTION_NAMES.get(name, name)}</mi><mo>\u2061</mo>"  # the function is applied
    return f"<mrow>{drawn}{_in_brackets('<mo>,</mo>'.join(args))}</mrow>"


ZERO, ONE = "<mn>0</mn>", "<mn>1</mn>"
LESS, MORE, AT_MOST = "<mo>&lt;</mo>", "<mo>&gt;</mo>", "<mo>≤</mo>"
# by function: its values, each with where it holds
CASES: dict[str, Callable[..., list[tuple[str, str]]]] = {
    "positive": lambda x: [(ONE, x + MORE + ZERO), (ZERO, x + AT_MOST + ZERO)],
    "choose": lambda x, a, b: [(a, x + MORE + ZERO), (b, x + AT_MOST + ZERO)],
    "larger": lambda x, y, a, b: [(a, x + MORE + y), (b, x + LESS + y)],
    "between": lambda x, a, b: [
        (ONE, a + AT_MOST + x + AT_MOST + b),
        (ZERO, x + LESS + a),
        (ZERO, x + MORE + b),
    ],
}


def _cases(rows: list[tuple[str, str]]) -> str:
    drawn = "".join(
        f"<mtr><mtd>{value}</mtd><mtd>{condition}</mtd></mtr>" for value, condition in rows
    )
    return f'<mrow><mo form="prefix" stretchy="true">{{</mo><mtable>{drawn}</mtable></mrow>'


def _number(value: float) -> str:
    """1e-08 is drawn as a power of ten."""
    digits, _, exponent = written(abs(value)).partition("e")
    drawn = "<mi>π</mi>" if digits == PI else f"<mn>{digits}</mn>"
    if exponent:
        power = f"<msup><mn>10</mn>{_one(_number(float(exponent)))}</msup>"
        drawn = power if digits == "1" else drawn + DRAWN["*"] + power
    return MINUS + drawn if written(value).startswith("-") else drawn


PI = "3.141592653589793"


def _in_brackets(row: str) -> str:
    return f'<mrow><mo form="prefix">(</mo>{row}<mo form="postfix">)</mo></mrow>'


def _one(row: str) -> str:
    """A row where a single element is asked for."""
    return f"<mrow>{row}</mrow>"


def _math(row: str) -> str:
    return f"<math><mrow>{row}</mrow></math>"
