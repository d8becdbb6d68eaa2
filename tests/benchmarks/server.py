"""The server under load from other processes on loopback.

    python tests/benchmarks/server.py                  prints the tables, keeps them in RESULTS.md
    python tests/benchmarks/server.py --minutes 10     the memory of a longer lesson

The load runs in this process, whoever asks for answers in another, the server in a third. How late
its event loop is, the server says itself: `GET /healthz`.
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.results import keep, machine, table
from tests.client.backprop_client import BackpropClient
from tests.conftest import NO_RATES, running_server

SECONDS, WARM = 6, 6
CROWDS: list[tuple[int, float | None, int]] = [
    (1, None, 60),
    *((sessions, 1500, 10) for sessions in (1, 5, 10, 20, 40, 60, 80)),
]
WATCHERS, WATCHED_RATE = 300, 20


# --- who connects ---


class Reader:
    """A connection that keeps up: it acknowledges every frame it is sent."""

    def __init__(self, rate: int) -> None:
        self.rate, self.frames, self.step = rate, 0, 0

    async def read(self, address: str, begin: dict[str, Any] | None = None) -> None:
        """Read until cancelled."""
        async with connect(address, compression=None, max_queue=None) as socket:
            await say(socket, type="view", rate=self.rate)
            if begin is not None:
                await say(socket, **begin)
            async for message in socket:
                if isinstance(message, bytes):
                    await self.acknowledge(socket, message)

    async def acknowledge(self, socket: ClientConnection, message: bytes) -> None:
        length = int.from_bytes(message[:8], "little")
        about = json.loads(message[8 : 8 + length])["__metadata__"]
        if about["kind"] == "frame":
            self.frames += 1
            self.step = int(about["step"])
            await say(socket, type="seen", frame=int(about["frame"]))


async def say(socket: ClientConnection, **command: object) -> None:
    await socket.send(json.dumps(command))


async def new_session(url: str) -> str:
    """The address of its stream."""
    async with httpx2.AsyncClient() as http:
        session_id = (await http.post(f"{url}/api/sessions", json={})).json()["id"]
    return f"{url.replace('http', 'ws', 1)}/api/sessions/{session_id}/stream"


def health(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.get(f"{url}/healthz").json()
    return found


def memory(process: int) -> float:
    """What a process holds, in MB; Linux only."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


# --- sessions that play ---


async def crowd(url: str, sessions: int, speed: float | None, rate: int) -> list[str]:
    """Every session with a reader of its own: the slowest and the fastest of them."""
    readers = [Reader(rate) for _ in range(sessions)]
    play = {"type": "play", "speed": speed}
    tasks = [asyncio.create_task(r.read(await new_session(url), play)) for r in readers]
    await asyncio.sleep(WARM)
    before, begun = [(r.step, r.frames) for r in readers], time.perf_counter()
    asking = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--ask", url, stdout=asyncio.subprocess.PIPE
    )
    await asyncio.sleep(SECONDS)
    seconds = time.perf_counter() - begun
    counted = list(zip(readers, before, strict=True))
    steps = sorted((r.step - step) / seconds for r, (step, _) in counted)
    frames = sorted((r.frames - shown) / seconds for r, (_, shown) in counted)
    said, _ = await asking.communicate()
    lag = health(url)["loop_lag"]
    await end(tasks)
    return [
        f"{sessions} at {speed or 'any'} steps/s, {rate} frames/s",
        f"{steps[0]:,.0f} to {steps[-1]:,.0f}",
        f"{sum(steps):,.0f}",
        f"{frames[0]:.1f} to {frames[-1]:.1f}",
        said.decode().strip(),
        f"{lag['p99']:.1f}",
    ]


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
    return f"{waits[len(waits) // 2]:.1f}, {waits[int(0.99 * len(waits))]:.1f}"


async def end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# --- one session that many watch ---


async def audience(url: str) -> list[str]:
    """Watchers who keep up, and then one who connects and reads nothing."""
    address = await new_session(url)
    readers = [Reader(WATCHED_RATE) for _ in range(WATCHERS)]
    tasks = []
    for i, reader in enumerate(readers):
        begin = {"type": "play", "speed": 1500} if i == 0 else None
        tasks.append(asyncio.create_task(reader.read(address, begin)))
        if i % 20 == 0:
            await asyncio.sleep(0.05)
    await asyncio.sleep(WARM)
    alone = await shares(readers, SECONDS)
    stalled, beside = await asyncio.gather(stall(address), shares(readers, 8))
    lag = health(url)["loop_lag"]
    await end(tasks)
    return [
        f"{WATCHERS} watchers of one session at {WATCHED_RATE} frames/s get",
        f"{100 * alone:.1f} % of them or more; {100 * beside:.1f} % while one reads nothing,",
        f"who is dropped after {stalled:.1f} s; event loop p99 {lag['p99']:.1f} ms late.",
    ]


