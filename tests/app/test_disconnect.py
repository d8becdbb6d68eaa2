"""Clients that leave without a word are no fault: nothing is logged as an error."""

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect
from websockets.sync.client import connect

from app.runner import Runner
from app.runner.connection import serve
from tests.app.running import run
from tests.app.sessions import ListStream
from tests.client.backprop_client import BackpropClient
from tests.conftest import NO_RATES, running_server

HEADERS = "Host: {host}\r\n"
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def abandon(url: str, request: str, seconds: float = 0.0) -> None:
    """Send a request and be gone."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(request.format(host=f"{host}:{port}").encode())
        time.sleep(seconds)


def test_who_leaves_at_any_moment_is_not_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        running_server(errors, **NO_RATES) as url,
        BackpropClient(url) as lab,
    ):
        stream = f"/api/sessions/{lab.id}/stream"
        lab.command("play", speed=None)
        for i in range(10):
            abandon(url, f"GET {stream} HTTP/1.1\r\n{HEADERS}{UPGRADE}\r\n", 0.003 * (i % 3))
            abandon(url, f"GET /api/sessions/x/stream HTTP/1.1\r\n{HEADERS}{UPGRADE}\r\n")
            abandon(url, f"GET / HTTP/1.1\r\n{HEADERS}\r\n")
            abandon(url, f"POST /api/sessions HTTP/1.1\r\n{HEADERS}Content-Length: 9\r\n\r\n{{{{")
            with connect(url.replace("http", "ws", 1) + stream, compression=None) as viewer:
                viewer.send(json.dumps({"type": "view", "rate": 60}))
                time.sleep(0.002 * i)
                viewer.socket.shutdown(socket.SHUT_RDWR)
        time.sleep(0.2)
        assert lab.command("pause") > 0
    assert log.read_text() == ""


@pytest.mark.parametrize(
    "error", [WebSocketDisconnect(1006), RuntimeError("closed"), OSError("reset")], ids=repr
)
def test_sending_to_who_has_left_ends_the_stream_quietly(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    class Left(ListStream):
        async def send_text(self, data: str) -> None:
            raise error

    async def scenario(runner: Runner) -> None:
        lane = await runner.create({})
        stream = Left()
        await serve(lane, stream, 1)
        assert stream.closed is None

    run(scenario)
    assert caplog.records == []


def test_reading_from_who_has_left_ends_the_stream_quietly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Left(ListStream):
        async def receive(self) -> Mapping[str, Any]:
            raise WebSocketDisconnect(1001)

    async def scenario(runner: Runner) -> None:
        await serve(await runner.create({}), Left(), 1)

    run(scenario)
    assert caplog.records == []
