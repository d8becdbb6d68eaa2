"""What an optimizer remembers and does, and the loss around where a net stands. What is not finite
is null."""

from typing import Any, Literal

from pydantic import BaseModel, Field

Numbers = list[float | None]


class TermBody(BaseModel):
    """One array, row by row."""

    name: str
    values: Numbers


class ParameterShape(BaseModel):
    name: str
    shape: list[int]


class OptimizerState(BaseModel):
    """What is known of every element of one parameter: its value, what the optimizer remembers of
    it, and what it is about to compute, the update at the end. ``formulas`` say how, in the
    language of expressions: what was remembered is called ``m_old``."""

    session: str
    run: int
    step: int
    optimizer: dict[str, Any] = Field(description="its name and settings")
    updates: int = Field(description="how many it has made since it was chosen")
    parameters: list[ParameterShape] = Field(description="all there are, to ask for next")
    parameter: str
    shape: list[int]
    value: Numbers
    remembered: list[TermBody]
    coming: list[TermBody] = Field(description="of the step to come, in order of computation")
    formulas: dict[str, str]


class LandscapeBegin(BaseModel):
    """The first line: places along each direction, in lengths of all the weights, and the loss in
    the middle. ``rate``, along the gradient: where one step of plain gradient descent with the
    learning rate of this step would lead."""

    session: str
    run: int
    step: int
    kind: Literal["gradient", "line", "plane"]
    seed: int
    at: list[float]
    train: float | None
    test: float | None
    rate: float | None
    count: int = Field(description="how many losses follow: of a plane row by row")


class LandscapeValues(BaseModel):
    """Each further line: the next losses."""

    train: Numbers
    test: Numbers
