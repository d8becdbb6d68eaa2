"""The loss around a race of nets over REST: the centre is the run's loss to the last bit, the
picture follows from the seed, planes and ways are what they say, and who leaves ends the work."""

import asyncio
import json
from time import perf_counter
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.races.around import Around
from app.races.survey import around
from app.runner.process import OneAtATime
from engine.curvature import SlopeOf, largest_curvature
from engine.landscape import LossAround, filter_normalized
from engine.optimizers import OPTIMIZERS
from engine.spec import Spec
from engine.training import Trainer
from engine.trajectory import joined, parted
from tests.app.test_rest import error_of

LANES: list[dict[str, Any]] = [
    {"optimizer": {"name": "sgd", "learning_rate": 0.1}},
    {"optimizer": {"name": "adam", "learning_rate": 0.02}},
    {"optimizer": {"name": "momentum"}, "schedule": {"name": "cosine", "steps": 60}},
]
SMALL: dict[str, Any] = {"lanes": LANES, "steps": 60, "resolution": 11, "places": 20}
DEEP: dict[str, Any] = {
    "network": {"layers": [*[{"units": 64}] * 12, {}]},
    "data": {"samples": 2000},
}


def asked(client: TestClient, path: str = "", **given: Any) -> list[dict[str, Any]]:
    answer = client.post(f"/api/landscapes{path}", json=given)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert found[-1] == {"kind": "done"}
    return found


def parts(found: list[dict[str, Any]]) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """What is told first, and the losses."""
    (ways,) = [line for line in found if line["kind"] == "paths"]
    assert [line["kind"] for line in found].count("begin") == 1
    ways = found[0] | ways  # what was asked is told first
    values = [line for line in found if line["kind"] == "values"]
    assert [line["from"] for line in values] == list(
        np.cumsum([0, *(len(line["train"]) for line in values)])[:-1]
    )
    train, test = (
        np.array([loss for line in values for loss in line[split]], float)
        for split in ("train", "test")
    )
    assert len(train) == len(test) == ways["count"]
    return ways, train, test


def trained(spec: dict[str, Any], lane: dict[str, Any], steps: int) -> Trainer:
    trainer = Trainer(Spec.parse({**spec, **lane}))
    trainer.run(steps)
    return trainer


@pytest.mark.parametrize("directions", ["paths", "random"])
@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"data": {"name": "digits"}},
        {"dtype": "float32"},
        {"network": {"layers": [{"units": 4, "normalization": "batch", "dropout": 0.1}, {}]}},
    ],
    ids=["default", "digits", "float32", "norms"],
)
def test_the_centre_is_the_loss_of_the_run(
    client: TestClient, spec: dict[str, Any], directions: str, dimensions: int
) -> None:
    lanes = [{"optimizer": {"name": "sgd"}}, {"optimizer": {"name": "adam"}}]
    question: dict[str, Any] = {"spec": spec, "lanes": lanes, "steps": 40, "centre": 1}
    question |= {"resolution": 11, "directions": directions, "dimensions": dimensions}
    found = asked(client, **question)
    ways, train, test = parts(found)
    measured = trained(spec, lanes[1], 40).evaluate()
    middle = ways["at"][0].index(0.0)
    if dimensions == 2:
        middle += 11 * ways["at"][1].index(0.0)
    assert ways["centre"]["lane"] == 1 and ways["centre"]["step"] == 40
    assert ways["centre"]["train"] == train[middle] == measured["train_loss"]
    assert ways["centre"]["test"] == test[middle] == measured["test_loss"]


def test_losses_over_random_directions_are_those_of_the_moved_weights(client: TestClient) -> None:
    ways, train, _ = parts(asked(client, **SMALL, directions="random", centre=0, seed=4))
    trainer = trained({}, LANES[0], 60)
    loss = LossAround(trainer)
    rng = np.random.default_rng(4)
    first, second = (filter_normalized(loss.centre, rng) for _ in range(2))
    xs, ys = ways["at"]
    assert (xs[0], xs[-1]) == (-1.0, 1.0)
    for row, column in ((0, 0), (3, 7), (10, 2)):
        moved = {
            name: array + xs[column] * first[name] + ys[row] * second[name]
            for name, array in loss.centre.items()
        }
        assert train[11 * row + column] == pytest.approx(loss(moved).train, rel=1e-12)


