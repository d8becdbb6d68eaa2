"""Sessions are their histories on disk: packed to the last bit, written before they are
acknowledged, there again after a restart; and what is said when they cannot be written."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.errors import UnknownSession
from app.runner import Runner
from app.sessions.session import TrainingSession
from app.sessions.travel import AllWeights, Settings, WeightEdit
from app.settings import Settings as ServerSettings
from app.storage.database import NAME, Database, Trouble
from app.storage.ledger import Changes, Ledger
from app.storage.packing import (
    Damaged,
    pack,
    pack_edit,
    pack_snapshot,
    pack_table,
    unpack,
    unpack_edit,
    unpack_snapshot,
    unpack_table,
)
from app.storage.restoring import restored
from engine.datasets.reading import read_table
from engine.datasets.table import TABLES
from engine.snapshot import Snapshot
from engine.spec import Spec
from engine.training import Trainer
from tests.app.running import answered, until, watching
from tests.app.sessions import DIVERGING, do, session_of

BN = {"units": 5, "activation": "tanh", "normalization": "batch", "dropout": 0.2}
SPECS: dict[str, dict[str, Any]] = {
    "default": {},
    "adam": {"optimizer": {"name": "adam"}, "batch_size": 7},
    "norm": {"network": {"layers": [BN, {"units": 1}]}, "optimizer": {"name": "nadam"}},
    "plateau": {
        "schedule": {"name": "reduce_on_plateau"},
        "stopping": {"patience": 3},
        "dtype": "float32",
    },
    "digits": {"data": {"name": "digits"}, "optimizer": {"name": "rmsprop"}},
}


def same(one: Snapshot, other: Snapshot) -> None:
    """To the last bit, and of the same types."""
    assert one.spec == other.spec
    assert (one.step_count, one.memory.steps) == (other.step_count, other.memory.steps)
    assert one.watched == other.watched
    assert one.batches[0] == other.batches[0] and one.batches[2:] == other.batches[2:]
    arrays = [(one.batches[1], other.batches[1])]
    for mine, theirs in ((one.parameters, other.parameters), (one.buffers, other.buffers)):
        assert list(mine) == list(theirs)
        arrays += [(mine[name], theirs[name]) for name in mine]
    assert list(one.memory.states) == list(other.memory.states)
    for name, state in one.memory.states.items():
        assert list(state) == list(other.memory.states[name])
        arrays += [(state[key], other.memory.states[name][key]) for key in state]
    for a, b in arrays:
        assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def alike(one: TrainingSession, other: TrainingSession, *, undo: bool = True) -> None:
    """At the same place of the same timeline, with the same way ahead and, unless not ``undo``,
    back."""
    before = [session.status() for session in (one, other)]
    if not undo:
        before = [each.model_copy(update={"undo": None, "redo": None}) for each in before]
    assert before[0] == before[1]
    assert one.runs_message() == other.runs_message()
    assert one.spec == other.spec
    same(one.trainer.snapshot(), other.trainer.snapshot())
    for run_id, run in one.timeline.runs.items():
        twin = other.timeline.runs[run_id]
        assert repr(run.losses.items) == repr(twin.losses.items)  # nan is nan
        assert run.losses.interval == twin.losses.interval
        assert run.parent == twin.parent
        assert len(run.edits) == len(twin.edits)
    for each in (one, other):
        each.play_on("playing", None)
        each.advance(137)
    same(one.trainer.snapshot(), other.trainer.snapshot())
    assert repr(one.run.losses.items) == repr(other.run.losses.items)


class Disk:
    """The parts of one session as they would be in the file."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.parts: dict[str, bytes] = {}
        self.last = Changes()

    def save(self, session: TrainingSession, near: bool = False, goes_on: bool = False) -> None:
        self.last = self.ledger.changes(session, near=near, goes_on=goes_on)
        if self.last.anew:
            self.parts.clear()
        for part in self.last.gone:
            del self.parts[part]
        self.parts |= {part: make() for part, make in self.last.parts.items()}

    def back(self) -> TrainingSession:
        return restored(dict(self.parts))[0]


