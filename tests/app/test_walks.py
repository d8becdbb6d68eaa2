"""Walks over the API: every number is the engine's, every refusal says what would be accepted."""

import json
import math
import runpy
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bodies.walks import WalkBody
from app.messages import Set, Step
from app.sessions.moments import AHEAD
from app.walks.places import layered, places
from app.walks.presets import PRESETS
from app.walks.source import read_source
from engine import Spec, Trainer
from engine.expression import FUNCTIONS, parse, run
from engine.optimizers import OPTIMIZERS
from engine.tensor import Tensor
from engine.walkthrough import expression_graph
from tests.app.test_rest import error_of

ROOT = Path(__file__).parents[2]
DEFAULT: dict[str, Any] = {"spec": {}}
SOURCES: dict[str, dict[str, Any]] = {
    **PRESETS,
    "default": DEFAULT,
    "default, one sample": {"spec": {}, "sample": 3},
    "later": {"spec": {"optimizer": {"name": "adam"}}, "step": 40},
    "a penalty": {"spec": {"regularization": {"name": "l2", "rate": 0.1}}},
    "three classes": {"spec": {"data": {"name": "iris"}, "batch_size": 3}},
}


def walk(client: TestClient, source: Any) -> dict[str, Any]:
    answer = client.post("/api/walks", json={"source": source})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(client: TestClient, source: Any, status: int = 422) -> dict[str, Any]:
    return error_of(client.post("/api/walks", json={"source": source}), status)


@pytest.fixture(scope="module", params=SOURCES)
def document(request: pytest.FixtureRequest, client: TestClient) -> dict[str, Any]:
    return walk(client, SOURCES[request.param])


# --- the document ---


def test_a_document_is_what_the_api_describes(document: dict[str, Any]) -> None:
    body = WalkBody.model_validate(document, strict=False)
    same = body.model_dump(by_alias=True, exclude_unset=True)
    assert json.loads(json.dumps(same)) == document


def test_positions_go_from_the_inputs_to_the_next_loss(document: dict[str, Any]) -> None:
    phases = [position["phase"] for position in document["positions"]]
    order = ["inputs", "forward", "seed", "backward", "gradients", "update", "next"]
    assert list(dict.fromkeys(phases)) == order
    assert phases == sorted(phases, key=order.index)
    ops = [node["id"] for node in document["nodes"] if node["op"]]
    forward = [p["node"] for p in document["positions"] if p["phase"] == "forward"]
    assert forward == ops and ops[-1] == len(document["nodes"]) - 1
    moved = {p["node"] for p in document["positions"] if p["phase"] == "update"}
    assert moved == {n["id"] for n in document["nodes"] if n["role"] == "parameter"}


def test_arrivals_are_the_edges_of_the_graph_and_add_up(document: dict[str, Any]) -> None:
    nodes, sums = document["nodes"], {}
    for position in document["positions"]:
        if position["phase"] != "backward":
            continue
        user, node = nodes[position["from"]], position["node"]
        assert user["inputs"][position["input"]] == node
        assert position["upstream"] == user["grad"]
        assert position["local"] == user["locals"][position["input"]]
        sums[node] = (
            sums[node] + position["contribution"] if node in sums else (position["contribution"])
        )
        assert position["sum"] == sums[node]
        if position["nth"] == position["of"]:
            assert sums[node] == nodes[node]["grad"]
    assert set(sums) == {n["id"] for n in nodes[:-1] if n["grad"] is not None}
    assert nodes[-1]["grad"] == document["seed"] == 1.0
    assert nodes[-1]["value"] == document["loss"]


def test_every_formula_of_a_node_is_there(document: dict[str, Any]) -> None:
    keys = {node["formula"] for node in document["nodes"] if node["op"]}
    assert keys == set(document["formulas"])
    for node in document["nodes"]:
        if node["op"]:
            assert len(document["formulas"][node["formula"]]["locals"]) == len(node["locals"])
    formulas = document["update"]["formulas"]
    for position in document["positions"]:
        if position["phase"] == "update":
            assert set(formulas) <= {term["name"] for term in position["terms"]}


