"""A session's stream: commands in as JSON text, messages out as JSON text, frames out as binary."""

from fastapi import APIRouter, WebSocket

from app.errors import Refusal
from app.messages import Error
from app.runner import FULL, NO_SESSION, Runner


def routes(runner: Runner) -> APIRouter:
    router = APIRouter()

    @router.websocket("/api/sessions/{session_id}/stream")
    async def stream(socket: WebSocket, session_id: str) -> None:
        # Accepted first: a refused handshake could not say why.
        await socket.accept()
        try:
            await runner.watch(session_id, socket)
        except Refusal as refusal:
            await socket.send_text(Error.of(refusal).text())
            code = NO_SESSION if refusal.code == "unknown_session" else FULL
            await socket.close(code, refusal.message)

    return router
