"""Sessions over REST: made, looked at, ended. What happens in them goes over their stream."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.bodies.sessions import SessionBody, SessionDetail
from app.messages import read_object
from app.routes import run_exports, runs
from app.routes.answers import errors, read_body
from app.routes.schema import spec_schema
from app.runner import Lane, Runner


def body(lane: Lane) -> SessionBody:
    session = lane.session
    return SessionBody(
        id=lane.id,
        spec=session.spec.to_json(),
        step=session.step,
        epoch=session.trainer.epoch,
        state=session.state,
    )


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/api/sessions", tags=["sessions"])
    request_body = {"content": {"application/json": {"schema": spec_schema()}}, "required": True}

    @router.post(
        "",
        status_code=201,
        summary="Make a session from a spec",
        response_model=SessionBody,
        responses=errors(413, 422, 503),
        openapi_extra={"requestBody": request_body},
    )
    async def create(request: Request) -> Response:
        """Every field of the spec has a default: `{}` is the default session. The answer holds the
        whole spec and the id, which is all that is needed to reach the session."""
        given = read_object(await read_body(request, runner.settings.max_message_bytes))
        lane = await runner.create(given)
        where = {"Location": f"/api/sessions/{lane.id}"}
        return JSONResponse(body(lane).model_dump(), 201, where)

    @router.head("/{session_id}", include_in_schema=False)
    @router.get(
        "/{session_id}",
        summary="A session as it is now",
        response_model=SessionDetail,
        responses=errors(404),
    )
    async def look(session_id: str) -> Response:
        lane = runner.lane(session_id)
        metrics = await lane.metrics()
        detail = SessionDetail(**body(lane).model_dump(), metrics=metrics)
        return Response(detail.model_dump_json(), media_type="application/json")

    @router.delete("/{session_id}", status_code=204, summary="End a session", responses=errors(404))
    async def end(session_id: str) -> Response:
        """Its streams are told so and closed."""
        runner.delete(session_id)
        return Response(status_code=204)

    router.include_router(runs.routes(runner))
    router.include_router(run_exports.routes(runner))
    return router