def test_a_source_is_answered_with_all_of_itself(
    client: TestClient, document: dict[str, Any]
) -> None:
    assert walk(client, document["source"]) == document


def test_groups_are_nested_and_hold_every_node(document: dict[str, Any]) -> None:
    groups = {group["id"]: group for group in document["groups"]}
    assert document["groups"][0]["kind"] == "root"
    for node in document["nodes"]:
        assert node["group"] in groups
    for group in document["groups"][1:]:
        assert group["parent"] < group["id"]
        inside = {node["id"] for node in document["nodes"] if group["id"] in line(groups, node)}
        assert set(group["outputs"]) <= inside
        users = {
            source
            for node in document["nodes"]
            if node["id"] not in inside
            for source in node["inputs"]
        }
        given = (users & inside) | ({len(document["nodes"]) - 1} & inside)
        computed = {number for number in given if document["nodes"][number]["op"]}
        assert set(group["outputs"]) == (computed or given)


def line(groups: dict[int, Any], node: dict[str, Any]) -> list[int]:
    found, group = [], node["group"]
    while group is not None:
        found.append(group)
        group = groups[group]["parent"]
    return found


# --- the numbers ---


@pytest.mark.parametrize("name", [name for name in PRESETS if "expression" in PRESETS[name]])
def test_a_preset_has_the_numbers_of_the_engine(client: TestClient, name: str) -> None:
    found, given = walk(client, PRESETS[name]), PRESETS[name]
    leaves = {key: Tensor([value]) for key, value in given["values"].items()}
    results = run(parse(given["expression"]), leaves)
    list(results.values())[-1].backward()
    tensors = {**leaves, **results}
    compared = 0
    for node in found["nodes"]:
        if node["name"] in tensors:
            tensor = tensors[node["name"]]
            assert node["value"] == tensor.data[0]
            assert node["grad"] in (None, pytest.approx(tensor.grad[0], rel=1e-14))
            compared += node["grad"] is not None
    assert compared >= len(leaves) - 2


def test_nothing_in_a_preset_is_saturated(client: TestClient) -> None:
    for name in PRESETS:
        nodes = walk(client, PRESETS[name])["nodes"]
        tiny = [n["name"] for n in nodes if n["grad"] is not None and abs(n["grad"]) < 0.01]
        assert tiny == (["w2"] if name == "neuron" else [])  # because x2 is 0


def test_micrograds_neuron_has_micrograds_gradients(client: TestClient) -> None:
    nodes = {node["name"]: node for node in walk(client, PRESETS["neuron"])["nodes"]}
    assert nodes["o"]["value"] == pytest.approx(0.7071067811865476, abs=1e-15)
    grads = {name: nodes[name]["grad"] for name in ("x1", "w1", "x2", "w2", "b", "n")}
    expected = {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5, "n": 0.5}
    assert grads == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_after_an_update_comes_the_next_step(client: TestClient, optimizer: str) -> None:
    for source in ({**PRESETS["rational"]}, {"spec": {"batch_size": 2}}):
        rule = {"name": optimizer}
        if "spec" in source:
            source["spec"] = {**source["spec"], "optimizer": rule}
        else:
            source["optimizer"] = rule
        for step in (0, 3):
            now, then = (walk(client, {**source, "step": s}) for s in (step, step + 1))
            assert (now["step"], now["update"]["t"]) == (step, step + 1)
            after = {p["node"]: p["after"] for p in now["positions"] if p["phase"] == "update"}
            values = {node["id"]: node["value"] for node in then["nodes"]}
            for node, value in after.items():
                assert value == pytest.approx(values[node], rel=1e-12, abs=1e-15)
            if "expression" in source:  # the same sample again
                assert now["positions"][-1]["loss"] == then["loss"]


def test_the_next_loss_is_that_of_the_same_samples(client: TestClient) -> None:
    found = walk(client, SOURCES["a penalty"])
    trainer = Trainer(Spec.parse(found["spec"]))
    x, y = trainer.next_batch()
    trainer.step()
    output = trainer.network.forward(Tensor(x, requires_grad=False))
    penalty = trainer.spec.regularization.penalty(trainer.network.weights())
    assert penalty is not None
    expected = float(trainer.loss(output, y)) + float(penalty)
    assert found["positions"][-1]["loss"] == pytest.approx(expected, rel=1e-13)