# --- packing ---


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_a_snapshot_comes_back_to_the_last_bit(spec: dict[str, Any]) -> None:
    trainer = Trainer(Spec.parse(spec))
    for steps in (0, 1, 130):
        trainer.run(steps)
        snapshot = trainer.snapshot()
        back = unpack_snapshot(unpack(pack(*pack_snapshot(snapshot))))
        same(snapshot, back)


def test_every_field_of_a_snapshot_is_packed() -> None:
    """A field more needs its place in `pack_snapshot`."""
    known = "spec step_count parameters memory batches buffers watched"
    assert [field.name for field in fields(Snapshot)] == known.split()


def test_every_kind_of_change_comes_back() -> None:
    weights = AllWeights({"layers.0.weight": np.array([[0.1, np.pi]])}, {})
    edits = [Settings(Spec.parse(SPECS["norm"])), WeightEdit("layers.0.bias", (1,), 0.1), weights]
    back = [unpack_edit(unpack(pack(*pack_edit(edit)))) for edit in edits]
    assert back[:2] == edits[:2]
    assert isinstance(back[2], AllWeights)
    assert back[2].parameters["layers.0.weight"].tolist() == [[0.1, np.pi]]


def test_a_table_comes_back_as_the_same_table() -> None:
    table = read_table("a,b,type\n1,2.5,x\n,3,ÿ\n4,1e-3,\n".encode(), "mine")
    back = unpack_table(unpack(pack(*pack_table(table))))
    assert back.id == table.id
    assert (back.name, back.names, back.found) == (table.name, table.names, table.found)


@pytest.mark.parametrize("cut", [0, 3, 10, -1])
def test_bytes_that_are_not_whole_are_found_out(cut: int) -> None:
    body = pack({"a": 1}, {"x": np.arange(5.0)})
    with pytest.raises(Damaged):
        unpack(body[:cut])
    with pytest.raises(Damaged):
        unpack(body + b"\0")


# --- a session as parts ---


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_a_session_is_there_again_with_all_its_runs(spec: dict[str, Any]) -> None:
    session, disk = session_of(spec), Disk()
    do(session, "play")
    session.advance(300)
    disk.save(session, near=True)
    session.advance(90)
    do(session, "set", changes={"optimizer": {"learning_rate": 0.02}})
    disk.save(session)
    session.advance(60)
    do(session, "pause")
    disk.save(session)
    alike(session, disk.back())
    do(session, "seek", step=200, run=1)
    do(session, "edit", parameter="layers.0.bias", index=[0], value=0.25)
    do(session, "name_run", run=1, name="the first <b>")
    disk.save(session)
    alike(session, disk.back())
    do(session, "undo")
    disk.save(session)
    alike(session, disk.back())
    do(session, "redo")
    do(session, "reset")
    disk.save(session)
    alike(session, disk.back())
    disk.save(session)
    undone = disk.back()
    for each in (session, undone):
        do(each, "undo")
    alike(session, undone)


def painted(count: int) -> list[list[float]]:
    """Two classes of points, more of them each time."""
    return [[i % 7 - 3, (i * 5) % 11 - 5, 1 if i % 2 else -1] for i in range(count)]


def with_strokes() -> TrainingSession:
    """Data that grow while a net learns from them."""
    session = session_of({"data": {"name": "points", "points": painted(30)}})
    for count in (36, 44):
        do(session, "step", count=50)
        session.advance(50)
        do(session, "set", changes={"data": {"points": painted(count)}})
    do(session, "step", count=50)
    session.advance(50)
    return session


def test_data_that_grew_while_it_learnt_are_there_again() -> None:
    session, disk = with_strokes(), Disk()
    assert session.step == 150 and len(session.trainer.dataset.y) == 44
    disk.save(session)  # the way to it is made again
    alike(session, disk.back())
    disk.save(session, near=True)
    alike(session, disk.back())


def test_what_was_trained_since_the_last_snapshot_is_made_again() -> None:
    session, disk = session_of(), Disk()
    do(session, "play")
    session.advance(1000)
    disk.save(session, near=True)
    session.advance(777)
    disk.save(session)
    alike(session, disk.back())


