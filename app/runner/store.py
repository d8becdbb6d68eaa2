"""What the runner keeps beyond its memory: sessions that rest, and tables. Without a folder there
is none of it, and sessions end with the process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import time
from typing import NamedTuple, TypeVar

from app import messages as wire
from app.errors import NotKept
from app.runner.keeper import Keeper, Keeping
from app.sessions.session import TrainingSession
from app.settings import Settings
from app.storage.database import NAME, Database, Trouble
from app.storage.ledger import Ledger
from app.storage.packing import Damaged, pack, pack_table, unpack, unpack_table
from app.storage.restoring import restored
from engine.datasets.table import TABLES, Table

log = logging.getLogger("backprop_lab")
T = TypeVar("T")

_DAY = 86_400


class Kept(NamedTuple):
    """A session that was kept, and what of it is written."""

    session: TrainingSession
    ledger: Ledger


Build = Callable[[Callable[[], Kept]], Awaitable[Kept]]


class Store:
    """The file, if there is a folder for one. ``told`` gets what everyone is to be told of it."""

    def __init__(self, settings: Settings, told: Callable[[wire.Storage | None], None]) -> None:
        self._settings, self._told = settings, told
        self.keeper: Keeper | None = None
        self.news: wire.Storage | None = None

    async def open(self) -> None:
        """Open the file, let go of what is old, and put its tables where specs find them."""
        folder = self._settings.folder
        if folder is None:
            return
        self.keeper = Keeper(folder, self._settings.max_stored_bytes, self._tell)
        try:
            for body in await self.keeper.ask(self._first):
                TABLES.put(unpack_table(unpack(body)))
        except Trouble:
            log.debug("everyone has been told", exc_info=True)

    def _first(self, db: Database) -> list[bytes]:
        self._prune(db, set())
        return db.tables()

    def _prune(self, db: Database, here: set[str]) -> None:
        oldest = time() - _DAY * self._settings.keep_days
        db.prune(oldest, self._settings.max_stored_sessions, here)

    def tidy(self, here: set[str]) -> None:
        """Let go of what is old, or more than fits, but of none of these sessions."""
        if self.keeper is not None:
            self.keeper.ask(lambda db: self._prune(db, here))

    async def close(self) -> None:
        if self.keeper is not None:
            await self.keeper.close()

    def _tell(self, trouble: Trouble | None, aside: Path | None) -> None:
        self.news = None
        if trouble is not None or aside is not None:
            reason = None if trouble is None else trouble.reason
            self.news = wire.Storage(trouble=reason, set_aside=aside.name if aside else None)
        self._told(self.news)

    @property
    def trouble(self) -> str | None:
        """Why nothing is kept now; None while all is."""
        if self.keeper is None:
            return "no folder"
        return None if self.keeper.trouble is None else self.keeper.trouble.reason

    @property
    def size(self) -> int | None:
        """Of what is kept, in bytes; None where there is nothing."""
        folder = self._settings.folder
        if self.keeper is None or folder is None:
            return None
        files = (folder / (NAME + ending) for ending in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    # --- sessions ---

    def keeping(self, session_id: str, ledger: Ledger | None = None) -> Keeping | None:
        """The way of a session into the file."""
        return None if self.keeper is None else Keeping(self.keeper, session_id, ledger)

    async def find(self, session_id: str, build: Build) -> Kept | None:
        """A session that was kept, as it was, built where ``build`` says; None if there is none,
        or nothing can be made of what was written."""
        if self.keeper is None:
            return None
        try:
            parts = await self.keeper.ask(lambda db: db.read(session_id))
            if parts is None:
                return None
            return await build(lambda: Kept(*restored(parts)))
        except Trouble:
            return None  # everyone has been told
        except Damaged:
            about = {"session": session_id}
            log.exception("it cannot be restored; what was written of it stays", extra=about)
            return None

    def delete(self, session_id: str) -> None:
        if self.keeper is not None:
            self.keeper.ask(lambda db: db.delete(session_id))

    # --- runs that were saved or are shared ---

    async def ask(self, work: Callable[[Database], T]) -> T:
        """``work`` with the file. Raises NotKept."""
        if self.keeper is None:
            raise NotKept("no folder")
        try:
            return await self.keeper.ask(work)
        except Trouble as trouble:
            raise NotKept(trouble.reason) from None

    # --- tables ---

    async def keep_table(self, key: str, table: Table) -> None:
        """For sessions that name it, when the process is another."""
        if self.keeper is None:
            return
        most, most_bytes = TABLES.most, TABLES.most_bytes
        try:
            await self.keeper.ask(
                lambda db: db.put_table(key, lambda: pack(*pack_table(table)), most, most_bytes)
            )
        except Trouble:
            log.debug("everyone has been told", exc_info=True)


async def within(seconds: float, tasks: list[asyncio.Task[None]]) -> None:
    """Wait for all of them, but no longer."""
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
