"""A second process that trains small nets beside the event loop. Their steps take microseconds and
hold Python's interpreter lock, so threads do not help: a class of forty fills one core.

It only makes steps. The session stays here: each stretch is asked for with what is to be recorded
on its way, and comes back as a moment to go on from. Whatever becomes of that process, nothing is
lost, and the loop trains as it does without it.
"""

import asyncio
import logging
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Hashable
from contextlib import suppress
from time import monotonic

from app.runner.process import environment
from engine.stretch import LENGTH, Made, Stretch, written

log = logging.getLogger("backprop_lab")

_PROGRAM = "from engine.stretch import serve; serve()"
_TRY_AGAIN = 30.0  # seconds after it has ended by itself


class Beside:
    """The process, begun when it is first wanted; ``members`` are the keys that train there."""

    def __init__(self) -> None:
        self.members: set[Hashable] = set()
        self._process: Process | None = None
        self._serving: asyncio.Task[None] | None = None
        self._asked: deque[asyncio.Future[Made]] = deque()  # answered in their order
        self._begin_at = 0.0

    def join(self, key: Hashable) -> bool:
        """Whether the net of this key may be trained there. The first who asks has to come again:
        the process is only then begun."""
        if self._process is not None:
            self.members.add(key)
        elif self._serving is None and monotonic() >= self._begin_at:
            self._serving = asyncio.create_task(self._serve(), name="training beside")
        return self._process is not None

    def leave(self, key: Hashable) -> None:
        """It is not trained there any more, and nothing of it is kept."""
        if key in self.members:
            self.members.discard(key)
            self._write(key)

    async def make(self, stretch: Stretch) -> Made:
        """What came of a stretch of a member's.

        Raises:
            RuntimeError: it could not be made there; nothing has changed here.
        """
        answer: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        if not self._write(stretch):
            self._asked.remove(answer)
            raise RuntimeError("the second process is not there")
        return await answer

    def _write(self, message: object) -> bool:
        process = self._process
        if process is None or process.stdin is None:
            return False
        process.stdin.write(written(message))
        return True

    async def _serve(self) -> None:
        """Begin the process and hand on its answers, for as long as it lives."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _PROGRAM, stdin=PIPE, stdout=PIPE, env=environment()
            )
        except OSError:
            log.exception("a second process for training could not be begun")
            self._end()
            return
        self._process = process
        assert process.stdout is not None
        try:
            while True:
                length = int.from_bytes(await process.stdout.readexactly(LENGTH), "little")
                answer = pickle.loads(await process.stdout.readexactly(length))
                asked = self._asked.popleft()
                if asked.done():  # nobody waits any more
                    continue
                if isinstance(answer, Exception):
                    asked.set_exception(answer)
                else:
                    asked.set_result(answer)
        except (asyncio.IncompleteReadError, OSError):
            log.warning("the second process for training ended; its sessions train on here")
        finally:
            self._end()
            with suppress(ProcessLookupError):
                process.kill()

    def _end(self) -> None:
        self._process = self._serving = None
        self._begin_at = monotonic() + _TRY_AGAIN
        self.members.clear()
        while self._asked:
            answer = self._asked.popleft()
            if not answer.done():
                answer.set_exception(RuntimeError("the second process has ended"))

    async def close(self) -> None:
        """End it, and wait until it has ended. Nobody has to make its steps again."""
        process, serving = self._process, self._serving
        while self._asked:
            self._asked.popleft().cancel()
        if serving is not None:
            serving.cancel()
            await asyncio.wait([serving])
        if process is not None:
            await process.wait()