def test_a_session_that_only_goes_on_writes_next_to_nothing() -> None:
    session, disk = session_of(), Disk()
    do(session, "play")
    session.advance(5000)
    disk.save(session, near=True, goes_on=True)
    session.advance(100)
    disk.save(session, goes_on=True)
    assert list(disk.last.parts) == ["now"] and len(disk.parts["now"]) < 300
    alike(session, disk.back())


def test_a_later_value_at_the_same_step_is_the_one_that_counts() -> None:
    session, disk = session_of(), Disk()
    do(session, "step", count=30)
    session.advance(30)
    for value in (0.5, 0.7):
        do(session, "edit", parameter="layers.0.bias", index=[0], value=value)
        disk.save(session, near=value == 0.5)
    alike(session, disk.back())


def test_a_change_of_a_long_run_writes_little() -> None:
    session, disk = session_of(), Disk()
    do(session, "play")
    session.advance(50_000)
    disk.save(session, near=True)
    do(session, "pause")
    disk.save(session)
    assert list(disk.last.parts) == ["now"]
    do(session, "edit", parameter="layers.0.bias", index=[0], value=0.5)
    disk.save(session)
    assert sorted(disk.last.parts)[0].startswith("edit")
    assert sorted(disk.last.parts)[1:] == ["now", "run 1", "ways"]
    assert sum(map(len, disk.parts.values())) < 400_000


def test_runs_that_go_leave_nothing_behind() -> None:
    session, disk = session_of(), Disk()
    for _ in range(40):  # more than are kept
        do(session, "step", count=300)
        session.advance(300)
        do(session, "reset")
        disk.save(session)
    runs = {part for part in disk.parts if part.startswith("run")}
    assert runs == {f"run {run}" for run in session.timeline.runs}
    assert len(disk.parts) < 4 * len(runs) + 4
    alike(session, disk.back())


def test_a_diverged_session_is_diverged_again() -> None:
    session, disk = session_of(DIVERGING), Disk()
    do(session, "play")
    session.advance(5000)
    assert session.state == "diverged"
    disk.save(session, near=True)
    back = disk.back()
    assert back.status() == session.status()
    do(back, "rewind")
    do(session, "rewind")
    alike(session, back)


def test_a_session_that_came_back_writes_on_where_it_was_left() -> None:
    session, disk = session_of(), Disk()
    do(session, "play")
    session.advance(3000)
    disk.save(session, near=True)
    back, ledger = restored(dict(disk.parts))
    changes = ledger.changes(back)
    assert not changes.anew and set(changes.parts) == {"now", "ways"}  # small ones
    back.advance(2000)
    disk.ledger = ledger
    disk.save(back, near=True)
    alike(back, disk.back())


def test_keyframes_in_the_file_are_few_and_evenly_spaced() -> None:
    session, disk = session_of(), Disk()
    do(session, "play")
    for _ in range(10):
        session.advance(20_000)
        disk.save(session, near=True)
    steps = disk.back().run.keyframes.steps
    assert len(steps) <= 65 and steps[0] == 0
    gaps = np.diff(steps)
    assert gaps.max() <= 2 * gaps.min() and steps[-1] > 180_000


# --- the runner ---

Scenario = Callable[[Runner], Awaitable[Any]]


def with_folder(folder: Path | str, scenario: Scenario, **settings: Any) -> Any:
    """One life of a server that keeps its sessions there."""

    async def play() -> Any:
        runner = Runner(ServerSettings(data=str(folder), **settings))
        async with runner.running():
            return await asyncio.wait_for(scenario(runner), 30)

    return asyncio.run(play())


async def say(stream: Any, number: int, **command: Any) -> None:
    stream.say(id=number, **command)
    await until(lambda: answered(stream, number))


def test_a_session_outlives_the_server(tmp_path: Path) -> None:
    async def before(runner: Runner) -> tuple[str, TrainingSession]:
        async with watching(runner) as (lane, stream):
            await say(stream, 1, type="step", count=400)
            await say(stream, 2, type="seek", step=250)
            await say(stream, 3, type="set", changes={"optimizer": {"learning_rate": 0.2}})
            await say(stream, 4, type="step", count=100)
            return lane.id, lane.session

    session_id, session = with_folder(tmp_path, before)

    async def after(runner: Runner) -> None:
        with pytest.raises(UnknownSession):
            runner.lane(session_id)
        await runner.wake(session_id)
        alike(session, runner.lane(session_id).session)

    with_folder(tmp_path, after)


