"""Streams of sessions and of races: commands in as JSON text, messages out as JSON text, frames out
as binary."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from app.errors import Refusal, TooMany, UnknownRace, UnknownSession
from app.messages import Error
from app.routes.gate import LIMIT
from app.routes.static import StaticFiles
from app.runner import FULL, NO_SESSION, Runner
from app.sessions.arrival import Arrival


def routes(runner: Runner, files: StaticFiles) -> APIRouter:
    router = APIRouter()

    def arrival(socket: WebSocket) -> Arrival:
        return Arrival.read(socket.query_params, files.version)

    @router.websocket("/api/sessions/{session_id}/stream")
    async def session_stream(socket: WebSocket, session_id: str) -> None:
        await _serve(socket, lambda: runner.watch(session_id, socket, arrival(socket)))

    @router.websocket("/api/races/{race_id}/stream")
    async def race_stream(socket: WebSocket, race_id: str) -> None:
        await _serve(
            socket, lambda: runner.serve(runner.races.track(race_id), socket, arrival(socket))
        )

    return router


async def _serve(socket: WebSocket, watch: Callable[[], Awaitable[None]]) -> None:
    """Accept a stream, and say why if it cannot be served."""
    try:
        # Accepted first: a refused handshake could not say why.
        await socket.accept()
    except OSError:  # gone already
        return
    try:
        await watch()
    except Refusal as refusal:
        is_gone = isinstance(refusal, UnknownSession | UnknownRace)
        code = NO_SESSION if is_gone else LIMIT if isinstance(refusal, TooMany) else FULL
        with suppress(WebSocketDisconnect, RuntimeError):  # gone meanwhile
            await socket.send_text(Error.of(refusal).text())
            await socket.close(code, refusal.message)
