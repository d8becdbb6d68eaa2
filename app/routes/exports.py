"""A walk to take along: as a program."""

from fastapi import APIRouter, Request, Response

from app.exports.code import FORMATS, program
from app.messages import read_object
from app.routes.answers import errors, read_body
from app.routes.schema import body_with_source
from app.runner import Runner
from app.runner.walks import visit
from app.walks.document import document
from app.walks.source import read_source
from engine.fields import Choice, known


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(tags=["walks"])
    schema = body_with_source(format={"enum": list(FORMATS)})

    @router.post(
        "/api/walks/code",
        summary="The step of a walk as a program that prints the same numbers",
        response_class=Response,
        responses={
            200: {
                "content": {"text/plain": {"schema": {"type": "string"}}},
                "description": "A Python program: it computes the loss, every gradient and every "
                "new value, and prints them, a name and a number a line.",
            },
            **errors(404, 413, 422, 503),
        },
        openapi_extra={
            "requestBody": {"content": {"application/json": {"schema": schema}}, "required": True}
        },
    )
    async def code(request: Request) -> Response:
        """With NumPy the backward pass is written out by hand; PyTorch and micrograd make it
        themselves. The update is plain arithmetic in all three."""
        given = read_object(await read_body(request, runner.settings.max_message_bytes))
        known(given, ["source", "format"], "")
        source = read_source(given.get("source"))
        format = Choice(FORMATS).check(given.get("format"), "format")
        text = await visit(
            runner, source, lambda walk, asked: program(document(walk, asked.to_json()), format)
        )
        return Response(text, media_type="text/plain; charset=utf-8")

    return router
