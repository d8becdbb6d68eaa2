"""The expression language: what it reads, what it computes, and everything it refuses."""

import contextlib
import math
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import ops
from engine.expression import (
    FORMULA_FUNCTIONS,
    FUNCTIONS,
    Binary,
    Call,
    ExpressionError,
    Name,
    Node,
    Number,
    Unary,
    children,
    evaluate,
    formula,
    parse,
    parts,
    run,
    write,
)
from engine.expression.checks import MAX_NAME
from engine.expression.parser import MAX_DEPTH, MAX_NODES
from engine.expression.tokens import MAX_LENGTH
from engine.tape import tape
from engine.tensor import Tensor
from tests.engine.expressions import NODES, NUMBER, PYTHON, X, Y, Z


def read(text: str) -> Node:
    """The only statement of a text."""
    ((name, node),) = parse(text).statements
    assert name is None
    return node


def refused(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    error = caught.value
    assert error.message and 0 <= error.position <= len(text)
    assert 0 <= error.length <= len(text) - error.position
    return error


# --- grammar ---


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("x + y * z", Binary("+", X, Binary("*", Y, Z))),
        ("(x + y) * z", Binary("*", Binary("+", X, Y), Z)),
        ("x - y - z", Binary("-", Binary("-", X, Y), Z)),
        ("x / y * z", Binary("*", Binary("/", X, Y), Z)),
        ("x**y**z", Binary("**", X, Binary("**", Y, Z))),
        ("-x**2", Unary("-", Binary("**", X, Number(2.0)))),
        ("x**-y", Binary("**", X, Unary("-", Y))),
        ("-x * y", Binary("*", Unary("-", X), Y)),
        ("--x", Unary("-", Unary("-", X))),
        ("-2 * x", Binary("*", Number(-2.0), X)),
        ("-2**2", Unary("-", Binary("**", Number(2.0), Number(2.0)))),
        ("(-2)**2", Binary("**", Number(-2.0), Number(2.0))),
        ("tanh(x)", Call("tanh", (X,))),
        ("(x + y).tanh().exp()", Call("exp", (Call("tanh", (Binary("+", X, Y),)),))),
        ("-x.tanh()", Unary("-", Call("tanh", (X,)))),
        ("x.maximum(y)", Call("maximum", (X, Y))),
        ("clip(x, -1, 1)", Call("clip", (X, Number(-1.0), Number(1.0)))),
        ("x.clip(0, 1e-3)", Call("clip", (X, Number(0.0), Number(0.001)))),
        (".5 + 2. + 1E+2", Binary("+", Binary("+", Number(0.5), Number(2.0)), Number(100.0))),
        ("2 * pi", Binary("*", Number(2.0), Number(math.pi))),
        ("x − y × z · x", Binary("-", X, Binary("*", Binary("*", Y, Z), X))),
        ("x ÷ y\u00a0+ z", Binary("+", Binary("/", X, Y), Z)),
    ],
)
def test_a_text_is_read_as_python_reads_it(text: str, node: Node) -> None:
    assert read(text) == node


def test_nodes_know_where_they_stand() -> None:
    text = "(a + b).tanh() * -x"
    places = {write(each): text[each.start : each.end] for each in parts(read(text))}
    assert places["tanh(a + b) * -x"] == text
    assert places["tanh(a + b)"] == "(a + b).tanh()" and places["a + b"] == "(a + b)"
    assert (places["-x"], places["x"]) == ("-x", "x")


def test_children_are_the_operands_from_left_to_right() -> None:
    assert children(read("x / y")) == (X, Y) and children(read("-x")) == (X,)
    assert children(read("maximum(y, x)")) == (Y, X) and children(X) == ()


# --- statements ---


def test_statements_name_their_values_and_the_last_is_the_loss() -> None:
    program = parse("m = w*x; z = m + b\n\n L = (z - t)**2;\n")
    assert [name for name, _ in program.statements] == ["m", "z", "L"]
    assert program.names == ("w", "x", "b", "t")
    assert program.result == "L"
    assert parse(str(program)) == program


def test_a_line_may_go_on_within_brackets() -> None:
    assert read("(x +\n y) * z") == read("(x + y) * z")


@pytest.mark.parametrize(
    ("text", "name"),
    [("x + 1", "L"), ("q = x + 1", "q"), ("L * 2", "L1"), ("L = x; L1 = 2; L*L1", "L2")],
)
def test_a_result_without_a_name_gets_one_that_is_free(text: str, name: str) -> None:
    assert parse(text).result == name
    assert list(run(parse(text), {"x": 1.0, "L": 1.0}))[-1] == name


# --- values ---

