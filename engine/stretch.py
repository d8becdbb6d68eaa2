"""A stretch of training as data, so that another process can make it: the steps, what is to be
recorded on the way, and what comes back. Whoever asked goes on from there to the last bit.

`serve` is that process: it reads stretches and writes what was made, each as its length in bytes
and a pickle. The two ends of the pipe are one program.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Hashable
from dataclasses import dataclass, field
from time import thread_time
from typing import NamedTuple

from engine.snapshot import Snapshot, State
from engine.training import Trainer

LENGTH = 4  # bytes before each message


class Mark(NamedTuple):
    """Where something is to be recorded: losses and metrics, or a snapshot, or both."""

    step: int
    measured: bool
    kept: bool


class Record(NamedTuple):
    """What was found at a mark; None for what was not asked for."""

    step: int
    metrics: dict[str, float] | None
    state: State | None


@dataclass(frozen=True)
class Stretch:
    """Training from a moment up to the step `end`, or to where the settings say that it stops.

    `start` is None where the last stretch of the same `key` has ended: the net is there still.
    """

    key: Hashable
    start: Snapshot | None
    end: int
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Made:
    """Where it has come to, what was recorded, whether training is to stand still there, and the
    seconds it took to compute. It ends before a step that is not finite. The settings are those it
    began with; whoever asked has them."""

    state: State
    records: tuple[Record, ...]
    stopped: bool
    seconds: float


@dataclass
class Maker:
    """Makes stretches, and keeps the net of each key until it is told to let it go."""

    _trainers: dict[Hashable, Trainer] = field(default_factory=dict)

    def let_go(self, key: Hashable) -> None:
        self._trainers.pop(key, None)

    def make(self, stretch: Stretch) -> Made:
        """Train.

        Raises:
            KeyError: it begins where none of its key has ended.
        """
        trainer, begun = self._trainer(stretch), thread_time()
        records: list[Record] = []
        stopped = False
        for step, measured, kept in (*stretch.marks, Mark(stretch.end, False, False)):
            if step > trainer.step_count:
                trainer.run(step - trainer.step_count, stops=True)
            if trainer.step_count < step:
                stopped = trainer.stopped is not None
                break
            if measured or kept:
                metrics = trainer.evaluate() if measured else None
                records.append(Record(step, metrics, trainer.snapshot().state if kept else None))
            if stopped := trainer.stopped is not None:
                break
        if trainer.overflow is not None:
            self.let_go(stretch.key)
        state = trainer.snapshot().state
        return Made(state, tuple(records), stopped, thread_time() - begun)

    def _trainer(self, stretch: Stretch) -> Trainer:
        start, known = stretch.start, self._trainers.get(stretch.key)
        if start is None:
            return self._trainers[stretch.key]
        if known is None or not start.spec.live_change_from(known.spec):
            known = self._trainers[stretch.key] = Trainer(start.spec)
        known.restore(start)
        return known


def written(message: object) -> bytes:
    """A message as it goes through the pipe."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(LENGTH, "little") + body


def serve() -> None:
    """Make stretches one after the other, asked on standard input and answered on standard output,
    until nobody is there to ask.

    A message that is a key, and no stretch, lets its net go. What goes wrong is the answer, as the
    exception it is.
    """
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    maker = Maker()
    while len(head := source.read(LENGTH)) == LENGTH:
        asked = pickle.loads(source.read(int.from_bytes(head, "little")))
        if not isinstance(asked, Stretch):
            maker.let_go(asked)
            continue
        try:
            answer: Made | Exception = maker.make(asked)
        except Exception as error:
            maker.let_go(asked.key)
            answer = RuntimeError(repr(error))
        sink.write(written(answer))
        sink.flush()
