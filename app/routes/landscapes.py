"""The loss around a race of nets, told of while it is computed, in a process of its own: sessions
train on meanwhile, and whoever stops reading ends it at once."""

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.bodies.landscapes import CurvatureLine, LandscapeLine
from app.messages import read_object
from app.races.around import Around, Curved
from app.routes.answers import errors, read_body
from app.routes.streamed import streamed, told_as
from app.runner import Runner
from app.runner.process import OneAtATime

_JSON = {"type": "object", "description": "`spec` as for a session, `lanes`, `steps`, and more."}
_BODY = {"requestBody": {"content": {"application/json": {"schema": _JSON}}, "required": True}}


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/landscapes", tags=["races"])
    around = OneAtATime("app.races.survey", "around")
    curvature = OneAtATime("app.races.survey", "curvature")

    async def asked(request: Request) -> dict[str, Any]:
        return read_object(await read_body(request, runner.settings.max_message_bytes))

    @router.post(
        "",
        summary="The loss around a race of nets",
        response_class=StreamingResponse,
        responses=told_as(LandscapeLine) | errors(413, 422),
        openapi_extra=_BODY,
    )
    async def landscape(request: Request) -> Response:
        """`{"spec": {}, "lanes": [{"optimizer": {"name": "adam"}}], "steps": 300, "directions":
        "paths", "dimensions": 2, "resolution": 41, "seed": 0, "centre": "best", "bounds": null,
        "places": 100}`: trains every lane, and tells its way (`places` of it), seen on the plane in
        which the ways differ most (`paths`) or on `random` filter-normalized directions (Li et al.
        2018) from the `seed`; then the losses over it, around the end of the `best` lane, of a lane
        by its number, or around the `mean` of all ends. Closing the connection ends the work."""
        question = Around.parse(await asked(request))
        return _streamed(around, question.to_json())

    @router.post(
        "/curvature",
        summary="How sharply the loss bends on the way of each lane",
        response_class=StreamingResponse,
        responses=told_as(CurvatureLine) | errors(413, 422),
        openapi_extra=_BODY,
    )
    async def bends(request: Request) -> Response:
        """`{"spec": {}, "lanes": [...], "steps": 300, "places": 12}`: the largest eigenvalue of the
        Hessian at so many places, by power iteration on differences of gradients. Closing the
        connection ends the work."""
        question = Curved.parse(await asked(request))
        return _streamed(curvature, question.to_json())

    return router


def _streamed(process: OneAtATime, question: dict[str, Any]) -> Response:
    async def lines() -> AsyncIterator[str]:
        async for line in process.lines(json.dumps(question).encode()):
            yield line

    return streamed(lines())
