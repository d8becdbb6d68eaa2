"""A server that ends says so to every page, has written everything, and is gone within two
seconds."""

import signal
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.client.backprop_client import BackpropClient
from tests.conftest import started_server

SESSIONS = 8


def end_of(socket: ClientConnection) -> tuple[int, str]:
    """Why it was closed; what comes before that passes by."""
    try:
        while True:
            socket.recv(10)
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        return closed.rcvd.code, closed.rcvd.reason


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_every_page_is_told_and_everything_is_kept(tmp_path: Path, how: signal.Signals) -> None:
    with started_server(BACKPROP_LAB_DATA=str(tmp_path)) as (url, process):
        labs = [BackpropClient(url) for _ in range(SESSIONS)]
        for lab in labs:
            lab.command("play", speed=1500)
        for lab in labs:
            while lab.frame().step < 500:
                pass
        begun = time.monotonic()
        process.send_signal(how)
        ends = [end_of(lab._socket) for lab in labs]
        process.wait(timeout=10)
        took = time.monotonic() - begun
    assert set(ends) == {(1012, "The server ends; what was done is kept.")}
    assert took < 2
    with started_server(BACKPROP_LAB_DATA=str(tmp_path)) as (url, _):
        for lab in labs:
            lab.url = url
            assert lab._request("GET", f"/api/sessions/{lab.id}")["step"] >= 500
