"""Walks through a training step: asked for by their source, sent as one document."""

import gzip
import json

from fastapi import APIRouter, Request, Response

from app.bodies.explanations import CheckBody
from app.bodies.walks import WalkBody, WalkPreset
from app.messages import read_object
from app.routes.answers import accepts_gzip, errors, read_body, text
from app.routes.schema import body_with_source
from app.runner import Runner
from app.runner.walks import visit
from app.walks.check import checked
from app.walks.document import document, encoded
from app.walks.presets import PRESETS
from app.walks.source import Source, read_source
from engine.fields import known
from engine.walkthrough import Walk

_LEVEL = 4  # of compression: almost as small as the best, in a third of the time


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/walks", tags=["walks"])
    body = {"content": {"application/json": {"schema": body_with_source()}}, "required": True}
    presets = json.dumps(
        [{"name": name, "source": read_source(given).to_json()} for name, given in PRESETS.items()]
    ).encode()

    @router.post(
        "",
        summary="Go through one training step",
        response_model=WalkBody,
        response_model_exclude_none=True,
        responses=errors(404, 413, 422, 503),
        openapi_extra={"requestBody": body},
    )
    async def walk(request: Request) -> Response:
        """The computation of the loss as a graph of single numbers, every stop on the way forward
        and back, the update, and the formulas: of an expression, of a net from a spec, or of a
        session at a step."""
        given = read_object(await read_body(request, runner.settings.max_message_bytes))
        known(given, ["source"], "")
        source = read_source(given.get("source"))
        compressed = accepts_gzip(request)

        def written(found: Walk, asked: Source) -> bytes:
            content = encoded(document(found, asked.to_json()))
            return gzip.compress(content, _LEVEL, mtime=0) if compressed else content

        headers = {"Vary": "Accept-Encoding"}
        if compressed:
            headers["Content-Encoding"] = "gzip"
        content = await visit(runner, source, written)
        return Response(content, headers=headers, media_type="application/json")

    node = {"type": "integer", "minimum": 0, "description": "the id of a node of the walk"}

    @router.post(
        "/check",
        summary="Nudge one number of a walk and hold its gradient against what the loss does",
        response_model=CheckBody,
        responses=errors(404, 413, 422, 503),
        openapi_extra={
            "requestBody": {
                "content": {"application/json": {"schema": body_with_source(node=node)}},
                "required": True,
            }
        },
    )
    async def check(request: Request) -> Response:
        """The loss along the number, the slopes of secants of ever smaller steps, and the error of
        each beside the gradient. The engine runs what comes after the number once for each."""
        given = read_object(await read_body(request, runner.settings.max_message_bytes))
        known(given, ["source", "node"], "")
        source = read_source(given.get("source"))
        body = await visit(runner, source, lambda found, _: checked(found, given.get("node")))
        return Response(body.model_dump_json(), media_type="application/json")

    @router.head("/presets", include_in_schema=False)
    @router.get(
        "/presets",
        summary="Walks to begin with",
        response_model=list[WalkPreset],
        responses={304: {"description": "The browser has it already (If-None-Match)"}},
    )
    async def all_presets(request: Request) -> Response:
        """Each with the whole source, from a single neuron to a small net."""
        return text(request, presets, "application/json")

    return router
