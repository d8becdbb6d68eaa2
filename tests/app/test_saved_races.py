"""Races are kept under a name, of both kinds; who keeps one may rename it and let it go."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.app.test_rest import error_of

ADDRESS = {"address": "tab=nets&data.name=spiral&lane=adam"}


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data=str(tmp_path))), "http://localhost:8000") as client:
        yield client


def keep(client: TestClient, name: str = "Five", kind: str = "net", state: Any = None) -> Any:
    body = {"name": name, "kind": kind, "state": ADDRESS if state is None else state}
    answer = client.post("/api/saved-races", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def names(client: TestClient) -> list[str]:
    return [race["name"] for race in client.get("/api/saved-races").json()["races"]]


def test_a_race_is_kept_listed_opened_renamed_and_let_go(keeping: TestClient) -> None:
    first = keep(keeping, "  Five on a spiral ")
    second = keep(keeping, "下坡", "surface", {"address": "surface=beale", "at": 40})
    assert first["name"] == "Five on a spiral" and first["mine"]
    assert names(keeping) == ["下坡", "Five on a spiral"]
    where = f"/api/saved-races/{second['id']}"
    assert keeping.get(where).json() == second
    assert keeping.patch(where, json={"name": "Down"}).status_code == 204
    assert keeping.get(where).json() == {**second, "name": "Down"}
    assert keeping.delete(where).status_code == 204
    assert names(keeping) == ["Five on a spiral"]
    assert keeping.get("/api/saved").json()["runs"] == []  # they are no runs


def test_it_outlives_the_server(tmp_path: Path) -> None:
    for wanted in ([], ["Five"]):
        app = create_app(Settings(data=str(tmp_path)))
        with TestClient(app, "http://localhost:8000") as client:
            assert names(client) == wanted
            if not wanted:
                keep(client)


def test_what_somebody_else_keeps_is_only_looked_at(keeping: TestClient) -> None:
    keep(keeping)
    keeping.cookies.clear()
    app: Any = keeping.app
    app.state.teacher.sits_here = lambda address: False
    (race,) = keeping.get("/api/saved-races").json()["races"]
    assert not race["mine"] and race["state"] == ADDRESS
    where = f"/api/saved-races/{race['id']}"
    for answer in (keeping.patch(where, json={"name": "Mine"}), keeping.delete(where)):
        assert error_of(answer, 403)["code"] == "not_yours"
    assert names(keeping) == ["Five"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "kind": "net", "state": {}}, "name"),
        ({"name": "   ", "kind": "net", "state": {}}, "name"),
        ({"name": "a" * 65, "kind": "net", "state": {}}, "name"),
        ({"name": "a", "kind": "horses", "state": {}}, "kind"),
        ({"name": "a", "kind": "net", "state": []}, "state"),
        ({"name": "a", "kind": "net", "state": {"address": "x" * 20_001}}, "state"),
        ({"name": "a", "kind": "net"}, "state"),
        ({"name": "a", "kind": "net", "state": {}, "owner": "me"}, "owner"),
    ],
)
def test_what_cannot_be_kept_is_refused(keeping: TestClient, body: Any, field: str) -> None:
    error = error_of(keeping.post("/api/saved-races", json=body), 422)
    assert error["field"] == field
    assert names(keeping) == []


def test_there_must_be_such_a_race(keeping: TestClient) -> None:
    for answer in (
        keeping.get("/api/saved-races/nobody"),
        keeping.patch("/api/saved-races/nobody", json={"name": "a"}),
        keeping.delete("/api/saved-races/nobody"),
    ):
        assert error_of(answer, 404)["code"] == "unknown_race"


def test_a_server_without_a_folder_keeps_none(client: TestClient) -> None:
    answer = client.post("/api/saved-races", json={"name": "a", "kind": "net", "state": {}})
    assert error_of(answer, 503)["code"] == "not_kept"
