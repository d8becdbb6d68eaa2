"""Sessions over REST, and everything that can be wrong with a request."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app import __version__
from app.main import create_app
from app.settings import Settings
from engine.spec import Spec
from tests.app.sessions import session_of


def error_of(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "message", "field", "value", "allowed"}
    assert error["message"]
    return error


# --- what works ---


def test_health_says_the_version_of_an_idle_server(client: TestClient) -> None:
    idle = {"sessions": 0, "streams": 0, "loop_lag": None}
    kept = {"storage": {"kept": False, "trouble": "no folder", "bytes": None}}
    assert client.get("/healthz").json() == {
        "status": "ok",
        "version": __version__,
        **idle,
        **kept,
    }


def test_an_empty_spec_makes_the_default_session(client: TestClient) -> None:
    answer = client.post("/api/sessions", json={})
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == f"/api/sessions/{body['id']}"
    assert body["spec"] == Spec.parse({}).to_json()
    assert (body["step"], body["epoch"], body["state"]) == (0, 0.0, "paused")


def test_a_session_can_be_looked_at_and_ended(client: TestClient) -> None:
    where = client.post("/api/sessions", json={"data": {"name": "xor"}}).headers["location"]
    body = client.get(where).json()
    assert body["spec"]["data"]["name"] == "xor"
    assert body["metrics"] == session_of({"data": {"name": "xor"}}).metrics()
    assert client.delete(where).status_code == 204
    assert error_of(client.get(where), 404)["code"] == "unknown_session"


def test_ids_are_long_and_never_alike(client: TestClient) -> None:
    ids = {client.post("/api/sessions", json={}).json()["id"] for _ in range(20)}
    assert len(ids) == 20
    assert min(map(len, ids)) >= 22  # 16 random bytes


@pytest.mark.parametrize("name", ["circle", "wave", "iris", "digits"])
def test_every_kind_of_data_makes_a_session(client: TestClient, name: str) -> None:
    assert client.post("/api/sessions", json={"data": {"name": name}}).status_code == 201


def test_whole_numbers_may_have_a_point(client: TestClient) -> None:
    answer = client.post("/api/sessions", content='{"seed": 7.0, "data": {"samples": 1e2}}')
    assert answer.json()["spec"]["seed"] == 7
    assert answer.json()["spec"]["data"]["samples"] == 100


# --- what does not ---

WRONG = [
    ('{"optimizer": {"name": "lbfgs"}}', "optimizer.name", "lbfgs", {"choices"}),
    (
        '{"network": {"layers": [{"units": 0}, {}]}}',
        "network.layers[0].units",
        0,
        {"minimum", "maximum"},
    ),
    (
        '{"network": {"layers": [{}, {"units": 10000}, {}]}}',
        "network.layers[1].units",
        10000,
        {"minimum", "maximum"},
    ),
    ('{"optimizer": {"learning_rate": NaN}}', "optimizer.learning_rate", "NaN", {"minimum"}),
    ('{"optimizer": {"learning_rate": "NaN"}}', "optimizer.learning_rate", "NaN", {"type"}),
    ('{"optimizer": {"learning_rate": 1e999}}', "optimizer.learning_rate", "Infinity", {"maximum"}),
    ('{"batch_size": 251}', "batch_size", 251, {"maximum"}),
    ('{"seed": -1}', "seed", -1, {"minimum"}),
    ('{"seed": 1.5}', "seed", 1.5, {"type"}),
    ('{"seed": true}', "seed", True, {"type"}),
    ('{"seed": [Infinity]}', "seed", "[Infinity]", {"type"}),
    ('{"data": {"name": {"a": NaN}}}', "data.name", '{"a": NaN}', {"choices"}),
    ('{"colour": "red"}', "colour", "red", {"choices"}),
    ('{"data": {"name": "iris", "noise": 0.5}}', "data.noise", 0.5, {"maximum"}),
    ('{"data": {"features": []}}', "data.features", [], {"choices"}),
    ('{"data": 7}', "data", 7, {"type"}),
    ('{"loss": "cross_entropy"}', "loss", "cross_entropy", {"choices"}),
    ('{"version": 2}', "version", 2, {"maximum"}),
]


@pytest.mark.parametrize(("body", "field", "value", "allowed"), WRONG, ids=[w[0] for w in WRONG])
def test_a_wrong_spec_is_told_field_value_and_what_is_allowed(
    client: TestClient, body: str, field: str, value: object, allowed: set[str]
) -> None:
    error = error_of(client.post("/api/sessions", content=body), 422)
    assert (error["code"], error["field"], error["value"]) == ("invalid", field, value)
    assert set(error["allowed"]) >= allowed
    assert field in error["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"{}"',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"a":' * 9000,
        b'{"loss": "\\ud800"}',
    ],
)
def test_a_body_that_is_no_json_object_is_malformed(client: TestClient, body: bytes) -> None:
    assert error_of(client.post("/api/sessions", content=body), 422)["code"] == "malformed"


def test_deep_nesting_that_json_can_read_is_an_invalid_spec(client: TestClient) -> None:
    body = '{"data": ' + '{"name": ' * 400 + "1" + "}" * 401
    assert error_of(client.post("/api/sessions", content=body), 422)["code"] == "invalid"


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    error = error_of(client.post("/api/sessions", content=b" " * 70_000), 413)
    assert (error["code"], error["allowed"]) == ("too_large", {"maximum": 65_536})


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_session_is_not_found(client: TestClient, method: str) -> None:
    error = error_of(client.request(method, "/api/sessions/nobody"), 404)
    assert (error["code"], error["value"]) == ("unknown_session", "nobody")


def test_an_unknown_path_and_method_are_answered_alike(client: TestClient) -> None:
    assert error_of(client.get("/nowhere"), 404)["code"] == "not_found"
    assert error_of(client.put("/api/sessions"), 405)["code"] == "method_not_allowed"


def test_there_is_a_ceiling_on_sessions() -> None:
    with TestClient(create_app(Settings(max_sessions=2)), "http://localhost") as client:
        first = client.post("/api/sessions", json={})
        assert client.post("/api/sessions", json={}).status_code == 201
        error = error_of(client.post("/api/sessions", json={}), 503)
        assert (error["code"], error["allowed"]) == ("full", {"maximum": 2})
        client.delete(first.headers["location"])
        assert client.post("/api/sessions", json={}).status_code == 201


def test_a_fault_of_ours_is_said_without_its_details(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("app.runner.runner.Trainer", fail)
    answer = client.post("/api/sessions", json={})
    assert error_of(answer, 500)["code"] == "internal"
    assert "secret" not in answer.text


def test_who_finds_no_room_is_told_when_to_try_again() -> None:
    with TestClient(create_app(Settings(max_sessions=1)), "http://localhost") as client:
        client.post("/api/sessions", json={})
        assert client.post("/api/sessions", json={}).headers["retry-after"] == "30"
        assert "retry-after" not in client.post("/api/sessions", content="x").headers


# --- what is promised ---


def test_the_api_describes_itself(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    create = api["paths"]["/api/sessions"]["post"]
    assert set(create["responses"]) == {"201", "403", "413", "422", "429", "503"}
    schema = create["requestBody"]["content"]["application/json"]["schema"]
    rare = {"clipping": {"name": "norm"}, "stopping": {"epoch": 9}}
    everything = {"schedule": {"name": "cosine"}, **rare}
    assert set(schema["properties"]) == set(Spec.parse(everything).to_json())
    one = api["paths"]["/api/sessions/{session_id}"]
    assert set(one["get"]["responses"]) == {"200", "403", "404", "429", "503"}
    assert set(one["delete"]["responses"]) == {"204", "403", "404", "429", "503"}
    for methods in api["paths"].values():
        for operation in methods.values():
            schema = operation["responses"]["403"]["content"]["application/json"]["schema"]
            assert schema["$ref"].rpartition("/")[2] in api["components"]["schemas"]


def test_the_api_describes_every_answer_of_the_catalog(client: TestClient) -> None:
    answers = client.get("/openapi.json").json()["paths"]["/api/catalog"]["get"]["responses"]
    assert set(answers) == {"200", "304", "403", "429"}


def test_every_method_of_a_path_is_named(client: TestClient) -> None:
    where = client.post("/api/sessions", json={}).headers["location"]
    assert client.put(where).headers["allow"] == "GET, HEAD, DELETE"
    assert client.put("/api/sessions").headers["allow"] == "POST"
    assert client.delete("/").headers["allow"] == "GET, HEAD"


def test_head_is_answered_where_get_is(client: TestClient) -> None:
    where = client.post("/api/sessions", json={}).headers["location"]
    for path in ("/", "/conformance", "/healthz", "/api/catalog", "/openapi.json", where):
        assert client.head(path).status_code == 200, path
    assert client.head("/api/sessions/nobody").status_code == 404


def test_there_is_no_page_that_loads_scripts_from_elsewhere(client: TestClient) -> None:
    assert "<script>" not in client.get("/docs").text  # our own, without a library
    assert client.get("/redoc").status_code == 404


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/catalog", "/nowhere", "/static/x/y"])
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "img-src 'self' data: blob:" in policy
    assert "connect-src 'self' ws://localhost:8000 wss://localhost:8000" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_strange_host_is_not_repeated(client: TestClient) -> None:
    headers = client.get("/healthz", headers={"host": "a; script-src *"}).headers
    assert "*" not in headers["content-security-policy"]


def test_the_catalog_is_sent_once_and_compressed(client: TestClient) -> None:
    first = client.get("/api/catalog")
    assert first.headers["content-encoding"] == "gzip"
    assert first.json()["version"] == 1
    again = client.get("/api/catalog", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"other", {etag}', 304),
        ("*", 304),
        ("{etag}x", 200),
        ('"x{etag}"', 200),
        ('"other"', 200),
        ("", 200),
    ],
)
def test_a_text_is_sent_to_who_has_another_one(client: TestClient, known: str, status: int) -> None:
    etag = client.get("/").headers["etag"]
    headers = {"if-none-match": known.replace("{etag}", etag)}
    assert client.get("/", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("br, *", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("x-not-gzip", False),
        ("gzip;q=high", False),
        ("", False),
    ],
)
def test_texts_are_compressed_for_who_accepts_it(
    client: TestClient, accepted: str, compressed: bool
) -> None:
    answer = client.get("/", headers={"accept-encoding": accepted})
    assert (answer.headers.get("content-encoding") == "gzip") is compressed


def test_every_default_of_the_catalog_makes_a_session(client: TestClient) -> None:
    for row in client.get("/api/catalog").json()["datasets"]:
        answer = client.post("/api/sessions", content=json.dumps(row["defaults"]))
        assert answer.status_code == 201
        assert answer.json()["spec"] == row["defaults"]
