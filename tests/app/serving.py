"""The real server in a thread of this process, so that a test sees its tasks and its log."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from starlette.types import Receive, Scope, Send

from app import server
from app.main import create_app
from app.settings import Settings


@dataclass
class Served:
    """A server that runs. ``log`` has every warning and error so far."""

    url: str
    loop: asyncio.AbstractEventLoop
    log: list[str] = field(default_factory=list)

    @property
    def where(self) -> tuple[str, int]:
        host, port = self.url.split("/")[2].split(":")
        return host, int(port)

    def tasks(self) -> list[str]:
        """What is under way in it, by name."""

        async def names() -> list[str]:
            here = asyncio.current_task()
            return sorted(str(t.get_coro()) for t in asyncio.all_tasks() if t is not here)

        return asyncio.run_coroutine_threadsafe(names(), self.loop).result(10)

    def at_rest(self, most: int, seconds: float = 15) -> list[str]:
        """The tasks that are left, once there are no more than ``most``, or after some time."""
        end = time.monotonic() + seconds
        while len(left := self.tasks()) > most and time.monotonic() < end:
            time.sleep(0.05)
        return left


class _Kept(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextlib.contextmanager
def served(settings: Settings) -> Iterator[Served]:
    """The app as the command serves it, on any free port."""
    made: list[server.Server] = []
    loops: list[asyncio.AbstractEventLoop] = []
    app = create_app(settings)

    class Noted(server.Server):
        async def startup(self, *given: object, **named: object) -> None:
            loops.append(asyncio.get_running_loop())
            await super().startup(*given, **named)  # type: ignore[arg-type]
            made.append(self)

    async def entry(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "Server", Noted)
        settings = settings.model_copy(update={"port": 0})
        thread = threading.Thread(
            target=server.serve, args=(entry, settings), kwargs={"browser": False}
        )
        thread.start()
        end = time.monotonic() + 20
        while not made and time.monotonic() < end:
            time.sleep(0.01)
    found = Served(made[0].address, loops[0])
    handler = _Kept(found.log)
    loggers = [logging.getLogger(name) for name in ("", "uvicorn", "backprop_lab")]
    loggers = [log for log in loggers if not log.name or log.name == "root" or not log.propagate]
    for log in loggers:
        log.addHandler(handler)
    try:
        yield found
    finally:
        made[0].should_exit = True
        thread.join(20)
        for log in loggers:
            log.removeHandler(handler)
