"""Formulas as MathML: well formed, and read back as a person would read them, worth the same."""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formulas import (
    equation,
    formula_key,
    from_latex,
    mathml,
    op_formulas,
    optimizer_formulas,
    symbol,
)
from engine import ops
from engine.expression import (
    FORMULA_FUNCTIONS,
    FUNCTIONS,
    Name,
    Node,
    evaluate,
    formula,
    parse,
    parts,
    write,
)
from engine.ops import OPS, Op
from engine.optimizers import OPTIMIZERS
from tests.engine.expressions import NUMBER, PLAIN_NODES, PYTHON

TAGS = {
    *("math", "mrow", "mi", "mn", "mo", "mfrac", "msup", "msub", "msqrt", "mover"),
    *("mtable", "mtr", "mtd"),
}
ATTRIBUTES = {"data-slot", "form", "accent", "stretchy"}
CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "mover": 2}


def tree(markup: str) -> Element:
    """The formula as a tree, after a look at everything that is in it."""
    root = ElementTree.fromstring(markup)
    assert root.tag == "math"
    for element in root.iter():
        assert element.tag in TAGS
        assert set(element.keys()) <= ATTRIBUTES
        assert len(element) == CHILDREN.get(element.tag, len(element))
        assert bool(element.text) == (element.tag in ("mi", "mn", "mo")), element.tag
    return root


def slots(markup: str) -> set[str]:
    return {each.get("data-slot", "") for each in tree(markup).iter() if each.get("data-slot")}


# --- reading as a person does: by what is drawn, not by how it is nested ---

WORDS = {
    **{"π": "pi", "ln": "log", "max": "maximum", "min": "minimum", "σ": "sigmoid", "sgn": "sign"},
    **{"ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "GELU": "gelu", "SiLU": "silu"},
}
SIGNS = {"−": "-", "·": "*", "\u2061": "", "≤": "<=", "{": "", "=": "="}


def seen(element: Element) -> str:
    """What is drawn, as Python would be told it. Only lines and bars hold together; rows do not."""
    if name := element.get("data-slot"):
        return name
    inner = [seen(child) for child in element]
    match element.tag:
        case "mi":
            return WORDS.get(element.text or "", element.text or "")
        case "mn":
            return f"float64({element.text})"
        case "mo":
            return SIGNS.get(element.text or "", element.text or "")
        case "mfrac":
            return f"(({inner[0]})/({inner[1]}))"
        case "msqrt":
            return f"sqrt({''.join(inner)})"
        case "msup" if inner[0] == "e":
            return f"exp({inner[1]})"
        case "msup":
            assert closed(element[0]), "an exponent over something that is not closed"
            return f"{inner[0]}**({inner[1]})"
        case "mtable":
            # each value with its condition
            rows = [f"({seen(row[0])}) if ({seen(row[1])}) else" for row in element]
            return f"({' '.join(rows)} nan)"
        case "mrow" if element[0].text == "|":
            return f"abs({''.join(inner[1:-1])})"
    return "".join(inner)


def closed(base: Element) -> bool:
    """Whether an exponent is seen to belong to all of it: a letter, a number, brackets, bars."""
    while base.tag == "mrow" and not base.get("data-slot") and len(base) == 1:
        base = base[0]
    if base.tag == "mrow" and not base.get("data-slot"):
        return base[-1].text in (")", "|") or closed(base[-1])
    return base.tag in ("mi", "mn", "mrow", "msqrt")


def worth(text: str, values: dict[str, Any]) -> Any:
    """What Python makes of a text of our own."""
    with np.errstate(all="ignore"):
        return eval(
            text,
            {**PYTHON, "pi": np.pi, "nan": np.nan, "sign": np.sign, "sin": np.sin, "cos": np.cos},
            values,
        )  # our own text


@settings(max_examples=600, deadline=None, derandomize=True)
@given(PLAIN_NODES, st.tuples(*[st.floats(-3, 3)] * 3))
def test_a_drawn_formula_is_read_as_what_it_is(
    node: Node, point: tuple[float, float, float]
) -> None:
    values = {name: np.float64(value) for name, value in zip("xyz", point, strict=True)}
    text, drawn = NUMBER.sub(r"float64(\g<0>)", write(node)), seen(tree(mathml(node)))
    np.testing.assert_array_equal(worth(drawn, values), worth(text, values), drawn)


def drawn(text: str) -> str:
    """The characters of a formula in the order of reading."""
    ((name, node),) = parse(text).statements
    markup = mathml(node) if name is None else equation(name, node)
    return "".join(tree(markup).itertext())


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("(a + b) * c", "(a+b)·c"),
        ("a + b * c", "a+b·c"),
        ("a * b + c", "a·b+c"),
        ("a - (b - c)", "a−(b−c)"),
        ("(a - b) - c", "a−b−c"),
        ("(a + b) / (c - 1)", "a+bc−1"),  # the line of the fraction does it
        ("(a / b)**2", "(ab)2"),
        ("(a * b)**2", "(a·b)2"),
        ("(a**b)**c", "(ab)c"),
        ("a**(b + c)", "ab+c"),
        ("(-a)**2", "(−a)2"),
        ("-a**2", "−a2"),
        ("-(a + b)", "−(a+b)"),
        ("a * -b", "a·(−b)"),
        ("a + -2", "a+(−2)"),
        ("-2 * a", "−2·a"),
        ("--a", "−(−a)"),
        ("exp(a)**2", "(ea)2"),
        ("tanh(a + b)", "tanh\u2061(a+b)"),
        ("(a + b).tanh() * 2", "tanh\u2061(a+b)·2"),
        ("abs(a - b)", "|a−b|"),
        ("sqrt(a + b)", "a+b"),
        ("log(a)", "ln\u2061(a)"),
        ("maximum(a, -b)", "max\u2061(a,−b)"),
        ("clip(a, -1, 0.5)", "clip\u2061(a,−1,0.5)"),
        ("2 * pi", "2·π"),
        ("1e-8 * a", "10−8·a"),
        ("a * 2.5e-8", "a·(2.5·10−8)"),
        ("z_1 = w_1 * x_1", "z1=w1·x1"),
    ],
)
def test_brackets_stand_where_they_are_needed_and_nowhere_else(text: str, characters: str) -> None:
    assert drawn(text) == characters


