"""The loss around a race of nets, as REST tells of it line by line."""

from typing import Any, Literal

from pydantic import BaseModel, Field, RootModel

Numbers = list[float | None]


class AroundBegin(BaseModel):
    """What was asked for, with everything that was left out."""

    kind: Literal["begin"]
    asked: dict[str, Any]


class TrainingLine(BaseModel):
    """How far the training of the lanes has come, one after the other."""

    kind: Literal["progress"]
    lane: int
    lanes: int
    step: int
    steps: int


class CentreBody(BaseModel):
    """Where all directions begin; no lane for the mean of all ends."""

    lane: int | None
    step: int | None
    train: float | None
    test: float | None


class WayBody(BaseModel):
    """The way of a lane: at which steps it was looked at, the losses there, the coordinates of the
    nearest places of the plane, how far away from these it was, and which share of its squared
    distances from the centre lies in the plane."""

    optimizer: dict[str, Any]
    schedule: dict[str, Any] = Field(description="its name and settings")
    clipping: dict[str, Any]
    steps: list[int]
    diverged: int | None = Field(description="the last step that was finite, if the next was not")
    train: Numbers
    test: Numbers
    points: list[Numbers]
    away: Numbers
    held: float | None


class WaysLine(BaseModel):
    """Told before the losses: ways of all lanes, and the places along each direction. `explained`
    are the shares of the variance of all ways along principal components."""

    kind: Literal["paths"]
    every: int
    weights: int
    centre: CentreBody
    explained: list[float] | None
    at: list[list[float]]
    count: int = Field(description="how many losses follow: of a plane row by row, from below")
    lanes: list[WayBody]


class LossesLine(BaseModel):
    """The next losses, from which one on."""

    kind: Literal["values"]
    from_: int = Field(alias="from")
    train: Numbers
    test: Numbers


class DoneLine(BaseModel):
    """That was all. Without this line the answer is not whole."""

    kind: Literal["done"]


class LandscapeLine(RootModel[AroundBegin | TrainingLine | WaysLine | LossesLine | DoneLine]):
    """A line; `kind` says which."""


class CurvatureBegin(BaseModel):
    """What was asked for, and at which steps the curvature is told."""

    kind: Literal["begin"]
    asked: dict[str, Any]
    steps: list[int]


class CurvaturePoint(BaseModel):
    """The largest eigenvalue of the Hessian of what a lane makes small, on all training rows. An
    exact eigenvalue is at most `residual` away. `limit`: beyond it, steps along its direction grow
    instead of shrinking (plain gradient descent and momentum on a quadratic, all rows at once)."""

    kind: Literal["curvature"]
    lane: int
    step: int
    largest: float | None
    residual: float | None
    rounds: int
    limit: float | None


class CurvatureLane(BaseModel):
    """A lane is done."""

    kind: Literal["lane"]
    lane: int
    diverged: int | None


class CurvatureLine(RootModel[CurvatureBegin | CurvaturePoint | CurvatureLane | DoneLine]):
    """A line; `kind` says which."""
