"""What the server says of itself and of what went wrong."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class ErrorDetail(BaseModel):
    """What was wrong: the field and value meant, and what would be accepted."""

    code: str
    message: str
    field: str | None
    value: Any
    allowed: Any


class ErrorBody(BaseModel):
    error: ErrorDetail


class LoopLag(BaseModel):
    """How late a ticker of 5 ms was in the last half minute in which somebody was connected, in
    milliseconds."""

    median: float
    p99: float
    most: float
    ticks: int


class StorageState(BaseModel):
    """Whether what is done outlives the server: `trouble` says why it does not."""

    kept: bool
    trouble: str | None
    bytes: int | None = Field(description="The size of the file; null where there is none")


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    version: str
    sessions: int
    streams: int
    loop_lag: LoopLag | None = Field(description="null before anybody has connected")
    storage: StorageState


class ConformanceRow(BaseModel):
    """One check of the engine: the largest error over the numbers compared, and what is allowed."""

    group: Literal["micrograd", "ops", "optimizers", "schedules"]
    name: str
    formula: str = Field(description="LaTeX; empty where there is none")
    mathml: str
    compared: int
    error: float | None = Field(description="null when the numbers could not be compared")
    tolerance: float
    passed: bool
