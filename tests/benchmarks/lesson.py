"""Two hours of a class in ten minutes: forty sessions, learners who join, leave, reload, change
things, wait; what the server holds, and what is left when all have gone.

    python tests/benchmarks/lesson.py               ten minutes; keeps what it found in RESULTS.md
    python tests/benchmarks/lesson.py --minutes 1 --keep no
"""

import argparse
import asyncio
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.settings import Settings
from tests.app.pages import Page
from tests.app.serving import Served, served
from tests.benchmarks.results import keep, machine

LEARNERS = 40
BEGUN_ONCE = 1  # task that waits for the second process, which stays once it was needed
RATES = {
    f"{what}_rate": 0.0
    for what in ("request", "work", "making", "joining", "brief", "command", "commands")
}
CHANGES: list[dict[str, Any]] = [
    {"data": {"name": "spiral"}},
    {"data": {"name": "circle"}},
    {"data": {"name": "xor", "noise": 0.2}},
    {"optimizer": {"name": "sgd", "learning_rate": 0.1}},
    {"optimizer": {"name": "adam", "learning_rate": 0.01}},
    {"network": {"layers": [{"units": 8, "activation": "relu"}, {"activation": "tanh"}]}},
    {"network": {"layers": [{"units": 4, "activation": "tanh"}, {"activation": "tanh"}]}},
    {"regularization": {"name": "l2", "rate": 0.001}},
    {"batch_size": 5},
]
LOOKS = [
    "explain?element=layers.0.weight[0,0]",
    "diagnosis",
    "confusion",
    "history/layers",
    "runs",
    "export/weights.safetensors",
    "data",
]


class Learner:
    """One of them, in a hurry: what takes a minute in class takes seconds here."""

    def __init__(self, url: str, http: httpx2.AsyncClient, seed: int) -> None:
        self.url, self.http, self.chance = url, http, random.Random(seed)
        self.sessions = 0
        self.refused: list[str] = []

    async def run(self) -> None:
        while True:
            made = await self.http.post(f"{self.url}/api/sessions", json={})
            session = made.json()["id"]
            self.sessions += 1
            for _ in range(self.chance.randint(1, 4)):  # each time after a reload
                await self.look(session)
                await asyncio.sleep(self.chance.uniform(0, 1))
            if self.chance.random() < 0.8:  # the others are left to rest
                await self.http.delete(f"{self.url}/api/sessions/{session}")

    async def look(self, session: str) -> None:
        """From one reload to the next."""
        page = Page(self.url, session, rate=10)
        reading = asyncio.create_task(page.run())
        end = monotonic() + self.chance.uniform(1, 8)
        try:
            while monotonic() < end:
                await self.do_something(page)
                await asyncio.sleep(self.chance.uniform(0.05, 1))
        finally:
            reading.cancel()
            await asyncio.wait([reading])
            self.refused += [code for code in page.errors if code not in ("diverged", "invalid")]

    async def do_something(self, page: Page) -> None:
        chance = self.chance
        match chance.randrange(8):
            case 0 | 1:
                await page.say(id=1, type="play", speed=chance.choice([100, 500, 1500]))
            case 2:
                await page.say(id=2, type="pause")
            case 3:
                await page.say(id=3, type="set", changes=chance.choice(CHANGES))
            case 4:
                value, index = chance.uniform(-1, 1), [0, 0]
                where = {"parameter": "layers.0.weight", "index": index}
                await page.say(id=4, type="edit", value=value, **where)
            case 5:
                await page.say(id=5, type=chance.choice(["undo", "redo", "reset", "rewind"]))
            case 6:
                await page.say(id=6, type="seek", step=chance.randrange(max(page.step, 1)))
            case 7:
                look = chance.choice(LOOKS)
                await self.http.get(f"{self.url}/api/sessions/{page.session}/{look}")


@dataclass
class Lesson:
    """What was seen of it."""

    memory: list[float] = field(default_factory=list)  # in MB, at even times
    sessions: int = 0
    refused: list[str] = field(default_factory=list)
    left: dict[str, Any] = field(default_factory=dict)  # what the server says when all have gone
    tasks: tuple[int, list[str]] = (0, [])
    files: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


def memory() -> float:
    """What this process holds, in MB; Linux only. The server is in it, and so are the learners."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def hold(server: Served, seconds: float, samples: int, found: Lesson) -> None:
    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=None), timeout=60) as http:
        learners = [Learner(server.url, http, seed) for seed in range(LEARNERS)]
        tasks = [asyncio.create_task(learner.run()) for learner in learners]
        for _ in range(samples):
            await asyncio.sleep(seconds / samples)
            found.memory.append(memory())
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        found.refused = [repr(end) for end in ends if not isinstance(end, asyncio.CancelledError)]
        for learner in learners:
            found.sessions += learner.sessions
            found.refused += learner.refused


def lesson(seconds: float, samples: int, folder: Path) -> Lesson:
    """All of it, with a server of its own, whose sessions rest soon."""
    found = Lesson()
    with served(Settings(data=str(folder), session_ttl=1.0, **RATES)) as server:
        quiet = len(server.tasks()) + BEGUN_ONCE
        asyncio.run(hold(server, seconds, samples, found))
        found.tasks = (quiet, server.at_rest(quiet))
        end = monotonic() + 20
        while monotonic() < end:
            found.left = httpx2.get(f"{server.url}/healthz").json()
            if not found.left["sessions"] and not found.left["streams"]:
                break
        found.log = server.log
    found.files = sorted(path.name for path in folder.iterdir())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--keep", choices=["yes", "no"], default="yes", help="write RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = lesson(60 * options.minutes, max(int(options.minutes * 2), 2), Path(folder))
    held = ", ".join(f"{each:.0f}" for each in found.memory)
    text = "\n\n".join(
        [
            "## Lesson",
            f"{machine()}; server and {LEARNERS} learners in one process. {options.minutes:g} "
            f"minutes: {found.sessions:,} sessions made, watched, reloaded, changed, left. The "
            f"process holds {held} MB every half minute; of the end to the first minute "
            f"{100 * found.memory[-1] / found.memory[min(1, len(found.memory) - 1)]:.0f} %. Left: "
            f"{found.left['sessions']} sessions, {found.left['streams']} streams, "
            f"{len(found.tasks[1])} tasks of {found.tasks[0]} before; files "
            f"{', '.join(found.files)}; refused {len(found.refused)}; in the log "
            f"{len(found.log)} lines.",
            "",
        ]
    )
    print(text)
    print(*found.log[:20], *found.refused[:20], *found.tasks[1], sep="\n")
    if options.keep == "yes":
        keep("lesson", text)


if __name__ == "__main__":
    main()
