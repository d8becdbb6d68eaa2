"""The one thread that reads and writes the file of what is kept. What is handed over while it
writes is written together, and answered when it is on disk. When nothing can be written, everyone
is told, sessions go on in memory, and it is tried again."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from app.sessions.session import TrainingSession
from app.storage.database import Database, Trouble
from app.storage.ledger import Changes, Ledger

log = logging.getLogger("backprop_lab")
T = TypeVar("T")

_TRY_AGAIN = 5.0  # seconds after the file could not be used
_LAST_WORDS = 2.0  # seconds for what is written at the end
_NEAR = 2.5  # seconds of training that are made again at most
_BYTES_A_SECOND = 300_000  # of one session that trains


class Job:
    """Something to be done with the file, and who waits for it."""

    def __init__(self, work: Callable[[Database], Any], done: asyncio.Future[Any]) -> None:
        self.work, self.done = work, done
        self.result: Any = None
        self.error: Exception | None = None

    def deliver(self, trouble: Trouble | None) -> None:
        if self.done.done():
            return
        error = trouble or self.error
        if error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(error)


class Keeper:
    """Hands work to the thread. ``told`` is called on the loop when the file begins or ends to be
    usable, and when a damaged one has been put aside."""

    def __init__(
        self, folder: Path, most_bytes: int, told: Callable[[Trouble | None, Path | None], None]
    ) -> None:
        self._folder, self._most_bytes, self._told = folder, most_bytes, told
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._db: Database | None = None
        self._try_at = 0.0
        self.trouble: Trouble | None = None  # as the loop knows it
        self._found: Trouble | None = None  # as the thread knows it
        self._thread.start()

    # --- on the loop ---

    def ask(self, work: Callable[[Database], T]) -> asyncio.Future[T]:
        """``work`` with the file, and its result once what it wrote is on disk; or its Trouble."""
        done: asyncio.Future[T] = self._loop.create_future()
        done.add_done_callback(_looked_at)
        self._queue.put(Job(work, done))
        return done

    async def close(self) -> None:
        """Write what is in line, and let go of the file."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join, _LAST_WORDS)

    def _deliver(self, jobs: list[Job], trouble: Trouble | None) -> None:
        for job in jobs:
            job.deliver(trouble)

    def _say(self, trouble: Trouble | None, aside: Path | None) -> None:
        self.trouble = trouble
        self._told(trouble, aside)

    # --- in the thread ---

    def _run(self) -> None:
        while True:
            taken = [self._queue.get()]
            while not self._queue.empty():
                taken.append(self._queue.get())
            jobs = [job for job in taken if job is not None]
            if jobs:
                self._do(jobs)
            if len(jobs) < len(taken):
                if self._db is not None:
                    self._db.close()
                return

    def _do(self, jobs: list[Job]) -> None:
        trouble: Trouble | None = None
        try:
            db = self._opened()
            with db.transaction():
                for job in jobs:
                    self._do_one(db, job)
        except Trouble as found:
            trouble = found
            self._lose(found)
        except Exception as error:  # a fault of ours must not end the thread
            log.exception("writing failed")
            trouble = Trouble("failed", str(self._folder), str(error))
            self._lose(trouble)
        self._on_loop(self._deliver, jobs, trouble)

    def _do_one(self, db: Database, job: Job) -> None:
        job.result = job.error = None
        try:
            with db.step():
                job.result = job.work(db)
        except (Trouble, sqlite3.Error):
            raise
        except Exception as error:
            job.error = error

    def _opened(self) -> Database:
        """Raises Trouble."""
        if self._db is None:
            if self._found is not None and monotonic() < self._try_at:
                raise self._found
            self._db = Database(self._folder, self._most_bytes)
            aside = self._db.set_aside
            if aside is not None:
                log.error("the file of sessions was damaged; it is kept as %s", aside)
            if self._found is not None:
                log.warning("sessions are kept again, in %s", self._db.file)
            if self._found is not None or aside is not None:
                self._found = None
                self._on_loop(self._say, None, aside)
        return self._db

    def _lose(self, trouble: Trouble) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
        if trouble is self._found:
            return
        if self._found is None or self._found.reason != trouble.reason:
            log.error("sessions cannot be kept, they go on in memory: %s", trouble)
            self._on_loop(self._say, trouble, None)
        self._found, self._try_at = trouble, monotonic() + _TRY_AGAIN

    def _on_loop(self, call: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            log.debug("the loop ended before it was told", exc_info=True)


def _looked_at(done: asyncio.Future[Any]) -> None:
    """Nobody may have waited; what went wrong was logged where it happened."""
    if not done.cancelled():
        done.exception()


class Keeping:
    """One session's way into the file."""

    def __init__(self, keeper: Keeper, session_id: str, ledger: Ledger | None = None) -> None:
        self._keeper, self._id, self._ledger = keeper, session_id, ledger or Ledger()
        self._under_way: asyncio.Future[None] | None = None
        self._near_version, self._near_run, self._near_due = -1, -1, 0.0

    def save(self, session: TrainingSession) -> asyncio.Future[None]:
        """Write what a command has changed; done when it is on disk, or cannot be. Nobody may be in
        the session until this returns."""
        self._near_due = 0.0  # the way from the last snapshot may not lead here
        return self._write(session, self._ledger.changes(session))

    def keep_up(self, session: TrainingSession, *, last: bool = False) -> asyncio.Future[None]:
        """Write where it is by now; with its numbers now and then, when they were not written just
        before, and for the ``last`` time. The steps since then are made again if need be."""
        now = monotonic()
        near = last or now >= self._near_due or session.run.id != self._near_run
        if near or not session.training:
            near, self._near_run, self._near_version = True, session.run.id, session.version
            size = sum(p.data.nbytes for _, p in session.trainer.network.named_parameters())
            self._near_due = now + max(_NEAR, 3 * size / _BYTES_A_SECOND)
        return self._write(session, self._ledger.changes(session, near=near, goes_on=True))

    def _write(self, session: TrainingSession, changes: Changes) -> asyncio.Future[None]:
        saving = self._keeper.ask(lambda db: db.write(self._id, changes))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def settle(saved: asyncio.Future[None]) -> None:
            if saved.cancelled() or (error := saved.exception()) is not None:
                self._ledger.forget()
                self._near_version = -1
                if not saved.cancelled() and not isinstance(error, Trouble):
                    about = {"session": self._id}
                    log.error("a session could not be written", exc_info=error, extra=about)
            if not done.done():
                done.set_result(None)

        saving.add_done_callback(settle)
        self._under_way = done
        return done

    def due(self, session: TrainingSession) -> bool:
        """Whether something happened that has not been written, and nothing is being written."""
        busy = self._under_way is not None and not self._under_way.done()
        return not busy and session.version != self._near_version
