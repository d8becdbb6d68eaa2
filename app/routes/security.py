"""What pages may do, both ways: headers that keep a browser from doing what no page of ours ever
asks (run inline code, load or send anything elsewhere, sit in a foreign frame), and no service for
pages of other sites, any of which could otherwise talk to a server on its reader's own machine."""

import re
import socket
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import Forbidden
from app.settings import Settings
from app.teacher import is_address, is_loopback

_HOST = re.compile(r"([A-Za-z0-9._\-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?")
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")

FOREIGN = 4403  # why a stream is closed

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Pure ASGI, round the whole app: what answers below it need not remember them."""

    def __init__(self, app: ASGIApp, embed: str = "") -> None:
        """``embed`` names the sites that may frame the pages."""
        self.app, self.embed = app, embed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _FIXED.items():
                    headers.setdefault(name, value)
                host = Headers(scope=scope).get("host", "")
                headers.setdefault("Content-Security-Policy", content_policy(host, self.embed))
            await send(message)

        await self.app(scope, receive, send_with_headers)


def content_policy(host: str, embed: str = "") -> str:
    """Only what this server sends. The stream is named by host, because not every browser counts
    ws: as 'self'; a host that does not look like one is not repeated."""
    framers = " ".join(embed.split()) or "'none'"
    streams = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src 'self'{streams}",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {framers}",
        ]
    )


class OwnPagesOnly:
    """Pure ASGI, for requests and streams. A browser says by ``Origin`` whose page asks, and that
    must be ours: the host it asks. And it says by ``Host`` which name it was told, and that must be
    one of ours: else any site could let its own name lead here, and call itself ours.

    A program that is no browser sends no Origin and may do what it likes.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.is_ours = app, names(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            refusal = self._refusal(Headers(scope=scope))
            if refusal is not None and scope["type"] == "websocket":
                reason = refusal.message
                await send({"type": "websocket.close", "code": FOREIGN, "reason": reason})
                return
            if refusal is not None:
                answer = JSONResponse({"error": refusal.body()}, refusal.status)
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, headers: Headers) -> Forbidden | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self.is_ours(host):
            return Forbidden(
                "This server does not answer to that name. "
                "Whoever runs it can add one: BACKPROP_LAB_HOSTS.",
                field="Host",
                value=host,
            )
        if origin is not None and origin.lower().partition("://")[2] != host.lower():
            return Forbidden("The page of another site may not ask.", field="Origin", value=origin)
        return None


def names(settings: Settings) -> Callable[[str], bool]:
    """Whether a Host header names this server. On a network it may be any address, which nobody
    can make lead elsewhere, and the machine's own name."""
    own = {*_THIS_MACHINE, settings.host.lower()}
    own |= {name.strip().lower() for name in settings.hosts.split(",")} - {""}
    on_network = not is_loopback(settings.host)
    if on_network:
        machine = socket.gethostname().lower()
        own |= {machine, f"{machine}.local"}

    def is_ours(host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found[1].lower().rstrip(".")
        return name in own or (on_network and is_address(name))

    return is_ours