async def shares(readers: list[Reader], seconds: float) -> float:
    """Of the frames there were, the share of the watcher who got the fewest."""
    before, begun = [r.frames for r in readers], time.perf_counter()
    await asyncio.sleep(seconds)
    due = WATCHED_RATE * (time.perf_counter() - begun)
    return min(r.frames - old for r, old in zip(readers, before, strict=True)) / due


async def stall(address: str) -> float:
    """Ask for much, take nothing; the seconds until the server has had enough."""
    host, port = address.split("/")[2].split(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=1024)
    lines = [
        f"GET {address.split(host + ':' + port)[1]} HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    seen = [
        '{"type":"view","output_resolution":128,"neuron_resolution":64,"rate":60}',
        '{"type":"seen","frame":1000000000}',
    ]
    begun = time.perf_counter()
    while time.perf_counter() - begun < 60:
        try:
            # every frame is acknowledged unread, so that more and more of them are under way
            for text in seen:
                writer.write(masked(text))
            await writer.drain()
            await asyncio.sleep(0.02)
        except ConnectionError:
            break
    writer.close()
    return time.perf_counter() - begun


def masked(text: str) -> bytes:
    """A text message as a client frames it, with a mask of zeros."""
    body = text.encode()
    assert len(body) < 126
    return bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body


# --- what stays behind ---


async def come_and_go(url: str, process: int) -> str:
    """Sessions made, watched for a frame, and deleted."""
    held: list[float] = []
    begun = time.perf_counter()
    async with httpx2.AsyncClient() as http:
        for i in range(1000):
            made = (await http.post(f"{url}/api/sessions", json={})).json()["id"]
            stream = f"{url.replace('http', 'ws', 1)}/api/sessions/{made}/stream"
            async with connect(stream, compression=None) as socket:
                await say(socket, type="play", speed=None)
                await socket.recv()
            await http.delete(f"{url}/api/sessions/{made}")
            if i in (100, 999):
                held.append(memory(process))
    left = health(url)
    return (
        f"1,000 sessions made, played and deleted in {time.perf_counter() - begun:.0f} s leave "
        f"{left['sessions']} sessions and {left['streams']} streams; the server holds "
        f"{held[0]:.0f} MB after 100 of them and {held[1]:.0f} MB after all."
    )


async def lesson(url: str, process: int, minutes: float) -> str:
    """Ten sessions that play all the time."""
    tasks = [
        asyncio.create_task(
            Reader(10).read(await new_session(url), {"type": "play", "speed": 1500})
        )
        for _ in range(10)
    ]
    await asyncio.sleep(15)
    held = [memory(process)]
    for _ in range(4):
        await asyncio.sleep(60 * minutes / 4)
        held.append(memory(process))
    await end(tasks)
    return (
        f"Ten sessions play for {minutes:g} minutes; the server holds "
        f"{', '.join(f'{each:.0f}' for each in held)} MB at the beginning and after each quarter."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=1, help="of the lesson")
    parser.add_argument("--keep", choices=["yes", "no"], default="yes", help="write RESULTS.md")
    parser.add_argument("--ask", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(time_answers(options.ask))
        return
    rows = []
    for load in CROWDS:
        with running_server(**NO_RATES) as url:
            rows.append(asyncio.run(crowd(url, *load)))
        print(*rows[-1], sep=" | ", flush=True)
    said = []
    with running_server(**NO_RATES) as url:
        said.append("\n".join(asyncio.run(audience(url))))
    print(said[-1], flush=True)
    for story in (come_and_go, lambda url, pid: lesson(url, pid, options.minutes)):
        with running_server(**NO_RATES) as url:
            said.append(asyncio.run(story(url, server_process(url))))
        print(said[-1], flush=True)
    head = ["sessions", "steps/s each", "in all", "frames/s each", "answers, ms: median, p99"]
    text = "\n\n".join(
        [
            "## Server",
            f"{machine()}; server, load and whoever asks in a process each, on loopback. Default "
            f"net; after {WARM} s, for {SECONDS} s; the event loop is late as a 5 ms ticker is.",
            table([*head, "loop late p99, ms"], rows),
            *said,
            "",
        ]
    )
    if options.keep == "yes":
        keep("server", text)


def server_process(url: str) -> int:
    """Which process listens there; Linux only."""
    port = f"{int(url.rsplit(':', 1)[1].strip('/')):04X}"
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inode = next(row[9] for row in listening if row[1].endswith(f":{port}") and row[3] == "0A")
    for held in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if held.readlink().name == f"socket:[{inode}]":
                return int(held.parts[2])
        except OSError:
            continue
    raise LookupError(f"nobody listens at {url}")


if __name__ == "__main__":
    main()
