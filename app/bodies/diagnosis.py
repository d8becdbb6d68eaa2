"""What is wrong with a net, its layers, and what it takes for what."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.messages import FirstOverflow


class FindingBody(BaseModel):
    """What is wrong, where, and the number that shows it. ``change``, given to a ``set`` command,
    is one thing to try. Numbers that are not finite are null."""

    kind: Literal[
        "overflow",
        "exploding",
        "too_fast",
        "dead",
        "saturated",
        "vanishing",
        "too_slow",
        "overfitting",
    ]
    layer: int | None = Field(description="the worst one; null: it is about the whole run")
    layers: list[int] = Field(description="all of them, the worst one first")
    value: float | None = Field(description="what was measured")
    threshold: float = Field(description="from where on it is found")
    numbers: dict[str, float | None] = Field(description="others that show the same, by name")
    change: dict[str, Any] | None
    overflow: FirstOverflow | None = Field(description="of an overflow: the first one")
    chain: list["OverflowLink"] = Field(description="of an overflow: how it came to it")


class OverflowLink(BaseModel):
    """One op on the way to an overflow, and the largest of its values or gradients in size."""

    op: str
    layer: int | None
    largest: float | None


class LayerBody(BaseModel):
    """How a layer fares. Gradients and the update are those of the step to come, activations those
    of all training rows. What is not finite is null."""

    layer: int
    gradient_norm: float | None = Field(description="of all its parameters together")
    weight_norm: float | None
    activation_mean: float | None
    activation_spread: float | None = Field(description="the standard deviation")
    dead_share: float | None = Field(description="of its ReLUs, off for every row; null: has none")
    saturated_share: float | None = Field(description="of its values, near a bound; null: has none")
    update_ratio: float | None = Field(description="|update| / |weight|; about 1e-3 is healthy")


class Diagnosis(BaseModel):
    session: str
    run: int
    step: int
    findings: list[FindingBody] = Field(description="what comes first as a cause first")
    layers: list[LayerBody]


class Mistake(BaseModel):
    """A sample taken for another class; classes as places in ``labels``."""

    row: int
    truth: int
    predicted: int
    sureness: float | None = Field(description="size of the score, or probability of the answer")
    inputs: list[float] = Field(description="what the net sees of it; of digits 8 rows of 8 pixels")


class ClassReport(BaseModel):
    precision: float
    recall: float
    f1: float
    samples: int


class Confusion(BaseModel):
    """``matrix[i][j]``: how many samples of class i were taken for class j."""

    session: str
    run: int
    step: int
    split: Literal["train", "validation", "test"]
    labels: list[int]
    class_names: list[str] = Field(description="where the data bring their own")
    matrix: list[list[int]]
    accuracy: float
    classes: list[ClassReport]
    wrong: int
    mistakes: list[Mistake] = Field(description="the surest ones first, at most 100")
