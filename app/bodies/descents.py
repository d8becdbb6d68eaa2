"""A race on a surface, as REST tells of it."""

from typing import Any

from pydantic import BaseModel, Field

Pair = list[float | None]
Named = dict[str, Any]


class SurfaceBody(BaseModel):
    """A function of x and y: its own fields stand beside these."""

    model_config = {"extra": "allow"}

    name: str
    noise: float = Field(description="deviation of what is added to each coordinate of a gradient")
    text: str = Field(description="in the language of expressions")
    formulas: list[str] = Field(description="MathML, a statement each")
    bounds: list[list[float]] = Field(description="of x and of y: what a map shows")
    usual_start: list[float]
    minima: list[list[float]] = Field(description="all of the lowest points; none if unknown")
    lowest: float | None


class SurfaceRow(SurfaceBody):
    """The same, with the fields of its form."""

    fields: list[Named]


class SurfaceList(BaseModel):
    surfaces: list[SurfaceRow]


class DescentLane(BaseModel):
    """Where a lane was after each step; it ends where it left for good, at step ``left``."""

    optimizer: Named
    schedule: Named
    clipping: Named
    points: list[Pair]
    values: Pair
    left: int | None


class DescentBody(BaseModel):
    """The paths of all lanes; ``asked`` asks for the very same again."""

    asked: Named
    surface: SurfaceBody
    lanes: list[DescentLane]


class DescentTerm(BaseModel):
    name: str
    value: Pair


class DescentStep(BaseModel):
    """One update of a lane, as its optimizer computed it for x and y. ``effective_rate`` is what
    each coordinate's gradient was multiplied by, null where the gradient is 0."""

    lane: int
    step: int
    optimizer: Named
    schedule: Named
    clipping: Named
    point: Pair
    value: float | None
    terms: list[DescentTerm]
    remembered: dict[str, Pair]
    formulas: dict[str, str]
    effective_rate: Pair
    next: Pair


class RegimeBody(BaseModel):
    name: str
    shrinks: float


class RegimeMap(BaseModel):
    """Rows are momenta, columns rates: what heavy-ball momentum does on a quadratic in the long
    run, and the factor that each step shrinks (or grows) the distance by."""

    rates: list[float]
    momenta: list[float]
    regimes: list[list[str]]
    shrinks: list[list[float]]
    here: dict[str, RegimeBody] = Field(description="along x and y, for the rate asked about")


class RatesLine(BaseModel):
    """What one lane comes to with each rate: median, lowest and highest of the seeds, null where
    it left for good."""

    lane: int
    lanes: int
    rates: list[float]
    median: Pair
    low: Pair
    high: Pair


class ConvergenceLine(BaseModel):
    """A row of the map: how many steps each column needs, null for more than were made."""

    row: int
    rows: int
    value: float
    steps: list[int | None]
