"""Tables brought over REST: what is answered, what is refused, and a session that learns one."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import messages as wire
from app.main import create_app
from app.routes.tables import SENTENCES
from app.settings import Settings
from tests.app.sessions import session_of
from tests.app.test_rest import error_of
from tests.words import words

FLOWERS = "kind,length,width\n" + "\n".join(
    f"{'ab'[i % 2]},{1 + i % 2 + i / 10},{i}" for i in range(20)
)


def bring(client: TestClient, body: str | bytes, name: str = "") -> Any:
    headers = {"content-type": "text/csv"}
    return client.post("/api/tables", params={"name": name}, content=body, headers=headers)


def test_a_file_comes_back_as_what_was_found_in_it(client: TestClient) -> None:
    answer = bring(client, FLOWERS, "flowers.csv")
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == f"/api/tables/{body['id']}"
    assert (body["name"], body["rows"], body["duplicates"]) == ("flowers.csv", 20, 0)
    assert [column["kind"] for column in body["columns"]] == ["text", "number", "number"]
    assert body["preview"][1] == ["b", 2.1, 1.0]
    assert body["found"]["delimiter"] == "," and body["found"]["header"] is True
    assert client.get(answer.headers["location"]).json() == body


def test_the_invented_houses_are_always_there(client: TestClient) -> None:
    assert client.get("/api/tables/houses").json()["rows"] == 120


def test_an_unknown_table_is_said_to_be(client: TestClient) -> None:
    assert error_of(client.get("/api/tables/0123"), 404)["code"] == "unknown_table"


def test_a_session_learns_a_table_and_shows_it(client: TestClient) -> None:
    key = bring(client, FLOWERS).json()["id"]
    data = {"name": "table", "table": key, "features": ["length", "width"], "target": "kind"}
    made = client.post("/api/sessions", json={"data": data})
    assert made.status_code == 201
    spec = made.json()["spec"]["data"]
    assert (spec["task"], spec["features"]) == ("binary", ["length", "width"])
    shown = client.get(f"{made.headers['location']}/data").json()
    assert [column["name"] for column in shown["columns"]] == ["length", "width", "kind"]
    assert shown["values"][1] == [float(i) for i in range(20)]
    assert len(shown["train"]) == len(shown["y"]) == 20


@pytest.mark.parametrize("name", ["circle", "wave", "iris", "digits", "points", "function"])
def test_every_data_set_can_be_looked_at(client: TestClient, name: str) -> None:
    made = client.post("/api/sessions", json={"data": {"name": name}})
    shown = client.get(f"{made.headers['location']}/data").json()
    assert len(shown["values"]) == len(shown["columns"])
    assert {len(values) for values in shown["values"]} == {len(shown["y"])}
    assert len(shown["values"]) * len(shown["y"]) <= 40_000


def test_a_stroke_is_undone_and_redone_like_any_other_change() -> None:
    session = session_of({"data": {"name": "points"}})
    session.advance(0)
    points = session.spec.to_json()["data"]["points"]
    more = [*points, [1.5, 1.5, 1.0]]
    for command in (wire.Set(changes={"data": {"points": more}}), wire.Undo(), wire.Redo()):
        make = session.preparation(command)
        session.handle(command, "me", make() if make else None)
        wanted = points if isinstance(command, wire.Undo) else more
        assert session.spec.to_json()["data"]["points"] == wanted
        assert len(session.trainer.dataset.y) == len(wanted)


@pytest.mark.parametrize("name", ["points", "function", "table"])
def test_a_step_with_own_data_can_be_walked_through(client: TestClient, name: str) -> None:
    key = client.post("/api/sessions", json={"data": {"name": name}}).json()["id"]
    source = {"source": {"session": key, "sample": 0}}
    assert client.post("/api/walks", json=source).status_code == 200
    code = client.post("/api/walks/code", json={**source, "format": "numpy"})
    assert code.status_code == 200


def test_a_spec_with_a_table_that_is_gone_is_refused(client: TestClient) -> None:
    given = {"data": {"name": "table", "table": "0123456789abcdef"}}
    error = error_of(client.post("/api/sessions", json=given), 422)
    assert error["field"] == "data.table" and "upload the file again" in error["message"]


def test_a_broken_file_is_refused_with_its_line(client: TestClient) -> None:
    error = error_of(bring(client, "a,b\n1,2\n3\n"), 422)
    assert error["field"] == "table"
    assert error["allowed"] == {"reason": "ragged", "line": 3, "found": 1, "expected": 2}
    assert error["message"] == "Line 3 has 1 fields, the lines before it have 2."


def test_a_file_that_is_too_large_is_refused() -> None:
    app = create_app(Settings(max_upload_bytes=2000))
    with TestClient(app, "http://localhost:8000") as client:
        error = error_of(bring(client, b"1,2\n" * 600), 413)
        assert (error["code"], error["allowed"]) == ("too_large", {"maximum": 2000})


def test_names_and_formulas_come_back_as_they_are_and_as_json(client: TestClient) -> None:
    body = "a,<script>alert(1)</script>\n1,=cmd|' /C calc'!A0\n2,\"<img src=x onerror=1>\"\n"
    answer = bring(client, body, "<b>.csv")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["columns"][1]["name"] == "<script>alert(1)</script>"
    assert answer.json()["preview"][0][1] == "=cmd|' /C calc'!A0"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_is_said_in_every_language(language: str) -> None:
    assert words(language)["own"]["errors"].keys() >= SENTENCES.keys()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=300) | st.text('a1,;\t"\n\r.-é', max_size=200).map(str.encode))
def test_whatever_is_sent_is_answered_or_refused(client: TestClient, body: bytes) -> None:
    answer = bring(client, body)
    assert answer.status_code in {201, 422}
    if answer.status_code == 422:
        error = answer.json()["error"]
        assert error["allowed"]["reason"] in SENTENCES and error["message"]
    else:
        key = answer.json()["id"]
        json.dumps(client.get(f"/api/tables/{key}").json())
        made = client.post("/api/sessions", json={"data": {"name": "table", "table": key}})
        assert made.status_code in {201, 422, 503}
        if made.status_code == 201:
            where = made.headers["location"]
            assert client.get(f"{where}/data").status_code == 200
            assert client.delete(where).status_code == 204
