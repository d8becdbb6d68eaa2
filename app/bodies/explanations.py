"""Where a number comes from, and its gradient beside finite differences."""

from typing import Literal

from pydantic import BaseModel, Field

from engine.rerun import Check

Role = Literal["parameter", "input", "target", "constant", "op"]
Question = Literal["gradient", "value"]


class Secant(BaseModel):
    """The slope between two losses, a step ``h`` to either side of a number."""

    h: float
    minus: float | None
    plus: float | None
    numeric: float | None
    relative_error: float | None = Field(description="null where there is no gradient")


class Slice(BaseModel):
    """The loss along one number, which is the middle one of ``values``."""

    values: list[float | None]
    losses: list[float | None]


class Slopes(BaseModel):
    """The slopes to either side of a corner, where there is no derivative."""

    left: float | None
    right: float | None


class CheckBody(BaseModel):
    """A gradient beside finite differences. What is not finite is null."""

    node: int | str = Field(description="which number: a node of a walk, an element of a session")
    value: float | None
    analytic: float | None = Field(description="the gradient; null where there is none")
    slice: Slice
    steps: list[Secant] = Field(description="h from 1e-1 to 1e-12, in half decades")
    best: int = Field(description="the step whose secant comes nearest")
    kink: Slopes | None

    @classmethod
    def of(cls, node: int | str, check: Check) -> "CheckBody":
        return cls(
            node=node,
            value=check.value,
            analytic=check.analytic,
            slice=Slice(values=check.values.tolist(), losses=check.losses.tolist()),
            steps=[Secant(**step._asdict()) for step in check.steps],
            best=check.best,
            kink=None if check.kink is None else Slopes(**check.kink._asdict()),
        )


class ExplainedTerm(BaseModel):
    """One summand of a gradient, along one edge: what has arrived at ``element`` times how much
    that changes with the explained one. ``local_element`` is the number which the latter is."""

    element: str
    upstream: float | None
    local: float | None
    contribution: float | None
    local_element: str | None
    sample: int | None = Field(description="of the minibatch, from 0; null: of all samples")


class ExplainedInput(BaseModel):
    """A number that the explained one was computed from, and how much that changes with it."""

    element: str
    value: float | None
    local: float | None
    local_element: str | None
    input: int = Field(description="which input of the op it is part of")


class UpdateTerm(BaseModel):
    name: str
    value: float | None


class LastUpdate(BaseModel):
    """The step that made a parameter what it is: ``before`` + the last of the terms = ``after``."""

    step: int
    before: float | None
    terms: list[UpdateTerm]
    after: float | None


class Explained(BaseModel):
    """A number and where it comes from. Numbers that are not finite are null."""

    session: str
    step: int
    element: str
    of: Question
    role: Role
    value: float | None = Field(description="the number explained")
    number: float | None = Field(description="the element's value, whichever of the two is asked")
    gradient: float | None = Field(description="its gradient; null: it takes none")
    op: str | None = Field(description="what computed it; linear: x W + b")
    activation: str | None = Field(description="of the layer it belongs to")
    formula: str | None = Field(
        description="MathML: of a value z = ..., of a gradient what the local derivatives are"
    )
    samples: int
    rows: list[int] = Field(description="the samples as rows of the data")
    row: int | None = Field(description="the row that was asked for instead of the minibatch")
    terms: list[ExplainedTerm] | None = Field(description="of a gradient, largest first")
    sum: float | None = Field(description="what the terms add up to")
    inputs: list[ExplainedInput] | None = Field(description="of a value")
    update: LastUpdate | None = Field(description="of a parameter's value after step 0")
