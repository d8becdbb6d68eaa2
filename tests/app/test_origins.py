"""Thirty origins, fifteen hosts, every route, as a request and as a stream: what passes is exactly
what a rule of six lines says."""

import asyncio
import ipaddress
import itertools
import re
from collections.abc import Callable

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.main import create_app
from app.routes.rules import RULES
from app.routes.security import OwnPagesOnly
from app.settings import Settings

HOSTS = [
    "localhost", "localhost:8000", "LocalHost:8000", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000",
    "192.168.1.5:8000", "10.0.0.7", "[fe80::1]:8000", "evil.example", "evil.example:8000",
    "localhost.evil.example:8000", "127.0.0.1.evil.example", "localhost:8000@evil.example", "",
]  # fmt: skip
ORIGINS = [
    None, "", "null", "file://", "http://localhost", "http://localhost:8000",
    "https://localhost:8000", "HTTP://LOCALHOST:8000", "http://localhost:8001",
    "http://localhost:80000", "http://localhost:8000/", "http://localhost:8000@evil.example",
    "http://evil.example@localhost:8000", "http://localhost.", "http://127.0.0.1",
    "http://127.0.0.1:8000", "https://127.0.0.1:8000", "http://127.0.0.1:9999", "http://127.1:8000",
    "http://[::1]:8000", "http://192.168.1.5:8000", "http://10.0.0.7", "http://[fe80::1]:8000",
    "http://evil.example", "https://evil.example", "http://evil.example:8000",
    "http://localhost.evil.example:8000", "http://127.0.0.1.evil.example",
    "chrome-extension://abcdefghijklmnop", "localhost:8000",
]  # fmt: skip


def may(host: str, origin: str | None, on_network: bool) -> bool:
    """The rule."""
    name = re.sub(r":\d+$", "", host.lower())
    ours = name in ("localhost", "127.0.0.1", "[::1]")
    ours = ours or (on_network and is_address(name))
    same = origin is None or origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")
    return ours and same


def is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return False


class Passed:
    """In the place of all that lies behind the check."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.count += 1


def behind_the_check(settings: Settings) -> tuple[ASGIApp, Passed]:
    """The app with everything round it, and what is reached."""
    app = create_app(settings)
    whole = layer = app.build_middleware_stack()
    while not isinstance(layer, OwnPagesOnly):
        layer = layer.app  # type: ignore[attr-defined]
    passed = Passed()
    layer.app = passed
    return whole, passed


async def answers(app: ASGIApp, scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


ROUTES = [rule.split(" ") for rule in RULES]


@pytest.mark.parametrize("bound", ["127.0.0.1", "0.0.0.0"])
def test_a_page_may_ask_exactly_the_server_it_is_from(bound: str) -> None:
    app, passed = behind_the_check(Settings(host=bound, data=""))
    assert len(ORIGINS) == 30 and len(HOSTS) == 15 and len(ROUTES) > 60

    async def ask_all() -> None:
        for (method, path), host, origin in itertools.product(ROUTES, HOSTS, ORIGINS):
            headers = [(b"host", host.encode())]
            headers += [] if origin is None else [(b"origin", origin.encode())]
            wanted = may(host, origin, bound == "0.0.0.0")
            for kind in ("http", "websocket"):
                before = passed.count
                scope = {"type": kind, "method": method, "path": path, "headers": headers}
                sent = await answers(app, scope)
                assert (passed.count > before) == wanted, (kind, path, host, origin)
                assert wanted or REFUSED[kind](sent[0]), sent

    asyncio.run(ask_all())


REFUSED: dict[str, Callable[[Message], bool]] = {
    "http": lambda first: first["status"] == 403,
    "websocket": lambda first: (first["type"], first["code"]) == ("websocket.close", 4403),
}
