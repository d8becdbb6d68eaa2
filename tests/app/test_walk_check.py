"""The check of every number of every walk: finite differences by the engine agree with the gradient
it sends, at a good step to 1e-6 - but where the loss has a corner, which has to be a real one."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.walks.check import checked as checked_on
from app.walks.document import document
from app.walks.presets import PRESETS
from app.walks.source import SessionSource, read_source
from tests.app.test_rest import error_of

Row = dict[str, Any]

SOURCES: dict[str, Row] = {
    **PRESETS,
    "default": {"spec": {}},
    "default, trained": {"spec": {}, "step": 300},
    "three classes": {"spec": {"data": {"name": "iris"}, "batch_size": 2}},
    "relu and a penalty": {
        "spec": {
            "network": {"layers": [{"units": 3, "activation": "relu"}, {}]},
            "regularization": {"name": "elastic_net", "rate": 0.1},
            "batch_size": 3,
        }
    },
}
MOST = 60  # nodes asked for over the API; of larger walks every so manieth


def walk(client: TestClient, source: Row) -> Row:
    answer = client.post("/api/walks", json={"source": source})
    assert answer.status_code == 200, answer.text
    found: Row = answer.json()
    return found


def checked(client: TestClient, source: Row, node: int) -> Row:
    answer = client.post("/api/walks/check", json={"source": source, "node": node})
    assert answer.status_code == 200, answer.text
    found: Row = answer.json()
    return found


def at_corners(told: Row) -> set[int]:
    """The nodes whose change moves an op that stands exactly on its corner."""
    nodes = told["nodes"]
    above: set[int] = set()
    for node in reversed(nodes):
        values = [nodes[i]["value"] for i in node["inputs"]]
        on_corner = {
            "relu": lambda v: v[0] == 0,
            "leaky_relu": lambda v: v[0] == 0,
            "abs": lambda v: v[0] == 0,
            "maximum": lambda v: v[0] == v[1],
            "minimum": lambda v: v[0] == v[1],
        }.get(node["op"], lambda v: False)(values)
        if on_corner or node["id"] in above:
            above.update(node["inputs"])
    return above


@pytest.mark.parametrize("name", SOURCES)
def test_every_gradient_agrees_with_a_secant(client: TestClient, name: str) -> None:
    told = walk(client, SOURCES[name])
    nodes = told["nodes"]
    every = max(1, len(nodes) // MOST)
    corners = at_corners(told)
    kinks, compared = [], 0
    for node in nodes[::every]:
        found = checked(client, told["source"], node["id"])
        assert found["value"] == node["value"]
        assert found["analytic"] == node["grad"]
        middle = len(found["slice"]["losses"]) // 2
        assert found["slice"]["values"][middle] == node["value"]
        assert found["slice"]["losses"][middle] == pytest.approx(nodes[-1]["value"], rel=1e-12)
        if node["grad"] is None:
            assert all(step["relative_error"] is None for step in found["steps"])
        elif found["kink"] is not None:
            kinks.append(node["id"])
        else:
            error = found["steps"][found["best"]]["relative_error"]
            assert error < 1e-6, f"{name}: {node['name']} ({node['id']}), {error}"
            compared += 1
    assert set(kinks) <= corners, "a corner was found where there is none"
    assert compared > 2
    if name in PRESETS:
        assert kinks == [], "the presets stand on no corner"


@pytest.mark.parametrize("name", SOURCES)
def test_so_does_that_of_every_node_of_the_walk(name: str) -> None:
    source = read_source(SOURCES[name])
    assert not isinstance(source, SessionSource)
    trainer: Any = source.start()
    trainer.run(source.step)
    found = source.walk(trainer)
    corners, kinks = at_corners(document(found, {})), set()
    for vertex in found.graph.vertices:
        result = checked_on(found, vertex.id)
        if not vertex.learns:
            assert result.analytic is None
        elif result.kink is not None:
            kinks.add(vertex.id)
        else:
            error = result.steps[result.best].relative_error
            assert error is not None and error < 1e-6, f"{vertex.name} ({vertex.id}): {error}"
    assert kinks <= corners


def test_on_a_corner_both_slopes_are_told(client: TestClient) -> None:
    source = {"expression": "relu(w * x) * 3 + b", "values": {"w": 0.0, "x": 2.0, "b": 1.0}}
    told = walk(client, source)
    of_w = next(node for node in told["nodes"] if node["name"] == "w")
    assert of_w["id"] in at_corners(told)
    found = checked(client, source, of_w["id"])
    assert found["analytic"] == 0.0  # the convention
    assert found["kink"]["left"] == pytest.approx(0.0, abs=1e-9)
    assert found["kink"]["right"] == pytest.approx(6.0, abs=1e-9)


def test_the_check_is_of_the_step_that_is_asked_for(client: TestClient) -> None:
    source = {**PRESETS["rational"], "step": 7}
    told = walk(client, source)
    for node in told["nodes"]:
        found = checked(client, source, node["id"])
        assert (found["value"], found["analytic"]) == (node["value"], node["grad"])


def test_a_check_of_a_session_leaves_it_as_it_is(client: TestClient) -> None:
    session = client.post("/api/sessions", json={}).json()["id"]
    source = {"session": session, "step": None, "sample": 1}
    told = walk(client, source)
    node = next(each for each in told["nodes"] if each["role"] == "parameter")
    found = checked(client, told["source"], node["id"])
    assert found["steps"][found["best"]]["relative_error"] < 1e-6
    assert client.get(f"/api/sessions/{session}").json()["step"] == 0


def test_a_logarithm_has_no_loss_outside_its_domain(client: TestClient) -> None:
    source = {"expression": "log(w)", "values": {"w": 0.25}}
    told = walk(client, source)
    found = checked(client, source, told["nodes"][0]["id"])
    assert found["slice"]["losses"][0] is None
    assert found["slice"]["losses"][-1] is not None
    assert found["steps"][found["best"]]["relative_error"] < 1e-9


@pytest.mark.parametrize("node", [-1, 11, 1.5, "3", None, True, [0], {}])
def test_what_is_no_node_is_refused_with_what_is_allowed(client: TestClient, node: Any) -> None:
    asked = {"source": PRESETS["rational"], "node": node}
    error = error_of(client.post("/api/walks/check", json=asked), 422)
    assert error["field"] == "node"
    assert error["allowed"]["maximum"] == 10


def test_other_faults_are_refused(client: TestClient) -> None:
    for body, field in (
        ({"node": 0}, "source"),
        ({"source": PRESETS["rational"], "node": 0, "h": 1}, "h"),
        ({"source": {"expression": "import os"}, "node": 0}, "expression"),
    ):
        assert error_of(client.post("/api/walks/check", json=body), 422)["field"] == field
    gone = {"source": {"session": "nobody", "step": 0}, "node": 0}
    error_of(client.post("/api/walks/check", json=gone), 404)