def test_an_idle_session_rests_on_disk_and_is_woken(tmp_path: Path) -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            await say(stream, 1, type="step", count=60)
            before = runner.lane(lane.id)  # on a slow machine it has rested once already
        await until(lambda: len(runner) == 0)
        assert before.closed
        await runner.wake(lane.id)
        assert runner.lane(lane.id) is not before
        alike(before.session, runner.lane(lane.id).session)

    with_folder(tmp_path, scenario, session_ttl=0.1)


def test_the_longest_unwatched_rests_when_room_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.runner.runner._GRACE", 0.0)

    async def scenario(runner: Runner) -> None:
        lanes = [await runner.create({"seed": seed}) for seed in range(4)]
        assert len(runner) == 2
        await asyncio.gather(*[runner.wake(lanes[0].id) for _ in range(5)])
        assert runner.lane(lanes[0].id).session.spec.seed == 0
        assert len(runner) == 2

    with_folder(tmp_path, scenario, max_sessions=2)


def test_a_deleted_session_is_gone_for_good(tmp_path: Path) -> None:
    async def before(runner: Runner) -> str:
        lane = await runner.create({})
        runner.delete(lane.id)
        await runner.wake(lane.id)
        with pytest.raises(UnknownSession):
            runner.lane(lane.id)
        return lane.id

    session_id = with_folder(tmp_path, before)

    async def after(runner: Runner) -> None:
        await runner.wake(session_id)
        assert len(runner) == 0

    with_folder(tmp_path, after)


def test_a_session_finds_the_table_it_learns_from(tmp_path: Path) -> None:
    table = read_table(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(40)), "squares")
    spec = {"data": {"name": "table", "table": table.id, "features": ["a"], "target": "b"}}

    async def before(runner: Runner) -> str:
        TABLES.put(table)
        await runner.store.keep_table(table.id, table)
        return (await runner.create(spec)).id

    session_id = with_folder(tmp_path, before)
    TABLES._kept.pop(table.id)
    TABLES._alive.pop(table.id, None)

    async def after(runner: Runner) -> None:
        await runner.wake(session_id)
        assert runner.lane(session_id).session.trainer.dataset.x.shape[0] == 40

    with_folder(tmp_path, after)


# --- the file ---


def saved(db: Database) -> None:
    with db.transaction():
        db.write("a", Ledger().changes(session_of(), near=True))


def test_one_process_has_the_file(tmp_path: Path) -> None:
    db = Database(tmp_path, 2**24)
    saved(db)
    with pytest.raises(Trouble, match="locked"):
        Database(tmp_path, 2**24)
    assert db.read("a")
    db.close()
    Database(tmp_path, 2**24).close()


def test_a_transaction_is_whole_or_not_there(tmp_path: Path) -> None:
    db = Database(tmp_path, 2**24)
    with pytest.raises(ZeroDivisionError), db.transaction():
        db.write("a", Ledger().changes(session_of()))
        raise ZeroDivisionError
    assert db.read("a") is None


@pytest.mark.parametrize("damage", ["noise", "torn", "other"])
def test_a_damaged_file_is_put_aside_as_it_was(tmp_path: Path, damage: str) -> None:
    db = Database(tmp_path, 2**24)
    saved(db)
    db.close()
    file = tmp_path / NAME
    whole = file.read_bytes()
    body = {"noise": b"noise" * 4000, "torn": whole[:5000], "other": b"SQLite format 3\0" * 500}
    file.write_bytes(body[damage])
    new = Database(tmp_path, 2**24)
    assert new.set_aside is not None and new.set_aside.read_bytes() == body[damage]
    assert new.read("a") is None
    saved(new)
    assert new.read("a")


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    db = Database(tmp_path, 2**24)
    saved(db)
    db.close()
    other = sqlite3.connect(tmp_path / NAME)
    other.execute("PRAGMA user_version = 99")
    other.close()
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(Trouble, match="newer"):
        Database(tmp_path, 2**24)
    assert (tmp_path / NAME).read_bytes() == before


