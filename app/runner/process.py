"""Work that must not share this process, where it would hold up every session."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

_ROOT = str(Path(__file__).parents[2])  # where `engine` is found, in a checkout and in a wheel


async def lines_of(module: str, *arguments: str) -> AsyncIterator[str]:
    """The lines a Python module prints when it is run, as they come. A reader that leaves ends it.

    Raises:
        RuntimeError: it ended with a status other than 0 and 1, or said nothing.
    """
    path = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH", "")]))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
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
            raise RuntimeError(f"{module} ended with status {process.returncode}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
