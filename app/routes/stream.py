"""A session's stream: commands in as JSON text, messages out as JSON text, frames out as binary."""

from contextlib import suppress

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from app.errors import Refusal
from app.messages import Error
from app.runner import FULL, NO_SESSION, Runner


def routes(runner: Runner) -> APIRouter:
    router = APIRouter()

    @router.websocket("/api/sessions/{session_id}/stream")
    async def stream(socket: WebSocket, session_id: str) -> None:
        try:
            # Accepted first: a refused handshake could not say why.
            await socket.accept()
        except OSError:  # gone already
            return
        try:
            await runner.watch(session_id, socket)
        except Refusal as refusal:
            code = NO_SESSION if refusal.code == "unknown_session" else FULL
            with suppress(WebSocketDisconnect, RuntimeError):  # gone meanwhile
                await socket.send_text(Error.of(refusal).text())
                await socket.close(code, refusal.message)

    return router
