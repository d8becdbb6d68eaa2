"""Races on surfaces over REST: exact paths, why each step, and what is refused."""

import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from safetensors.numpy import load

from engine.convergence import slowest
from engine.descent import Descent, Lane
from engine.optimizers import OPTIMIZERS, Adam, Momentum
from engine.surfaces import SURFACES, Beale, Ravine
from tests.app.test_rest import error_of


def descend(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.post("/api/descents", json=asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_menu_has_every_surface_with_formula_fields_and_lowest_points(
    client: TestClient,
) -> None:
    rows = {row["name"]: row for row in client.get("/api/surfaces").json()["surfaces"]}
    assert list(rows) == list(SURFACES)
    assert rows["himmelblau"]["minima"][0] == [3.0, 2.0]
    assert [field["name"] for field in rows["bowl"]["fields"]] == ["noise", "condition"]
    assert rows["ravine"]["text"] == "x**2 / 20 + y**2"
    assert all(row["formulas"][0].startswith("<math") for row in rows.values())


def test_ten_lines_of_python_race_optimizers(client: TestClient) -> None:
    lanes = [{"optimizer": {"name": name, "learning_rate": 0.01}} for name in OPTIMIZERS]
    body = descend(client, surface={"name": "beale"}, start=[1, 1.5], lanes=lanes, steps=100)
    own = tuple(Lane(optimizer(learning_rate=0.01)) for optimizer in OPTIMIZERS.values())
    paths = Descent(Beale(), (1.0, 1.5), own).run(100)
    for i, lane in enumerate(body["lanes"]):
        shown = len(lane["points"])
        assert lane["left"] == paths.left[i]
        assert shown == 101 or shown == lane["left"] + 1
        np.testing.assert_array_equal(lane["points"], paths.points[i, :shown])
        np.testing.assert_array_equal(lane["values"], paths.values[i, :shown])


def test_what_was_asked_asks_for_the_same_again(client: TestClient) -> None:
    body = descend(
        client,
        surface={"name": "noisy_bowl", "condition": 30},
        lanes=[
            {"optimizer": {"name": "adam"}, "schedule": {"name": "cosine", "steps": 50}},
            {"clipping": {"name": "norm", "limit": 0.5}},
        ],
        seed=7,
    )
    assert descend(client, **body["asked"]) == body
    other = descend(client, **{**body["asked"], "seed": 8})
    assert other["lanes"][0]["points"] != body["lanes"][0]["points"]


def test_a_path_that_leaves_ends_with_the_step_at_which_it_left(client: TestClient) -> None:
    fast = {"optimizer": {"name": "sgd", "learning_rate": 3}}
    (lane,) = descend(client, lanes=[fast])["lanes"]
    assert lane["left"] == len(lane["points"]) - 1 < 150
    assert abs(lane["points"][-1][1]) > 20_000
    tall = {"name": "rosenbrock", "steepness": 1000}
    wild = {"optimizer": {"name": "sgd", "learning_rate": 100}}
    (lane,) = descend(client, surface=tall, lanes=[wild])["lanes"]
    assert lane["left"] == 1


def test_why_a_lane_moved_there(client: TestClient) -> None:
    lanes = [{"optimizer": {"name": "sgd"}}, {"optimizer": {"name": "adam", "learning_rate": 0.3}}]
    body = descend(client, lanes=lanes)
    why = client.post("/api/descents/step", json={**body["asked"], "lane": 1, "step": 12}).json()
    assert why["point"] == body["lanes"][1]["points"][12]
    assert why["next"] == body["lanes"][1]["points"][13]
    assert why["value"] == body["lanes"][1]["values"][12]
    terms = {term["name"]: term["value"] for term in why["terms"]}
    descent = Descent(Ravine(), (-7.0, 2.0), (Lane(Adam(learning_rate=0.3)),))
    expected, memory, _ = descent.terms(0, 12)
    assert list(terms) == list(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(terms[name], np.broadcast_to(value, 2))
    assert set(why["remembered"]) == {"m", "v"} == set(memory.states["point"])
    assert "m" in why["formulas"] and why["formulas"]["update"].startswith("<math")
    rate = -np.array(terms["update"]) / np.array(terms["gradient"])
    np.testing.assert_array_equal(why["effective_rate"], rate)


def test_no_gradient_has_no_effective_rate(client: TestClient) -> None:
    asked = {"surface": {"name": "typed", "expression": "x**2"}, "start": [1, 1]}
    why = client.post("/api/descents/step", json=asked).json()
    assert why["effective_rate"] == [pytest.approx(0.03), None]


def test_heights_are_those_of_the_surface_the_right_way_up(client: TestClient) -> None:
    answer = client.post(
        "/api/surfaces/heights", json={"surface": {"name": "beale"}, "resolution": 16}
    )
    heights = load(answer.content)["heights"]
    assert heights.shape == (16, 16)
    step = 9 / 16
    points = [(2, 5), (0, 0), (15, 15)]
    for row, column in points:
        x, y = -4.5 + (column + 0.5) * step, 4.5 - (row + 0.5) * step
        assert heights[row, column] == np.float32(Beale().value(np.array([x]), np.array([y]))[0])


def test_the_regime_map_of_a_bowl(client: TestClient) -> None:
    body = client.get("/api/descents/regimes?condition=25&rate=0.05&momentum=0.5").json()
    names = np.array(body["regimes"])
    assert names.shape == (len(body["momenta"]), len(body["rates"]))
    assert {"monotone", "ripples", "oscillation", "divergence"} == set(names.ravel())
    for i, j in ((0, 5), (30, 30), (60, 60)):
        found = slowest(body["rates"][j], body["momenta"][i], (1.0, 25.0))
        assert (names[i, j], body["shrinks"][i][j]) == found
    assert body["here"]["y"]["name"] == "ripples"
    assert body["here"]["y"]["shrinks"] == pytest.approx(np.sqrt(0.5))


def test_the_map_of_convergence_comes_row_by_row(client: TestClient) -> None:
    rates, momenta = [0.1, 0.5, 0.9], [0.0, 0.5, 0.9, 0.95]
    asked = {
        "lane": {"optimizer": {"name": "momentum"}},
        "columns": {"field": "learning_rate", "values": rates},
        "rows": {"field": "momentum", "values": momenta},
        "steps": 200,
    }
    answer = client.post("/api/descents/convergence", json=asked)
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["value"] for row in rows] == momenta and rows[-1]["rows"] == 4
    height = float(Ravine().value(-7.0, 2.0))
    lane = Lane(Momentum(learning_rate=0.5, momentum=0.9))
    values = Descent(Ravine(), (-7.0, 2.0), (lane,)).run(200).values[0]
    assert rows[2]["steps"][1] == np.flatnonzero(values <= 0.01 * height)[0]


@pytest.mark.parametrize(("noise", "seeds"), [(0, 1), (0.5, 3)])
def test_every_lane_with_every_rate(client: TestClient, noise: float, seeds: int) -> None:
    rates = [0.01, 0.1, 0.9, 1.5]
    lanes = [{"optimizer": {"name": "sgd"}}, {"optimizer": {"name": "momentum", "momentum": 0.5}}]
    asked = {"surface": {"name": "ravine", "noise": noise}, "lanes": lanes, "seed": 4, "steps": 800}
    answer = client.post("/api/descents/rates", json={**asked, "rates": rates, "seeds": 3})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["lane"] for line in lines] == [0, 1]
    for line, lane in zip(lines, lanes, strict=True):
        for j, rate in enumerate(rates):
            own = {"optimizer": {**lane["optimizer"], "learning_rate": rate}}
            ends = []
            for seed in range(4, 4 + seeds):
                (run,) = descend(client, **{**asked, "lanes": [own], "seed": seed})["lanes"]
                ends.append(run["values"][-1] if run["left"] is None else None)
            if None in ends:
                assert line["median"][j] is None
                continue
            assert line["median"][j] == np.median(ends)
            assert (line["low"][j], line["high"][j]) == (min(ends), max(ends))
    assert lines[0]["median"][3] is None and lines[1]["median"][3] is not None


@pytest.mark.parametrize(
    ("path", "asked", "field"),
    [
        ("descents", {"surface": {"name": "hill"}}, "surface.name"),
        ("descents", {"surface": {"name": "bowl", "condition": 0}}, "surface.condition"),
        ("descents", {"surface": {"name": "typed", "expression": "x +"}}, "surface.expression"),
        ("descents", {"surface": {"name": "typed", "expression": "x + k"}}, "surface.expression"),
        ("descents", {"start": [1]}, "start"),
        ("descents", {"start": [1, "a"]}, "start[1]"),
        ("descents", {"start": [1, 1e9]}, "start[1]"),
        ("descents", {"lanes": []}, "lanes"),
        ("descents", {"lanes": [{}] * 17}, "lanes"),
        ("descents", {"lanes": [{"optimizer": {"name": "magic"}}]}, "lanes[0].optimizer.name"),
        (
            "descents",
            {"lanes": [{}, {"optimizer": {"learning_rate": -1}}]},
            "lanes[1].optimizer.learning_rate",
        ),
        ("descents", {"lanes": [{"schedule": {"name": "reduce_on_plateau"}}]}, None),
        ("descents", {"lanes": [{"speed": 3}]}, "lanes[0].speed"),
        ("descents", {"lanes": [{}] * 16, "steps": 5000}, "steps"),
        ("descents", {"steps": 0}, "steps"),
        ("descents", {"seed": -1}, "seed"),
        ("descents", {"more": 1}, "more"),
        ("descents/rates", {"rates": []}, "rates"),
        ("descents/rates", {"rates": [0.1, 0]}, "rates[1]"),
        ("descents/rates", {"seeds": 10}, "seeds"),
        ("descents/rates", {"steps": 5000, "lanes": [{}] * 8, "rates": [0.1] * 60}, "steps"),
        ("descents/step", {"lane": 3}, "lane"),
        ("descents/step", {"step": 150}, "step"),
        ("surfaces/heights", {"resolution": 4}, "resolution"),
        ("surfaces/heights", {"bounds": [[1, 0], [0, 1]]}, "bounds[0]"),
        ("surfaces/heights", {"bounds": 3}, "bounds"),
        ("descents/convergence", {"surface": {"name": "saddle"}}, "surface.name"),
        ("descents/convergence", {"columns": {"field": "beta1"}}, "columns.field"),
        (
            "descents/convergence",
            {"columns": {"field": "learning_rate", "values": [0.1, 0]}},
            "columns.values[1]",
        ),
        (
            "descents/convergence",
            {
                "columns": {"field": "learning_rate", "values": [0.1]},
                "rows": {"field": "momentum", "values": []},
            },
            "rows.values",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    client: TestClient, path: str, asked: dict[str, Any], field: str | None
) -> None:
    error = error_of(client.post(f"/api/{path}", json=asked), 422)
    assert error["field"] == (field or "lanes[0].schedule.name")
    assert error["allowed"] is not None
