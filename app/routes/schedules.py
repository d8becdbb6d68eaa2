"""What a schedule does to the learning rate, before anything is trained."""

import math
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from app.routes.answers import errors
from engine.fields import parse_named
from engine.schedules import (
    MOST_STEPS,
    SCHEDULES,
    CosineRestarts,
    Cyclic,
    Exponential,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
)

POINTS = 161  # of a curve; the first is step 0


class SchedulePreview(BaseModel):
    """The factor on the learning rate at so many steps."""

    name: str
    steps: list[int]
    factors: list[float] | None = Field(description="null: it depends on the loss")


def preview(schedule: Schedule | ReduceOnPlateau) -> SchedulePreview:
    last = horizon(schedule)
    steps = sorted({round(last * i / (POINTS - 1)) for i in range(POINTS)})
    factors = None
    if isinstance(schedule, Schedule):
        factors = [schedule.factor(step) for step in steps]
    return SchedulePreview(name=schedule.name, steps=steps, factors=factors)


def horizon(schedule: Schedule | ReduceOnPlateau) -> int:
    """So many steps that the shape can be told."""
    match schedule:
        case CosineRestarts(steps=steps, growth=growth):
            periods = steps * (1 + growth + growth**2)
        case Cyclic(steps=steps):
            periods = 6 * steps
        case StepDecay(steps=steps):
            periods = 5 * steps
        case Exponential(gamma=gamma) if 0.0 < gamma < 1.0:
            periods = math.ceil(math.log(0.02) / math.log(gamma))  # until a fiftieth is left
        case _:
            periods = math.ceil(1.2 * getattr(schedule, "steps", 1000))
    return min(max(periods, 10), MOST_STEPS)


def routes() -> APIRouter:
    router = APIRouter(prefix="/api/schedules", tags=["catalog"])

    @router.get(
        "/preview",
        summary="The curve of a schedule",
        response_model=SchedulePreview,
        responses=errors(422),
        openapi_extra={
            "parameters": [
                {
                    "name": "name",
                    "in": "query",
                    "schema": {"enum": list(SCHEDULES)},
                    "description": "Which one; its fields are parameters, too.",
                }
            ]
        },
    )
    async def curve(request: Request) -> SchedulePreview:
        """Asked as a spec would write it: ``?name=cosine&steps=500&minimum=0.1``."""
        given: dict[str, Any] = {k: _number(v) for k, v in request.query_params.items()}
        return preview(parse_named(SCHEDULES, given, "", "constant"))

    return router


def _number(text: str) -> Any:
    """A number where it is one; the fields say what is wrong with anything else."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text
