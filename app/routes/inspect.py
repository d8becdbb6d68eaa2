"""A moment of a run looked into: the optimizer's memory, the space inside the net, the loss around
its weights. Also at an earlier step; the run goes on meanwhile."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, get_args

from fastapi import APIRouter, Request, Response

from app.bodies.inspection import OptimizerState
from app.errors import Invalid
from app.routes.answers import chosen, errors, whole
from app.routes.streamed import streamed
from app.runner import Runner, scratch, sweeps
from app.runner.compute import Compute
from app.sessions.hidden_space import hidden_space
from app.sessions.landscape import LEAST, MOST, Kind, Landscape
from app.sessions.moments import moment
from app.sessions.optimizer_state import optimizer_state
from app.sessions.session import TrainingSession
from app.sessions.travel import Moment

_PAIR = re.compile(r"([0-9]{1,4}),([0-9]{1,4})")
_BINARY = {"type": "string", "format": "binary"}
_STEP = {"type": "integer", "minimum": 0, "description": "by default where it is"}
_MOST_REACH = 100.0
_USUAL = {"gradient": 101, "line": 101, "plane": 31}


def _parameters(**asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "parameters": [
            {"name": name, "in": "query", "schema": schema}
            for name, schema in {"step": _STEP, **asked}.items()
        ]
    }


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/sessions/{session_id}", tags=["explanations"])

    @router.get(
        "/optimizer",
        summary="What the optimizer remembers",
        response_model=OptimizerState,
        responses=errors(404, 422),
        openapi_extra=_parameters(parameter={"type": "string", "description": "layers.0.weight"}),
    )
    async def optimizer(request: Request, session_id: str) -> Response:
        """Of every element of a parameter: its value, what is remembered of it, and all that is
        computed from its next gradient, with the formulas."""
        lane, query = runner.lane(session_id), request.query_params
        step, parameter = whole(query, "step"), query.get("parameter")
        run, there = await scratch.find(lane, lambda session: _moment(session, step))
        answer = await scratch.there(
            lane, there, lambda trainer: optimizer_state(session_id, run, trainer, parameter)
        )
        return Response(answer.model_dump_json(), media_type="application/json")

    @router.get(
        "/hidden",
        summary="How the layers fold the space of the samples",
        response_class=Response,
        responses={
            200: {"content": {"application/octet-stream": {"schema": _BINARY}}},
            **errors(404, 422),
        },
        openapi_extra=_parameters(
            layer={"type": "integer", "minimum": 0, "description": "0: the inputs"},
            units={
                "type": "string",
                "description": "two of that layer, as in 0,3",
            },
        ),
    )
    async def hidden(request: Request, session_id: str) -> Response:
        """In the safetensors layout `points.k`, and over a plane the lines `grid.k`, as layer k
        sees them, 0 being the inputs: two numbers each, of more units the principal components,
        whose shares of the variance are in the metadata. None, where numbers have overflowed."""
        lane, query = runner.lane(session_id), request.query_params
        step, layer, units = whole(query, "step"), whole(query, "layer"), _units(query)
        run, there = await scratch.find(lane, lambda session: _moment(session, step))
        answer = await scratch.there(
            lane, there, lambda trainer: hidden_space(session_id, run, trainer, layer, units)
        )
        return Response(answer, media_type="application/octet-stream")

    @router.get(
        "/landscape",
        summary="The loss around the weights",
        response_class=Response,
        responses={
            200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
            **errors(404, 422),
        },
        openapi_extra=_parameters(
            kind={"enum": list(get_args(Kind)), "default": "gradient"},
            seed={"type": "integer", "minimum": 0, "default": 0},
            resolution={
                "type": "integer",
                "minimum": LEAST,
                "maximum": MOST["gradient"],
                "description": f"odd; of a plane at most {MOST['plane']}",
            },
            reach={
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": _MOST_REACH,
                "default": 1,
            },
        ),
    )
    async def landscape(request: Request, session_id: str) -> Response:
        """Along the gradient, along a random direction, or over the plane of two random ones
        (filter-normalized, Li et al. 2018). Lines of JSON: first what it is, then losses as they
        are computed. Who closes the connection ends it."""
        lane, query = runner.lane(session_id), request.query_params
        step, seed = whole(query, "step"), whole(query, "seed") or 0
        kind: Kind = chosen(query, "kind", get_args(Kind), "gradient")
        resolution, reach = _resolution(query, kind), _reach(query)
        run, there = await scratch.find(lane, lambda session: _moment(session, step))
        slice_ = await scratch.there(
            lane,
            there,
            lambda trainer: Landscape(
                session_id, run, trainer, kind, seed=seed, resolution=resolution, reach=reach
            ),
        )
        return streamed(_lines(lane.compute, slice_))

    return router


async def _lines(compute: Compute, slice_: Landscape) -> AsyncIterator[str]:
    yield slice_.begin.model_dump_json() + "\n"
    async for some in sweeps.slices(compute, iter(slice_)):
        yield "".join(each.model_dump_json() + "\n" for each in some)


def _moment(session: TrainingSession, step: int | None) -> tuple[int, Moment]:
    return session.run.id, moment(session, step)


def _units(given: Mapping[str, str]) -> tuple[int, int] | None:
    units = given.get("units")
    if units is None:
        return None
    if (pair := _PAIR.fullmatch(units)) is None:
        raise Invalid(
            "units must be two whole numbers: 0,3.",
            field="units",
            value=units,
            allowed={"type": "string", "pattern": _PAIR.pattern},
        )
    return int(pair[1]), int(pair[2])


def _resolution(given: Mapping[str, str], kind: Kind) -> int:
    resolution, most = whole(given, "resolution"), MOST[kind]
    if resolution is None:
        return _USUAL[kind]
    if LEAST <= resolution <= most and resolution % 2:
        return resolution
    raise Invalid(
        f"resolution must be odd, so that the middle is one of the places, {LEAST} to {most}.",
        field="resolution",
        value=resolution,
        allowed={"type": "integer", "minimum": LEAST, "maximum": most, "odd": True},
    )


def _reach(given: Mapping[str, str]) -> float:
    text = given.get("reach", "1")
    try:
        reach = float(text)
    except ValueError:
        reach = 0.0
    if 0.0 < reach <= _MOST_REACH:
        return reach
    raise Invalid(
        f"reach must be a number above 0, {_MOST_REACH:g} at most.",
        field="reach",
        value=text,
        allowed={"type": "number", "exclusive_minimum": 0, "maximum": _MOST_REACH},
    )
