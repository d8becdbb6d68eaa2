"""The stream of the real server: what is wrong with a message is said, and the session goes on."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.client.backprop_client import BackpropClient, CommandError
from tests.conftest import running_server


@pytest.fixture
def lab(server_url: str) -> Iterator[BackpropClient]:
    with BackpropClient(server_url) as lab:
        yield lab


def stream_of(lab: BackpropClient) -> str:
    return f"{lab.url.replace('http', 'ws', 1)}/api/sessions/{lab.id}/stream"


def next_text(stream: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The next JSON message of a kind; frames and others pass by."""
    while True:
        message = stream.recv(10)
        if isinstance(message, str) and wanted(json.loads(message)):
            text: dict[str, Any] = json.loads(message)
            return text


def is_error(message: dict[str, Any]) -> bool:
    return bool(message["type"] == "error")


# --- what is wrong with a message ---

NOT_COMMANDS: list[tuple[str | bytes, str, str | None]] = [
    ("", "malformed", None),
    ("play", "malformed", None),
    ('{"type": "play"', "malformed", None),
    ("[1, 2]", "malformed", None),
    ("null", "malformed", None),
    ("[" * 60_000, "malformed", None),
    ('{"type":' * 8_000, "malformed", None),
    (b"\x00\x01\x02", "malformed", None),
    ('{"type": "pause", "id": "\\ud800"}', "malformed", None),
    ('{"type": "\\ud800"}', "malformed", None),
    ('{"type": "set", "changes": {"\\udfff": 1}}', "malformed", None),
    ('{"type": "set", "changes": {"seed": [Infinity]}}', "invalid", "seed"),
    (b'{"type": "pause"}', "malformed", None),
    ("{}", "invalid", "type"),
    ('{"type": "explode"}', "invalid", "type"),
    ('{"type": "step", "count": 0}', "invalid", "count"),
    ('{"type": "play", "speed": NaN}', "invalid", "speed"),
    ('{"type": "view", "probe": 100000}', "invalid", "probe"),
    ('{"type": "set", "changes": {"data": {"name": "mars"}}}', "invalid", "data.name"),
]


@pytest.mark.parametrize(("sent", "code", "field"), NOT_COMMANDS, ids=lambda v: str(v)[:40])
def test_what_is_no_command_is_answered_and_the_session_goes_on(
    lab: BackpropClient, sent: str | bytes, code: str, field: str | None
) -> None:
    with connect(stream_of(lab), compression=None) as stream:
        stream.send(sent)
        error = next_text(stream, is_error)
        assert (error["code"], error["field"]) == (code, field)
        assert error["message"]
        stream.send('{"id": 1, "type": "step", "count": 3}')
        assert next_text(stream, lambda m: m.get("id") == 1)["step"] == 3


WRONG_CHANGES = [
    ({"optimizer": {"name": "lbfgs"}}, "optimizer.name", "lbfgs"),
    ({"optimizer": {"learning_rate": float("nan")}}, "optimizer.learning_rate", "NaN"),
    ({"optimizer": {"learning_rate": "NaN"}}, "optimizer.learning_rate", "NaN"),
    ({"network": {"layers": [{"units": 0}, {}]}}, "network.layers[0].units", 0),
    ({"network": {"layers": [{"units": 10_000}, {}]}}, "network.layers[0].units", 10_000),
    ({"batch_size": 100_000}, "batch_size", 100_000),
    ({"loss": "cross_entropy"}, "loss", "cross_entropy"),
    ({"nonsense": 1}, "nonsense", 1),
]


@pytest.mark.parametrize(("changes", "field", "value"), WRONG_CHANGES, ids=str)
def test_a_wrong_change_is_told_field_value_and_what_is_allowed(
    lab: BackpropClient, changes: dict[str, Any], field: str, value: object
) -> None:
    lab.command("step", count=5)
    spec = lab.spec
    with pytest.raises(CommandError) as refused:
        lab.command("set", changes=changes)
    answer = refused.value.answer
    assert (answer["code"], answer["field"], answer["value"]) == ("invalid", field, value)
    assert answer["allowed"]
    assert lab.command("step", count=5) == 10
    assert lab.spec == spec


