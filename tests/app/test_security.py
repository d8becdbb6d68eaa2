"""No service for pages of other sites, nor under names that are not this server's."""

import asyncio
import socket
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from app.main import create_app
from app.routes.security import OwnPagesOnly, names
from app.settings import Settings
from tests.client.backprop_client import BackpropClient

FOREIGN = [
    ({"origin": "http://evil.example"}, "Origin"),
    ({"origin": "http://localhost:9999"}, "Origin"),
    ({"origin": "http://127.0.0.1:8000"}, "Origin"),
    ({"origin": "null"}, "Origin"),
    ({"origin": ""}, "Origin"),
    ({"host": "evil.example"}, "Host"),
    ({"host": "evil.example:8000", "origin": "http://evil.example:8000"}, "Host"),
    ({"host": "localhost.evil.example"}, "Host"),
    ({"host": "192.168.1.5"}, "Host"),
    ({"host": ""}, "Host"),
    ({"host": "localhost:8000@evil.example"}, "Host"),
]
OURS = [
    {},
    {"origin": "http://localhost:8000"},
    {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"},
    {"host": "[::1]:8000", "origin": "http://[::1]:8000"},
    {"host": "LOCALHOST:8000", "origin": "http://localhost:8000"},
    {"host": "localhost", "origin": "https://localhost"},
    {"host": "localhost:54321"},  # a tunnel from another port
]


@pytest.mark.parametrize(("headers", "field"), FOREIGN, ids=str)
def test_a_request_of_another_site_is_refused(
    client: TestClient, headers: dict[str, str], field: str
) -> None:
    for path in ("/", "/api/catalog"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 403
        error = answer.json()["error"]
        assert (error["code"], error["field"]) == ("forbidden", field)
        assert error["value"] == headers[field.lower()]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.post("/api/sessions", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_a_request_of_our_own_page_is_answered(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/healthz", headers=headers).status_code == 200
    assert client.post("/api/sessions", json={}, headers=headers).status_code == 201


def knock(headers: dict[str, str]) -> list[Message]:
    """What is sent to who asks for a stream; [] when the app below gets to answer."""
    sent: list[Message] = []

    async def app(*_: object) -> None: ...

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {"host": "localhost:8000"} | headers
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "path": "/api/sessions/x/stream", "headers": pairs}
    asyncio.run(OwnPagesOnly(app, Settings())(scope, receive, send))
    return sent


@pytest.mark.parametrize(("headers", "field"), FOREIGN, ids=str)
def test_a_stream_of_another_site_is_closed_before_it_begins(
    headers: dict[str, str], field: str
) -> None:
    (closed,) = knock(headers)
    assert (closed["type"], closed["code"]) == ("websocket.close", 4403)


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_a_stream_of_our_own_page_is_served(headers: dict[str, str]) -> None:
    assert knock(headers) == []


def test_the_real_server_refuses_the_handshake_of_another_site(server_url: str) -> None:
    with BackpropClient(server_url) as lab:  # which sends no Origin
        url = f"{server_url.replace('http', 'ws', 1)}/api/sessions/{lab.id}/stream"
        evil = Origin("http://evil.example")
        with pytest.raises(InvalidStatus) as refused, connect(url, origin=evil):
            pass
        assert refused.value.response.status_code == 403
        with connect(url, origin=Origin(server_url)) as stream:
            assert stream.recv(10)


MACHINE = socket.gethostname()
HOSTS = [
    ("127.0.0.1", "", ["localhost", "127.0.0.1:1", "[::1]"], ["10.0.0.7", "x.org", MACHINE + ".x"]),
    ("localhost", "", ["localhost:8000"], ["10.0.0.7"]),
    ("::1", "", ["[::1]:8000"], ["[::2]:8000"]),
    ("127.0.0.1", "lab.x.org, Other", ["lab.x.org", "other:80", "lab.x.org."], ["x.org"]),
    ("0.0.0.0", "", ["10.0.0.7:8000", "[fe80::1]", MACHINE, MACHINE + ".local"], ["x.org", "1.2"]),
    ("lab.x.org", "", ["lab.x.org:8000", "10.0.0.7", "localhost"], ["x.org"]),
]


@pytest.mark.parametrize(("bound", "more", "ours", "foreign"), HOSTS, ids=lambda v: str(v)[:30])
def test_the_names_of_a_server_follow_from_where_it_is_bound(
    bound: str, more: str, ours: list[str], foreign: list[str]
) -> None:
    is_ours: Callable[[str], bool] = names(Settings(host=bound, hosts=more))
    assert [host for host in ours if not is_ours(host)] == []
    assert [host for host in foreign if is_ours(host)] == []


def test_more_names_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKPROP_LAB_HOSTS", "lab.example")
    with TestClient(create_app(Settings()), "http://lab.example") as client:
        assert client.get("/healthz").status_code == 200


# --- frames of other sites ---


def frames(**settings: str) -> str:
    with TestClient(create_app(Settings(**settings)), "http://localhost") as client:  # type: ignore[arg-type]
        policy = client.get("/").headers["content-security-policy"]
    (found,) = [part for part in policy.split("; ") if part.startswith("frame-ancestors")]
    return found


def test_no_site_may_frame_a_page_unless_it_is_named() -> None:
    assert frames() == "frame-ancestors 'none'"
    one = "https://lms.school.example"
    assert frames(embed=one) == f"frame-ancestors {one}"
    assert frames(embed=f"'self'  {one}:8443") == f"frame-ancestors 'self' {one}:8443"


@pytest.mark.parametrize(
    "embed", ["*", "lms.example", "https://a.example; script-src *", "https://a.example/path"]
)
def test_what_is_no_origin_may_not_become_part_of_the_policy(embed: str) -> None:
    with pytest.raises(ValueError, match="no origin"):
        Settings(embed=embed)
