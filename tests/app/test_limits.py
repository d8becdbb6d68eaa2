"""Buckets of tokens: what is let through, what is refused, and that they take little room."""

import json
import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from app import limits as module
from app.errors import TooMany
from app.limits import Limits, client_of
from app.main import create_app
from app.settings import Settings
from tests.client.backprop_client import BackpropClient
from tests.conftest import ROOT, running_server


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def limits_of(clock: Clock, **settings: float) -> Limits:
    return Limits(Settings(**settings), clock)  # type: ignore[arg-type]


def taken(limits: Limits, client: str, most: int) -> int:
    for count in range(most):
        try:
            limits.take("work", client)
        except TooMany:
            return count
    return most


def test_a_burst_is_let_through_and_then_so_many_a_second() -> None:
    clock = Clock()
    limits = limits_of(clock, work_rate=2, work_burst=5)
    assert taken(limits, "a", 100) == 5
    clock.now += 1.5
    assert taken(limits, "a", 100) == 3
    clock.now += 1000
    assert taken(limits, "a", 100) == 5


def test_one_client_costs_the_others_nothing() -> None:
    limits = limits_of(Clock(), work_rate=2, work_burst=5)
    taken(limits, "a", 100)
    assert taken(limits, "b", 100) == 5


def test_a_refusal_says_when_there_is_room_again() -> None:
    clock = Clock()
    limits = limits_of(clock, work_rate=0.1, work_burst=1)
    limits.take("work", "a")
    with pytest.raises(TooMany) as refused:
        limits.take("work", "a")
    assert refused.value.seconds == 10
    assert refused.value.body()["allowed"] == {"maximum": 1}
    clock.now += 9.9
    assert taken(limits, "a", 1) == 0
    clock.now += 0.11
    assert taken(limits, "a", 1) == 1


def test_a_rate_of_0_is_no_limit() -> None:
    limits = limits_of(Clock(), work_rate=0, work_burst=1)
    assert taken(limits, "a", 1000) == 1000


def test_looking_takes_nothing() -> None:
    limits = limits_of(Clock(), key_rate=1, key_burst=1)
    for _ in range(5):
        limits.check("key", "a")
    limits.take("key", "a")
    with pytest.raises(TooMany):
        limits.check("key", "a")


def test_streams_that_only_come_and_go_are_counted_and_those_that_stay_are_not() -> None:
    clock = Clock()
    limits = limits_of(clock, brief_rate=2, brief_burst=3)
    for _ in range(100):
        limits.stayed("class", 1.5)
    for _ in range(100):  # more than a bucket holds is no debt
        limits.stayed("restless", 0.5)
    limits.check("brief", "class")
    with pytest.raises(TooMany):
        limits.check("brief", "restless")
    clock.now += 0.6
    limits.check("brief", "restless")


