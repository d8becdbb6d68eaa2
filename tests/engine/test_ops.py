"""Every op against finite differences, over shapes that broadcast, including axes of size 0 and 1.

One row for each op: a strategy that draws an instance and its inputs. The values are spread evenly
with gaps between them, so that no two are equal and none sits on a kink, where a finite difference
would be meaningless.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine import ops
from engine.gradcheck import gradcheck
from engine.ops import OPS
from engine.tensor import Tensor, apply

Row = st.SearchStrategy[tuple[Any, list[Tensor]]]


def spread(shapes: Sequence[tuple[int, ...]], low: float, high: float, seed: int) -> list[Tensor]:
    """Tensors whose elements are all different, in random places between `low` and `high`."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    count = max(sum(sizes), 1)
    steps = np.random.default_rng(seed).permutation(sum(sizes)) + 0.3  # never 0, never halfway
    values = low + (high - low) * steps / count
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return [Tensor(part.reshape(shape)) for part, shape in zip(parts, shapes, strict=True)]


SEEDS = st.integers(0, 2**32 - 1)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
FULL = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)


@st.composite
def one(draw: st.DrawFn, op: Any, low: float = -2.0, high: float = 2.0) -> Any:
    """An elementwise op of one input."""
    return op, spread([draw(SHAPES)], low, high, draw(SEEDS))


@st.composite
def two(draw: st.DrawFn, op: Any, low: float = -2.0, high: float = 2.0) -> Any:
    """An elementwise op of two inputs that broadcast."""
    shapes = draw(
        hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=3)
    )
    return op, spread(shapes.input_shapes, low, high, draw(SEEDS))


@st.composite
def switch(draw: st.DrawFn) -> Any:
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=3, min_side=0, max_side=3))
    condition, x, y = spread(shapes.input_shapes, -2, 2, draw(SEEDS))
    return ops.Where(), [Tensor(condition.data > 0, requires_grad=False), x, y]


@st.composite
def reduced(draw: st.DrawFn, op: Callable[..., Any], shapes: Any = FULL) -> Any:
    """A reduction over no, one or several axes."""
    shape = draw(shapes)
    axes = st.none() | st.integers(-len(shape), len(shape) - 1)
    axes |= hnp.valid_tuple_axes(len(shape), min_size=1)
    axis = draw(axes) if shape else None
    return op(axis, draw(st.booleans())), spread([shape], -2, 2, draw(SEEDS))