def with_sessions(folder: Path, names: str, most_bytes: int = 2**24) -> Database:
    """A file of sessions, each used later than the one before."""
    db = Database(folder, most_bytes)
    for name in names:
        with db.transaction():
            db.write(name, Ledger().changes(session_of(), near=True))
            db._db.execute("UPDATE sessions SET used = ? WHERE id = ?", (ord(name), name))
    return db


def there(db: Database, names: str) -> str:
    return "".join(name for name in names if db.read(name))


def test_old_sessions_go_and_the_longest_unused_beyond_the_most(tmp_path: Path) -> None:
    db = with_sessions(tmp_path, "abcdef")
    with db.transaction():
        assert db.prune(ord("b"), 3, {"a"}) == 3
    assert there(db, "abcdef") == "aef"  # the oldest is in use
    assert db._db.execute("SELECT count(DISTINCT session) FROM parts").fetchone() == (3,)


def test_sessions_make_room_before_the_file_is_full(tmp_path: Path) -> None:
    names = "".join(chr(ord("a") + i) for i in range(22))
    db = with_sessions(tmp_path, names, 2**18)
    assert db._filled() > 0.8
    with db.transaction():
        gone = db.prune(0, 1000, set())
    assert 0 < gone < 22 and there(db, names) == names[gone:]
    assert db._filled() <= 0.8


# --- trouble ---


def storage_news(stream: Any) -> list[dict[str, Any]]:
    return [text for text in stream.texts if text["type"] == "storage"]


def test_a_full_disk_is_said_and_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.runner.keeper._TRY_AGAIN", 0.2)
    pages = 0

    def prepare(self: Database, most_bytes: int) -> None:
        real(self, most_bytes)
        if pages:
            self._db.execute(f"PRAGMA max_page_count = {pages}")

    real = Database._prepare
    monkeypatch.setattr(Database, "_prepare", prepare)

    async def scenario(runner: Runner) -> tuple[str, TrainingSession]:
        nonlocal pages
        async with watching(runner) as (lane, stream):
            await say(stream, 1, type="step", count=20)
            assert storage_news(stream) == []
            keeper = runner.store.keeper
            assert keeper is not None
            pages = 1
            await keeper.ask(lambda db: db._db.execute("PRAGMA max_page_count = 1"))
            await say(stream, 2, type="step", count=900)
            await until(lambda: bool(storage_news(stream)))
            assert storage_news(stream)[-1]["trouble"] == "full"
            await say(stream, 3, type="set", changes={"optimizer": {"learning_rate": 0.2}})
            pages = 0
            await until(lambda: storage_news(stream)[-1]["trouble"] is None)
            await say(stream, 4, type="step", count=30)
            return lane.id, lane.session

    session_id, session = with_folder(tmp_path, scenario)
    assert "full" in caplog.text

    async def after(runner: Runner) -> None:
        await runner.wake(session_id)
        alike(session, runner.lane(session_id).session)

    with_folder(tmp_path, after)


@pytest.mark.parametrize("trouble", ["locked", "unwritable", "damaged"])
def test_what_cannot_be_written_is_said_and_the_session_goes_on(
    tmp_path: Path, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder, other = tmp_path / "data", None
    if trouble == "locked":
        other = Database(folder, 2**24)
    elif trouble == "unwritable":
        folder.write_text("a file where a folder should be")
    else:
        folder.mkdir()
        (folder / NAME).write_bytes(b"noise" * 1000)

    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            news = storage_news(stream)[-1]
            if trouble == "damaged":
                assert news["trouble"] is None and news["set_aside"].startswith(NAME)
            else:
                assert news == {"type": "storage", "trouble": trouble, "set_aside": None}
            await say(stream, 1, type="step", count=50)
            await say(stream, 2, type="seek", step=20)
            assert lane.session.step == 20

    with_folder(folder, scenario)
    assert str(folder) in caplog.text
    if other is not None:
        other.close()


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    async def scenario(runner: Runner) -> None:
        assert runner.store.keeper is None
        async with watching(runner) as (_, stream):
            await say(stream, 1, type="step", count=5)
            assert storage_news(stream) == []

    with_folder("", scenario)
    assert list(tmp_path.iterdir()) == []
