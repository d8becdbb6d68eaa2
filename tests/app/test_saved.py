"""Runs that are kept under a name, and runs in links: out of one session, into another, to the last
bit; and texts that are no such thing."""

import base64
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from safetensors.numpy import load

from app.errors import Invalid
from app.main import create_app
from app.sessions.session import TrainingSession
from app.settings import Settings
from app.storage.archive import archive, pack_archive, unpack_archive
from app.storage.links import LONGEST, read_link, write_link
from app.storage.packing import pack, unpack
from tests.app.sessions import do, session_of
from tests.app.test_keeping import SPECS, Disk, alike, same, with_strokes
from tests.app.test_rest import error_of


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[TestClient]:
    """A server with a folder of its own."""
    app = create_app(Settings(data=str(tmp_path)))
    with TestClient(app, "http://localhost:8000", raise_server_exceptions=False) as client:
        yield client


def worked(spec: dict[str, Any] | None = None, steps: int = 300) -> TrainingSession:
    """A session with changes of every kind on the way."""
    session = session_of(spec)
    for command in (
        {"type": "edit", "parameter": "layers.0.bias", "index": [0], "value": 0.5},
        {"type": "set", "changes": {"optimizer": {"learning_rate": 0.02}}},
        {"type": "edit", "parameter": "layers.0.weight", "index": [0, 1], "value": -0.25},
    ):
        do(session, "step", count=steps)
        session.advance(steps)
        do(session, **command)
    return session


def make(client: TestClient, spec: dict[str, Any] | None = None, steps: int = 120) -> Any:
    """The id of a session on a server that has trained, and the session itself."""
    found = client.post("/api/sessions", json=spec or {}).json()["id"]
    session = session_on(client, found)

    def train() -> None:
        for count in (steps, 40):
            do(session, "step", count=count)
            session.advance(count)
            if count == steps:
                do(session, "edit", parameter="layers.0.bias", index=[0], value=0.125)

    assert client.portal is not None
    client.portal.call(train)  # in its thread, between whatever else it does
    return found, session


def session_on(client: TestClient, session_id: str) -> TrainingSession:
    session: TrainingSession = client.app.state.runner.lane(session_id).session  # type: ignore[attr-defined]
    return session


# --- a run as a value ---


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_a_run_comes_back_from_its_bytes(spec: dict[str, Any]) -> None:
    session = worked(spec)
    back = unpack_archive(pack_archive(archive(session, whole=True), 8)).session()
    alike(session, back, undo=False)
    for step in (0, 310, 700, session.step):
        for each in (session, back):
            do(each, "seek", step=step)
        same(session.trainer.snapshot(), back.trainer.snapshot())


def test_a_run_can_be_taken_where_it_is_not_at_its_end() -> None:
    session = worked()
    do(session, "seek", step=450)
    whole = archive(session, whole=True).session()
    assert (whole.step, whole.run.head, len(whole.run.edits)) == (450, 900, 3)
    until = archive(session, whole=False).session()
    assert (until.step, until.run.head, len(until.run.edits)) == (450, 450, 1)
    for back in (whole, until):
        same(session.trainer.snapshot(), back.trainer.snapshot())


WAYS: dict[str, Any] = {
    "seek": lambda session: session,
    "restart": lambda session: _kept(session).back(),
    "saved": lambda session: unpack_archive(
        pack_archive(archive(session, whole=True), 8)
    ).session(),
    "link": lambda session: read_link(write_link(archive(session, whole=False))).session(),
}


def _unpacked(body: bytes) -> TrainingSession:
    return unpack_archive(body).session()


def _kept(session: TrainingSession) -> Disk:
    disk = Disk()
    disk.save(session, near=True)
    return disk


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("name", ["default", "adam", "norm", "plateau"])
def test_back_at_3217_and_on_to_5000_all_is_as_it_was(name: str, way: Any) -> None:
    session = session_of(SPECS[name])
    do(session, "step", count=5000)
    session.advance(5000)
    now, curve = session.trainer.snapshot(), repr(session.losses.items)
    other = way(session)
    do(other, "seek", step=3217)
    do(other, "step", count=1783)
    other.advance(1783)
    same(now, other.trainer.snapshot())
    assert repr(other.losses.items) == curve and len(other.timeline.runs) == 1