def test_many_addresses_cost_little_and_who_is_limited_stays_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST_BUCKETS", 100)
    limits = limits_of(Clock(), work_rate=1, work_burst=5)
    taken(limits, "greedy", 100)
    for number in range(1000):
        limits.take("work", f"client {number}")
    assert len(limits._buckets) <= 100
    assert taken(limits, "greedy", 1) == 0


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.168.1.7", "192.168.1.7"),
        ("::ffff:192.168.1.7", "192.168.1.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::1", "::1"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_a_client_is_an_address_or_a_network_of_one(host: str | None, client: str) -> None:
    assert client_of(host) == client


# --- as they are by default, and at a server ---

LEARNERS = 40


def test_a_class_behind_one_address_is_let_through() -> None:
    """All open the page at once, drag for ten seconds, and are all back at once after a restart."""
    clock = Clock()
    limits = Limits(Settings(), clock)
    for _ in range(LEARNERS):
        for _ in range(150):  # files of a first visit
            limits.take("request", "school")
        limits.take("making", "school")
        limits.take("joining", "school")
    for _ in range(100):
        clock.now += 0.1
        for learner in range(LEARNERS):
            limits.take("request", "school")
            if learner % 4 == 0:
                limits.take("work", "school")  # numbers that are explained
            for _ in range(4):  # frames that were seen, numbers that are dragged
                limits.take("commands", "school")
                limits.take("command", learner)
    for _ in range(LEARNERS):
        limits.take("joining", "school")
    assert set(limits.refused.values()) == {0}


@pytest.fixture
def strict() -> Iterator[TestClient]:
    """A server with little patience."""
    bursts = dict.fromkeys(("making", "upload", "joining", "work"), 2)
    rates = {f"{kind}_rate": 0.01 for kind in bursts}
    settings = Settings(
        data="", **rates, **{f"{kind}_burst": count for kind, count in bursts.items()}
    )
    with TestClient(create_app(settings), "http://localhost:8000") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("POST", "/api/sessions", "new sessions"),
        ("POST", "/api/tables", "files"),
        ("POST", "/api/descents", "requests that compute something"),
    ],
)
def test_what_is_too_much_is_answered_with_when_to_come_again(
    strict: TestClient, method: str, path: str, what: str
) -> None:
    statuses = [strict.request(method, path, json={}).status_code for _ in range(3)]
    assert 429 not in statuses[:2] and statuses[2] == 429
    answer = strict.request(method, path, json={})
    error = answer.json()["error"]
    assert (error["code"], error["field"], error["allowed"]) == ("too_many", what, {"maximum": 2})
    assert 1 <= int(answer.headers["retry-after"]) <= 100
    assert strict.get("/api/catalog").status_code == 200  # what costs little goes on


def test_streams_beyond_the_limit_are_told_why_and_closed() -> None:
    few = {"BACKPROP_LAB_JOINING_RATE": "0.01", "BACKPROP_LAB_JOINING_BURST": "1"}
    with running_server(**few) as url, BackpropClient(url) as lab:
        where = f"{url.replace('http', 'ws', 1)}/api/sessions/{lab.id}/stream"
        with connect(where, compression=None) as stream:
            error = json.loads(stream.recv(5))
            assert (error["type"], error["code"]) == ("error", "too_many")
            with pytest.raises(ConnectionClosed) as closed:
                stream.recv(5)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
        assert lab.command("step") == 1


def test_who_comes_and_goes_too_often_is_told_why_and_may_come_back_later() -> None:
    few = {"BACKPROP_LAB_BRIEF_RATE": "2", "BACKPROP_LAB_BRIEF_BURST": "3"}
    with running_server(**few) as url, BackpropClient(url) as lab:
        where = f"{url.replace('http', 'ws', 1)}/api/sessions/{lab.id}/stream"

        def said() -> str:
            with connect(where, compression=None) as stream:
                first = json.loads(stream.recv(5))
                return str(first.get("code", first["type"]))

        assert [said() for _ in range(5)] == ["welcome"] * 3 + ["too_many"] * 2
        time.sleep(0.7)
        assert said() == "welcome"


def test_a_flood_on_one_stream_is_answered_and_then_closed_and_others_go_on() -> None:
    few = {"BACKPROP_LAB_COMMAND_RATE": "1", "BACKPROP_LAB_COMMAND_BURST": "100"}
    with running_server(**few) as url, BackpropClient(url) as lab:
        where = f"{url.replace('http', 'ws', 1)}/api/sessions/{lab.id}/stream"
        with connect(where, compression=None) as stream:
            codes: list[str | None] = []
            with pytest.raises(ConnectionClosed) as closed:
                for number in range(500):
                    stream.send(f'{{"id": {number}, "type": "pause"}}')
                while True:
                    said = stream.recv(10)
                    if isinstance(said, str) and json.loads(said).get("id") is not None:
                        codes.append(json.loads(said).get("code"))
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
            assert 90 <= codes.count(None) <= 100 and codes.count("too_many") == 300
        assert lab.command("step") == 1


def test_every_setting_is_documented() -> None:
    said = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"`{name}`" not in said] == []
