"""Work that must not share this process, where it would hold up every session."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

_ROOT = str(Path(__file__).parents[2])  # where `engine` is found, in a checkout and in a wheel


_LONGEST = 1 << 24  # bytes of a line


def environment() -> dict[str, str]:
    """Of a process of our own: it finds the engine wherever this one was started."""
    path = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path}


class OneAtATime:
    """A module that can be run, by one reader at a time: the cores belong to the sessions."""

    def __init__(self, module: str, *arguments: str) -> None:
        self.module, self.arguments = module, arguments
        self._lock = asyncio.Lock()

    async def lines(self, given: bytes = b"") -> AsyncIterator[str]:
        """What the module prints, line by line as it comes, of what it is given as its standard
        input. A reader that leaves ends it.

        Raises:
            RuntimeError: it ended with a status other than 0 and 1, or said nothing.
        """
        async with self._lock:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.module,
                *self.arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environment(),
                limit=_LONGEST,
            )
            assert process.stdin is not None and process.stdout is not None
            said = 0
            try:
                with suppress(ConnectionError):  # it ended before it had read all: told below
                    process.stdin.write(given)
                    await process.stdin.drain()
                process.stdin.close()
                async for line in process.stdout:
                    said += 1
                    yield line.decode()
                if await process.wait() not in (0, 1) or not said:
                    raise RuntimeError(f"{self.module} ended with status {process.returncode}")
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