def test_the_plane_of_the_ways_is_that_of_their_principal_components(client: TestClient) -> None:
    ways, train, _ = parts(asked(client, **SMALL, centre=2))
    places = []
    for lane in LANES:
        trainer = Trainer(Spec.parse(lane))
        for step in ways["lanes"][0]["steps"]:
            trainer.run(step - trainer.step_count)
            named = trainer.network.named_parameters()
            places.append(joined({name: tensor.data for name, tensor in named}))
    points = np.array(places)
    _, sizes, directions = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    assert ways["explained"] == pytest.approx(sizes[:2] ** 2 / (sizes**2).sum())
    exact = (points - points[-1]) @ directions[:2].T
    told = np.concatenate([lane["points"] for lane in ways["lanes"]])
    assert np.abs(told) == pytest.approx(np.abs(exact), abs=1e-9)
    offsets = points - points[-1]
    away = np.linalg.norm(offsets - exact @ directions[:2], axis=1)
    assert np.concatenate([lane["away"] for lane in ways["lanes"]]) == pytest.approx(away, abs=1e-9)
    # a place of the map, by weights put together by hand
    flip = np.sign(told[0] * exact[0])
    xs, ys = ways["at"]
    moved = points[-1] + xs[2] * flip[0] * directions[0] + ys[9] * flip[1] * directions[1]
    loss = LossAround(Trainer(Spec.parse(LANES[2])))
    assert train[11 * 9 + 2] == pytest.approx(loss(parted(moved, loss.centre)).train, rel=1e-9)


def test_ways_tell_the_losses_of_the_runs_and_lie_on_the_map(client: TestClient) -> None:
    ways, _, _ = parts(asked(client, **SMALL))
    xs, ys = ways["at"]
    for lane, way in zip(LANES, ways["lanes"], strict=True):
        assert way["steps"] == list(range(0, 61, 3))
        assert way["diverged"] is None
        for step, train in zip(way["steps"][::7], way["train"][::7], strict=True):
            assert train == trained({}, lane, step).evaluate()["train_loss"]
        points = np.array(way["points"])
        assert (points >= (xs[0], ys[0])).all() and (points <= (xs[-1], ys[-1])).all()
        assert way["points"][0] == pytest.approx(ways["lanes"][0]["points"][0])
        assert 0 < way["held"] <= 1
    ends = [way["train"][-1] for way in ways["lanes"]]
    assert ways["centre"]["lane"] == int(np.argmin(ends))


def test_the_mean_of_all_ends(client: TestClient) -> None:
    ways, train, _ = parts(asked(client, **SMALL, centre="mean"))
    loss = LossAround(Trainer(Spec.parse({})))
    ends = [joined(LossAround(trained({}, lane, 60)).centre) for lane in LANES]
    middle = 11 * ways["at"][1].index(0.0) + ways["at"][0].index(0.0)
    at_mean = loss(parted(np.mean(ends, axis=0), loss.centre))
    assert train[middle] == pytest.approx(at_mean.train, rel=1e-12)
    assert ways["centre"] == {"lane": None, "step": None, **at_mean._asdict()}


@pytest.mark.parametrize("directions", ["paths", "random"])
def test_what_was_asked_gives_the_same_picture_again_and_another_seed_another(
    client: TestClient, directions: str
) -> None:
    found = asked(client, **SMALL, directions=directions, seed=1)
    ways, train, _ = parts(found)
    assert asked(client, **ways["asked"]) == found
    _, other, _ = parts(asked(client, **{**ways["asked"], "seed": 2}))
    assert (other == train).all() == (directions == "paths")  # only random ones need a seed


def test_the_order_of_lanes_does_not_matter_to_the_map(client: TestClient) -> None:
    ways, train, _ = parts(asked(client, **SMALL))
    turned, same, _ = parts(asked(client, **{**SMALL, "lanes": LANES[::-1]}))
    assert turned["explained"] == pytest.approx(ways["explained"], rel=1e-9)
    assert same == pytest.approx(train, rel=1e-6)


def test_a_part_of_the_plane_by_its_bounds(client: TestClient) -> None:
    ways, _, _ = parts(asked(client, **SMALL, bounds=[[0.5, 2.0], [-3, 1]]))
    (xs, ys), steps = ways["at"], (1.5 / 10, 4 / 10)
    assert (xs[0], xs[-1]) == pytest.approx((0.5, 2.0))
    assert 0.0 in ys and ys[0] == pytest.approx(-3, abs=0.51 * steps[1])
    assert np.diff(xs) == pytest.approx(steps[0]) and np.diff(ys) == pytest.approx(steps[1])


