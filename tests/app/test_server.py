"""The process: how it starts, what it says, and that two of them compute the same."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from app import server
from app.settings import Settings
from tests.client.backprop_client import BackpropClient
from tests.conftest import ROOT, running_server

SPEC = {"data": {"name": "iris"}, "optimizer": {"name": "adam", "learning_rate": 0.01}, "seed": 5}


def trained(url: str) -> dict[str, bytes]:
    with BackpropClient(url, SPEC) as lab:
        lab.command("step", count=100)
        frame = lab.frame()
        while frame.step < 100:
            frame = lab.frame()
        # (Which frame carries which loss points is a matter of timing.)
        return {name: a.tobytes() for name, a in frame.arrays.items() if name != "loss"}


def test_a_fresh_process_computes_the_same_to_the_last_bit(server_url: str) -> None:
    with running_server() as other:
        assert trained(server_url) == trained(server_url) == trained(other)


@pytest.mark.alone
def test_it_serves_within_three_seconds() -> None:
    begun = time.perf_counter()
    with running_server() as url:
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200
        assert time.perf_counter() - begun < 3


def test_a_port_that_is_taken_is_said_kindly() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-m", "app.main", "--no-browser", "--port", port],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert f"127.0.0.1:{port} is taken" in ended.stderr
    assert f"--port {int(port) + 1}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_host_that_is_not_ours_is_said_kindly(capsys: pytest.CaptureFixture[str]) -> None:
    async def app(*_: object) -> None: ...

    assert server.serve(app, Settings(host="192.0.2.1", port=0), browser=False) == 1
    assert "Cannot serve on 192.0.2.1:0" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--port", "99999"], ["--port", "x"], ["--colour"]])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "app.main", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "usage: backprop-lab" in ended.stderr


def test_one_thread_is_enough_for_blas() -> None:
    code = "import app, os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "1"


def test_ctrl_c_ends_it_without_a_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "app.main", "--no-browser", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_it_ends_quickly_while_a_session_plays() -> None:
    with running_server() as url:
        lab = BackpropClient(url)
        lab.command("play", speed=None)
        lab.frame()
        begun = time.perf_counter()
    assert time.perf_counter() - begun < 4
