"""The server is killed while ten sessions play: nothing that was acknowledged is lost, and what is
found again is what the same history gives without a crash."""

import contextlib
import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.sessions.session import TrainingSession
from engine.spec import Spec
from engine.training import Trainer
from tests.client.backprop_client import BackpropClient
from tests.conftest import started_server

SESSIONS, SPEED = 10, 1500.0


class Reconnected(BackpropClient):
    """A client of a session that is there already, as a page that comes back."""

    def __init__(self, url: str, session_id: str) -> None:
        self._wanted = session_id
        super().__init__(url)

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        if method == "POST":
            return {"id": self._wanted}
        return None if method == "DELETE" else super()._request(method, path, body)


@contextlib.contextmanager
def server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with started_server(BACKPROP_LAB_DATA=str(folder)) as (url, process):
        yield url, process


def by_hand(steps: int, changes: list[tuple[int, float]]) -> TrainingSession:
    """The same history without a server."""
    session = TrainingSession(Trainer(Spec.parse({})))
    for step, value in changes:
        session.trainer.run(step - session.step)
        session.trainer.set_parameter("layers.0.weight", (0, 0), value)
    session.trainer.run(steps - session.step)
    return session


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_server_loses_nothing_it_acknowledged(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    changes: dict[str, list[tuple[int, float]]] = {}
    reached: dict[str, int] = {}
    with server(tmp_path) as (url, process):
        clients = [BackpropClient(url) for _ in range(SESSIONS)]
        for client in clients:
            client.command("play", speed=SPEED)
            changes[client.id] = []
        end = time.monotonic() + 1 + chance.random()
        while time.monotonic() < end:
            client, value = chance.choice(clients), chance.uniform(-1, 1)
            step = client.command("edit", parameter="layers.0.weight", index=[0, 0], value=value)
            changes[client.id].append((step, value))
            reached[client.id] = step
        steps = {client.id: client.frame().step for client in clients}
        process.send_signal(signal.SIGKILL)
        process.wait()
        for client in clients:
            client._open.close()
    with server(tmp_path) as (url, _):
        for session_id, edits in changes.items():
            with Reconnected(url, session_id) as client:
                client.command("pause")
                found = client.command("view", neuron_resolution=8)  # so there is another frame
                frame = client.frame()
                assert frame.step == found
                assert found >= reached.get(session_id, 0)
                assert found >= steps[session_id] - 1.5 * SPEED  # a second, and a slow disk
                twin = by_hand(found, edits)
                for name, tensor in twin.trainer.network.named_parameters():
                    assert np.array_equal(frame.arrays[name], tensor.data), (session_id, name)
                assert json.loads(frame.metadata["metrics"]) == twin.trainer.evaluate()
                assert client.status["state"] == "paused"
