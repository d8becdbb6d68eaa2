"""Every route has a rule: who may use it, and what it counts as."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.main import create_app
from app.routes.rules import RULES, NoRule, Rule, hold, rule_of
from app.settings import Settings


def app_with(path: str, method: str = "GET") -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_api_route(path, lambda: None, methods=[method])
    return app


def test_a_route_without_a_rule_keeps_the_server_from_starting() -> None:
    routes = app_with("/api/new").routes
    with pytest.raises(NoRule, match=r"no rule .* for GET /api/new"):
        hold(routes, {})
    hold(routes, {"GET /api/new": Rule("anyone")})


def test_a_stream_without_a_rule_does_so_too() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.websocket("/api/new")
    async def new() -> None: ...

    with pytest.raises(NoRule, match=r"no rule .* for WS /api/new"):
        hold(app.routes, {})


def test_another_method_needs_a_rule_of_its_own() -> None:
    with pytest.raises(NoRule, match="DELETE /api/new"):
        hold(app_with("/api/new", "DELETE").routes, {"GET /api/new": Rule("anyone")})


def test_a_rule_without_a_route_is_a_mistake() -> None:
    with pytest.raises(NoRule, match=r"no route .* POST /api/old"):
        hold([], {"POST /api/old": Rule("anyone")})


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("/api/sessions/{session_id}", Rule("anyone")),
        ("/api/other", Rule("session")),
    ],
)
def test_what_names_a_session_is_for_who_knows_its_id(name: str, rule: Rule) -> None:
    with pytest.raises(NoRule, match="says otherwise"):
        hold(app_with(name).routes, {f"GET {name}": rule})


@pytest.mark.parametrize(
    ("method", "path", "rule"),
    [
        ("GET", "/", "GET /"),
        ("HEAD", "/", "GET /"),
        ("GET", "/static/1/js/views/net.js", "GET /static/{version}/{path:path}"),
        ("WS", "/api/sessions/x/stream", "WS /api/sessions/{session_id}/stream"),
        ("DELETE", "/api/sessions/x", "DELETE /api/sessions/{session_id}"),
        ("GET", "/api/status", "GET /api/status"),
    ],
)
def test_a_request_finds_its_rule(method: str, path: str, rule: str) -> None:
    assert rule_of(method, path) is RULES[rule]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nowhere"), ("PUT", "/"), ("GET", "/api/sessions/{session_id}/x")]
)
def test_what_is_no_route_has_no_rule(method: str, path: str) -> None:
    assert rule_of(method, path) is None


TEACHERS = [name for name, rule in RULES.items() if rule.who == "teacher"]


@pytest.fixture(scope="module")
def network() -> Iterator[TestClient]:
    """A server for a class: there, a learner asks."""
    app = create_app(Settings(host="0.0.0.0", data="", key_rate=0))
    with TestClient(app, "http://localhost:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("name", TEACHERS)
def test_what_is_for_the_teacher_is_refused_to_others(network: TestClient, name: str) -> None:
    method, _, path = name.partition(" ")
    path = path.replace("{session_id}", "x")
    answer = network.request(method, path)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "teacher_only"
    assert answer.headers["www-authenticate"] == "Bearer"
    key = network.app.state.teacher.key  # type: ignore[attr-defined]
    wrong = network.request(method, path, headers={"Authorization": f"Bearer {key}x"})
    assert wrong.status_code == 401
    right = network.request(method, path, headers={"Authorization": f"bearer {key}"})
    assert right.status_code in (200, 404)


def test_the_table_is_of_one_app_and_all_of_it() -> None:
    assert len(TEACHERS) == 4
    hold(create_app(Settings(data="")).routes)
