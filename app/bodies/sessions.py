"""A session and its runs, as REST tells of them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from app.messages import RunBody, State


class SessionBody(BaseModel):
    """A session as it is now; ``epoch`` is how often the training rows have been seen."""

    id: str
    spec: dict[str, Any]
    step: int
    epoch: float
    state: State


class SessionDetail(SessionBody):
    """The same with losses and accuracies by name; null where a number is not finite."""

    metrics: Mapping[str, float | None]


class WeightsLoaded(BaseModel):
    """The names of all that was read from a file and is in the net now."""

    parameters: list[str]


class RunChange(BaseModel):
    """A field of the spec, or an element of a parameter, before and after a change; null where
    there was none or it is not known."""

    step: int
    path: str
    before: Any
    after: Any


class RunLoss(BaseModel):
    """A loss point; null where a loss is not finite, or no part of the data is for validation."""

    step: int
    train: float | None
    test: float | None
    validation: float | None


class RunSummary(RunBody):
    """A run with its last loss point, the spec it ended with, and what it began with."""

    loss: RunLoss
    spec: dict[str, Any]
    begun_with: list[RunChange]


class RunList(BaseModel):
    """All runs that are kept, oldest first, and the one the session is in."""

    current: int
    runs: list[RunSummary]


class RunDetail(RunSummary):
    """A run with its curves and every change made on the way, also those before it left its
    parent."""

    losses: list[RunLoss]
    changes: list[RunChange]