# --- links ---


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_a_link_holds_everything_to_the_last_bit(spec: dict[str, Any]) -> None:
    session = worked(spec)
    link = write_link(archive(session, whole=False))
    assert link.isascii() and link.replace("-", "").replace("_", "").isalnum()
    alike(session, read_link(link).session(), undo=False)


def test_a_link_holds_data_that_grew_while_it_learnt() -> None:
    session = with_strokes()
    back = read_link(write_link(archive(session, whole=False))).session()
    alike(session, back, undo=False)
    for each in (session, back):
        do(each, "seek", step=60)
    same(session.trainer.snapshot(), back.trainer.snapshot())


def test_the_link_of_a_small_net_is_short() -> None:
    session = session_of()
    do(session, "step", count=5000)
    session.advance(5000)
    assert len(write_link(archive(session, whole=False))) < LONGEST


def test_the_past_of_a_very_long_run_is_its_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.storage.links._MOST_STEPS", 500)
    session = worked()
    back = read_link(write_link(archive(session, whole=False))).session()
    same(session.trainer.snapshot(), back.trainer.snapshot())
    assert repr(back.losses.items) == repr(session.losses.items)
    assert back.run.first_step == back.step == 900
    do(back, "play")
    back.advance(100)
    assert back.step == 1000


def tampered(change: Any) -> str:
    """A link in which something else stands."""
    link = write_link(archive(worked(), whole=False))
    facts, arrays = unpack(zlib.decompress(base64.urlsafe_b64decode(link + "===")))
    change(facts, arrays)
    return base64.urlsafe_b64encode(zlib.compress(pack(facts, arrays))).decode().rstrip("=")


def _now(facts: Any) -> Any:
    return facts["parts"]["now"]


TAMPERED: dict[str, Any] = {
    "a step beyond all bounds": lambda f, a: [_now(f).update(step=10**15), f.update(head=10**15)],
    "a head elsewhere": lambda f, a: f.update(head=5),
    "a step that is text": lambda f, a: _now(f).update(step="12"),
    "more samples than there were": lambda f, a: _now(f)["batches"].update(seen=10**18),
    "no samples": lambda f, a: _now(f)["batches"].update(rows=0),
    "another number of samples": lambda f, a: _now(f)["batches"].update(rows=7),
    "a random state that is none": lambda f, a: _now(f).update(
        batches={"rng": {"bit_generator": "PCG64"}, "position": 0, "seen": 0}
    ),
    "a weight that is not finite": lambda f, a: a["now p layers.0.weight"].fill(np.nan),
    "a weight too many": lambda f, a: a.update({"now p layers.9.weight": np.zeros(1)}),
    "a weight too few": lambda f, a: a.pop("now p layers.0.bias"),
    "a wrong shape": lambda f, a: a.update({"now p layers.0.weight": np.zeros((9, 9))}),
    "a wrong type": lambda f, a: a.update({"now p layers.0.bias": np.zeros(4, np.float32)}),
    "a memory of something else": lambda f, a: _now(f).update(remembers=["layers.9.bias"]),
    "a change of nothing": lambda f, a: f["parts"]["edit0"].update(parameter="layers.9.bias"),
    "a change outside": lambda f, a: f["parts"]["edit0"].update(index=[99]),
    "a change to infinity": lambda f, a: f["parts"]["edit0"].update(value=float("inf")),
    "a change of no kind": lambda f, a: f["parts"]["edit0"].update(kind="exec"),
    "a change at no time": lambda f, a: f.update(edits=[900, 300, 0]),
    "a change too many": lambda f, a: f.update(made=17),
    "other settings": lambda f, a: f["parts"]["edit1"]["spec"].update(seed=7),
    "settings that are none": lambda f, a: f["spec"].update(optimizer={"name": "magic"}),
    "a curve backwards": lambda f, a: a.update({"losses losses": a["losses losses"][::-1]}),
    "no curve": lambda f, a: a.update({"losses losses": np.zeros((0, 4))}),
    "an interval of nothing": lambda f, a: f["parts"]["losses"].update(interval=0),
    "keyframes without end": lambda f, a: f.update(interval=-1),
    "a rate from elsewhere": lambda f, a: _now(f)["watch"].update(factor=1e9),
    "patience of text": lambda f, a: _now(f)["progress"].update(waited="much"),
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_link_is_believed_nothing(change: Any) -> None:
    with pytest.raises(Invalid, match="link") as refused:
        read_link(tampered(change))
    assert refused.value.field == "link"


def test_an_unchanged_link_is_believed() -> None:
    assert read_link(tampered(lambda facts, arrays: None)).now.step_count == 900


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "ÿ",
        "=" * 50,
        "<script>",
        "A" * 100_000,
        base64.urlsafe_b64encode(b"hello").decode(),
        base64.urlsafe_b64encode(zlib.compress(b"hello")).decode(),
        base64.urlsafe_b64encode(zlib.compress(b"\0" * 50_000_000)).decode(),  # unfolds for long
        base64.urlsafe_b64encode(zlib.compress(pack({}, {}))).decode(),
        base64.urlsafe_b64encode(zlib.compress(pack([], {}))).decode(),
        base64.urlsafe_b64encode(zlib.compress(pack({"spec": {}, "parts": {}}, {}))).decode(),
    ],
)
def test_text_that_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_link(text)