def test_what_is_not_finite_is_null(client: TestClient) -> None:
    found = walk(client, {"expression": "log(w) / 0", "values": {"w": 1.0}})
    assert found["loss"] is None and found["positions"][-1]["loss"] is None


# --- sessions ---


def test_a_session_is_gone_through_where_it_is_and_where_it_was(client: TestClient) -> None:
    spec = {"optimizer": {"name": "adam"}}
    known = client.post("/api/sessions", json=spec).json()["id"]
    session = client.app.state.runner.lane(known).session  # type: ignore[attr-defined]

    def go(steps: int) -> None:
        session.handle(Step(count=steps), "somebody")
        session.advance(steps)

    go(30)
    found = walk(client, {"session": known, "step": None})
    assert found["source"] == {"session": known, "step": 30, "sample": None}
    alone = walk(client, {"spec": spec, "step": 30})
    for key in ("nodes", "positions", "groups", "spec", "targets", "step", "update"):
        assert found[key] == alone[key], key
    earlier = walk(client, {"session": known, "step": 12, "sample": 4})
    assert earlier["nodes"] == walk(client, {"spec": spec, "step": 12, "sample": 4})["nodes"]
    ahead = walk(client, {"session": known, "step": 31})  # what it would do next
    assert ahead["nodes"] == walk(client, {"spec": spec, "step": 31})["nodes"]
    error = refused(client, {"session": known, "step": 30 + AHEAD + 1})
    assert (error["field"], error["allowed"]["maximum"]) == ("step", 30)

    session.handle(Set(changes={"optimizer": {"name": "momentum"}}), "somebody")
    go(3)
    changed = walk(client, {"session": known})
    assert changed["update"]["optimizer"] == "momentum" and changed["update"]["t"] == 4
    before = walk(client, {"session": known, "step": 29})
    assert before["update"]["optimizer"] == "adam" and before["update"]["t"] == 30


