"""The server under load from other processes on loopback: `make bench` prints these lines.

Some sessions play, in one process that acknowledges their frames; another process, with a session
of its own, asks for something small now and then and times the answer.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import httpx2
from websockets.asyncio.client import connect

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.client.backprop_client import BackpropClient
from tests.conftest import running_server

SECONDS = 4
LOADS = [(1, 1500, 60), (1, None, 60), (10, 1500, 30), (40, 1500, 10)]  # sessions, speed, rate


class Learner:
    """A session that plays and a reader who keeps up."""

    def __init__(self) -> None:
        self.frames = self.step = 0

    async def run(self, url: str, speed: float | None, rate: int, ready: asyncio.Barrier) -> None:
        async with httpx2.AsyncClient() as http:
            session_id = (await http.post(f"{url}/api/sessions", json={})).json()["id"]
        address = f"{url.replace('http', 'ws', 1)}/api/sessions/{session_id}/stream"
        async with connect(address, compression=None) as self.socket:
            await self.say(type="view", rate=rate)
            await self.say(type="play", speed=speed)
            await self.listen(0.5)
            await ready.wait()
            self.frames, before, begun = 0, self.step, time.perf_counter()
            await self.listen(SECONDS)
            seconds = time.perf_counter() - begun
            self.steps_per_second = (self.step - before) / seconds
            self.frames_per_second = self.frames / seconds

    async def say(self, **command: object) -> None:
        await self.socket.send(json.dumps(command))

    async def listen(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                async for message in self.socket:
                    if isinstance(message, bytes):
                        await self.acknowledge(message)
        except TimeoutError:
            pass

    async def acknowledge(self, message: bytes) -> None:
        length = int.from_bytes(message[:8], "little")
        about = json.loads(message[8 : 8 + length])["__metadata__"]
        if about["kind"] == "frame":
            self.frames += 1
            self.step = int(about["step"])
            await self.say(type="seen", frame=int(about["frame"]))


async def measure(url: str, sessions: int, speed: float | None, rate: int) -> str:
    ready = asyncio.Barrier(sessions + 1)
    learners = [Learner() for _ in range(sessions)]

    async def ask() -> str:
        await ready.wait()
        asking = (sys.executable, __file__, url)
        process = await asyncio.create_subprocess_exec(*asking, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        return said.decode().strip()

    runs = [learner.run(url, speed, rate, ready) for learner in learners]
    answers, *_ = await asyncio.gather(ask(), *runs)
    steps = sorted(learner.steps_per_second for learner in learners)
    frames = sorted(learner.frames_per_second for learner in learners)
    return (
        f"{sessions:3} sessions at {speed or 'any'} steps/s and {rate} frames/s: "
        f"{steps[0]:.0f} to {steps[-1]:.0f} steps/s, "
        f"{frames[0]:.1f} to {frames[-1]:.1f} frames/s each; {answers}"
    )


def time_answers(url: str) -> str:
    """How long commands wait for their answer, seen by somebody who has nothing else to do."""
    waits = []
    with BackpropClient(url) as lab:
        end = time.perf_counter() + SECONDS - 1
        while time.perf_counter() < end:
            begun = time.perf_counter()
            lab.command("view")
            waits.append(1000 * (time.perf_counter() - begun))
            time.sleep(0.01)
    waits.sort()
    middle, late = waits[len(waits) // 2], waits[int(0.99 * len(waits))]
    return f"answers after {middle:.1f} ms, p99 {late:.1f} ms"


def main() -> None:
    with running_server() as url:
        for load in LOADS:
            print(asyncio.run(measure(url, *load)), flush=True)


if __name__ == "__main__":
    print(time_answers(sys.argv[1])) if sys.argv[1:] else main()
