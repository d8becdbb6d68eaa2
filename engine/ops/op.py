"""The shape of an op: its value, the way a gradient comes back, and its formula.

An op is a small frozen dataclass whose fields are its constants (an exponent, an axis). It knows
arrays only: the tape decides when to call it, and sums broadcast axes, so every rule here is
nothing but calculus.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Gradients = tuple[Array | None, ...]

OPS: dict[str, type[Op]] = {}
"""Every op by name. Families live in several files: each class enters itself when defined."""


class Op:
    """A differentiable function of arrays."""

    name: ClassVar[str]
    formula: ClassVar[str]
    convention: ClassVar[str] = ""  # what is returned where the derivative does not exist
    # of ops that go element by element: the value and the derivative by each input, in the language
    # of engine.expression, from the inputs x and y, the output z and the op's own fields
    expression: ClassVar[str] = ""
    derivatives: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, *, name: str, formula: str, convention: str = "") -> None:
        if name in OPS:
            raise TypeError(f"two ops are called {name!r}: {OPS[name].__name__} and {cls.__name__}")
        cls.name, cls.formula, cls.convention = name, formula, convention
        OPS[name] = cls

    def forward(self, *inputs: Any, **unused: Any) -> Array:
        """The value at `inputs`."""
        raise NotImplementedError

    def vjp(self, g: Array, out: Array, *inputs: Any, **unused: Any) -> Gradients:
        """The vector-Jacobian product, where the chain rule lives.

        `g` is dL/dz, what arrived from above (micrograd's `out.grad`), `out` is z = `forward`'s
        result. Returns dL/dx for each input, None where no gradient flows.
        """
        raise NotImplementedError


def expand(reduced: Array, axis: int | tuple[int, ...] | None, keepdims: bool) -> Array:
    """A reduced array with its lost axes back as length 1, ready to broadcast against the input."""
    if axis is None or keepdims:
        return reduced
    return np.expand_dims(reduced, axis)