def test_going_through_a_session_does_not_disturb_it(client: TestClient) -> None:
    known = client.post("/api/sessions", json={}).json()["id"]
    session = client.app.state.runner.lane(known).session  # type: ignore[attr-defined]
    undisturbed = Trainer(Spec.parse({}))
    for sample in (None, 0, 1):
        session.handle(Step(count=10), "somebody")
        session.advance(10)
        walk(client, {"session": known, "sample": sample})
        undisturbed.run(10)
    assert (session.state, session.step) == ("paused", 30)
    trainers = (session.trainer.network, undisturbed.network)
    for a, b in zip(*(network.parameters() for network in trainers), strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_a_diverged_session_can_be_gone_through(client: TestClient) -> None:
    spec = {
        "data": {"name": "wave"},
        "network": {"layers": [{"activation": "linear"}, {"activation": "linear"}]},
        "optimizer": {"name": "sgd", "learning_rate": 100},
    }
    known = client.post("/api/sessions", json=spec).json()["id"]
    session = client.app.state.runner.lane(known).session  # type: ignore[attr-defined]
    session.handle(Step(count=10_000), "somebody")
    session.advance(10_000)
    assert session.state == "diverged"
    found = walk(client, {"session": known})
    after = [p["after"] for p in found["positions"] if p["phase"] == "update"]
    assert None in after


def test_an_unknown_session_is_not_found(client: TestClient) -> None:
    error = refused(client, {"session": "nobody"}, 404)
    assert (error["code"], error["field"], error["value"]) == (
        "unknown_session",
        "session",
        "nobody",
    )


# --- what is refused ---

REFUSALS: dict[str, tuple[Any, str, Any]] = {
    "no object": (None, "source", {"type": "object"}),
    "a list": ([], "source", {"type": "object"}),
    "nothing in it": ({}, "source", {"choices": ["expression", "spec", "session"]}),
    "an unknown field": ({"expression": "w*x", "value": {}}, "value", None),
    "no text": ({"expression": 3}, "expression", {"type": "string"}),
    "two sources": ({"expression": "w*x", "spec": {}}, "spec", None),
    "an unknown value": (
        {"expression": "w*x", "values": {"q": 1}},
        "values.q",
        {"choices": ["w", "x"]},
    ),
    "a value of text": ({"expression": "w*x", "values": {"w": "1"}}, "values.w", None),
    "a value of true": ({"expression": "w*x", "values": {"w": True}}, "values.w", None),
    "values in a list": ({"expression": "w*x", "values": [1]}, "values", {"type": "object"}),
    "too large a value": ({"expression": "w*x", "values": {"w": 10**300}}, "values.w", None),
    "learning a stranger": (
        {"expression": "w*x", "learns": ["w", "q"]},
        "learns[1]",
        {"choices": ["w", "x"]},
    ),
    "learning no list": ({"expression": "w*x", "learns": "w"}, "learns", {"choices": ["w", "x"]}),
    "learning a list": ({"expression": "w*x", "learns": [["w"]]}, "learns[0]", None),
    "learning a constant": (
        {"expression": "w*x", "learns": ["w"], "constants": ["w"]},
        "constants[0]",
        {"choices": ["x"]},
    ),
    "nothing but constants": (
        {"expression": "w*x", "learns": [], "constants": ["w", "x"]},
        "constants",
        None,
    ),
    "an optimizer there is not": (
        {"expression": "w*x", "optimizer": {"name": "best"}},
        "optimizer.name",
        {"choices": list(OPTIMIZERS)},
    ),
    "an optimizer out of bounds": (
        {"expression": "w*x", "optimizer": {"learning_rate": 0}},
        "optimizer.learning_rate",
        None,
    ),
    "too many steps": ({"expression": "w*x", "step": 100_001}, "step", None),
    "steps back": ({"spec": {}, "step": -1}, "step", None),
    "half a step": ({"spec": {}, "step": 0.5}, "step", None),
    "a sample too many": ({"spec": {}, "sample": 10}, "sample", None),
    "a sample too few": ({"spec": {}, "sample": -1}, "sample", None),
    "a sample of text": ({"spec": {}, "sample": "0"}, "sample", None),
    "a wrong spec": ({"spec": {"data": {"name": "best"}}}, "spec.data.name", None),
    "no spec": ({"spec": 1}, "spec", {"type": "object"}),
    "too large a net": (
        {"spec": {"network": {"layers": [{"units": 64}, {"units": 64}, {}]}}},
        "sample",
        None,
    ),
    "too large a minibatch": (
        {"spec": {"batch_size": 100}},
        "sample",
        {"type": "integer", "minimum": 0, "maximum": 99},
    ),
    "a session by number": ({"session": 7}, "session", {"type": "string"}),
    "a step of text": ({"session": "x", "step": "1"}, "step", None),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_wrong_source_is_refused(client: TestClient, name: str) -> None:
    source, field, allowed = REFUSALS[name]
    error = refused(client, source)
    assert error["field"] == field
    assert allowed is None or error["allowed"] == allowed


EXPRESSIONS = {
    "": 0,
    "w*": 2,
    "w + + x": 4,
    "3": 0,
    "a = w; a": 0,
    "__import__('os')": 0,
    "w.real": 0,
    "open(w)": 0,
    "w**99": 0,
    "w" * 10_000: 0,
    "(" * 40 + "w" + ")" * 40: 0,
}


@pytest.mark.parametrize("text", EXPRESSIONS, ids=lambda text: text[:20])
def test_what_is_no_expression_is_refused_with_the_place(client: TestClient, text: str) -> None:
    error = refused(client, {"expression": text})
    assert error["field"] == "expression"
    assert error["allowed"]["functions"] == list(FUNCTIONS)
    assert 0 <= error["allowed"]["position"] <= len(text)
    assert error["allowed"]["position"] >= EXPRESSIONS[text]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(client: TestClient, number: str) -> None:
    text = '{"source": {"expression": "w*x", "values": {"w": %s}}}' % number  # noqa: UP031
    assert error_of(client.post("/api/walks", content=text), 422)["field"] == "values.w"


def test_a_step_behind_an_overflow_is_refused(client: TestClient) -> None:
    rule = {"name": "sgd", "learning_rate": 100}
    error = refused(client, {"expression": "w**2", "optimizer": rule, "step": 1000})
    last = error["allowed"]["maximum"]
    assert error["field"] == "step" and 0 < last < 1000
    walk(client, {"expression": "w**2", "optimizer": rule, "step": last})


def test_a_body_must_be_an_object_with_a_source(client: TestClient) -> None:
    assert error_of(client.post("/api/walks", content="x"), 422)["code"] == "malformed"
    assert error_of(client.post("/api/walks", json={}), 422)["field"] == "source"
    both = client.post("/api/walks", json={"source": DEFAULT, "node": 1})
    assert error_of(both, 422)["field"] == "node"
    assert client.post("/api/walks", content=b" " * 70_000).status_code == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ["values", "learns", "constants", "optimizer", "schedule", "clipping", "step", "sample"]
STARTS: list[dict[str, Any]] = [{"expression": "(w*x - t)**2"}, {"spec": {}}, {"session": "x"}]


@settings(max_examples=200, deadline=None)
@given(
    start=st.sampled_from(STARTS) | st.dictionaries(st.sampled_from([*FIELDS, "spec"]), JSON),
    changes=st.dictionaries(st.sampled_from([*FIELDS, "expression", "spec", "session"]), JSON),
)
def test_whatever_is_asked_for_is_answered_or_refused(
    client: TestClient, start: dict[str, Any], changes: dict[str, Any]
) -> None:
    content = json.dumps({"source": {**start, **changes}})
    answer = client.post("/api/walks", content=content)
    assert answer.status_code in (200, 404, 422), content
    if answer.status_code == 422:
        assert set(answer.json()["error"]) == {"code", "message", "field", "value", "allowed"}


def test_names_say_what_learns_and_what_is_constant() -> None:
    def of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        formula = read_source({"expression": text}).formula  # type: ignore[union-attr]
        return formula.learns, formula.constants

    assert of("(w*x + b - t)**2") == (("w", "b"), ("t",))
    assert of("(w*x1 + b - y_2)**2") == (("w", "b"), ("y_2",))
    assert of("x*x") == (("x",), ())
    assert of("x*t") == (("x",), ("t",))
    assert of("t*y") == (("t", "y"), ())


# --- presets, places, promises ---


def test_presets_are_whole_sources(client: TestClient) -> None:
    answer = client.get("/api/walks/presets")
    presets = answer.json()
    assert [preset["name"] for preset in presets] == list(PRESETS)
    for preset in presets:
        assert walk(client, preset["source"])["source"] == preset["source"]
    again = client.get("/api/walks/presets", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert client.head("/api/walks/presets").status_code == 200


def test_the_api_describes_walks(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths["/api/walks"]["post"]["responses"]) == {
        "200",
        "403",
        "404",
        "413",
        "422",
        "429",
        "503",
    }
    assert set(paths["/api/walks/presets"]["get"]["responses"]) == {"200", "304", "403", "429"}
    body = paths["/api/walks"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    kinds = body["properties"]["source"]["anyOf"]
    sources: list[dict[str, Any]] = [{"expression": "w*x"}, {"spec": {}}, {"session": "x"}]
    for kind, source in zip(kinds, sources, strict=True):
        whole = read_source(source).to_json()
        assert set(whole) <= set(kind["properties"]), kind
        assert kind["required"] == list(source)


def test_a_walk_is_compressed_for_who_can_read_it(client: TestClient) -> None:
    plain = client.post(
        "/api/walks", json={"source": DEFAULT}, headers={"Accept-Encoding": "identity"}
    )
    packed = client.post("/api/walks", json={"source": DEFAULT})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 5
    assert plain.json() == packed.json()


def test_leaves_stand_right_before_their_first_use(client: TestClient) -> None:
    for name in ("rational", "linear", "neuron", "softmax", "sigmoid", "twice"):
        nodes = walk(client, PRESETS[name])["nodes"]
        for node in nodes:
            users = [n["place"][0] for n in nodes if node["id"] in n["inputs"]]
            assert all(column > node["place"][0] for column in users)
            if node["op"] is None:
                assert min(users) == node["place"][0] + 1, (name, node["name"])


def crossings(nodes: list[dict[str, Any]]) -> int:
    """How many pairs of edges between the same columns cross. Long edges go by straight lines."""
    edges = [(nodes[source]["place"], node["place"]) for node in nodes for source in node["inputs"]]
    found = 0
    for i, (a, b) in enumerate(edges):
        for c, d in edges[i + 1 :]:
            left, right = max(a[0], c[0]), min(b[0], d[0])
            if left >= right:
                continue
            gaps = [row(a, b, column) - row(c, d, column) for column in (left, right)]
            found += gaps[0] * gaps[1] < 0
    return found


def row(start: list[float], end: list[float], column: float) -> float:
    return start[1] + (end[1] - start[1]) * (column - start[0]) / (end[0] - start[0])


@pytest.mark.parametrize("name", ["neuron", "rational", "sigmoid", "softmax"])
def test_edges_of_a_preset_do_not_cross(client: TestClient, name: str) -> None:
    assert crossings(walk(client, PRESETS[name])["nodes"]) == 0


def test_no_two_things_stand_in_one_place(document: dict[str, Any]) -> None:
    taken: dict[tuple[int, float], list[float]] = {}
    for thing in [*document["nodes"], *document["groups"][1:]]:
        home = thing["group"] if "group" in thing else thing["parent"]
        column, row = thing["place"]
        assert column == int(column) and column >= 0 and row >= 0
        taken.setdefault((home, column), []).append(row)
    for rows in taken.values():
        assert all(b - a >= 1 for a, b in zip(sorted(rows), sorted(rows)[1:], strict=False))


PLACES = """
import json, sys
from app.walks.places import places
from app.walks.source import read_source
from engine.walkthrough import expression_graph
text = " + ".join(f"a{i} * tanh(b{i} - a{(i * 7) % 12})" for i in range(12))
print(sorted(places(expression_graph(read_source({"expression": text}).formula)).vertices.items()))
"""


def test_places_are_the_same_in_every_process() -> None:
    runs = {
        subprocess.run(
            [sys.executable, "-c", PLACES],
            cwd=ROOT,
            env={"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(runs) == 1


def test_first_operands_are_above_second_ones() -> None:
    graph = expression_graph(read_source({"expression": "(a + b) * (c + d)"}).formula)  # type: ignore[union-attr]
    where = {v.name: places(graph).vertices[v.id] for v in graph.vertices}
    assert [where[name][1] for name in "abcd"] == sorted(where[name][1] for name in "abcd")
    assert layered(3, ()) == ((0, 0), (0, 1), (0, 2))


@pytest.mark.alone
def test_a_walk_is_there_in_no_time(client: TestClient) -> None:
    net = {"network": {"layers": [{"units": 8}, {"units": 8}, {}]}}
    for source, most in (({"spec": net, "sample": 0}, 0.1), (DEFAULT, 0.15)):
        fastest = math.inf
        for _ in range(5):
            begun = perf_counter()
            assert client.post("/api/walks", json={"source": source}).status_code == 200
            fastest = min(fastest, perf_counter() - begun)
        assert fastest < most


def same(found: Any, kept: Any) -> bool:
    """Equal, numbers up to what another machine's linear algebra rounds otherwise."""
    if isinstance(found, dict):
        return found.keys() == kept.keys() and all(same(found[key], kept[key]) for key in found)
    if isinstance(found, list):
        return len(found) == len(kept) and all(map(same, found, kept))
    if isinstance(found, float):
        return math.isclose(found, kept, rel_tol=1e-9, abs_tol=1e-12)
    return bool(found == kept)


def test_the_walks_the_pages_tests_use_are_those_of_today() -> None:
    recorder = runpy.run_path(str(ROOT / "tests" / "js" / "fixtures" / "record_walks.py"))
    for name, source in recorder["SOURCES"].items():
        kept = (ROOT / "tests" / "js" / "fixtures" / f"walk-{name}.json").read_text()
        assert same(json.loads(recorder["recorded"](source)), json.loads(kept)), name
