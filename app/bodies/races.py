"""Races of nets and races that are kept, as REST tells of them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.bodies.saved import NAME
from app.messages import RaceState

Named = dict[str, Any]
Losses = list[float | None]


class LaneBody(BaseModel):
    """What a lane has of its own; everything else is the spec's."""

    optimizer: Named
    schedule: Named
    clipping: Named


class OverflowBody(BaseModel):
    """The first quantity that was not finite, in the order of computation."""

    kind: str
    name: str
    layer: int | None
    op: str | None


class LaneStateBody(BaseModel):
    """Where a lane is; one that has diverged stays where its last finite weights are."""

    step: int
    epoch: float
    metrics: dict[str, float | None]
    diverged: int | None = Field(description="the step after which a number overflows, once there")
    microseconds: float | None = Field(description="of a step: the median of what was measured")
    batches: str = Field(
        description="fingerprint of the rows of every epoch begun so far, in the order they were "
        "dealt: blake2b of 16 bytes over what it was before and the rows as 64-bit integers, from "
        "the batch size on"
    )
    epochs: int = Field(description="how many epochs that covers")
    start: str = Field(description="fingerprint of the first parameters: blake2b of 16 bytes")
    now: str = Field(description="the same of the present parameters")
    overflow: OverflowBody | None


class RaceBody(BaseModel):
    """A race as it is now. ``same_start`` and ``same_batches`` say that the fingerprints of all
    lanes agree, as far as they have come."""

    id: str
    spec: Named
    lanes: list[LaneBody]
    step: int
    epoch: float
    head: int = Field(description="the furthest step it has come to")
    state: RaceState
    speed: float | None
    same_start: bool
    same_batches: bool
    states: list[LaneStateBody]


class Reached(BaseModel):
    """The first point of a curve with a loss that low."""

    step: int
    epoch: float
    loss: float


class CurveBody(BaseModel):
    """A lane's losses, null where one is not finite; validation only where data are for it."""

    steps: list[int]
    epochs: list[float]
    train: Losses
    test: Losses
    validation: Losses | None
    diverged: int | None
    reached: Reached | None


class CurvesBody(BaseModel):
    """All curves: points every ``interval`` steps, and exactly where a lane began, where it is and
    where it ended. The interval is a fifth of an epoch at first, a whole one with more than 500
    training rows, and doubles whenever there are more than 256 points."""

    interval: int
    step: int
    head: int
    steps_per_epoch: int
    target: float | None
    of: str
    lanes: list[CurveBody]


class NetPresetBody(BaseModel):
    """A race to begin with, for how many steps it is worth watching, and a loss to come to."""

    name: str
    race: Named
    steps: int
    target: float


class NetPresetList(BaseModel):
    presets: list[NetPresetBody]


class Spread(BaseModel):
    """Over the seeds; null where the net diverged."""

    median: float | None
    low: float | None
    high: float | None


class NetRatesLine(BaseModel):
    """How far it is; and, when one is known, what a lane comes to with a rate."""

    progress: float
    lane: int | None = None
    rate: float | None = None
    index: int | None = Field(default=None, description="of the rate among all that are tried")
    train: Spread | None = None
    test: Spread | None = None
    diverged: int | None = Field(default=None, description="with how many of the seeds")
    seeds: list[int] | None = None


# --- asked for ---


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Advance(Strict):
    """So many steps more of all lanes."""

    steps: int = Field(ge=1, le=1_000_000)


class SeekTo(Strict):
    """All lanes to a step, also to one they have not come to yet."""

    step: int = Field(ge=0, lt=2**53)


Kind = Literal["surface", "net"]


class SaveRace(Strict):
    """Keep a race under a name. ``state`` is whatever leads to it again."""

    name: str = NAME
    kind: Kind
    state: Named


class SavedRace(BaseModel):
    id: str
    name: str
    made: float = Field(description="Seconds since 1970")
    kind: Kind
    state: Named
    mine: bool = Field(description="whether who asks may rename it and let it go")


class SavedRaces(BaseModel):
    """All races that are kept on this server, the latest first."""

    races: list[SavedRace]