def test_a_message_that_is_too_large_closes_the_stream_with_its_code(lab: BackpropClient) -> None:
    with connect(stream_of(lab), compression=None) as stream:
        stream.send("x" * 70_000)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                stream.recv(10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    assert lab.command("step") == 1


def test_an_unknown_session_is_said_before_the_stream_is_closed(server_url: str) -> None:
    url = server_url.replace("http", "ws", 1)
    with connect(f"{url}/api/sessions/nobody/stream") as stream:
        error = json.loads(stream.recv(10))
        assert (error["type"], error["code"], error["value"]) == (
            "error",
            "unknown_session",
            "nobody",
        )
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4404


def test_a_thousand_wrong_messages_leave_the_session_as_it_was(lab: BackpropClient) -> None:
    with connect(stream_of(lab), compression=None) as stream:
        for i in range(1000):
            stream.send(f'{{"id": {i}, "type": "step", "count": -{i}}}')
        for i in range(1000):
            assert next_text(stream, is_error)["id"] == i
        stream.send('{"id": "last", "type": "step"}')
        assert next_text(stream, lambda m: m.get("id") == "last")["step"] == 1


# --- what works ---


@pytest.mark.alone
def test_pause_is_answered_within_a_tenth_of_a_second_at_full_speed(lab: BackpropClient) -> None:
    lab.command("play", speed=None)
    for _ in range(5):
        lab.frame()
    begun = time.perf_counter()
    step = lab.command("pause")
    assert time.perf_counter() - begun < 0.1
    time.sleep(0.1)
    assert lab.command("pause") == step


@pytest.mark.alone
def test_a_page_gets_thirty_frames_a_second_at_1500_steps_a_second(lab: BackpropClient) -> None:
    lab.command("view", rate=60)
    lab.command("play", speed=1500)
    lab.frame()
    best = 0.0
    for _ in range(3):
        begun, first = time.perf_counter(), lab.frame().step
        frames = 0
        while time.perf_counter() - begun < 1:
            last = lab.frame().step
            frames += 1
        seconds = time.perf_counter() - begun
        # what a busy moment kept back is caught up with, a tenth of a second of it at most
        assert last - first <= 1500 * (seconds + 0.1) + 25
        best = max(best, frames / seconds) if (last - first) / seconds > 1500 * 0.85 else best
    assert best >= 30


def test_every_loss_point_arrives_in_the_end(lab: BackpropClient) -> None:
    lab.command("play", speed=1500)
    while lab.frame().step < 500:
        pass
    lab.command("pause")
    last = lab.command("step")
    while lab.frame().step < last:
        pass
    assert sorted(lab.losses) == list(range(0, last + 1, 5))


def test_a_second_viewer_joins_where_the_first_is(lab: BackpropClient) -> None:
    lab.command("step", count=50)
    with connect(stream_of(lab), compression=None) as stream:
        status = next_text(stream, lambda m: m["type"] == "status")
        assert status["step"] == 50


# --- silence ---


def test_a_socket_that_reads_nothing_is_ended() -> None:
    with running_server(BACKPROP_LAB_STALL_SECONDS="1") as url:
        session_id = httpx2.post(f"{url}/api/sessions", json={}).json()["id"]
        host, port = url.removeprefix("http://").split(":")
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect((host, int(port)))
        raw.sendall(
            f"GET /api/sessions/{session_id}/stream HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        # Commands whose answers it never reads fill every buffer on the way. (Masked with zeros.)
        body = b'{"type":"set","changes":{"data":{"samples":5000,"name":"xor"}}}'
        command = b"\x81" + bytes([0x80 | len(body)]) + bytes(4) + body
        with pytest.raises(OSError):  # reset or broken pipe, as the system likes
            raw.settimeout(15)
            while True:
                raw.sendall(command)
        raw.close()
        url = url.replace("http", "ws", 1)
        with connect(f"{url}/api/sessions/{session_id}/stream", compression=None) as stream:
            stream.send('{"id": 1, "type": "step"}')
            assert next_text(stream, lambda m: m.get("id") == 1)["step"] == 1


def test_health_says_how_busy_the_server_is(lab: BackpropClient) -> None:
    lab.frame()
    time.sleep(0.1)
    busy = httpx2.get(f"{lab.url}/healthz").json()
    assert busy["sessions"] >= 1 and busy["streams"] >= 1
    lag = busy["loop_lag"]
    assert lag["ticks"] > 2 and 0 <= lag["median"] <= lag["p99"] <= lag["most"]
