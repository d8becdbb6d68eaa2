"""The process: a socket, uvicorn on it, a browser in front of it."""

import errno
import gc
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from app.protocols import RequestProtocol, StreamProtocol
from app.settings import Settings

Ending = Callable[[], Awaitable[None]]


async def _nothing() -> None: ...


class Server(uvicorn.Server):
    """Says where it is, and opens a browser there, once it answers."""

    def __init__(
        self, config: uvicorn.Config, address: str, greeting: str, browser: bool, ending: Ending
    ) -> None:
        super().__init__(config)
        self.address, self.greeting, self.browser, self.ending = address, greeting, browser, ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        gc.freeze()  # the program itself never becomes garbage: collections need not look at it
        print(self.greeting, flush=True)
        if self.browser:
            threading.Thread(target=webbrowser.open, args=(self.address,), daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """First all is written and every page is told; then connections are closed. Nobody is let
        in meanwhile: who was told comes back to the next server."""
        for server in self.servers:
            server.close()
        await self.ending()
        await super().shutdown(sockets)


def serve(
    app: ASGIApp,
    settings: Settings,
    *,
    browser: bool,
    greet: Callable[[str], str] = "Backprop Lab is at {}".format,
    ending: Ending = _nothing,
) -> int:
    """Serve until stopped; the exit status. ``greet`` says of an address what the terminal is to
    show, ``ending`` is awaited before connections are closed."""
    try:
        bound = bind(settings.host, settings.port)
    except OSError as error:
        print(_why_not(error, settings), file=sys.stderr)
        return 1
    config = uvicorn.Config(
        app,
        http=RequestProtocol,
        ws=StreamProtocol,
        # Frames are small and do not compress well: with deflate, 100 clients cost a whole core.
        ws_per_message_deflate=False,
        ws_max_size=settings.max_message_bytes,
        # Who answers no ping has gone without a word; a page that is only hidden does answer.
        ws_ping_interval=settings.stall_seconds,
        ws_ping_timeout=settings.stall_seconds,
        timeout_graceful_shutdown=1,
        access_log=False,
        log_config=None,  # see app/logs.py
        server_header=False,
    )
    where = address(bound)
    show = browser and can_show_a_browser()
    server = Server(config, where, greet(where), show, ending)
    with suppress(KeyboardInterrupt):  # how uvicorn, having shut down, hands Ctrl+C on
        server.run([bound])
    return 0 if server.started else 1


def bind(host: str, port: int) -> socket.socket:
    """A socket on ``host`` and ``port``, any free one for 0. Raises OSError."""
    family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(where)
    except OSError:
        bound.close()
        raise
    return bound


def address(bound: socket.socket) -> str:
    """Where a browser on this machine finds the server."""
    host, port = bound.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{here}:{port}"


def can_show_a_browser() -> bool:
    """False on a Linux machine without a screen, where a text browser might take the terminal."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in ("win32", "darwin") or bool(screen)


def _why_not(error: OSError, settings: Settings) -> str:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        other = settings.port + 1 if settings.port < 65535 else 0
        return (
            f"{where} is taken, perhaps by another Backprop Lab. "
            f"End that one, or choose another port: backprop-lab --port {other}"
        )
    return f"Cannot serve on {where}: {error.strerror or error}."
