"""Cross-validation over REST: told of while it goes on, the same as the engine's, and ended by
whoever stops reading."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from starlette.testclient import TestClient

from app.bodies.folds import FoldsLine
from app.main import create_app
from app.runner import Runner
from app.runner.sweeps import slices
from app.settings import Settings
from engine import Spec
from engine.crossvalidation import FoldsProgress, cross_validate
from tests.app.running import run, watching

SPEC: dict[str, Any] = {"data": {"name": "iris"}}


def lines_of(client: TestClient, where: str, body: Any) -> list[dict[str, Any]]:
    answer = client.post(f"{where}/folds", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_lines_lead_to_what_the_engine_finds(client: TestClient) -> None:
    where = client.post("/api/sessions", json=SPEC).headers["location"]
    told = lines_of(client, where, {"folds": 4, "epochs": 6})
    *_, last = cross_validate(Spec.parse(SPEC), 4, 6)
    assert told[-1] == json.loads(FoldsLine.of(last, 4, 6).model_dump_json())
    assert [each["validation_rows"] for each in told[-1]["done"]] == [23, 23, 22, 22]
    assert all(each["summary"] is None for each in told[:-1])
    assert client.get(where).json()["step"] == 0  # the session stays where it was


def test_it_goes_by_the_settings_as_they_are_now_and_has_defaults(client: TestClient) -> None:
    spec = {**SPEC, "optimizer": {"name": "adam", "learning_rate": 0.05}}
    where = client.post("/api/sessions", json=spec).headers["location"]
    told = lines_of(client, where, {})
    assert (told[-1]["folds"], told[-1]["epochs"], len(told[-1]["done"])) == (5, 20, 5)
    assert told[-1]["summary"]["mean"]["validation_accuracy"] > 0.85


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"folds": 1}, "folds"),
        ({"folds": 5, "epochs": 1001}, "epochs"),
        ({"folds": "5"}, "folds"),
        ({"fold": 5}, "fold"),
    ],
)
def test_what_cannot_be_is_refused(client: TestClient, body: Any, field: str) -> None:
    where = client.post("/api/sessions", json=SPEC).headers["location"]
    answer = client.post(f"{where}/folds", json=body)
    assert answer.status_code == 422 and answer.json()["error"]["field"] == field


def test_too_few_rows_are_refused_before_anything_is_sent(client: TestClient) -> None:
    few = {"data": {"samples": 20, "train_fraction": 0.1}}
    where = client.post("/api/sessions", json=few).headers["location"]
    answer = client.post(f"{where}/folds", json={"folds": 3})
    assert answer.status_code == 422
    assert answer.json()["error"]["allowed"]["maximum"] == 2


def test_there_must_be_such_a_session(client: TestClient) -> None:
    assert client.post("/api/sessions/nobody/folds", json={}).status_code == 404


def test_a_session_plays_on_while_others_validate() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            stream.say(type="play", speed=500)
            work = slices(lane.compute, cross_validate(Spec.parse({}), 3, 30))
            before = lane.session.step
            async for _ in work:
                pass
            assert lane.session.step > before

    run(scenario)


def test_who_stops_reading_ends_it() -> None:
    async def scenario(runner: Runner) -> None:
        told = 0

        def counted() -> Any:
            nonlocal told
            for progress in cross_validate(Spec.parse({"data": {"samples": 5000}}), 5, 100):
                told += 1
                yield progress

        lane = await runner.create({})
        work = slices(lane.compute, counted())
        await anext(work)
        await work.aclose()  # type: ignore[attr-defined]
        then = told
        await asyncio.sleep(0.2)
        assert told == then

    run(scenario)


def test_the_first_line_comes_long_before_the_last(server_url: str) -> None:
    made = Request(f"{server_url}/api/sessions", b'{"data": {"samples": 5000}}', method="POST")
    with urlopen(made) as answer:
        where = answer.headers["location"]
    body = json.dumps({"folds": 5, "epochs": 400}).encode()
    asked = Request(f"{server_url}{where}/folds", body, method="POST")
    with urlopen(asked, timeout=20) as answer:
        first = json.loads(answer.readline())
    assert first["fold"] == 1 and first["epoch"] < 400 and first["summary"] is None


def test_a_closed_connection_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told = 0

    def counted(*asked: Any) -> Iterator[FoldsProgress]:
        nonlocal told
        for progress in cross_validate(*asked):
            told += 1
            yield progress

    monkeypatch.setattr("app.routes.folds.cross_validate", counted)

    async def scenario() -> None:
        app = create_app(Settings())
        async with app.router.lifespan_context(app):
            runner_id = (await _post(app, "/api/sessions", {"data": {"samples": 5000}}))["id"]
            first = await _post(app, f"/api/sessions/{runner_id}/folds", {"epochs": 300})
            assert first["epoch"] < 300
            then = told
            await asyncio.sleep(0.2)
            assert told == then > 0

    asyncio.run(asyncio.wait_for(scenario(), 30))


async def _post(app: Any, path: str, body: Any) -> dict[str, Any]:
    """The first line of an answer; then the connection is closed."""
    host = [(b"host", b"localhost")]
    asgi = {"version": "3.0", "spec_version": "2.3"}
    scope = {"type": "http", "asgi": asgi, "http_version": "1.1", "method": "POST", "path": path}
    scope |= {"raw_path": path.encode(), "query_string": b"", "headers": host, "scheme": "http"}
    asked, answered = [json.dumps(body).encode()], asyncio.Event()
    lines: list[bytes] = []

    async def receive() -> dict[str, Any]:
        if asked:
            return {"type": "http.request", "body": asked.pop(), "more_body": False}
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            lines.append(message["body"])
            answered.set()

    await app(scope, receive, send)
    found: dict[str, Any] = json.loads(lines[0])
    return found