def test_progress_goes_on_lane_by_lane_before_the_ways_are_told(client: TestClient) -> None:
    found = asked(client, **{**SMALL, "steps": 5000})
    kinds = [line["kind"] for line in found[1:]]
    told = [(line["lane"], line["step"]) for line in found if line["kind"] == "progress"]
    assert told == sorted(told) and {lane for lane, _ in told} == {0, 1, 2}
    assert 30 < len(told) < 160
    assert kinds[len(told)] == "paths" and set(kinds[len(told) + 1 :]) == {"values", "done"}


DIVERGING: dict[str, Any] = {
    "spec": {"data": {"name": "diabetes"}, "loss": "mse", "network": {"layers": [{}]}}
}


def test_a_lane_that_diverges_leaves_the_map_to_the_others(client: TestClient) -> None:
    lanes = [
        {"optimizer": {"name": "sgd", "learning_rate": 0.05}},
        {"optimizer": {"name": "sgd", "learning_rate": 100}},
    ]
    ways, train, _ = parts(asked(client, **DIVERGING, lanes=lanes, steps=500, resolution=11))
    _, lost = ways["lanes"]
    assert lost["diverged"] == lost["steps"][-1] > 0
    assert lost["diverged"] == trained(DIVERGING["spec"], lanes[1], 500).step_count
    assert abs(lost["points"][-1][0]) > 100 * ways["at"][0][-1]
    assert ways["centre"]["lane"] == 0
    assert np.isfinite(train).all()
    only, _, _ = parts(asked(client, **DIVERGING, lanes=lanes[:1], steps=500, resolution=11))
    assert only["at"] == ways["at"] and only["explained"] == ways["explained"]


@pytest.mark.parametrize("centre", ["best", "mean", 0])
def test_where_all_diverge_there_is_a_map_of_where_they_did(
    client: TestClient, centre: str | int
) -> None:
    lanes = [{"optimizer": {"name": "sgd", "learning_rate": rate}} for rate in (90, 100)]
    question = {**DIVERGING, "lanes": lanes, "steps": 500, "resolution": 11, "centre": centre}
    ways, train, _ = parts(asked(client, **question))
    assert all(lane["diverged"] for lane in ways["lanes"])
    assert ways["centre"]["step"] == 0
    assert np.isfinite(np.array(ways["at"])).all()
    assert np.isfinite(train).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_a_way(client: TestClient, name: str) -> None:
    lanes = [{"optimizer": {"name": name}}]
    ways, train, _ = parts(asked(client, lanes=lanes, steps=20, resolution=11))
    assert ways["lanes"][0]["optimizer"]["name"] == name
    assert len(ways["lanes"][0]["points"]) == 21
    assert np.isfinite(train).all()


def test_a_net_of_zeros_has_a_plain_and_no_way(client: TestClient) -> None:
    spec = {"network": {"layers": [{"units": 3, "initializer": "zeros"}, {"initializer": "zeros"}]}}
    _, train, _ = parts(asked(client, spec=spec, steps=3, resolution=11, directions="random"))
    assert np.ptp(train) < 1e-3
    parts(asked(client, spec=spec, steps=3, resolution=11))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"resolution": 10}, "resolution"),
        ({"resolution": 102}, "resolution"),
        ({"dimensions": 3}, "dimensions"),
        ({"dimensions": 1, "resolution": 402}, "resolution"),
        ({"directions": "up"}, "directions"),
        ({"centre": "worst"}, "centre"),
        ({"centre": 1, "lanes": [{}]}, "centre"),
        ({"centre": True}, "centre"),
        ({"steps": 0}, "steps"),
        ({"steps": 200_000, "lanes": [{}] * 8}, "steps"),
        ({"seed": -1}, "seed"),
        ({"places": 1}, "places"),
        ({"bounds": [[0, 1]]}, "bounds"),
        ({"bounds": [[0, 1], [2, 2]]}, "bounds[1]"),
        ({"bounds": [[0, 1], [2]]}, "bounds[1]"),
        ({"bounds": [[0, "a"], [2, 3]]}, "bounds[0][1]"),
        ({"lanes": []}, "lanes"),
        ({"lanes": [{}] * 9}, "lanes"),
        ({"lanes": [{}, {"optimizer": {"learning_rate": -1}}]}, "lanes[1].optimizer.learning_rate"),
        ({"lanes": [{"speed": 3}]}, "lanes[0].speed"),
        ({"spec": {"data": {"noise": "loud"}}}, "spec.data.noise"),
        ({"spec": []}, "spec"),
        ({"kind": "plane"}, "kind"),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_of_the_field(
    client: TestClient, given: dict[str, Any], field: str
) -> None:
    error = error_of(client.post("/api/landscapes", json=given), 422)
    assert error["field"] == field
    assert error["message"].startswith(f"{field} ")


