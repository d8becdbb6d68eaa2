"""What the server says of itself: its probes, its numbers for Prometheus, its sessions to a
teacher."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.errors import Full, NotKept, TooMany, Watched
from app.limits import CLIENT
from app.main import create_app
from app.routes.metrics import exposition
from app.routes.status import row
from app.runner import Runner
from app.runner.meters import BOUNDS, Histogram, memory
from app.settings import Settings
from tests.app.running import answered, run, until, watching
from tests.app.sessions import ListStream


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(Settings(data=str(tmp_path)))
    with TestClient(app, "http://localhost:8000", raise_server_exceptions=False) as client:
        yield client


# --- probes ---


def test_health_says_whether_what_is_done_is_kept(kept: TestClient) -> None:
    kept.post("/api/sessions", json={})
    storage = kept.get("/healthz").json()["storage"]
    assert storage["kept"] and storage["trouble"] is None and storage["bytes"] > 1000


def test_a_server_that_ends_is_not_ready(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"ready": True, "reason": None}
    runner = client.app.state.runner  # type: ignore[attr-defined]
    runner.ending = True
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["reason"]) == (503, "ending")
        assert client.get("/healthz").status_code == 200
    finally:
        runner.ending = False


# --- numbers ---

_LINE = re.compile(
    r"# (HELP|TYPE) [a-z_]+ .+"
    r'|[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [0-9.e+\-]+(inf|nan)?'
)


def read(text: str) -> dict[str, float]:
    """The metrics by name and labels; every line must be one that Prometheus reads."""
    lines = text.splitlines()
    assert text.endswith("\n") and [line for line in lines if not _LINE.fullmatch(line)] == []
    values = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name.removeprefix("backprop_lab_"): float(value) for name, _, value in values}


def test_prometheus_is_told_which_format_it_is(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert read(answer.text)["uptime_seconds"] > 0


def test_steps_commands_and_frames_are_counted() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (_, stream):
            before = read(exposition(runner))
            stream.say(id=1, type="step", count=70)
            await until(lambda: stream.frames[-1].step == 70)
            stream.say(id=2, type="pause")
            await until(lambda: answered(stream, 2))
            await asyncio.sleep(0.05)
            after = read(exposition(runner))
        assert (before["steps_total"], after["steps_total"]) == (0, 70)
        assert after["commands_total"] >= before["commands_total"] + 2
        assert after["command_seconds_count"] == after["commands_total"]
        assert after["frames_total"] == len(stream.frames) == after["frame_seconds_count"]
        assert (after["streams"], after['sessions{state="paused"}']) == (1, 1)
        assert read(exposition(runner))["streams"] == 0

    run(scenario)


def test_a_histogram_counts_each_once_and_adds_up(client: TestClient) -> None:
    found = read(client.get("/metrics").text)
    for name in ("frame_seconds", "command_seconds"):
        bars = [v for k, v in found.items() if k.startswith(f"{name}_bucket")]
        assert len(bars) == len(BOUNDS) + 1
        assert bars == sorted(bars) and bars[-1] == found[f"{name}_count"]


def test_every_metric_says_what_it_is(client: TestClient) -> None:
    text = client.get("/metrics").text
    named = set(re.findall(r"^(backprop_lab_[a-z_]+?)(?:_bucket|_sum|_count)?[{ ]", text, re.M))
    assert named == set(re.findall(r"^# TYPE (\S+)", text, re.M))
    assert named == set(re.findall(r"^# HELP (\S+)", text, re.M))


def test_quantiles_are_the_bounds_below_which_they_lie() -> None:
    histogram = Histogram()
    assert histogram.quantile(0.5) is None
    for seconds in [0.0004] * 98 + [0.03, 60.0]:
        histogram.observe(seconds)
    assert histogram.quantile(0.5) == 0.001
    assert histogram.quantile(0.99) == 0.05
    assert histogram.quantile(1) == BOUNDS[-1]
    assert histogram.sum == pytest.approx(98 * 0.0004 + 60.03)


def test_a_frame_that_its_viewer_cannot_take_is_counted_as_dropped() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner, stream=ListStream(acknowledges=False)) as (_, stream):
            stream.say(id=1, type="view", rate=60)
            stream.say(id=2, type="play", speed=1500)
            await until(lambda: runner.compute.meters.frames_dropped > 3)
            assert runner.compute.meters.frames <= 3

    run(scenario)


def test_the_memory_of_this_process_is_known_on_linux() -> None:
    assert 10_000_000 < (memory() or 0) < 10_000_000_000


# --- the teacher ---


def test_the_teacher_sees_every_session(kept: TestClient) -> None:
    spec = {"data": {"name": "xor"}, "network": {"layers": [{"units": 3}, {}]}}
    session = kept.post("/api/sessions", json=spec).json()["id"]
    status = kept.get("/api/status").json()
    (row,) = status["sessions"]
    assert (row["id"], row["data"], row["layers"], row["step"]) == (session, "xor", [3, 1], 0)
    assert (row["state"], row["viewers"], row["client"]) == ("paused", 0, "testclient")
    assert status["steps"] == 0 and status["storage"]["kept"] and status["resting"] == 0
    assert status["memory"] > 10_000_000


def test_who_is_looked_at_is_not_idle() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, _):
            assert (row(lane).viewers, row(lane).idle) == (1, 0)
        lane.last_used -= 5
        assert row(lane).viewers == 0 and 5 <= row(lane).idle < 6

    run(scenario)


def test_a_session_that_nobody_looks_at_can_be_sent_to_rest(kept: TestClient) -> None:
    session = kept.post("/api/sessions", json={}).json()["id"]
    assert kept.post(f"/api/status/sessions/{session}/rest").status_code == 204
    status = kept.get("/api/status").json()
    assert (status["sessions"], status["resting"]) == ([], 1)
    assert kept.get(f"/api/sessions/{session}").status_code == 200  # and is woken


def test_without_a_folder_a_rest_would_be_the_end_and_is_refused(client: TestClient) -> None:
    session = client.post("/api/sessions", json={}).json()["id"]
    answer = client.post(f"/api/status/sessions/{session}/rest")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_kept")
    assert client.get(f"/api/sessions/{session}").status_code == 200


def test_a_session_can_be_ended_for_good(kept: TestClient) -> None:
    session = kept.post("/api/sessions", json={}).json()["id"]
    assert kept.delete(f"/api/status/sessions/{session}").status_code == 204
    assert kept.get(f"/api/sessions/{session}").status_code == 404
    assert kept.delete(f"/api/status/sessions/{session}").status_code == 404


# --- ceilings ---


def test_one_client_does_not_take_all_the_room() -> None:
    async def scenario(runner: Runner) -> None:
        CLIENT.set("greedy")
        for _ in range(3):
            await runner.create({})
        with pytest.raises(TooMany) as refused:
            await runner.create({})
        assert refused.value.body()["allowed"] == {"maximum": 3}
        CLIENT.set("another")
        await runner.create({})
        assert len(runner) == 4

    run(scenario, max_sessions=5, max_sessions_per_client=3)


def test_its_own_sessions_make_room_for_its_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runner.runner._OWN_GRACE", -1.0)

    async def scenario(runner: Runner) -> None:
        CLIENT.set("another")
        old = await runner.create({})
        CLIENT.set("busy")
        lanes = [await runner.create({}) for _ in range(5)]
        assert {lane.id for lane in runner.lanes} == {old.id, *(lane.id for lane in lanes[-2:])}

    run(scenario, max_sessions=5, max_sessions_per_client=2)


def test_streams_have_a_ceiling_for_each_client() -> None:
    async def scenario(runner: Runner) -> None:
        CLIENT.set("greedy")
        async with watching(runner) as (lane, _), watching(runner):
            with pytest.raises(TooMany):
                await runner.watch(lane.id, ListStream())
            with pytest.raises(Full):
                await asyncio.create_task(as_another(runner, lane.id))
        assert runner.streams == 0
        async with watching(runner):
            assert runner.streams == 1

    run(scenario, max_streams=2, max_streams_per_client=2)


async def as_another(runner: Runner, session_id: str) -> None:
    CLIENT.set("another")
    await runner.watch(session_id, ListStream())


def test_commands_beyond_the_limit_are_answered_with_an_error_and_in_the_end_closed() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, stream):
            for number in range(30):
                stream.say(id=number, type="set", changes={"optimizer": {"learning_rate": 0.1}})
            await until(lambda: answered(stream, 29))
            kinds = [text["type"] for text in stream.texts if "id" in text]
            assert kinds == sorted(kinds) and 10 <= kinds.count("ack") <= 20  # frames are seen, too
            (error,) = [text for text in stream.texts if text.get("id") == 29]
            assert (error["code"], error["allowed"]) == ("too_many", {"maximum": 20})
            assert lane.session.state == "paused"
            for number in range(1100):
                stream.say(id=number, type="pause")
            await until(lambda: stream.closed is not None)
            assert stream.closed is not None and stream.closed[0] == 1008

    run(scenario, command_rate=0.01, command_burst=20)


def test_nothing_is_kept_is_told_where_it_is_asked() -> None:
    async def scenario(runner: Runner) -> None:
        async with watching(runner) as (lane, _):
            with pytest.raises(Watched):
                runner.rest(lane.id)
        await until(lambda: not lane.clients)
        with pytest.raises(NotKept):
            runner.rest(lane.id)

    run(scenario)