@st.composite
def along(draw: st.DrawFn, op: Callable[[int], Any]) -> Any:
    """An op along one axis that keeps the shape."""
    shape = list(draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    shape[axis] = max(shape[axis], 1)  # nothing has no distribution
    return op(axis), spread([tuple(shape)], -2, 2, draw(SEEDS))


@st.composite
def product(draw: st.DrawFn) -> Any:
    """Matrices, stacks of matrices that broadcast, and vectors on either side."""
    signature = draw(st.sampled_from(["(n,k),(k,m)->(n,m)", "(k),(k,m)->(m)", "(n,k),(k)->(n)"]))
    shapes = draw(
        hnp.mutually_broadcastable_shapes(signature=signature, min_side=0, max_side=3, max_dims=2)
        if signature.startswith("(n,k),(k,m)")
        else hnp.mutually_broadcastable_shapes(signature=signature, max_dims=0, max_side=3)
    )
    return ops.MatMul(), spread(shapes.input_shapes, -2, 2, draw(SEEDS))


@st.composite
def reshaped(draw: st.DrawFn) -> Any:
    shape = draw(SHAPES)
    size = int(np.prod(shape))
    target = draw(st.sampled_from([(size,), (1, size), (size, 1), shape[::-1]]))
    return ops.Reshape(target), spread([shape], -2, 2, draw(SEEDS))


@st.composite
def transposed(draw: st.DrawFn) -> Any:
    shape = draw(SHAPES)
    axes = draw(st.none() | st.permutations(range(len(shape))).map(tuple))
    return ops.Transpose(axes), spread([shape], -2, 2, draw(SEEDS))


@st.composite
def sliced(draw: st.DrawFn) -> Any:
    """Slices, single elements, new axes, and lists of indices that may name an element twice."""
    shape = draw(FULL)
    some = st.lists(st.integers(0, shape[0] - 1), max_size=4).map(lambda i: np.array(i, dtype=int))
    index = draw(hnp.basic_indices(shape, allow_newaxis=True) | some)
    return ops.Slice(index), spread([shape], -2, 2, draw(SEEDS))


@st.composite
def gathered(draw: st.DrawFn) -> Any:
    rows, columns = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    seed = draw(SEEDS)
    chosen = np.random.default_rng(seed).integers(0, columns, rows)
    (x,) = spread([(rows, columns)], -2, 2, seed)
    return ops.Gather(), [x, Tensor(chosen, requires_grad=False)]


@st.composite
def joined(draw: st.DrawFn, op: Callable[[int], Any], same: bool) -> Any:
    """Several tensors along an axis: an old one of any length, or a new one."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3))
    axis = draw(st.integers(0, len(shape) - (0 if same else 1)))
    lengths = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    shapes = [shape if same else (*shape[:axis], n, *shape[axis + 1 :]) for n in lengths]
    return op(axis), spread(shapes, -2, 2, draw(SEEDS))


@st.composite
def padded(draw: st.DrawFn) -> Any:
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
    sides = st.tuples(st.integers(0, 2), st.integers(0, 2))
    width = tuple(draw(sides) for _ in shape)
    return ops.Pad(width, 0.5), spread([shape], -2, 2, draw(SEEDS))


CASES: dict[str, list[Row]] = {
    # --- arithmetic ---
    "add": [two(ops.Add())],
    "sub": [two(ops.Sub())],
    "mul": [two(ops.Mul())],
    "div": [two(ops.Div(), 0.5, 3.0), two(ops.Div(), -3.0, -0.5)],
    "pow": [two(ops.Pow(), 0.3, 3.0)],
    "power": [one(ops.Power(2)), one(ops.Power(3)), one(ops.Power(0)), one(ops.Power(-1.5), 0.5)],
    "maximum": [two(ops.Maximum())],
    "minimum": [two(ops.Minimum())],
    "where": [switch()],
    "neg": [one(ops.Neg())],
    "exp": [one(ops.Exp())],
    "log": [one(ops.Log(), 0.3, 3.0)],
    "sqrt": [one(ops.Sqrt(), 0.3, 3.0)],
    "abs": [one(ops.Abs())],
    "sin": [one(ops.Sin())],
    "cos": [one(ops.Cos())],
    "clip": [one(ops.Clip(-1.0, 1.0))],
    # --- activations ---
    "sigmoid": [one(ops.Sigmoid(), -6, 6)],
    "tanh": [one(ops.Tanh(), -4, 4)],
    "relu": [one(ops.Relu())],
    "leaky_relu": [one(ops.LeakyRelu(0.1))],
    "elu": [one(ops.Elu(1.0)), one(ops.Elu(0.5))],
    "gelu": [one(ops.Gelu(), -4, 4)],
    "silu": [one(ops.Silu(), -6, 6)],
    "softplus": [one(ops.Softplus(), -6, 6)],
    "softmax": [along(ops.Softmax)],
    "log_softmax": [along(ops.LogSoftmax)],
    # --- reductions ---
    "sum": [reduced(ops.Sum, SHAPES)],
    "mean": [reduced(ops.Mean)],
    "max": [reduced(ops.Max)],
    "var": [reduced(ops.Var)],
    "logsumexp": [reduced(ops.LogSumExp)],
    # --- shape ---
    "reshape": [reshaped()],
    "transpose": [transposed()],
    "slice": [sliced()],
    "gather": [gathered()],
    "concat": [joined(ops.Concat, same=False)],
    "stack": [joined(ops.Stack, same=True)],
    "pad": [padded()],
    # --- products ---
    "matmul": [product()],
}
ROWS = [
    pytest.param(name, row, id=f"{name}-{i}")
    for name, rows in CASES.items()
    for i, row in enumerate(rows)
]


@pytest.mark.parametrize(("name", "row"), ROWS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_vjp_is_the_derivative(name: str, row: Row, data: st.DataObject) -> None:
    op, inputs = data.draw(row)
    assert op.name == name
    gradcheck(lambda *tensors: apply(op, *tensors), *inputs, tolerance=1e-6, name=op.name)


def test_every_op_has_a_row() -> None:
    missing = sorted(OPS.keys() - CASES.keys())
    assert not missing, f"ops without a row in CASES: {', '.join(missing)}"
    assert not CASES.keys() - OPS.keys()


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_op_says_what_it_computes(op: type[ops.Op]) -> None:
    assert op.formula and op.__doc__


# --- where the derivative does not exist: the stated convention ---


def gradients(op: ops.Op, *inputs: Any) -> list[Any]:
    tensors = [Tensor(data) for data in inputs]
    out = apply(op, *tensors)
    out.backward(np.ones(out.shape))
    return [None if t.grad is None else t.grad.tolist() for t in tensors]


@pytest.mark.parametrize(
    ("op", "inputs", "expected"),
    [
        (ops.Abs(), [0.0], [0.0]),
        (ops.Relu(), [0.0], [0.0]),
        (ops.LeakyRelu(0.1), [0.0], [0.1]),
        (ops.Elu(0.5), [0.0], [0.5]),
        (ops.Clip(-1.0, 1.0), [[-1.0, 1.0, 1.1]], [[1.0, 1.0, 0.0]]),
        (ops.Maximum(), [3.0, 3.0], [0.5, 0.5]),
        (ops.Minimum(), [3.0, 3.0], [0.5, 0.5]),
        (ops.Max(), [[2.0, 1.0, 2.0]], [[0.5, 0.0, 0.5]]),
        (ops.Pow(), [0.0, 2.0], [0.0, 0.0]),
        (ops.Power(0), [0.0], [0.0]),
    ],
    ids=lambda value: value.name if isinstance(value, ops.Op) else "",
)
def test_convention_where_there_is_no_derivative(
    op: ops.Op, inputs: list[Any], expected: list[Any]
) -> None:
    assert gradients(op, *inputs) == expected


def test_every_convention_is_stated() -> None:
    stated = {name for name, op in OPS.items() if op.convention}
    assert stated == {
        *("abs", "relu", "leaky_relu", "elu", "clip", "maximum", "minimum", "max"),
        *("pow", "power", "sqrt"),
    }


def test_sqrt_is_infinitely_steep_at_zero() -> None:
    with np.errstate(divide="ignore"):
        assert gradients(ops.Sqrt(), 0.0) == [np.inf]


# --- extreme inputs ---


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("op", "x", "expected"),
    [
        (ops.Sigmoid(), [-1000.0, 0.0, 1000.0], [0.0, 0.5, 1.0]),
        (ops.Tanh(), [-1000.0, 1000.0], [-1.0, 1.0]),
        (ops.Softplus(), [-1000.0, 1000.0], [0.0, 1000.0]),
        (ops.Silu(), [-1000.0, 1000.0], [0.0, 1000.0]),
        (ops.Gelu(), [-1000.0, 1000.0], [0.0, 1000.0]),
        (ops.Elu(), [-1000.0, 1000.0], [-1.0, 1000.0]),
        (ops.Softmax(), [-1000.0, 1000.0], [0.0, 1.0]),
        (ops.LogSoftmax(), [-1000.0, 1000.0], [-2000.0, 0.0]),
        (ops.LogSumExp(), [-1000.0, 1000.0], 1000.0),
        (ops.LogSumExp(), [-1000.0, -1000.0], -1000.0 + np.log(2)),
    ],
    ids=lambda value: value.name if isinstance(value, ops.Op) else "",
)
def test_nothing_overflows_at_a_thousand(op: ops.Op, x: list[float], expected: Any) -> None:
    tensor = Tensor(x)
    out = apply(op, tensor)
    out.backward(np.ones(out.shape))
    np.testing.assert_allclose(out.data, expected, rtol=1e-15)
    assert tensor.grad is not None and np.isfinite(tensor.grad).all()


def test_logsumexp_of_nothing_but_minus_infinity_is_minus_infinity() -> None:
    with np.errstate(divide="ignore"):
        assert apply(ops.LogSumExp(), Tensor([-np.inf, -np.inf])).data == -np.inf


@pytest.mark.parametrize(("name", "row"), ROWS)
@settings(max_examples=5, deadline=None, derandomize=True)
@given(data=st.data())
def test_float32_stays_float32(name: str, row: Row, data: st.DataObject) -> None:
    op, inputs = data.draw(row)
    tensors = [Tensor(t.data.astype("f4"), True) if t.requires_grad else t for t in inputs]
    out = apply(op, *tensors)
    out.backward(np.ones(out.shape, "f4"))
    assert out.dtype == np.float32
    assert {t.grad.dtype.name for t in tensors if t.grad is not None} <= {"float32"}
