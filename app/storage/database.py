"""The file: SQLite with a write-ahead log, opened once, by one process, in one thread. What is
wrong with it is said as a `Trouble`; a damaged file is put aside, never written over."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from app.storage.ledger import Changes, Parts

VERSION = 1
NAME = "sessions.db"
_APPLICATION = 0x42504C42  # in the file's header, so that nobody else's is taken for ours
_SCHEMA = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, used REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE parts (
    session TEXT NOT NULL, part TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (session, part));
CREATE TABLE runs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, made REAL NOT NULL,
    about TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE tables (id TEXT PRIMARY KEY, used REAL NOT NULL, body BLOB NOT NULL);
"""
_TABLES_BEYOND = """
DELETE FROM tables WHERE id <> ? AND id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER latest AS number, sum(length(body)) OVER latest AS bytes
        FROM tables WINDOW latest AS (ORDER BY used DESC, id))
    WHERE number > ? OR bytes > ?)
"""
_PAGE = 4096
_NEARLY = 0.8  # full

Reason = Literal["locked", "full", "damaged", "newer", "unwritable", "failed"]


class Trouble(Exception):
    """Nothing can be written, and why; ``file`` is the one it is about."""

    def __init__(self, reason: Reason, file: str, detail: str) -> None:
        super().__init__(f"{reason}: {file}: {detail}")
        self.reason, self.file, self.detail = reason, file, detail


class KeptRun(NamedTuple):
    """A run that was saved under a name, or is shared; ``about`` is for lists."""

    id: str
    name: str
    made: float
    about: dict[str, Any]


