"""The teacher key: who needs it, how it is shown, and that it cannot be guessed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.teacher import Teacher

KEY = "correct horse"


@contextmanager
def serving(peer: str = "testclient", folder: str = "", **settings: object) -> Iterator[TestClient]:
    app = create_app(Settings(data=folder, **settings))  # type: ignore[arg-type]
    with TestClient(
        app, "http://localhost:8000", raise_server_exceptions=False, client=(peer, 50000)
    ) as client:
        yield client


def is_teacher(client: TestClient, **headers: str) -> bool:
    status = client.get("/api/status", headers=headers).status_code
    assert status in (200, 401, 429)
    return status == 200


# --- who needs it ---


def test_on_a_server_for_this_machine_no_key_is_needed() -> None:
    with serving(peer="127.0.0.1") as client:
        assert is_teacher(client)


@pytest.mark.parametrize(
    "settings",
    [{"host": "0.0.0.0"}, {"host": "192.168.1.5"}, {"hosts": "lab.example"}, {"teacher_key": KEY}],
    ids=str,
)
def test_on_others_it_is_also_from_this_machine(settings: dict[str, object]) -> None:
    with serving(peer="127.0.0.1", **settings) as client:
        assert not is_teacher(client)


def test_who_comes_through_a_proxy_does_not_sit_here() -> None:
    with serving(peer="203.0.113.7") as client:  # as the proxy tells
        assert not is_teacher(client)


# --- how it is shown ---


def test_a_browser_shows_it_once_and_keeps_something_else() -> None:
    with serving(host="0.0.0.0", teacher_key=KEY) as client:
        entered = client.post("/api/teacher", json={"key": f" {KEY} "})
        assert entered.status_code == 204
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=strict" in cookie and KEY not in cookie
        assert is_teacher(client)
        client.delete("/api/teacher")
        assert not is_teacher(client)


def test_a_cookie_of_one_s_own_making_opens_nothing() -> None:
    with serving(host="0.0.0.0", teacher_key=KEY) as client:
        for value in ("", KEY, "x" * 43):
            assert not is_teacher(client, Cookie=f"backprop_lab_teacher={value}")


def test_a_program_sends_it_with_every_request() -> None:
    with serving(host="0.0.0.0", teacher_key=KEY) as client:
        assert is_teacher(client, Authorization=f"Bearer {KEY}")
        assert not is_teacher(client, Authorization=f"Basic {KEY}")


# --- that it cannot be guessed ---


def test_after_some_wrong_keys_none_is_looked_at_not_even_the_right_one() -> None:
    with serving(host="0.0.0.0", teacher_key=KEY, key_burst=5) as client:
        for _ in range(5):
            assert client.post("/api/teacher", json={"key": "guess"}).status_code == 401
        for given in ("guess", KEY):
            answer = client.post("/api/teacher", json={"key": given})
            assert answer.status_code == 429
            assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert not is_teacher(client, Authorization=f"Bearer {KEY}")


def test_wrong_keys_in_headers_count_as_well() -> None:
    with serving(host="0.0.0.0", teacher_key=KEY, key_burst=3) as client:
        statuses = [
            client.get("/metrics", headers={"Authorization": "Bearer no"}).status_code
            for _ in range(5)
        ]
        assert statuses == [401, 401, 401, 429, 429]


def test_who_has_shown_it_is_not_kept_out_by_guesses_of_a_neighbour() -> None:
    with serving(host="0.0.0.0", teacher_key=KEY, key_burst=2) as client:
        client.post("/api/teacher", json={"key": KEY})
        for _ in range(4):
            client.post("/api/teacher", json={"key": "guess"}, headers={"Cookie": ""})
        assert is_teacher(client)


def test_each_server_makes_a_key_of_its_own_that_can_be_read_aloud() -> None:
    keys = {Teacher(Settings(host="0.0.0.0")).key for _ in range(200)}
    assert len(keys) == 200
    for key in keys:
        groups = key.split("-")
        assert [len(group) for group in groups] == [4, 4, 4]
        assert not set("".join(groups)) & set("0o1li")


@pytest.mark.parametrize("body", [{}, {"key": 7}, {"key": None}, {"key": "x" * 300}, {"k": "v"}])
def test_what_is_no_key_is_refused_and_not_counted(body: dict[str, object]) -> None:
    with serving(host="0.0.0.0", teacher_key=KEY, key_burst=1) as client:
        for _ in range(3):
            assert client.post("/api/teacher", json=body).status_code == 422


# --- saved runs ---


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("kept"))


def save(client: TestClient) -> str:
    session = client.post("/api/sessions", json={}).json()["id"]
    run = client.post("/api/saved", json={"session": session, "name": "mine"})
    assert run.status_code == 201 and run.json()["mine"]
    return str(run.json()["id"])


CHANGES: list[Callable[[TestClient, str], int]] = [
    lambda client, run: client.patch(f"/api/saved/{run}", json={"name": "x"}).status_code,
    lambda client, run: client.delete(f"/api/saved/{run}").status_code,
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_saved_run_is_changed_by_who_saved_it_or_the_teacher(
    folder: str, change: Callable[[TestClient, str], int]
) -> None:
    with serving(host="0.0.0.0", teacher_key=KEY, folder=folder) as client:
        runs = [save(client) for _ in range(2)]
        saver = dict(client.cookies)
        client.cookies.clear()
        seen = client.get("/api/saved").json()["runs"]
        assert [run["mine"] for run in seen] == [False, False]  # everyone sees them
        assert client.get(f"/api/saved/{runs[0]}/file").status_code == 200
        assert change(client, runs[0]) == 403
        client.cookies.update(saver)
        assert [run["name"] for run in client.get("/api/saved").json()["runs"]] == ["mine"] * 2
        assert change(client, runs[0]) == 204
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {KEY}"
        assert change(client, runs[1]) == 204
        assert "owner" not in str(client.get("/api/saved").json())
