"""What the server says of itself: to probes, to Prometheus, to a teacher, who may also end sessions
of others or let them rest."""

from time import monotonic

from fastapi import APIRouter, Request, Response

from app import __version__
from app.bodies.service import Health, LoopLag, StorageState
from app.bodies.status import Key, Latency, Readiness, Seat, SessionRow, StatusBody
from app.errors import Refusal
from app.limits import CLIENT, Limits
from app.messages import read, read_object
from app.routes.answers import errors, read_body
from app.routes.gate import TEACHER_COOKIE, check_key
from app.routes.metrics import CONTENT_TYPE, exposition
from app.runner import Lane, Runner
from app.runner.meters import Histogram, memory
from app.teacher import Teacher

_LONGEST_KEY = 1000  # bytes of a request with one


def lag_of(runner: Runner) -> LoopLag | None:
    lag = runner.lag.latest()
    if lag is None:
        return None
    return LoopLag(
        median=1000 * lag.median, p99=1000 * lag.p99, most=1000 * lag.most, ticks=lag.ticks
    )


def storage_of(runner: Runner) -> StorageState:
    trouble = runner.store.trouble
    return StorageState(kept=trouble is None, trouble=trouble, bytes=runner.store.size)


def row(lane: Lane) -> SessionRow:
    session = lane.session
    return SessionRow(
        id=lane.id,
        client=lane.client,
        data=str(session.spec.to_json()["data"]["name"]),
        layers=[layer.units for layer in session.spec.network.layers],
        state=session.state,
        step=session.step,
        run=session.run.id,
        viewers=len(lane.clients),
        idle=0.0 if lane.clients else round(monotonic() - lane.last_used, 1),
    )


def _latency(histogram: Histogram) -> Latency:
    return Latency(
        count=histogram.count, median=histogram.quantile(0.5), p99=histogram.quantile(0.99)
    )


def probes(runner: Runner) -> APIRouter:
    """For whoever keeps servers running."""
    router = APIRouter(tags=["health"])

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz", summary="Whether the server is up", response_model=Health)
    async def healthz() -> Health:
        """It is, if this answers; and how busy it is, and whether what is done is kept."""
        return Health(
            version=__version__,
            sessions=len(runner),
            streams=runner.streams,
            loop_lag=lag_of(runner),
            storage=storage_of(runner),
        )

    @router.head("/readyz", include_in_schema=False)
    @router.get(
        "/readyz",
        summary="Whether the server takes another session",
        response_model=Readiness,
        responses={503: {"model": Readiness, "description": "Not now"}},
    )
    async def readyz(response: Response) -> Readiness:
        """503 while it ends, or when there is room for no stream any more."""
        full = runner.streams >= runner.settings.max_streams
        if runner.ending or full:
            response.status_code = 503
            return Readiness(ready=False, reason="ending" if runner.ending else "full")
        return Readiness(ready=True, reason=None)

    @router.get(
        "/metrics",
        summary="What is counted and measured, for Prometheus",
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {}}, "description": "Text, version 0.0.4"},
            **errors(401),
        },
    )
    async def metrics() -> Response:
        """With the teacher key as a bearer token, where one is needed."""
        return Response(exposition(runner), headers={"Content-Type": CONTENT_TYPE})

    return router


def routes(runner: Runner, teacher: Teacher, limits: Limits) -> APIRouter:
    router = APIRouter(tags=["teacher"])

    @router.post(
        "/api/teacher",
        status_code=204,
        summary="Show the teacher key",
        responses=errors(401, 413, 422),
        openapi_extra={
            "requestBody": {
                "content": {"application/json": {"schema": Key.model_json_schema()}},
                "required": True,
            }
        },
    )
    async def enter(request: Request) -> Response:
        """The browser gets a cookie for it. Programs send the key as `Authorization: Bearer`."""
        asked = read(Key, read_object(await read_body(request, _LONGEST_KEY)))
        check_key(teacher, limits, asked.key, CLIENT.get())
        answer = Response(status_code=204)
        answer.set_cookie(TEACHER_COOKIE, teacher.token, httponly=True, samesite="strict", path="/")
        return answer

    @router.get("/api/teacher", summary="Whether you are the teacher", response_model=Seat)
    async def seat(request: Request, response: Response) -> Seat:
        response.headers["Cache-Control"] = "no-store"
        return Seat(teacher=request.state.role == "teacher", keyless=teacher.is_open)

    @router.delete("/api/teacher", status_code=204, summary="Be the teacher no more")
    async def leave() -> Response:
        """In this browser."""
        answer = Response(status_code=204)
        answer.delete_cookie(TEACHER_COOKIE, httponly=True, samesite="strict", path="/")
        return answer

    @router.get(
        "/api/status",
        summary="The server and all its sessions",
        response_model=StatusBody,
        responses=errors(401),
    )
    async def status() -> Response:
        meters, lanes = runner.compute.meters, runner.lanes
        try:
            resting = await runner.store.ask(lambda db: db.count()) - len(lanes)
        except Refusal:
            resting = None
        found = StatusBody(
            version=__version__,
            uptime=monotonic() - runner.begun,
            sessions=[row(lane) for lane in lanes],
            resting=None if resting is None else max(0, resting),
            max_sessions=runner.settings.max_sessions,
            streams=runner.streams,
            max_streams=runner.settings.max_streams,
            training=runner.compute.trainees,
            steps=meters.steps,
            frames=meters.frames,
            frames_dropped=meters.frames_dropped,
            frame_latency=_latency(meters.frame_seconds),
            commands=meters.commands,
            command_latency=_latency(meters.command_seconds),
            refused={str(kind): count for kind, count in limits.refused.items()},
            loop_lag=lag_of(runner),
            memory=memory(),
            storage=storage_of(runner),
        )
        headers = {"Cache-Control": "no-store"}
        return Response(found.model_dump_json(), headers=headers, media_type="application/json")

    @router.post(
        "/api/status/sessions/{session_id}/rest",
        status_code=204,
        summary="Let a session rest",
        responses=errors(401, 404, 409, 503),
    )
    async def rest(session_id: str) -> Response:
        """On disk; whoever comes back to it wakes it. One that somebody looks at is left."""
        runner.rest(session_id)
        return Response(status_code=204)

    @router.delete(
        "/api/status/sessions/{session_id}",
        status_code=204,
        summary="End somebody's session",
        responses=errors(401, 404),
    )
    async def end(session_id: str) -> Response:
        """For good. A page that looks at it is told, and begins another with its settings."""
        runner.delete(session_id)
        return Response(status_code=204)

    return router
