"""The surface of the engine: an array that remembers where it came from.

    >>> a, b = Tensor(-4.0), Tensor(2.0)
    >>> c = a * b + b**3
    >>> c.backward()
    >>> float(a.grad), float(b.grad)
    (2.0, 8.0)

Read it like micrograd's `Value`, except that `data` is an array of any shape. Each method is one
line, because each op lives in `engine/ops` together with its derivative, and the backward pass
lives in `engine/tape.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from engine import ops
from engine.ops import Array, Axis, Op
from engine.tape import Node, backward, record


class Tensor(Node):
    """An array with a gradient: `data`, `grad`, and on the tape `op` and `inputs`."""

    __slots__ = ()
    __array_ufunc__ = None  # array * tensor asks the tensor, instead of making an array of tensors

    def __init__(
        self, data: ArrayLike, requires_grad: bool = True, dtype: DTypeLike | None = None
    ) -> None:
        array = np.asarray(data, dtype)
        if array.dtype.kind in "biu" and requires_grad:
            array = array.astype(np.float64)  # gradients are real numbers
        self.data = array
        self.grad: Array | None = None
        self.requires_grad = requires_grad
        self.op: Op | None = None
        self.inputs: tuple[Node, ...] = ()
        self.serial = 0

    # --- gradients ---

    def backward(self, upstream: Array | None = None) -> None:
        """Backpropagate from here. Gradients of leaves add up until `zero_grad`."""
        backward(self, upstream)

    def zero_grad(self) -> None:
        self.grad = None

    def detach(self) -> Tensor:
        """The same numbers as a constant: no gradient passes."""
        return Tensor(self.data, requires_grad=False)

    # --- arithmetic ---

    def __add__(self, other: Operand) -> Tensor:
        return apply(ops.Add(), self, other)

    def __sub__(self, other: Operand) -> Tensor:
        return apply(ops.Sub(), self, other)

    def __mul__(self, other: Operand) -> Tensor:
        return apply(ops.Mul(), self, other)

    def __truediv__(self, other: Operand) -> Tensor:
        return apply(ops.Div(), self, other)

    def __pow__(self, other: Operand) -> Tensor:
        if isinstance(other, int | float):
            return apply(ops.Power(other), self)
        return apply(ops.Pow(), self, other)

    def __matmul__(self, other: Operand) -> Tensor:
        return apply(ops.MatMul(), self, other)

    def __radd__(self, other: Operand) -> Tensor:
        return apply(ops.Add(), other, self)

    def __rsub__(self, other: Operand) -> Tensor:
        return apply(ops.Sub(), other, self)

    def __rmul__(self, other: Operand) -> Tensor:
        return apply(ops.Mul(), other, self)

    def __rtruediv__(self, other: Operand) -> Tensor:
        return apply(ops.Div(), other, self)

    def __rpow__(self, other: Operand) -> Tensor:
        return apply(ops.Pow(), other, self)

    def __rmatmul__(self, other: Operand) -> Tensor:
        return apply(ops.MatMul(), other, self)

    def __neg__(self) -> Tensor:
        return apply(ops.Neg(), self)

    def __abs__(self) -> Tensor:
        return apply(ops.Abs(), self)

    def exp(self) -> Tensor:
        return apply(ops.Exp(), self)

    def log(self) -> Tensor:
        return apply(ops.Log(), self)

    def sin(self) -> Tensor:
        return apply(ops.Sin(), self)

    def cos(self) -> Tensor:
        return apply(ops.Cos(), self)

    def sqrt(self) -> Tensor:
        return apply(ops.Sqrt(), self)

    def clip(self, low: float, high: float) -> Tensor:
        return apply(ops.Clip(low, high), self)

    def maximum(self, other: Operand) -> Tensor:
        return apply(ops.Maximum(), self, other)

    def minimum(self, other: Operand) -> Tensor:
        return apply(ops.Minimum(), self, other)

    # --- activations ---

    def sigmoid(self) -> Tensor:
        return apply(ops.Sigmoid(), self)

    def tanh(self) -> Tensor:
        return apply(ops.Tanh(), self)

    def relu(self) -> Tensor:
        return apply(ops.Relu(), self)

    def leaky_relu(self, slope: float = 0.01) -> Tensor:
        return apply(ops.LeakyRelu(slope), self)

    def elu(self, alpha: float = 1.0) -> Tensor:
        return apply(ops.Elu(alpha), self)

    def gelu(self) -> Tensor:
        return apply(ops.Gelu(), self)

    def silu(self) -> Tensor:
        return apply(ops.Silu(), self)

    def softplus(self) -> Tensor:
        return apply(ops.Softplus(), self)

    def softmax(self, axis: int = -1) -> Tensor:
        return apply(ops.Softmax(axis), self)

    def log_softmax(self, axis: int = -1) -> Tensor:
        return apply(ops.LogSoftmax(axis), self)

    # --- reductions ---

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return apply(ops.Sum(axis, keepdims), self)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return apply(ops.Mean(axis, keepdims), self)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return apply(ops.Max(axis, keepdims), self)

    def var(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return apply(ops.Var(axis, keepdims), self)

    def logsumexp(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return apply(ops.LogSumExp(axis, keepdims), self)

    # --- shape ---

    def reshape(self, *shape: int) -> Tensor:
        return apply(ops.Reshape(shape), self)

    def transpose(self, *axes: int) -> Tensor:
        return apply(ops.Transpose(axes or None), self)

    def __getitem__(self, index: Any) -> Tensor:
        return apply(ops.Slice(index), self)

    def gather(self, index: Array) -> Tensor:
        """One element of each row: `x[n, index[n]]`."""
        return apply(ops.Gather(), self, Tensor(index, requires_grad=False))

    def pad(self, *width: tuple[int, int], value: float = 0.0) -> Tensor:
        return apply(ops.Pad(width, value), self)

    @property
    def T(self) -> Tensor:
        return self.transpose()

    # --- looking at it ---

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype

    def __len__(self) -> int:
        return len(self.data)

    def __float__(self) -> float:
        return float(self.data)

    def __repr__(self) -> str:
        made_by = f", op={self.op.name}" if self.op else ""
        return f"Tensor({np.array2string(self.data, threshold=20)}, grad={self.grad}{made_by})"


Operand = Tensor | ArrayLike


def apply(op: Op, *inputs: Operand) -> Tensor:
    """Run an op on tensors; numbers and arrays among the inputs become constants."""
    for item in inputs:
        if not isinstance(item, Tensor):
            return record(Tensor, op, _with_constants(inputs))
    return record(Tensor, op, inputs)  # type: ignore[arg-type]  # the loop has looked at each


def _with_constants(inputs: tuple[Operand, ...]) -> tuple[Tensor, ...]:
    """Constants take the dtype of the tensors beside them: 2 * x leaves float32 as it is."""
    dtype = np.result_type(*[item.data for item in inputs if isinstance(item, Tensor)])
    return tuple(
        item if isinstance(item, Tensor) else Tensor(np.asarray(item, dtype), requires_grad=False)
        for item in inputs
    )


def where(condition: Array, x: Operand, y: Operand) -> Tensor:
    """Elements of `x` where the condition holds, of `y` elsewhere."""
    return apply(ops.Where(), Tensor(condition, requires_grad=False), x, y)


def concat(parts: list[Tensor], axis: int = 0) -> Tensor:
    return apply(ops.Concat(axis), *parts)


def stack(parts: list[Tensor], axis: int = 0) -> Tensor:
    return apply(ops.Stack(axis), *parts)
