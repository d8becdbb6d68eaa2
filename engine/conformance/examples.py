"""One or more examples of each op on which its gradient is checked: instance and inputs.

The values are spread evenly with gaps between them: no two are equal and none sits on a kink,
where a finite difference would be meaningless.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine import ops
from engine.ops import Op
from engine.tensor import Tensor

Example = tuple[Op, list[Tensor]]


def spread(shapes: Sequence[tuple[int, ...]], low: float = -2.0, high: float = 2.0) -> list[Tensor]:
    """Tensors of these shapes whose elements all differ, in mixed order between low and high."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    order = np.random.default_rng(0).permutation(sum(sizes)) + 0.3  # never 0, never half-way
    values = low + (high - low) * order / max(sum(sizes), 1)
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return [Tensor(part.reshape(shape)) for part, shape in zip(parts, shapes, strict=True)]


def one(op: Op, low: float = -2.0, high: float = 2.0) -> list[Example]:
    """An op of one input, on a matrix and on a scalar."""
    return [(op, spread([shape], low, high)) for shape in [(3, 4), ()]]


def two(op: Op, low: float = -2.0, high: float = 2.0) -> list[Example]:
    """An op of two inputs: equal shapes, a row that broadcasts, and both that broadcast."""
    pairs: list[list[tuple[int, ...]]] = [[(3, 4), (3, 4)], [(3, 4), (4,)], [(3, 1), (1, 4)]]
    return [(op, spread(shapes, low, high)) for shapes in pairs]


def constant(values: object) -> Tensor:
    return Tensor(np.array(values), requires_grad=False)


EXAMPLES: dict[str, list[Example]] = {
    # arithmetic
    "add": two(ops.Add()),
    "sub": two(ops.Sub()),
    "mul": two(ops.Mul()),
    "div": two(ops.Div(), 0.5, 3.0),
    "pow": two(ops.Pow(), 0.5, 3.0),
    "maximum": two(ops.Maximum()),
    "minimum": two(ops.Minimum()),
    "where": [(ops.Where(), [constant([[True], [False]]), *spread([(2, 3), (3,)])])],
    "neg": one(ops.Neg()),
    "power": [*one(ops.Power(3)), *one(ops.Power(-0.5), 0.5, 3.0)],
    "exp": one(ops.Exp()),
    "log": one(ops.Log(), 0.5, 3.0),
    "sqrt": one(ops.Sqrt(), 0.5, 3.0),
    "abs": one(ops.Abs()),
    "sin": one(ops.Sin()),
    "cos": one(ops.Cos()),
    "clip": one(ops.Clip(-1.0, 1.0)),
    # activations
    "sigmoid": one(ops.Sigmoid()),
    "tanh": one(ops.Tanh()),
    "relu": one(ops.Relu()),
    "leaky_relu": one(ops.LeakyRelu(0.1)),
    "elu": one(ops.Elu(0.7)),
    "softplus": one(ops.Softplus()),
    "silu": one(ops.Silu()),
    "gelu": one(ops.Gelu()),
    "softmax": [(ops.Softmax(-1), spread([(3, 4)])), (ops.Softmax(0), spread([(3, 4)]))],
    "log_softmax": [(ops.LogSoftmax(-1), spread([(3, 4)])), (ops.LogSoftmax(0), spread([(3, 4)]))],
    # products
    "matmul": [
        (ops.MatMul(), spread([(3, 4), (4, 2)])),
        (ops.MatMul(), spread([(2, 3, 4), (4, 2)])),
        (ops.MatMul(), spread([(4,), (4, 2)])),
        (ops.MatMul(), spread([(3, 4), (4,)])),
    ],
    # reductions
    "sum": [(ops.Sum(axis), spread([(3, 4)])) for axis in (None, 0, -1)],
    "mean": [(ops.Mean(axis), spread([(3, 4)])) for axis in (None, 0, -1)],
    "max": [(ops.Max(axis), spread([(3, 4)])) for axis in (None, 0, -1)],
    "var": [(ops.Var(axis), spread([(3, 4)])) for axis in (None, 0, -1)],
    "logsumexp": [(ops.LogSumExp(axis), spread([(3, 4)])) for axis in (None, 0, -1)],
    # shape
    "reshape": [(ops.Reshape((2, 6)), spread([(3, 4)]))],
    "transpose": [
        (ops.Transpose(), spread([(3, 4)])),
        (ops.Transpose((2, 0, 1)), spread([(2, 3, 4)])),
    ],
    "slice": [
        (ops.Slice((slice(None), slice(0, 4, 2))), spread([(3, 4)])),
        (ops.Slice(np.array([0, 2, 2])), spread([(3, 4)])),  # row 2 is used twice
    ],
    "gather": [(ops.Gather(), [*spread([(3, 4)]), constant([1, 0, 3])])],
    "concat": [(ops.Concat(1), spread([(3, 1), (3, 2)]))],
    "stack": [(ops.Stack(0), spread([(3, 2), (3, 2)]))],
    "pad": [(ops.Pad(((1, 0), (0, 2))), spread([(2, 3)]))],
}