VALUES = {"w": 3.0, "x": 2.0, "b": -1.0, "t": 1.0}


def test_the_value_of_the_rational_model() -> None:
    results = run(parse("m = w*x; d = 1 + x; L = ((m + b) / d - t)**2"), VALUES)
    assert results == pytest.approx({"m": 6.0, "d": 3.0, "L": 4 / 9})


def test_a_name_used_twice_is_one_tensor_and_gathers_both_gradients() -> None:
    a, b = Tensor(-4.0), Tensor(2.0)
    results = run(parse("c = a*b; c + c*a + b**3"), {"a": a, "b": b})
    results["L"].backward()
    assert (float(a.grad), float(b.grad)) == (2 + 2 * -4.0 * 2, -4 + 16 + 12)  # type: ignore[arg-type]
    product = tape(results["c"])[-1]
    assert product.inputs == (a, b) and product in tape(results["L"])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("((w*x + b) / (1 + x) - t)**2", ["mul", "add", "add", "div", "sub", "power"]),
        ("x**w", ["pow"]),
        ("x**-2", ["power"]),
        ("2**x", ["pow"]),
        ("x**(1/2)", ["pow"]),
        ("-x", ["neg"]),
        ("-2 * x", ["mul"]),
        *((f"{name}(x)", [name]) for name, f in FUNCTIONS.items() if f.arguments == ("x",)),
        ("maximum(x, w)", ["maximum"]),
        ("minimum(x, 3)", ["minimum"]),
        ("clip(x, -1, 1)", ["clip"]),
    ],
)
def test_one_operation_is_one_op(text: str, names: list[str]) -> None:
    values = {name: Tensor(value) for name, value in VALUES.items()}
    loss = run(parse(text), values)["L"]
    assert [node.op.name for node in tape(loss) if node.op] == names
    assert float(loss) == pytest.approx(float(evaluate(read(text), VALUES)))


def test_the_constants_of_an_op_are_those_of_the_text() -> None:
    x = Tensor(2.0)
    assert evaluate(read("x**3.5"), {"x": x}).op == ops.Power(3.5)
    assert evaluate(read("clip(x, -0.5, 0.25)"), {"x": x}).op == ops.Clip(-0.5, 0.25)


def test_arrays_are_computed_element_by_element() -> None:
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_allclose(evaluate(read("x*x + 1"), {"x": x}), [2.0, 1.0, 5.0])


def test_numbers_too_large_become_infinite_and_nothing_is_raised() -> None:
    assert evaluate(read("1 / x"), {"x": 0}) == math.inf
    assert evaluate(read("exp(x)"), {"x": 1e9}) == math.inf
    assert math.isnan(evaluate(read("log(x)"), {"x": -1.0}))


def test_each_op_can_be_run_by_the_caller() -> None:
    seen = []

    def watched(op: ops.Op, *inputs: Any) -> Any:
        seen.append(op.name)
        return op.forward(*inputs)

    assert evaluate(read("(x + 1)**2"), {"x": 2.0}, watched) == 9.0
    assert seen == ["add", "power"]


def test_a_name_without_a_value_is_told() -> None:
    with pytest.raises(ExpressionError, match="q has no value") as caught:
        evaluate(read("1 + q"), {})
    assert (caught.value.position, caught.value.length) == (4, 1)


def test_every_function_of_the_menu_is_an_op_and_nothing_else_is() -> None:
    for name, function in FUNCTIONS.items():
        assert function.op is not None and function.op.name == name  # type: ignore[attr-defined]
    assert not FUNCTIONS.keys() & FORMULA_FUNCTIONS.keys()


@pytest.mark.parametrize("name", FORMULA_FUNCTIONS)
def test_functions_of_formulas_are_not_for_readers(name: str) -> None:
    assert f"no function '{name}'" in refused(f"{name}(x)").message


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("sign(x)", -3.0, -1.0),
        ("positive(x)", 0.0, 0.0),
        ("positive(x)", 0.1, 1.0),
        ("between(x, 0, 1)", 1.0, 1.0),
        ("between(x, 0, 1)", 1.1, 0.0),
        ("choose(x, 5, 7)", 0.0, 7.0),
        ("choose(x, 5, 7)", 1.0, 5.0),
        ("larger(x, 1, 0, 1)", 1.0, 0.5),
        ("larger(x, 1, 0, 1)", 2.0, 0.0),
    ],
)
def test_what_the_functions_of_formulas_compute(text: str, x: float, value: float) -> None:
    assert evaluate(formula(text), {"x": x}) == value


# --- refusals: where, for how long, and why ---