def test_the_longest_sum_is_drawn() -> None:
    assert drawn("+".join(["x"] * 100)) == "+".join(["x"] * 100)


def test_every_function_is_drawn_and_read_back() -> None:
    values = {"x": np.float64(0.75), "y": np.float64(0.25), "a": 2.0, "b": 3.0}
    for name, function in (FUNCTIONS | FORMULA_FUNCTIONS).items():
        arguments = ["-0.5" if each == "low" else each for each in function.arguments]
        text = f"{name}({', '.join('0.5' if each == 'high' else each for each in arguments)})"
        got = worth(seen(tree(mathml(formula(text)))), values)
        assert got == evaluate(formula(text), values), text


# --- names ---


@pytest.mark.parametrize(
    ("name", "markup"),
    [
        ("x", "<mi>x</mi>"),
        ("loss", "<mi>loss</mi>"),
        ("w1", "<msub><mi>w</mi><mn>1</mn></msub>"),
        ("w_12", "<msub><mi>w</mi><mn>12</mn></msub>"),
        ("v_max", "<msub><mi>v</mi><mi>max</mi></msub>"),
        ("m_hat", '<mover accent="true"><mi>m</mi><mo>^</mo></mover>'),
        ("m_t−1", "<msub><mi>m</mi><mrow><mi>t</mi><mo>−</mo><mn>1</mn></mrow></msub>"),
        ("Δw", "<mrow><mi>Δ</mi><mi>w</mi></mrow>"),
        ("a1b", "<mi>a1b</mi>"),
        ("a_", "<mi>a_</mi>"),
        ("<b>&\"'", "<mi>&lt;b&gt;&amp;&quot;&#x27;</mi>"),
        ("a_<b>", "<msub><mi>a</mi><mrow><mi>&lt;</mi><mi>b</mi><mi>&gt;</mi></mrow></msub>"),
    ],
)
def test_a_name_is_printed_with_its_index(name: str, markup: str) -> None:
    assert symbol(name) == markup
    ElementTree.fromstring(markup)


def test_a_name_is_a_slot_under_its_own_name_whatever_it_is_printed_as() -> None:
    assert mathml(Name("beta1"), {"beta1": "β1"}) == (
        '<math><mrow><mrow data-slot="beta1"><msub><mi>β</mi><mn>1</mn></msub></mrow></mrow></math>'
    )


def test_names_from_elsewhere_are_escaped() -> None:
    markup = mathml(Name('"><script>'), {})
    assert "<script>" not in markup and slots(markup) == {'"><script>'}
    assert "<b>" not in mathml(Name("x"), {"x": "<b>"})


@given(st.text(min_size=1).filter(str.isprintable))
def test_no_name_breaks_a_formula(name: str) -> None:
    assert slots(mathml(Name(name), {name: name[::-1]})) == {name}


# --- ops ---


def constants(op: Op) -> dict[str, Any]:
    return {field.name: getattr(op, field.name) for field in fields(op)}  # type: ignore[arg-type]


ELEMENTWISE = [op() for op in OPS.values() if op.expression]
POWERS = [ops.Power(n) for n in (0.0, 1.0, 2.0, 3.0, -1.0, 0.5, 2.5)]


