"""Many pages at once, as far as a server sees of them: each has a session's stream, acknowledges
frames, and comes back by itself after growing, jittered pauses, as `static/js/socket.js` does."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

LONGEST_PAUSE = 2.5


@dataclass
class Page:
    """One of them; `run` goes on until it is cancelled."""

    url: str
    session: str
    rate: int = 10
    step: int = -1
    before: int = -1  # the step at a moment that the test chose
    frames: int = 0
    lived: list[float] = field(default_factory=list)  # when the first frame of a connection came
    steps: list[int] = field(default_factory=list)  # and the step it was of
    codes: list[int] = field(default_factory=list)  # why connections ended
    errors: list[str] = field(default_factory=list)  # what was refused
    socket: ClientConnection | None = None

    async def run(self) -> None:
        attempts = 0
        address = f"{self.url.replace('http', 'ws', 1)}/api/sessions/{self.session}/stream"
        while True:
            with suppress(OSError, InvalidHandshake, TimeoutError):
                async with connect(
                    address, compression=None, max_queue=None, ping_interval=None
                ) as self.socket:
                    attempts = 0
                    await self.read(self.socket)
            self.socket = None
            attempts += 1
            pause = min(LONGEST_PAUSE, 0.25 * 2**attempts)
            await asyncio.sleep(pause * random.uniform(0.5, 1))

    async def read(self, socket: ClientConnection) -> None:
        first = True
        try:
            await self.say(type="view", rate=self.rate, neuron_resolution=8, output_resolution=16)
            async for message in socket:
                if isinstance(message, str):
                    told = json.loads(message)
                    if told["type"] == "error":
                        self.errors.append(told["code"])
                    continue
                length = int.from_bytes(message[:8], "little")
                about = json.loads(message[8 : 8 + length])["__metadata__"]
                if about["kind"] != "frame":
                    continue
                self.step = int(about["step"])
                self.frames += 1
                if first:
                    self.lived.append(monotonic())
                    self.steps.append(self.step)
                    first = False
                await self.say(type="seen", frame=int(about["frame"]))
        except ConnectionClosed:
            pass
        self.codes.append(socket.close_code or 0)

    async def say(self, **command: object) -> None:
        if self.socket is not None:
            with suppress(ConnectionClosed):
                await self.socket.send(json.dumps(command))


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it came to hold in time."""
    end = monotonic() + seconds
    while not condition():
        if monotonic() > end:
            return False
        await asyncio.sleep(0.02)
    return True