def test_the_defaults_are_a_map_of_the_first_net(client: TestClient) -> None:
    ways, _, _ = parts(asked(client))
    assert ways["asked"] == Around.parse({}).to_json()
    assert ways["count"] == 41 * 41
    assert len(ways["lanes"]) == 1


# --- curvature ---


def test_the_curvature_of_every_lane_on_its_way(client: TestClient) -> None:
    begin, *found = asked(client, "/curvature", lanes=LANES, steps=60, places=4)
    assert begin["steps"] == [0, 15, 30, 45, 60]
    told = [line for line in found if line["kind"] == "curvature"]
    assert [(line["lane"], line["step"]) for line in told] == [
        (lane, step) for lane in range(3) for step in begin["steps"]
    ]
    trainer = trained({}, LANES[1], 45)
    slope = SlopeOf(trainer.spec)
    exact = largest_curvature(slope, slope.stand(trainer), tolerance=1e-7, most=5000).largest
    at = next(line for line in told if (line["lane"], line["step"]) == (1, 45))
    assert at["largest"] == pytest.approx(exact, rel=1e-3)
    assert at["residual"] <= 1e-3 * at["largest"]


def test_the_limit_is_that_of_the_rule_and_its_schedule(client: TestClient) -> None:
    lanes = [
        *LANES,
        {"optimizer": {"name": "sgd"}, "clipping": {"name": "norm", "limit": 1.0}},
    ]
    found = asked(client, "/curvature", lanes=lanes, steps=60, places=2)
    limits = [line["limit"] for line in found if line["kind"] == "curvature"]
    assert limits[:3] == [pytest.approx(20.0)] * 3
    assert limits[3:6] == [None] * 3
    cosine = limits[6:9]
    assert cosine[1] == pytest.approx(2 * cosine[0]) and cosine[0] < cosine[1]
    assert limits[9:] == [None] * 3


def test_curvature_ends_where_a_lane_does(client: TestClient) -> None:
    lanes = [{"optimizer": {"name": "sgd", "learning_rate": 100}}, {}]
    found = asked(client, "/curvature", **DIVERGING, lanes=lanes, steps=500, places=5)
    ends = {line["lane"]: line["diverged"] for line in found if line["kind"] == "lane"}
    assert 0 < ends[0] < 500 and ends[1] is None
    steps = [line["step"] for line in found if line["kind"] == "curvature" and line["lane"] == 0]
    assert steps and max(steps) <= ends[0]


@pytest.mark.parametrize(("given", "field"), [({"places": 0}, "places"), ({"seed": 1}, "seed")])
def test_curvature_refuses_what_it_does_not_know(
    client: TestClient, given: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/landscapes/curvature", json=given)
    assert error_of(answer, 422)["field"] == field


# --- the process ---


def test_the_process_tells_what_the_engine_finds(client: TestClient) -> None:
    question = {**SMALL, "directions": "random"}
    assert asked(client, **question) == list(around(Around.parse(question)))


@pytest.mark.parametrize("what", ["around", "curvature"])
def test_who_leaves_ends_it_at_once(what: str) -> None:
    """In the midst of the training, of the losses, of the curvature."""
    process = OneAtATime("app.races.survey", what)
    question = {"spec": DEEP, "steps": 100_000 if what == "curvature" else 20}

    async def leave() -> float:
        lines = process.lines(json.dumps(question).encode())
        async for line in lines:
            if json.loads(line)["kind"] in ("values", "curvature"):
                break
        begun = perf_counter()
        await lines.aclose()  # type: ignore[attr-defined]
        return perf_counter() - begun

    assert asyncio.run(leave()) < 0.3


def test_a_closed_connection_lets_the_next_one_in(server_url: str) -> None:
    where, json_type = f"{server_url}/api/landscapes", {"Content-Type": "application/json"}
    long = json.dumps({"spec": DEEP, "steps": 200_000}).encode()
    short = json.dumps({"steps": 5, "resolution": 11}).encode()

    def first_line(body: bytes) -> Any:
        answer = urlopen(Request(where, body, json_type), timeout=20)
        assert json.loads(answer.readline())["kind"] == "begin"
        return answer

    first_line(short).close()
    begun = perf_counter()
    first_line(short).close()
    usual = perf_counter() - begun  # to begin a process takes longer than to end one
    running = first_line(long)
    running.close()
    begun = perf_counter()
    first_line(short).close()
    assert perf_counter() - begun < usual + 0.8
