"""Work that must not share this process, where it would hold up every session."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

_ROOT = str(Path(__file__).parents[2])  # where `engine` is found, in a checkout and in a wheel


class OneAtATime:
    """A module of the engine that can be run, by one reader at a time: the cores belong to the
    sessions."""

    def __init__(self, module: str, *arguments: str) -> None:
        self.module, self.arguments = module, arguments
        self._lock = asyncio.Lock()

    async def lines(self) -> AsyncIterator[str]:
        """What the module prints, line by line as it comes. A reader that leaves ends it.

        Raises:
            RuntimeError: it ended with a status other than 0 and 1, or said nothing.
        """
        path = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH", "")]))
        async with self._lock:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.module,
                *self.arguments,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
            )
            assert process.stdout is not None
            said = 0
            try:
                async for line in process.stdout:
                    said += 1
                    yield line.decode()
                if await process.wait() not in (0, 1) or not said:
                    raise RuntimeError(f"{self.module} ended with status {process.returncode}")
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
