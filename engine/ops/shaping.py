"""Ops that move numbers without changing them: their gradients only have to find the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.ops.op import Array, Gradients, Op


@dataclass(frozen=True)
class Reshape(Op, name="reshape", formula=r"z = \mathrm{reshape}(x)"):
    """The gradient is reshaped back."""

    shape: tuple[int, ...] = (-1,)

    def forward(self, x: Array) -> Array:
        return x.reshape(self.shape)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        return (g.reshape(x.shape),)


@dataclass(frozen=True)
class Transpose(Op, name="transpose", formula=r"z = x^{\top}"):
    """The gradient is transposed back; `axes=None` reverses all axes."""

    axes: tuple[int, ...] | None = None

    def forward(self, x: Array) -> Array:
        return x.transpose(self.axes)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        back = None if self.axes is None else tuple(int(i) for i in np.argsort(self.axes))
        return (g.transpose(back),)


@dataclass(frozen=True)
class Slice(Op, name="slice", formula=r"z = x[\,\mathrm{index}\,]"):
    """What was taken receives its gradient, the rest 0. An element taken twice receives the sum."""

    index: Any = ()

    def forward(self, x: Array) -> Array:
        return np.asarray(x[self.index])

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        back = np.zeros(x.shape, g.dtype)
        np.add.at(back, self.index, g)
        return (back,)


@dataclass(frozen=True)
class Gather(Op, name="gather", formula=r"z_n = x_{n,\,k_n}"):
    """One element of each row, chosen by an integer; the choice receives no gradient."""

    def forward(self, x: Array, index: Array) -> Array:
        return np.take_along_axis(x, index[..., np.newaxis], axis=-1)[..., 0]

    def vjp(self, g: Array, out: Array, x: Array, index: Array) -> Gradients:
        back = np.zeros(x.shape, g.dtype)
        np.put_along_axis(back, index[..., np.newaxis], g[..., np.newaxis], axis=-1)
        return back, None


@dataclass(frozen=True)
class Concat(Op, name="concat", formula=r"z = [x_1, x_2, \ldots]"):
    """Each part receives its own piece of the gradient."""

    axis: int = 0

    def forward(self, *parts: Array) -> Array:
        return np.concatenate(parts, axis=self.axis)

    def vjp(self, g: Array, out: Array, *parts: Array) -> Gradients:
        ends = np.cumsum([part.shape[self.axis] for part in parts])[:-1]
        return tuple(np.split(g, ends, axis=self.axis))


@dataclass(frozen=True)
class Stack(Op, name="stack", formula=r"z = (x_1; x_2; \ldots)"):
    """Each part receives its own slice along the new axis."""

    axis: int = 0

    def forward(self, *parts: Array) -> Array:
        return np.stack(parts, axis=self.axis)

    def vjp(self, g: Array, out: Array, *parts: Array) -> Gradients:
        return tuple(np.moveaxis(g, self.axis, 0))


@dataclass(frozen=True)
class Pad(Op, name="pad", formula=r"z = \mathrm{pad}(x)"):
    """The gradient of the padding is dropped, the rest goes back where it came from."""

    width: tuple[tuple[int, int], ...] = ()
    value: float = 0.0

    def forward(self, x: Array) -> Array:
        return np.pad(x, self.width, constant_values=self.value)

    def vjp(self, g: Array, out: Array, x: Array) -> Gradients:
        inside = tuple(
            slice(before, before + n) for (before, _), n in zip(self.width, x.shape, strict=True)
        )
        return (g[inside],)
