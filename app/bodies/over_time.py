"""A run gone along again: numbers at steps spread evenly over it. Lists run along ``steps``; what
is not finite, or does not exist, is null."""

from typing import Literal

from pydantic import BaseModel, Field

Numbers = list[float | None]


class OverTime(BaseModel):
    """At which steps, and how many of them are not measured yet: a long run of a large net takes
    several requests, each of which goes on where the one before ended."""

    session: str
    run: int
    steps: list[int]
    left: int = Field(description="steps still to be measured: ask again")


class LayerOverTime(BaseModel):
    """How a layer fared; as in the diagnosis."""

    layer: int
    gradient_norm: Numbers
    weight_norm: Numbers
    activation_mean: Numbers
    activation_spread: Numbers
    dead_share: Numbers
    saturated_share: Numbers
    update_ratio: Numbers


class LayersOverTime(OverTime):
    layers: list[LayerOverTime]


class HistogramBody(BaseModel):
    """``counts[k][i]``: how many numbers lay, at step k, from (first + i) width up to, not
    including, (first + i + 1) width."""

    layer: int
    width: float
    first: int
    counts: list[list[int]]
    zeros: list[int] = Field(description="of gradients: those that are 0, which have no logarithm")
    lost: list[int] = Field(description="numbers that are not finite")


class HistogramsOverTime(OverTime):
    """Of gradients the decimal logarithms of their sizes are counted."""

    of: Literal["activations", "weights", "gradients"]
    layers: list[HistogramBody]


class ElementOverTime(OverTime):
    """One number of the next minibatch's pass, or of that of a row of the data, with its
    gradient."""

    element: str
    row: int | None
    values: Numbers
    gradients: Numbers
