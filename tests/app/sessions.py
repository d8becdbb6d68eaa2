"""Sessions to test with, and a stream that is only a list."""

import asyncio
import json
from collections.abc import Mapping
from time import thread_time
from typing import Any

import numpy as np

from app import messages as wire
from app.sessions.jobs import Letter
from app.sessions.session import TrainingSession
from engine.spec import Spec
from engine.training import Trainer
from tests.client.backprop_client import Binary, read_binary

VIEWER = "viewer"  # whoever sends the commands in tests of one session


def session_of(spec: Mapping[str, Any] | None = None) -> TrainingSession:
    """A session as the runner makes it."""
    return TrainingSession(Trainer(Spec.parse(spec or {})))


def do(session: TrainingSession, type: str, **fields: Any) -> list[Letter]:
    """Carry out a command the way the runner does."""
    command = wire.read_command({"id": 1, "type": type, **fields})
    prepare = session.preparation(command)
    return session.handle(command, VIEWER, None if prepare is None else prepare())


def kinds(letters: list[Letter]) -> list[str]:
    """What is delivered: ack, error, spec, status, DataChanged."""
    return [getattr(message, "type", type(message).__name__) for _, message in letters]


DIVERGING = {
    "network": {"layers": [{"units": 8, "activation": "relu"}, {"activation": "linear"}]},
    "optimizer": {"learning_rate": 50},
}


def compute(seconds: float) -> None:
    """Something that takes so long; as in a large net, others may use Python meanwhile."""
    matrix = np.ones((300, 300))
    end = thread_time() + seconds
    while thread_time() < end:
        matrix @ matrix


class ListStream:
    """A stream whose other side is the test: what is sent is kept, ``say`` sends a command."""

    def __init__(self, *, acknowledges: bool = True) -> None:
        self.texts: list[dict[str, Any]] = []
        self.frames: list[Binary] = []
        self.closed: tuple[int, str] | None = None
        self.acknowledges = acknowledges
        self._incoming: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    def say(self, **command: Any) -> None:
        self.put(json.dumps(command))

    def put(self, text: str) -> None:
        self._incoming.put_nowait({"type": "websocket.receive", "text": text})

    def leave(self) -> None:
        self._incoming.put_nowait({"type": "websocket.disconnect"})

    async def receive(self) -> Mapping[str, Any]:
        return await self._incoming.get()

    async def send_text(self, data: str) -> None:
        self.texts.append(json.loads(data))

    async def send_bytes(self, data: bytes) -> None:
        message = read_binary(data)
        if message.metadata["kind"] == "frame":
            self.frames.append(message)
            if self.acknowledges:
                self.say(type="seen", frame=int(message.metadata["frame"]))

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