class Database:
    """All that is asked of the file. Every method is called in one and the same thread."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Raises Trouble."""
        self.file = folder / NAME
        self.set_aside: Path | None = None  # a damaged file that was here before
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Trouble("unwritable", str(folder), error.strerror or str(error)) from None
        try:
            self._open(most_bytes)
        except Trouble as trouble:
            if trouble.reason != "damaged":
                raise
            self.set_aside = self._put_aside()
            self._open(most_bytes)

    def _open(self, most_bytes: int) -> None:
        with self._told():
            self._db = sqlite3.connect(self.file, timeout=0.5, isolation_level=None)
        try:
            with self._told():
                self._prepare(most_bytes)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, most_bytes: int) -> None:
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("BEGIN IMMEDIATE")  # from here on it is ours until we close it
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        (application,) = self._db.execute("PRAGMA application_id").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and (application, version) != (_APPLICATION, VERSION):
            self._db.execute("ROLLBACK")
            raise Trouble("newer", str(self.file), f"version {version} of {application:#x}")
        if not tables:
            for statement in _SCHEMA.split(";")[:-1]:
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        self._db.execute("COMMIT")
        (state,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise Trouble("damaged", str(self.file), state)
        self._db.execute(f"PRAGMA max_page_count = {max(16, most_bytes // _PAGE)}")

    def _put_aside(self) -> Path:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        aside = self.file.with_name(f"{self.file.name}.damaged-{stamp}")
        number = 1
        while aside.exists():
            number += 1
            aside = self.file.with_name(f"{self.file.name}.damaged-{stamp}-{number}")
        try:
            for ending in ("-wal", "-shm", ""):
                part = self.file.with_name(self.file.name + ending)
                if part.exists():
                    part.rename(aside.with_name(aside.name + ending))
        except OSError as error:
            raise Trouble("unwritable", str(self.file), str(error)) from None
        return aside

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it is on disk when this ends, or none of it. Raises Trouble."""
        try:
            with self._told():
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite says, in our words."""
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            found = next((r for start, r in _REASONS.items() if name.startswith(start)), "failed")
            raise Trouble(found, str(self.file), str(error)) from None  # type: ignore[arg-type]

    @contextmanager
    def step(self) -> Iterator[None]:
        """A part of a transaction: if it fails, it is as if it had not been tried."""
        self._db.execute("SAVEPOINT step")
        try:
            yield
        except sqlite3.Error:
            raise  # the whole transaction is lost
        except BaseException:
            self._db.execute("ROLLBACK TO step")
            raise
        finally:
            if self._db.in_transaction:
                self._db.execute("RELEASE step")

    # --- sessions ---

    def write(self, session: str, changes: Changes) -> None:
        """Within a transaction."""
        run = self._db.execute
        run(
            "INSERT INTO sessions VALUES (?, ?) "
            "ON CONFLICT (id) DO UPDATE SET used = excluded.used",
            (session, time.time()),
        )
        if changes.anew:
            run("DELETE FROM parts WHERE session = ?", (session,))
        self._db.executemany(
            "DELETE FROM parts WHERE session = ? AND part = ?",
            [(session, part) for part in changes.gone if part not in changes.parts],
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO parts VALUES (?, ?, ?)",
            [(session, part, make()) for part, make in changes.parts.items()],
        )

    def read(self, session: str) -> Parts | None:
        """All parts of a session; None if it is not there."""
        rows = self._db.execute("SELECT part, body FROM parts WHERE session = ?", (session,))
        return dict(rows) or None

    def count(self) -> int:
        """How many sessions there are."""
        found: tuple[int] = self._db.execute("SELECT COUNT(*) FROM sessions").fetchone()
        return found[0]

    def delete(self, session: str) -> None:
        self._db.execute("DELETE FROM parts WHERE session = ?", (session,))
        self._db.execute("DELETE FROM sessions WHERE id = ?", (session,))

    def prune(self, before: float, most: int, here: set[str]) -> int:
        """Let sessions go that were not used since, the longest unused beyond so many, and while
        the file is nearly as large as it may be; but none of those that are in memory. How many."""
        rows = self._db.execute("SELECT id, used FROM sessions ORDER BY used DESC").fetchall()
        idle = [(key, used) for key, used in rows if key not in here]
        room = max(0, most - (len(rows) - len(idle)))
        old = [key for number, (key, used) in enumerate(idle) if number >= room or used < before]
        for key in old:
            self.delete(key)
        kept = [key for key, _ in idle if key not in set(old)]
        while kept and self._filled() > _NEARLY:
            old.append(kept.pop())
            self.delete(old[-1])
        return len(old)

    def _filled(self) -> float:
        """How much of what the file may hold is in use."""
        names = ("page_count", "freelist_count", "max_page_count")
        count, free, most = (self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
        return float((count - free) / most)

    # --- runs that were saved or are shared ---

    def put_run(self, kind: str, run: KeptRun, body: bytes) -> None:
        row = (run.id, kind, run.name, run.made, json.dumps(run.about), body)
        self._db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", row)

    def runs(self, kind: str) -> list[KeptRun]:
        """The latest first."""
        rows = self._db.execute(
            "SELECT id, name, made, about FROM runs WHERE kind = ? ORDER BY made DESC, id", (kind,)
        )
        return [KeptRun(key, name, made, json.loads(about)) for key, name, made, about in rows]

    def run(self, kind: str, run: str) -> tuple[KeptRun, bytes] | None:
        row = self._db.execute(
            "SELECT id, name, made, about, body FROM runs WHERE kind = ? AND id = ?", (kind, run)
        ).fetchone()
        if row is None:
            return None
        key, name, made, about, body = row
        return KeptRun(key, name, made, json.loads(about)), body

    def rename_run(self, kind: str, run: str, name: str) -> bool:
        done = self._db.execute(
            "UPDATE runs SET name = ? WHERE kind = ? AND id = ?", (name, kind, run)
        )
        return done.rowcount > 0

    def delete_run(self, kind: str, run: str) -> bool:
        done = self._db.execute("DELETE FROM runs WHERE kind = ? AND id = ?", (kind, run))
        return done.rowcount > 0

    def prune_runs(self, kind: str, most: int) -> None:
        """Let the oldest of a kind go beyond so many."""
        self._db.execute(
            "DELETE FROM runs WHERE kind = ?1 AND id IN "
            "(SELECT id FROM runs WHERE kind = ?1 ORDER BY made DESC LIMIT -1 OFFSET ?2)",
            (kind, most),
        )

    # --- tables that people brought ---

    def put_table(self, key: str, body: Callable[[], bytes], most: int, most_bytes: int) -> None:
        """Keep a table; the longest unused go beyond so many, or so many bytes."""
        now = time.time()
        seen = self._db.execute("UPDATE tables SET used = ? WHERE id = ?", (now, key))
        if not seen.rowcount:
            self._db.execute("INSERT INTO tables VALUES (?, ?, ?)", (key, now, body()))
            self._db.execute(_TABLES_BEYOND, (key, most, most_bytes))

    def tables(self) -> list[bytes]:
        """The longest unused first."""
        return [bytes(row[0]) for row in self._db.execute("SELECT body FROM tables ORDER BY used")]


_REASONS: dict[str, Reason] = {
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "SQLITE_FULL": "full",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
    "SQLITE_READONLY": "unwritable",
    "SQLITE_CANTOPEN": "unwritable",
    "SQLITE_PERM": "unwritable",
    "SQLITE_IOERR": "unwritable",
}