def test_a_shared_link_opens_in_a_fresh_server(keeping: TestClient) -> None:
    found, session = make(keeping)
    answer = keeping.post(f"/api/sessions/{found}/share").json()
    assert answer["step"] == 160 and answer["shared"] is None
    other = create_app(Settings(data=""))
    with TestClient(other, "http://localhost:8000") as fresh:
        opened = fresh.post("/api/shared", json={"link": answer["link"]})
        assert opened.status_code == 201 and opened.json()["step"] == 160
        alike(session, session_on(fresh, opened.json()["id"]), undo=False)


def test_what_is_too_long_for_a_link_is_kept_here(keeping: TestClient) -> None:
    found, session = make(keeping, SPECS["digits"], 20)
    answer = keeping.post(f"/api/sessions/{found}/share").json()
    assert answer["link"] is None and len(answer["shared"]) >= 22
    opened = keeping.post("/api/shared", json={"shared": answer["shared"]}).json()
    alike(session, session_on(keeping, opened["id"]), undo=False)
    assert keeping.get("/api/saved").json() == {"runs": []}  # nobody finds it without its id
    wrong = keeping.post("/api/shared", json={"shared": "nothing"})
    assert error_of(wrong, 404)["code"] == "unknown_run"


@pytest.mark.parametrize("given", [{}, {"link": "x", "shared": "y"}, {"link": "x"}, {"link": 7}])
def test_a_link_that_is_none_is_told_so(keeping: TestClient, given: dict[str, Any]) -> None:
    error = error_of(keeping.post("/api/shared", json=given), 422)
    assert error["field"] == "link"


# --- saved runs ---


def save(client: TestClient, session: str, name: str) -> dict[str, Any]:
    answer = client.post("/api/saved", json={"session": session, "name": name})
    assert answer.status_code == 201
    saved: dict[str, Any] = answer.json()
    return saved


def test_a_saved_run_is_listed_renamed_and_let_go(keeping: TestClient) -> None:
    found, session = make(keeping)
    saved = save(keeping, found, "  first <b>try</b> 第一次 ")
    assert saved["name"] == "first <b>try</b> 第一次"
    assert (saved["step"], saved["head"]) == (160, 160)
    assert saved["train_loss"] == session.metrics()["train_loss"]
    assert saved["spec"] == session.spec.to_json()
    later = save(keeping, found, "second")
    assert [run["name"] for run in keeping.get("/api/saved").json()["runs"]] == [
        "second",
        "first <b>try</b> 第一次",
    ]
    where = f"/api/saved/{saved['id']}"
    assert keeping.patch(where, json={"name": "renamed"}).status_code == 204
    assert keeping.delete(f"/api/saved/{later['id']}").status_code == 204
    assert [run["name"] for run in keeping.get("/api/saved").json()["runs"]] == ["renamed"]
    assert error_of(keeping.delete(f"/api/saved/{later['id']}"), 404)["code"] == "unknown_run"


