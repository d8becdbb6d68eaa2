"""The server is killed again and again while ten sessions play: nothing that was acknowledged is
lost, and what is found again is what the same history gives without a crash."""

import json
import random
import sqlite3
import time
from pathlib import Path

import numpy as np

from tests.app.forking import servers
from tests.app.returning import Reconnected
from tests.app.sessions import session_of
from tests.client.backprop_client import BackpropClient

KILLS, SESSIONS, SPEED = 20, 10, 1500.0


class Twin:
    """The same history without a server, and what is known of the one with it."""

    def __init__(self) -> None:
        self.session = session_of()
        self.edits: list[tuple[int, float]] = []  # acknowledged, and not made here yet
        self.seen = 0  # the last step that anybody saw

    def check(self, client: BackpropClient) -> None:
        """After a crash: it stands where the history leads, bit by bit, and not far behind."""
        client.command("pause")
        found = client.command("view", neuron_resolution=random.choice([8, 9]))
        frame = client.frame()
        assert frame.step == found
        assert found >= max((step for step, _ in self.edits), default=0)
        assert found >= self.seen - 1.5 * SPEED  # a second, and a slow disk
        self.go_on(found)
        for name, tensor in self.session.trainer.network.named_parameters():
            assert np.array_equal(frame.arrays[name], tensor.data), (client.id, name)
        assert json.loads(frame.metadata["metrics"]) == self.session.trainer.evaluate()
        assert client.status["state"] == "paused"

    def go_on(self, found: int) -> None:
        trainer = self.session.trainer
        for step, value in self.edits:
            trainer.run(step - self.session.step)
            trainer.set_parameter("layers.0.weight", (0, 0), value)
        self.edits.clear()
        trainer.run(found - self.session.step)


def play(clients: list[BackpropClient], twins: dict[str, Twin], chance: random.Random) -> None:
    """Everyone trains, and here and there a weight is set; the last one is acknowledged just before
    the end."""
    for client in clients:
        client.command("play", speed=SPEED)
    end = time.monotonic() + chance.uniform(0.05, 0.6)
    while True:
        client, value = chance.choice(clients), chance.uniform(-1, 1)
        step = client.command("edit", parameter="layers.0.weight", index=[0, 0], value=value)
        twins[client.id].edits.append((step, value))
        twins[client.id].seen = step
        if time.monotonic() > end:
            return


def test_a_killed_server_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(7)
    with servers(tmp_path) as server:
        url = server.start()
        clients = [BackpropClient(url) for _ in range(SESSIONS)]
        twins = {client.id: Twin() for client in clients}
        for _ in range(KILLS):
            play(clients, twins, chance)
            server.kill()
            for client in clients:
                client._open.close()
            url = server.start()
            clients = [Reconnected(url, session_id) for session_id in twins]
            for client in clients:
                twins[client.id].check(client)
        for client in clients:
            client._open.close()
    assert min(twin.session.step for twin in twins.values()) > KILLS * 20
    with sqlite3.connect(next(tmp_path.glob("*.db"))) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert file.execute("SELECT count(*) FROM sessions").fetchone() == (SESSIONS,)