@pytest.mark.parametrize("op", [*ELEMENTWISE, *POWERS], ids=repr)
@pytest.mark.parametrize("point", [(0.8, 1.7), (-0.6, -2.5), (2.0, 0.3)])
@np.errstate(all="ignore")  # the logarithm of -0.6
def test_the_formulas_of_an_op_are_its_value_and_its_derivatives(
    op: Op, point: tuple[float, float]
) -> None:
    inputs = list(map(np.float64, point))[: len(op.derivatives)]
    z = op.forward(*inputs)
    values = {**constants(op), **dict(zip("xy", inputs, strict=False)), "z": z}
    found = op_formulas(op)
    left, right = seen(tree(found["value"])).split("=", 1)
    assert left == "z"
    np.testing.assert_allclose(worth(right, values), z, rtol=1e-12)
    locals_ = op.vjp(np.asarray(1.0), np.asarray(z), *map(np.asarray, inputs))
    got = [worth(seen(tree(local)), values) for local in found["locals"]]
    np.testing.assert_allclose(got, locals_, rtol=1e-11)  # type: ignore[arg-type]
    assert found["convention"] == op.convention


@pytest.mark.parametrize("op", ELEMENTWISE, ids=repr)
def test_the_slots_of_an_op_are_its_inputs_its_output_and_its_constants(op: Op) -> None:
    found = op_formulas(op)
    allowed = {*"xy"[: len(op.derivatives)], "z", *constants(op)}
    inputs = set("xy"[: len(op.derivatives)])
    assert {"z"} | inputs <= slots(found["value"]) <= allowed
    assert all(slots(local) <= allowed for local in found["locals"])


def test_a_square_has_the_derivative_of_the_textbook() -> None:
    found = op_formulas(ops.Power(2))
    assert "".join(tree(found["value"]).itertext()) == "z=x2"
    assert ["".join(tree(local).itertext()) for local in found["locals"]] == ["2·x"]


def test_ops_of_one_key_have_one_formula_and_powers_a_key_each() -> None:
    assert formula_key(ops.Power(2)) == formula_key(ops.Power(2.0)) == "power 2"
    assert formula_key(ops.Power(3)) != formula_key(ops.Power(2))
    for one, other in [(ops.LeakyRelu(0.1), ops.LeakyRelu(0.2)), (ops.Clip(), ops.Clip(0, 5))]:
        assert formula_key(one) == formula_key(other) == one.name
        assert op_formulas(one) == op_formulas(other)


@pytest.mark.parametrize("op", [op() for op in OPS.values() if not op.expression], ids=repr)
def test_other_ops_have_a_formula_without_slots(op: Op) -> None:
    found = op_formulas(op)
    assert found["value"] == from_latex(op.formula) and found["locals"] == []
    assert ElementTree.fromstring(found["value"]).tag.endswith("math")


# --- optimizers ---


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_term_of_an_update_has_an_equation(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    state = {key: np.zeros(1) for key in optimizer.remembers}
    texts = optimizer.formulas(7, state)
    found = optimizer_formulas(optimizer, 7, state)
    assert list(found) == list(texts)
    for term, markup in found.items():
        names = {each.name for each in parts(formula(texts[term])) if isinstance(each, Name)}
        assert slots(markup) == names | {term}
        assert seen(tree(markup)).startswith(f"{term}=")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_two_names_of_an_optimizer_look_alike(name: str) -> None:
    settings = {"rmsprop": {"centered": True, "momentum": 0.9}, "sgd": {"momentum": 0.9}}
    optimizer = OPTIMIZERS[name](**settings.get(name, {}))  # type: ignore[arg-type]
    state = {key: np.zeros(1) for key in (*optimizer.remembers, "velocity")}
    looks: dict[str, str] = {}
    for markup in optimizer_formulas(optimizer, 7, state).values():
        for element in tree(markup).iter("mrow"):
            if slot := element.get("data-slot"):
                picture = "".join(map(_markup, element))
                assert looks.setdefault(picture, slot) == slot, picture
    for slot in looks.values():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", slot)


def _markup(element: Element) -> str:
    return ElementTree.tostring(element, encoding="unicode")


def characters(markups: dict[str, str]) -> Iterator[str]:
    return ("".join(tree(markup).itertext()) for markup in markups.values())


def test_adam_as_it_is_printed_everywhere() -> None:
    found = optimizer_formulas(OPTIMIZERS["adam"](), 1, {})
    assert list(characters(found)) == [
        "m=β1·mt−1+(1−β1)·g",
        "v=β2·vt−1+(1−β2)·g2",
        "m^=m1−β1t",
        "v^=v1−β2t",
        "ηw=ηv^+ε",
        "Δw=−ηw·m^",
    ]


def test_the_first_velocity_is_the_gradient() -> None:
    heavy = OPTIMIZERS["sgd"](momentum=0.9)  # type: ignore[call-arg]
    assert next(characters(optimizer_formulas(heavy, 1, {}))) == "v=g"
    later = optimizer_formulas(heavy, 2, {"velocity": np.zeros(1)})
    assert next(characters(later)) == "v=μ·vt−1+(1−τ)·g"
