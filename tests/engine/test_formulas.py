"""The formulas readers see, evaluated against the numbers the engine computes."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from engine import ops
from engine.expression import Name, evaluate, formula, parts
from engine.ops import OPS, Op
from engine.optimizers import OPTIMIZERS, Memory, Optimizer

# --- ops ---

# not element by element, or of three inputs of which one is a choice
WITHOUT = {
    *("where", "matmul", "softmax", "log_softmax", "sum", "mean", "max", "var", "logsumexp"),
    *("reshape", "transpose", "slice", "gather", "concat", "stack", "pad"),
}
POSITIVE = (0.2, 3.0)
ANY = (-3.0, 3.0)
INSTANCES: list[tuple[Op, tuple[float, float]]] = [
    *((OPS[name](), ANY) for name in ("add", "sub", "mul", "maximum", "minimum", "neg", "abs")),
    *(
        (OPS[name](), ANY)
        for name in ("exp", "sin", "cos", "sigmoid", "tanh", "relu", "gelu", "silu", "softplus")
    ),
    *((OPS[name](), POSITIVE) for name in ("div", "pow", "log", "sqrt")),
    *((ops.Div(), (-3.0, -0.2)), (ops.Power(2), ANY), (ops.Power(3), ANY), (ops.Power(1), ANY)),
    *((ops.Power(-1.5), POSITIVE), (ops.Power(0), ANY)),
    *((ops.Clip(), ANY), (ops.Clip(-0.5, 2.0), ANY)),
    *((ops.LeakyRelu(), ANY), (ops.LeakyRelu(0.2), ANY), (ops.Elu(), ANY), (ops.Elu(0.5), ANY)),
]
OF = pytest.mark.parametrize(("op", "span"), INSTANCES, ids=lambda v: repr(v))


def points(op: Op, span: tuple[float, float]) -> list[np.ndarray]:
    """Random inputs, as many as the op has derivatives; none on a kink."""
    rng = np.random.default_rng(7)
    return [rng.uniform(*span, 200) for _ in op.derivatives]


def known(op: Op, inputs: list[Any]) -> dict[str, Any]:
    """What the formulas of an op may speak of."""
    constants = {field.name: getattr(op, field.name) for field in fields(op)}  # type: ignore[arg-type]
    return {**constants, **dict(zip("xy", inputs, strict=False)), "z": op.forward(*inputs)}


@OF
def test_the_expression_of_an_op_is_its_value(op: Op, span: tuple[float, float]) -> None:
    inputs = points(op, span)
    values = known(op, inputs)
    z = values.pop("z")
    np.testing.assert_allclose(evaluate(formula(op.expression), values), z, rtol=1e-12, atol=1e-15)


@OF
def test_the_derivatives_of_an_op_are_its_vjp(op: Op, span: tuple[float, float]) -> None:
    inputs = points(op, span)
    values = known(op, inputs)
    locals_ = op.vjp(np.ones(200), values["z"], *inputs)
    assert len(op.derivatives) == len(locals_)
    for text, local in zip(op.derivatives, locals_, strict=True):
        assert local is not None
        got = np.broadcast_to(evaluate(formula(text), values), (200,))
        np.testing.assert_allclose(got, local, rtol=1e-11, atol=1e-14, err_msg=text)


# Python's own functions: the formula of tanh must not be held against the engine's tanh only
PYTHON: dict[str, Any] = {
    **{name: getattr(math, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "pi")},
    **{"abs": abs, "maximum": max, "minimum": min},
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "sign": lambda x: float(x > 0) - float(x < 0),
    "between": lambda x, a, b: float(a <= x <= b),
    "choose": lambda x, a, b: a if x > 0 else b,
    "larger": lambda x, y, a, b: a if x > y else b if x < y else (a + b) / 2,
}


def in_python(text: str, values: Mapping[str, float]) -> float:
    return float(eval(text, {"__builtins__": {}, **PYTHON}, dict(values)))  # our own text


@OF
def test_formulas_mean_the_same_to_python(op: Op, span: tuple[float, float]) -> None:
    for place in zip(*points(op, span), strict=True):
        values = known(op, list(place))
        assert in_python(op.expression, values) == pytest.approx(float(values["z"]), rel=1e-12)
        for text in op.derivatives:
            assert in_python(text, values) == pytest.approx(
                float(evaluate(formula(text), values)), rel=1e-12, abs=1e-14
            )


@pytest.mark.parametrize(
    ("op", "inputs"),
    [
        (ops.Abs(), [0.0]),
        (ops.Relu(), [0.0]),
        (ops.LeakyRelu(0.1), [0.0]),
        (ops.Elu(0.5), [0.0]),
        (ops.Clip(-1.0, 1.0), [-1.0]),
        (ops.Clip(-1.0, 1.0), [1.0]),
        (ops.Maximum(), [3.0, 3.0]),
        (ops.Minimum(), [3.0, 3.0]),
        (ops.Sqrt(), [0.0]),
        (ops.Div(), [1.0, 0.0]),
    ],
    ids=lambda value: value.name if isinstance(value, Op) else "",
)
@np.errstate(all="ignore")
def test_formulas_keep_the_convention_on_a_kink(op: Op, inputs: list[float]) -> None:
    arrays = [np.asarray(value) for value in inputs]
    values = known(op, arrays)
    expected = op.vjp(np.asarray(1.0), values["z"], *arrays)
    assert [float(evaluate(formula(text), values)) for text in op.derivatives] == list(expected)


def test_every_op_that_goes_element_by_element_has_formulas() -> None:
    for name, op in OPS.items():
        assert bool(op.expression) == bool(op.derivatives) == (name not in WITHOUT), name
    assert {op.name for op, _ in INSTANCES} == OPS.keys() - WITHOUT


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.expression], ids=lambda op: op.name)
def test_formulas_speak_of_inputs_output_and_constants_only(op: type[Op]) -> None:
    own = {field.name for field in fields(op)}  # type: ignore[arg-type]
    inputs = {"x", "y"} if len(op.derivatives) == 2 else {"x"}
    assert _names(op.expression) <= own | inputs
    for text in op.derivatives:
        assert _names(text) <= own | inputs | {"z"}


def _names(text: str) -> set[str]:
    return {node.name for node in parts(formula(text)) if isinstance(node, Name)}


# --- optimizers ---

SETTINGS: dict[str, list[dict[str, Any]]] = {
    "sgd": [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "dampening": 0.3},
        {"momentum": 0.9, "nesterov": True},
    ],
    "momentum": [{}, {"momentum": 0.5}],
    "adagrad": [{}],
    "rmsprop": [
        {},
        {"momentum": 0.9},
        {"centered": True},
        {"centered": True, "momentum": 0.9, "rho": 0.5},
    ],
    "adadelta": [{}, {"learning_rate": 0.5}],
    "adam": [{}, {"beta1": 0.0, "beta2": 0.5, "eps": 0.1}],
    "adamw": [{}, {"weight_decay": 0.3}],
    "amsgrad": [{}, {"beta2": 0.5}],
    "adamax": [{}],
    "nadam": [{}, {"momentum_decay": 0.5}],
    "radam": [{}, {"beta2": 0.9}],
    "lion": [{}, {"weight_decay": 0.1}],
}
CASES = [
    pytest.param(OPTIMIZERS[name](**settings), id=f"{name}-{settings}")
    for name, rows in SETTINGS.items()
    for settings in rows
]
STEPS = 12  # RAdam changes its rule after 5, or none with beta2 = 0.9


def test_every_optimizer_is_held_against_its_formulas() -> None:
    assert SETTINGS.keys() == OPTIMIZERS.keys()


@pytest.mark.parametrize("optimizer", CASES)
def test_formulas_give_the_terms_of_every_step(optimizer: Optimizer) -> None:
    rng = np.random.default_rng(3)
    weights, memory = {"w": rng.normal(size=5)}, Memory()
    for step in range(1, STEPS + 1):
        grads = {"w": rng.normal(size=5)}
        before = memory.states.get("w", {key: np.zeros(5) for key in optimizer.remembers})
        terms, memory = optimizer.propose(weights, grads, memory)
        values: dict[str, Any] = {
            **{field.name: getattr(optimizer, field.name) for field in fields(optimizer)},
            **{f"{key}_old": value for key, value in before.items()},
            **{"w": weights["w"], "g": grads["w"], "t": step},
        }
        texts = optimizer.formulas(step, before)
        for name, text in texts.items():
            values[name] = evaluate(formula(text), values)  # fails if it is not known by then
        reported = [name for name in terms["w"] if name != "gradient"]
        assert [name for name in texts if name in reported] == reported
        for name in reported:
            np.testing.assert_allclose(
                values[name], terms["w"][name], rtol=1e-11, err_msg=f"step {step}: {name}"
            )
        for key, value in memory.states["w"].items():
            np.testing.assert_allclose(values[key], value, rtol=1e-11, err_msg=key)
        weights = {"w": weights["w"] + terms["w"]["update"]}


def test_momentum_switched_on_in_the_middle_starts_from_the_gradient() -> None:
    heavy = OPTIMIZERS["sgd"](momentum=0.9)  # type: ignore[call-arg]
    assert heavy.formulas(7, {})["velocity"] == "g"
    assert "velocity_old" in heavy.formulas(7, {"velocity": np.zeros(1)})["velocity"]


def test_radam_leaves_out_what_it_does_not_use_yet() -> None:
    radam = OPTIMIZERS["radam"]()
    assert radam.formulas(5, {})["effective_rate"] == "learning_rate"
    assert "r" in radam.formulas(6, {})
