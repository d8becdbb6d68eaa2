"""What REST answers about the gallery."""

from typing import Any

from pydantic import BaseModel, Field


class PresetBody(BaseModel):
    """A session to begin with."""

    name: str
    steps: int = Field(description="after which it shows what it is about")
    changes: dict[str, Any] = Field(description="for the command `set`: they make any session it")
    tries: dict[str, dict[str, Any]] = Field(description="the same with one thing changed")


class PresetPicture(BaseModel):
    """What its net has become after those steps, in numbers to be drawn as the kind says."""

    kind: str
    points: list[tuple[float, float]] | None = Field(None, description="0 to 1, y upwards")
    targets: list[int] | None = Field(None, description="of the points")
    field: list[int] | None = Field(None, description="of the answer, -1 to 1 as bytes, by rows")
    fields: list[list[int]] | None = Field(None, description="of each class, 0 to 1 as bytes")
    line: list[tuple[float, float]] | None = Field(None, description="0 to 1, y upwards")
    lines: dict[str, list[tuple[float, float]]] | None = Field(None, description="losses")
    bars: list[float] | None = Field(None, description="of layers or weights")
    images: list[list[int]] | None = Field(None, description="8 x 8 pixels of 0 to 16")
    taken: list[int] | None = Field(None, description="what the images are taken for")
    truth: list[float] | None = None
    answers: list[float] | None = None
    seen: int | None = Field(None, description="how many, in order, the net has learnt from")
    repeated: float | None = Field(
        None, description="the test loss of answering with the last price, on the same scale"
    )
