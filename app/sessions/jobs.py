"""Steps that were asked for one by one: counted, and answered when they are done or cut short."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from app import messages as wire
from app.errors import Full, Refusal

MOST_JOBS = 64  # Step commands that wait in a session


class DataChanged:
    """Stands for the data message, which every viewer gets at the resolution it looks at."""


class Letter(NamedTuple):
    """A message and whom it is for; ``to`` is None when every viewer gets it."""

    to: Hashable | None
    message: wire.Message | DataChanged


@dataclass
class Job:
    """One Step command, and how many of its steps are still to be done."""

    sender: Hashable
    command: wire.Step
    left: int


class Jobs:
    """The Step commands of a session, done in their order."""

    def __init__(self) -> None:
        self._queue: deque[Job] = deque()

    @property
    def owed(self) -> int:
        """Steps still to be done."""
        return sum(job.left for job in self._queue)

    def add(self, command: wire.Step, sender: Hashable) -> None:
        """Raises Full."""
        if len(self._queue) >= MOST_JOBS:
            raise Full(
                f"{MOST_JOBS} Step commands of this session are not done yet; wait for an answer.",
                field="steps",
                allowed={"maximum": MOST_JOBS},
            )
        self._queue.append(Job(sender, command, command.count))

    def leave(self, sender: Hashable) -> None:
        """Nobody waits for the steps of ``sender`` any more."""
        self._queue = deque(job for job in self._queue if job.sender != sender)

    @property
    def next(self) -> int:
        """Steps until one of them is done; 0 without any."""
        return self._queue[0].left if self._queue else 0

    def count(self, steps: int, step: int) -> list[Letter]:
        """So many steps, `next` at most, have been done and the session is at ``step``; the answer,
        if one of them is done."""
        if not self._queue:
            return []
        job = self._queue[0]
        job.left -= steps
        if job.left:
            return []
        self._queue.popleft()
        return [Letter(job.sender, wire.Ack(id=job.command.id, step=step))]

    def refuse(self, kind: type[Refusal], reason: str) -> list[Letter]:
        """Answer all that are waiting: the rest of their steps will not be done."""
        letters = []
        for job in self._queue:
            asked = job.command.count
            refusal = kind(f"{asked - job.left} of {asked} steps were done. {reason}")
            letters.append(Letter(job.sender, wire.Error.of(refusal, job.command.id)))
        self._queue.clear()
        return letters
