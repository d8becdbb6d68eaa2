"""A tiny client: everything the page can do, from a script. Needs `websockets` and `safetensors`.

    with BackpropClient("http://127.0.0.1:8000", {"data": {"name": "xor"}}) as lab:
        lab.command("set", changes={"optimizer": {"learning_rate": 0.1}})
        lab.command("step", count=200)
        frame = lab.frame()
        print(frame.step, frame.metrics["test_loss"], frame.arrays["layers.0.weight"])

A session is made over REST and lives on the server; its stream takes commands as JSON text and
sends JSON messages and binary frames. Three rules are all there is to it:

1. Every command gets one answer: `ack`, or `error` with code, field, value and what is allowed.
2. Binary messages are safetensors; their `kind` is "data" or "frame".
3. A frame is acknowledged with `seen`. At most two are under way, so a slow client misses frames,
   but no loss point: those come again until a frame that carried them is seen.
"""

import json
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load
from websockets.sync.client import connect


class CommandError(Exception):
    """A command that was refused; the message it was answered with is in `answer`."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer["message"])
        self.answer = answer


@dataclass
class Binary:
    """A data or frame message: text about it, and arrays by name."""

    metadata: dict[str, str]
    arrays: dict[str, NDArray[Any]]

    @property
    def step(self) -> int:
        return int(self.metadata["step"])

    @property
    def metrics(self) -> dict[str, float | None]:
        metrics: dict[str, float | None] = json.loads(self.metadata["metrics"])
        return metrics


def read_binary(message: bytes) -> Binary:
    """The arrays with the safetensors library; the metadata from the header, which is JSON."""
    length = int.from_bytes(message[:8], "little")
    header = json.loads(message[8 : 8 + length])
    return Binary(header["__metadata__"], load(message))


class BackpropClient:
    """One session and its stream. Messages that come meanwhile are kept: `spec`, `status`, `data`
    are the latest of their kind, `losses` holds every loss point (step, train, test)."""

    def __init__(self, url: str, spec: dict[str, Any] | None = None, timeout: float = 30) -> None:
        self.url, self.timeout = url, timeout
        self.id: str = self._request("POST", "/api/sessions", spec or {})["id"]
        path = f"{url.replace('http', 'ws', 1)}/api/sessions/{self.id}/stream"
        self._open = ExitStack()
        self._socket = self._open.enter_context(connect(path, max_size=None, compression=None))
        self._commands = 0
        self._latest: Binary | None = None
        self.spec: dict[str, Any] = {}
        self.status: dict[str, Any] = {}
        self.data: Binary | None = None
        self.losses: dict[int, tuple[float, float]] = {}

    def __enter__(self) -> "BackpropClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._open.close()
        self._request("DELETE", f"/api/sessions/{self.id}")

    def command(self, type: str, **fields: Any) -> int:
        """Send a command and wait for its answer; the step the session is at. A `step` is answered
        when its steps are done. Raises CommandError."""
        self._commands += 1
        self._send({"id": self._commands, "type": type, **fields})
        while True:
            answer = self._receive()
            if answer is not None and answer.get("id") == self._commands:
                if answer["type"] == "error":
                    raise CommandError(answer)
                step: int = answer["step"]
                return step

    def frame(self) -> Binary:
        """The next frame, a new one."""
        self._latest = None
        while self._latest is None:
            self._receive()
        return self._latest

    def _receive(self) -> dict[str, Any] | None:
        """Take in one message; the answer to a command is returned."""
        message = self._socket.recv(self.timeout)
        if isinstance(message, bytes):
            binary = read_binary(message)
            if binary.metadata["kind"] == "data":
                self.data = binary
            else:
                self._take_frame(binary)
            return None
        text: dict[str, Any] = json.loads(message)
        if text["type"] == "spec":
            self.spec = text["spec"]
            if text["reset"]:
                self.losses.clear()
        elif text["type"] == "status":
            self.status = text
        return text if text["type"] in ("ack", "error") else None

    def _take_frame(self, frame: Binary) -> None:
        self._send({"type": "seen", "frame": int(frame.metadata["frame"])})
        self._latest = frame
        # A rewind goes back in time: points of later steps no longer hold.
        kept = {step: point for step, point in self.losses.items() if step <= frame.step}
        points = frame.arrays["loss"]
        self.losses = kept | {int(step): (train, test) for step, train, test, *_ in points}

    def _send(self, command: dict[str, Any]) -> None:
        self._socket.send(json.dumps(command))

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=self.timeout) as answer:
            content = answer.read()
        return json.loads(content) if content else None