HOSTILE = [
    ("", 0, 0, "nothing here yet"),
    (" \n; \n", 0, 0, "nothing here yet"),
    ("__import__('os')", 0, 10, "there is no function '__import__'"),
    ("__import__", 0, 10, "names begin with a letter"),
    ("x.__class__", 2, 9, "there is no function '__class__'"),
    ("().__class__", 1, 1, "found ')'"),
    ("x.data", 2, 4, "there is no function 'data': there are exp, log, sqrt"),
    ("x.tanh", 2, 4, "tanh must be called: write .tanh(...)"),
    ("x.", 2, 0, "the name of a function was expected after the dot"),
    ("x.5", 1, 2, "found '.5'"),
    ("9**9**9", 3, 4, "the exponent is 387420489, allowed are those from -16 to 16"),
    ("x**17", 3, 2, "the exponent is 17"),
    ("x**-(8 + 9)", 3, 8, "the exponent is -17"),
    ("x**(0/0)", 3, 5, "the exponent is nan"),
    ("x" * 10_000, 500, 9_500, "10000 characters, at most 500"),
    ("(" * 5_000 + "x" + ")" * 5_000, 500, 9_501, "10001 characters"),
    ("(" * 200 + "x" + ")" * 200, 33, 1, "more than 32 levels"),
    ("-" * 400 + "x", 33, 1, "more than 32 levels"),
    ("x**" * 100 + "x", 99, 1, "more than 32 levels"),
    ("exp(" * 40 + "x" + ")" * 40, 132, 3, "more than 32 levels"),
    ("+".join(["x"] * 150), 0, 201, "more than 200 numbers, names and operations"),
    ("lambda: 0", 0, 6, "'lambda' is a word of Python"),
    ("x if y else z", 2, 2, "found 'if': an operator"),
    ("[x for x in y]", 0, 1, "brackets are round"),
    ("x[0]", 1, 1, "brackets are round"),
    ("{x}", 0, 1, "brackets are round"),
    ("a;b;", 0, 1, "only the last statement may do without a name"),
    ("a = 1; b", 0, 1, "'a' is defined, but nothing after it uses it"),
    ("m = x; m = y; m", 7, 1, "'m' is defined twice"),
    ("z = m + 1; m = x; z * m", 11, 1, "'m' is used before it is defined"),
    ("m = m + 1", 0, 1, "'m' is used before it is defined"),
    ("exp = x", 0, 3, "'exp' is a function"),
    ("pi = 3", 0, 2, "'pi' is a constant"),
    ("a = b = c", 6, 1, "found '='"),
    ("x + 1 = y", 6, 1, "found '='"),
    ("x == y", 3, 1, "found '='"),
    ("x := y", 2, 1, "found ':'"),
    ("tanh", 0, 4, "tanh is a function: write tanh(x)"),
    ("foo(x)", 0, 3, "there is no function 'foo': there are exp, log"),
    ("x(2)", 0, 1, "there is no function 'x'"),
    ("(x + 1)(2)", 7, 1, "a product is written with *"),
    ("2x", 1, 1, "a product is written with *"),
    ("x y", 2, 1, "a product is written with *"),
    ("0x10", 1, 3, "found 'x10'"),
    ("1_000", 1, 4, "found '_000'"),
    ("1j", 1, 1, "found 'j'"),
    ("1e999", 0, 5, "too large a number"),
    ("1.2.3", 3, 2, "found '.3'"),
    ("maximum(x)", 0, 10, "maximum(x, y) takes 2 arguments, found 1"),
    ("tanh()", 0, 6, "tanh(x) takes 1 argument, found 0"),
    ("x.tanh(y)", 2, 7, "tanh(x) takes 1 argument, found 2"),
    ("clip(x, y, 1)", 8, 1, "low in clip(x, low, high) must be a number"),
    ("clip(x, 0, 1 + 1)", 11, 5, "high in clip(x, low, high) must be a number"),
    ("tanh(x=1)", 6, 1, "found '='"),
    ("tanh(*x)", 5, 1, "found '*'"),
    ("(x + y", 0, 1, "this bracket is never closed"),
    ("tanh(x", 4, 1, "this bracket is never closed"),
    ("x + y)", 5, 1, "found ')'"),
    ("x +", 3, 0, "the expression ends too early"),
    ("x + \n y", 4, 1, "found the end of a line"),
    ("+x", 0, 1, "found '+'"),
    ("x,", 1, 1, "found ','"),
    ("x // y", 3, 1, "found '/'"),
    ("x *** y", 4, 1, "found '*'"),
    ("x^2", 1, 1, "powers are written **"),
    ("x²", 1, 1, "found '²' (U+00B2)"),
    ("'x'", 0, 1, "no text in an expression"),
    ("x # comment", 2, 1, "found '#'"),
    ("x\\", 1, 1, "found '\\'"),
    ("х + 1", 0, 1, "found 'х' (U+0445)"),  # Cyrillic
    ("ｘ + 1", 0, 1, "found 'ｘ' (U+FF58)"),  # fullwidth: NFKC, which Python applies, makes it x
    ("x + ２", 4, 1, "found '２' (U+FF12)"),
    ("x + ٣", 4, 1, "found '٣' (U+0663)"),  # a digit to str.isdigit and to float
    ("x ∗ y", 2, 1, "found '∗' (U+2217)"),
    ("ﬁ(x)", 0, 1, "(U+FB01)"),  # one letter that is two
    ("x\0y", 1, 1, "found the character U+0000"),
    ("x\u202e + y", 1, 1, "found the character U+202E"),  # turns the direction of reading
    ("\ud800", 0, 1, "found the character U+D800"),  # half a character
    ("if + 1", 0, 2, "'if' is a word of Python"),
    ("None", 0, 4, "'None' is a word of Python"),
    ("a" * 17, 0, 17, "names have at most 16 characters"),
    ("é", 0, 1, "found 'é' (U+00E9): allowed are letters a to z"),
]


