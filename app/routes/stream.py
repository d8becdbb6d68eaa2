"""Streams of sessions and of races: commands in as JSON text, messages out as JSON text, frames out
as binary."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from app.errors import Refusal, UnknownRace, UnknownSession
from app.messages import Error
from app.runner import FULL, NO_SESSION, Runner


def routes(runner: Runner) -> APIRouter:
    router = APIRouter()

    @router.websocket("/api/sessions/{session_id}/stream")
    async def session_stream(socket: WebSocket, session_id: str) -> None:
        await _serve(socket, lambda: runner.watch(session_id, socket))

    @router.websocket("/api/races/{race_id}/stream")
    async def race_stream(socket: WebSocket, race_id: str) -> None:
        await _serve(socket, lambda: runner.serve(runner.races.track(race_id), socket))

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
        with suppress(WebSocketDisconnect, RuntimeError):  # gone meanwhile
            await socket.send_text(Error.of(refusal).text())
            await socket.close(NO_SESSION if is_gone else FULL, refusal.message)
