"""k-fold cross-validation of a session's settings, told of while it goes on. Whoever stops reading
ends it; the session itself is not touched."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.bodies.folds import FoldsLine, FoldsRequest
from app.messages import read_object
from app.routes.answers import errors, read_body
from app.routes.streamed import streamed, told_as
from app.runner import Runner, scratch
from app.runner.sweeps import slices
from engine.crossvalidation import FoldsProgress, check_folds, cross_validate
from engine.fields import known

_BODY = {"content": {"application/json": {"schema": FoldsRequest.model_json_schema()}}}
_LINES = told_as(FoldsLine, ", several a second; the last one has the summary")


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/sessions/{session_id}", tags=["sessions"])

    @router.post(
        "/folds",
        summary="k-fold cross-validation of its settings",
        response_class=StreamingResponse,
        responses=_LINES | errors(404, 413, 422),
        openapi_extra={"requestBody": _BODY},
    )
    async def folds(request: Request, session_id: str) -> Response:
        """Trains a net for each fold of the training and validation rows, from the session's first
        weights and with its settings, and measures it on the rows held out. The test rows are not
        used. Closing the connection ends the work."""
        lane = runner.lane(session_id)
        given = read_object(await read_body(request, runner.settings.max_message_bytes))
        known(given, list(FoldsRequest.model_fields), "")
        asked = {name: field.default for name, field in FoldsRequest.model_fields.items()} | given
        count, epochs = check_folds(asked["folds"], asked["epochs"])
        spec = await scratch.find(lane, lambda session: session.spec)
        work = slices(lane.compute, cross_validate(spec, count, epochs))
        first = await anext(work)  # what cannot be done is refused before anything is sent

        async def lines() -> AsyncIterator[str]:
            yield line(first)
            async for pieces in work:
                if pieces:
                    yield line(pieces)

        def line(pieces: list[FoldsProgress]) -> str:
            return FoldsLine.of(pieces[-1], count, epochs).model_dump_json() + "\n"

        return streamed(lines())

    return router
