"""The matrix product, which is nearly all of the arithmetic of a net."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.ops.op import Array, Gradients, Op


@dataclass(frozen=True)
class MatMul(Op, name="matmul", formula=r"Z = X Y"):
    """X receives G Y^T, Y receives X^T G. Leading axes are a batch and broadcast."""

    def forward(self, x: Array, y: Array) -> Array:
        return x @ y  # (..., n, k) @ (..., k, m) -> (..., n, m)

    def vjp(self, g: Array, out: Array, x: Array, y: Array) -> Gradients:
        if x.ndim == 2 and y.ndim == 2:
            return g @ y.T, x.T @ g
        # a vector is a matrix of one row (on the left) or one column (on the right)
        rows = x if x.ndim > 1 else x[np.newaxis, :]
        columns = y if y.ndim > 1 else y[:, np.newaxis]
        if x.ndim == 1:
            g = g[..., np.newaxis, :] if y.ndim > 1 else g[..., np.newaxis]
        if y.ndim == 1:
            g = g[..., np.newaxis]
        to_x = g @ np.swapaxes(columns, -1, -2)
        to_y = np.swapaxes(rows, -1, -2) @ g
        if x.ndim == 1:
            to_x = to_x[..., 0, :]
        if y.ndim == 1:
            to_y = to_y[..., 0]
        return to_x, to_y