def test_a_saved_run_outlives_session_and_server(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(data=str(tmp_path))), "http://localhost:8000") as client:
        found, session = make(client)
        saved = save(client, found, "kept")
        client.delete(f"/api/sessions/{found}")
    with TestClient(create_app(Settings(data=str(tmp_path))), "http://localhost:8000") as client:
        assert client.get("/api/saved").json()["runs"] == [saved]
        opened = client.post(f"/api/saved/{saved['id']}/open", json={})
        assert opened.status_code == 201
        session.timeline.run.name = "kept"
        alike(session, session_on(client, opened.json()["id"]), undo=False)


def test_a_saved_run_becomes_a_run_of_another_session(keeping: TestClient) -> None:
    found, session = make(keeping)
    saved = save(keeping, found, "visitor")
    other, host = make(keeping, {"data": {"name": "xor"}}, 50)
    own = host.run.losses.items
    opened = keeping.post(f"/api/saved/{saved['id']}/open", json={"session": other})
    assert opened.status_code == 200 and opened.json()["spec"]["data"]["name"] == "circle"
    same(session.trainer.snapshot(), host.trainer.snapshot())
    assert (host.run.name, host.run.head, host.state) == ("visitor", 160, "paused")
    assert [run.name for run in host.timeline.runs.values()] == ["", "visitor"]
    do(host, "seek", step=90, run=1)
    assert host.spec.data.name == "xor" and repr(host.run.losses.items) == repr(own)


def test_a_saved_run_is_a_file_others_can_read(keeping: TestClient) -> None:
    found, _ = make(keeping)
    saved = save(keeping, found, 'my run: 第一 / "x"\n')
    answer = keeping.get(f"/api/saved/{saved['id']}/file")
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="my-run-x.zip"' in answer.headers["content-disposition"]
    files = zipfile.ZipFile(io.BytesIO(answer.content))
    names = ["spec.json", "weights.safetensors", "losses.csv", "train_numpy.py", "train_pytorch.py"]
    assert files.namelist() == names
    where = f"/api/sessions/{found}/export"
    for name in names:
        mine, theirs = files.read(name), keeping.get(f"{where}/{name}").content
        if name.endswith("safetensors"):  # its header has no order
            assert repr(sorted(load(mine).items())) == repr(sorted(load(theirs).items()))
        else:
            assert mine == theirs


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "session"),
        ({"session": "x"}, "name"),
        ({"session": "x", "name": "   "}, "name"),
        ({"session": "x", "name": "n" * 65}, "name"),
        ({"session": "x", "name": "n", "more": 1}, "more"),
    ],
)
def test_what_cannot_be_saved_is_told_why(
    keeping: TestClient, given: dict[str, Any], field: str
) -> None:
    assert error_of(keeping.post("/api/saved", json=given), 422)["field"] == field


def test_saving_an_unknown_session_says_so(keeping: TestClient) -> None:
    error = error_of(keeping.post("/api/saved", json={"session": "x", "name": "n"}), 404)
    assert (error["code"], error["field"]) == ("unknown_session", "session")


def test_without_a_folder_nothing_can_be_saved(client: TestClient) -> None:
    found = client.post("/api/sessions", json={}).json()["id"]
    refused = client.post("/api/saved", json={"session": found, "name": "n"})
    assert error_of(refused, 503)["code"] == "not_kept"
    assert error_of(client.get("/api/saved"), 503)["code"] == "not_kept"
    assert client.post(f"/api/sessions/{found}/share").json()["link"]
