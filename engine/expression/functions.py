"""The functions an expression may call: a menu, and nothing beyond it can be reached.

`FUNCTIONS` is for everyone: each entry is an op of the engine. `FORMULA_FUNCTIONS` are what our own
formulas of derivatives and updates, and typed curves, need besides; they compute on arrays only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import ops
from engine.ops import Op


@dataclass(frozen=True)
class Function:
    """What stands behind a name that can be called."""

    arguments: tuple[str, ...] = ("x",)
    op: Callable[..., Op] | None = None  # made from the constants, applied to the other arguments
    constants: int = 0  # how many of the last arguments are constants of the op
    compute: Callable[..., Any] | None = None  # where no op does it


FUNCTIONS: dict[str, Function] = {
    "exp": Function(op=ops.Exp),
    "log": Function(op=ops.Log),
    "sqrt": Function(op=ops.Sqrt),
    "abs": Function(op=ops.Abs),
    "sin": Function(op=ops.Sin),
    "cos": Function(op=ops.Cos),
    "sigmoid": Function(op=ops.Sigmoid),
    "tanh": Function(op=ops.Tanh),
    "relu": Function(op=ops.Relu),
    "leaky_relu": Function(op=ops.LeakyRelu),
    "elu": Function(op=ops.Elu),
    "gelu": Function(op=ops.Gelu),
    "silu": Function(op=ops.Silu),
    "softplus": Function(op=ops.Softplus),
    "maximum": Function(("x", "y"), ops.Maximum),
    "minimum": Function(("x", "y"), ops.Minimum),
    "clip": Function(("x", "low", "high"), ops.Clip, constants=2),
}

FORMULA_FUNCTIONS: dict[str, Function] = {
    "sign": Function(compute=np.sign),
    # 1 where x > 0, else 0
    "positive": Function(compute=lambda x: np.where(x > 0, 1.0, 0.0)),
    # 1 from a to b, both included, else 0
    "between": Function(
        ("x", "a", "b"), compute=lambda x, a, b: np.where((x >= a) & (x <= b), 1.0, 0.0)
    ),
    # a where x > 0, else b
    "choose": Function(("x", "a", "b"), compute=lambda x, a, b: np.where(x > 0, a, b)),
    # a where x > y, b where x < y, halfway where they are equal
    "larger": Function(
        ("x", "y", "a", "b"),
        compute=lambda x, y, a, b: np.where(x > y, a, np.where(x < y, b, (a + b) / 2)),
    ),
}