@pytest.mark.parametrize(
    ("text", "position", "length", "reason"), HOSTILE, ids=lambda v: repr(v)[:20]
)
def test_what_is_not_an_expression_is_refused(
    text: str, position: int, length: int, reason: str
) -> None:
    error = refused(text)
    assert reason in error.message
    assert (error.position, error.length) == (position, length)


def test_what_just_fits_is_read() -> None:
    assert read("(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH) == X
    assert len(list(parts(read("+".join(["x"] * 100))))) == MAX_NODES - 1
    assert read(" " * (MAX_LENGTH - 1) + "x") == X
    assert read("x" * MAX_NAME) == Name("x" * MAX_NAME)
    assert read("x**16 + x**-16")


@pytest.mark.parametrize("text", ["+".join(["x"] * 100), "x" + ".tanh()" * 70, "x" + "*-x" * 49])
def test_the_longest_chains_are_computed_written_and_compared(text: str) -> None:
    x = Tensor(0.5)
    loss = run(parse(text), {"x": x})["L"]
    loss.backward()
    assert len(tape(loss)) == len([node for node in parts(read(text)) if children(node)])
    assert str(parse(text)).count("x") == text.count("x") and parse(text) == parse(text)


# --- fuzzing ---

ALPHABET = st.sampled_from(
    [
        *"()+-*/.,=;\n 0123456789eExyz_^'\"[]{}:@!%&|~<>\\\0−×·²х",
        *("**", "tanh", "maximum(", "clip", "x.", ".exp()", "lambda", "if", "__", "pi", "1e9"),
        *("()", "((", "))", "a=", ";b=", "L"),
    ]
)


def fits(text: str) -> bool:
    """Whether what was written is within the limits: 1e9 has ten digits, x.exp().exp() brackets."""
    return len(text) <= MAX_LENGTH and sum(map(text.count, ("(", "-", "**"))) <= MAX_DEPTH


def seconds(text: str) -> float:
    """How long it takes to read or refuse a text."""
    started = time.perf_counter()
    with contextlib.suppress(ExpressionError):
        parse(text)
    return time.perf_counter() - started


@settings(max_examples=1500, deadline=None)
@given(st.lists(ALPHABET, max_size=120).map("".join) | st.text(max_size=600))
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    try:
        program = parse(text)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)
        assert 0 <= error.length <= len(text) - error.position
    else:
        results = run(program, dict.fromkeys(program.names, 0.5))
        assert all(np.ndim(value) == 0 for value in results.values())
        if fits(str(program)):
            assert parse(str(program)) == program
    assert min(seconds(text) for _ in range(3)) < 0.05


@settings(max_examples=600, deadline=None)
@given(NODES)
def test_what_is_written_reads_as_the_same(node: Node) -> None:
    text = write(node)
    assume(fits(text))
    assert read(text) == node


@settings(max_examples=600, deadline=None, derandomize=True)
@given(NODES, st.tuples(*[st.floats(-3, 3)] * 3))
def test_an_expression_is_worth_what_python_makes_of_it(
    node: Node, point: tuple[float, float, float]
) -> None:
    values = {name: np.float64(value) for name, value in zip("xyz", point, strict=True)}
    text = write(node)
    assume(fits(text))
    with np.errstate(all="ignore"):
        expected = eval(NUMBER.sub(r"float64(\g<0>)", text), PYTHON, values)  # our own text
    np.testing.assert_allclose(evaluate(read(text), values), expected, rtol=1e-9)
