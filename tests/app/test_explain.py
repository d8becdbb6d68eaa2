"""Every number of a session explains itself, over the API: its terms add up to it, it is the number
that was streamed, and finite differences agree."""

import itertools
import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.sessions.explanations import Explainer, last_update
from engine.spec import Spec
from engine.training import Trainer
from tests.app.test_rest import error_of
from tests.client.backprop_client import BackpropClient, Binary

SPECS: dict[str, dict[str, Any]] = {
    "default": {},
    "penalty": {"regularization": {"name": "elastic_net", "rate": 0.1}, "loss": "huber"},
    "iris": {"data": {"name": "iris"}},
    "wave": {"data": {"name": "wave"}},
    "float32": {"dtype": "float32"},
    "digits": {"data": {"name": "digits"}},
}
MOST = 80  # parameters asked one by one; of a larger net a sample of them


@pytest.fixture
def open_lab(server_url: str) -> Iterator[Callable[[dict[str, Any]], BackpropClient]]:
    """Make sessions on the real server."""
    with ExitStack() as labs:
        yield lambda spec: labs.enter_context(BackpropClient(server_url, spec))


OpenLab = Callable[[dict[str, Any]], BackpropClient]


def frame_at(lab: BackpropClient, step: int) -> Binary:
    """Go on to a step, and a frame that shows it: another sample asks for a new one."""
    now = lab.command("pause")
    if step > now:
        lab.command("step", count=step - now)
    lab.command("view", probe=next(SAMPLES))
    while (frame := lab.frame()).step != step:
        pass
    return frame


SAMPLES = itertools.cycle(range(100))


def parameters(frame: Binary) -> list[tuple[str, tuple[int, ...]]]:
    """Every parameter of a frame; of very many, every so many."""
    names = [name for name in frame.arrays if name.startswith("layers.")]
    every = [(name, index) for name in names for index in np.ndindex(frame.arrays[name].shape)]
    return every[:: math.ceil(len(every) / MOST)]


def reference(name: str, index: tuple[int, ...]) -> str:
    return f"{name}[{','.join(map(str, index))}]"


def explain(lab: BackpropClient, element: str, **query: Any) -> dict[str, Any]:
    where = f"{lab.url}/api/sessions/{lab.id}/explain"
    answer = httpx2.get(where, params={"element": element, **query})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def check(lab: BackpropClient, element: str, **body: Any) -> dict[str, Any]:
    answer = httpx2.post(
        f"{lab.url}/api/sessions/{lab.id}/check", json={"element": element, **body}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# --- gradients ---


@pytest.mark.parametrize("name", SPECS)
def test_every_gradient_is_the_frames_and_its_terms_add_up_to_it(
    open_lab: OpenLab, name: str
) -> None:
    lab = open_lab(SPECS[name])
    frame = frame_at(lab, 30)
    exact = 1e-12 if name != "float32" else 1e-5
    for parameter, index in parameters(frame):
        element = reference(parameter, index)
        found = explain(lab, element)
        assert (found["element"], found["step"], found["of"]) == (element, 30, "gradient")
        assert found["value"] == found["gradient"] == frame.arrays[f"grad.{parameter}"][index]
        assert found["number"] == frame.arrays[parameter][index]
        terms = found["terms"]
        assert len([term for term in terms if term["sample"] is not None]) == found["samples"]
        for term in terms:
            assert term["contribution"] == term["upstream"] * term["local"]
        sizes = [abs(term["contribution"]) for term in terms]
        assert sizes == sorted(sizes, reverse=True)
        scale = max(1e-3, sizes[0], abs(found["value"]))
        assert (
            abs(math.fsum(term["contribution"] for term in terms) - found["value"]) < exact * scale
        )
        assert abs(found["sum"] - found["value"]) < exact * scale


@pytest.mark.parametrize("name", ["default", "penalty", "iris"])
def test_every_factor_can_be_asked_for_next_and_is_what_was_said(name: str) -> None:
    trainer = Trainer(Spec.parse({**SPECS[name], "batch_size": 4}))
    trainer.run(12)
    explainer = Explainer("", trainer)
    waiting = [
        reference(key, index)
        for key, tensor in trainer.network.named_parameters()
        for index in np.ndindex(tensor.shape)
    ]
    seen = set()
    while waiting:
        element = waiting.pop()
        if element in seen:
            continue
        seen.add(element)
        found = explainer.explain(element, "gradient")
        assert found.terms is not None and found.value is not None
        if not found.terms:  # where gradients start; scores that the target does not pick
            assert found.value == float(element in ("loss", "objective"))
        total = sum(term.contribution or 0.0 for term in found.terms)
        if found.terms:
            assert total == pytest.approx(found.value, rel=1e-12, abs=1e-15)
        for term in found.terms:
            onward = explainer.explain(term.element, "gradient")
            assert onward.gradient == term.upstream
            waiting.append(term.element)
            if term.local_element is not None:
                assert explainer.explain(term.local_element, "value").number == term.local
    assert any(element.startswith("loss.") for element in seen)


def test_a_weights_terms_are_samples_each_with_its_input_and_row() -> None:
    trainer = Trainer(Spec.parse({}))
    found = Explainer("", trainer).explain("layers.0.weight[1,2]", "gradient")
    assert found.terms is not None
    x, rows = trainer.next_batch()[0], trainer.next_rows()
    assert found.rows == rows.tolist()
    for term in found.terms:
        n = term.sample
        assert n is not None
        assert (term.element, term.local_element) == (f"layers.0.z[{n},2]", f"input[{n},1]")
        assert term.local == x[n, 1] == trainer.dataset.x[rows[n], 1]


def test_a_penalty_is_a_term_of_its_own() -> None:
    trainer = Trainer(Spec.parse({"regularization": {"name": "l2", "rate": 0.1}}))
    trainer.run(3)
    found = Explainer("", trainer).explain("layers.1.weight[0,1]", "gradient")
    (own,) = [term for term in found.terms or [] if term.sample is None]
    assert own.element.startswith("penalty.power")
    assert own.contribution == pytest.approx(0.1 * found.number)


def test_a_weight_that_only_sees_dark_pixels_has_terms_of_nothing() -> None:
    trainer = Trainer(Spec.parse(SPECS["digits"]))
    found = Explainer("", trainer).explain("layers.0.weight[0,0]", "gradient")
    assert [term.contribution for term in found.terms or []] == [0.0] * found.samples


def test_a_sum_over_a_whole_data_set_is_explained_too(open_lab: OpenLab) -> None:
    lab = open_lab({"data": {"name": "digits"}, "batch_size": 898})
    found = explain(lab, "layers.0.weight[20,3]")
    assert len(found["terms"]) == 898
    assert found["sum"] == pytest.approx(found["value"], rel=1e-12)


# --- values ---


def test_a_sum_comes_from_inputs_and_weights_in_pairs_and_the_bias() -> None:
    trainer = Trainer(Spec.parse({}))
    trainer.run(7)
    found = Explainer("", trainer).explain("layers.1.z[3,1]", "value")
    assert (found.op, found.activation) == ("linear", "tanh")
    assert found.inputs is not None
    *pairs, bias = found.inputs
    assert bias.element == "layers.1.bias[1]" and bias.local == 1.0
    values = {each.element: each.value for each in pairs}
    assert set(values) == {
        *(f"layers.0.output[3,{k}]" for k in range(4)),
        *(f"layers.1.weight[{k},1]" for k in range(4)),
    }
    for each in pairs:
        assert each.local_element is not None and each.local == values[each.local_element]
    products = [
        (each.value or 0.0) * (each.local or 0.0)
        for each in pairs
        if each.element.startswith("layers.0")
    ]
    assert sum(products) + (bias.value or 0.0) == pytest.approx(found.value, rel=1e-14)


def test_every_value_comes_from_elements_that_have_the_values_said() -> None:
    trainer = Trainer(Spec.parse({"data": {"name": "iris"}, "batch_size": 2}))
    explainer = Explainer("", trainer)
    for name in explainer.names:
        node = explainer.names[name]
        for index in np.ndindex(node.data.shape):
            found = explainer.explain(reference(name, index) if index else name, "value")
            assert found.value == float(node.data[index])
            assert found.inputs is not None
            assert bool(found.inputs) == (node.op is not None)
            for each in found.inputs:
                assert explainer.explain(each.element, "value").value == each.value


def test_a_neurons_value_for_a_row_of_the_data_is_the_probes(open_lab: OpenLab) -> None:
    lab = open_lab({})
    frame = frame_at(lab, 20)
    row = json.loads(frame.metadata["probe"])["index"]
    for layer in range(3):
        values = frame.arrays[f"probe.layers.{layer}"]
        for unit, value in enumerate(values):
            element = f"layers.{layer}.output[0,{unit}]"
            found = explain(lab, element, of="value", row=row)
            assert found["row"] == row and found["rows"] == [row] and found["samples"] == 1
            assert np.float32(found["value"]) == value


def test_a_weight_comes_from_its_last_update(open_lab: OpenLab) -> None:
    lab = open_lab({"optimizer": {"name": "adam"}})
    before = frame_at(lab, 8)
    after = frame_at(lab, 9)
    element = "layers.0.weight[1,2]"
    update = explain(lab, element, of="value")["update"]
    assert update["step"] == 8
    assert update["before"] == before.arrays["layers.0.weight"][1, 2]
    assert update["after"] == after.arrays["layers.0.weight"][1, 2]
    terms = {term["name"]: term["value"] for term in update["terms"]}
    assert list(terms)[-1] == "update"
    assert {"m", "v"} <= set(terms)
    assert update["before"] + terms["update"] == pytest.approx(update["after"], rel=1e-15)


def test_at_the_start_a_weight_comes_from_nowhere(open_lab: OpenLab) -> None:
    found = explain(open_lab({}), "layers.0.bias[0]", of="value")
    assert (found["update"], found["inputs"], found["role"]) == (None, [], "parameter")


def test_what_is_no_parameter_has_no_update() -> None:
    assert last_update(Trainer(Spec.parse({})), "layers.0.z[0,0]") is None


@pytest.mark.parametrize(
    ("element", "role"),
    [
        ("input[0,0]", "input"),
        ("target[0,0]", "target"),
        ("loss.constant", "constant"),
        ("loss", "op"),
        ("layers.0.bias[0]", "parameter"),
    ],
)
def test_everything_knows_what_it_is(element: str, role: str) -> None:
    explainer = Explainer("", Trainer(Spec.parse({"loss": "huber"})))
    assert explainer.explain(element, "value").role == role


# --- earlier steps ---


def test_an_earlier_step_is_what_was_streamed_then(open_lab: OpenLab) -> None:
    lab = open_lab({"optimizer": {"name": "momentum"}})
    streamed = {step: frame_at(lab, step) for step in (0, 3, 17, 64)}
    lab.command("set", changes={"optimizer": {"learning_rate": 0.1}})
    streamed |= {step: frame_at(lab, step) for step in (70, 99)}
    frame_at(lab, 130)
    for step, frame in streamed.items():
        for parameter, index in parameters(frame)[::3]:
            found = explain(lab, reference(parameter, index), step=step)
            assert found["step"] == step
            assert found["value"] == frame.arrays[f"grad.{parameter}"][index]
            assert found["number"] == frame.arrays[parameter][index]
    assert lab.command("pause") == 130


# --- the check ---


@pytest.mark.parametrize("name", [name for name in SPECS if name != "float32"])
def test_finite_differences_agree_at_a_good_step(open_lab: OpenLab, name: str) -> None:
    lab = open_lab(SPECS[name])
    frame = frame_at(lab, 25)
    for parameter, index in parameters(frame):
        element = reference(parameter, index)
        found = check(lab, element)
        assert found["node"] == element
        assert found["value"] == frame.arrays[parameter][index]
        assert found["analytic"] == frame.arrays[f"grad.{parameter}"][index]
        assert found["steps"][found["best"]]["relative_error"] < 1e-6
        assert len(found["slice"]["values"]) == len(found["slice"]["losses"]) == 81
        assert found["slice"]["values"][40] == found["value"]


def test_also_at_an_earlier_step_and_for_numbers_in_between(open_lab: OpenLab) -> None:
    lab = open_lab({})
    then = frame_at(lab, 10)
    frame_at(lab, 40)
    found = check(lab, "layers.0.weight[0,0]", step=10)
    assert found["analytic"] == then.arrays["grad.layers.0.weight"][0, 0]
    found = check(lab, "layers.1.z[2,1]", step=10)
    assert found["steps"][found["best"]]["relative_error"] < 1e-6


# --- what is refused ---


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "element"),
        ({"element": "nothing"}, "element"),
        ({"element": "layers.0.weight[9,9]"}, "element"),
        ({"element": "loss", "of": "everything"}, "of"),
        ({"element": "input[0,0]", "of": "gradient"}, "of"),
        ({"element": "loss", "step": "1"}, "step"),
        ({"element": "loss", "step": "-1"}, "step"),
        ({"element": "loss", "step": "1e3"}, "step"),
        ({"element": "loss", "step": "9" * 400}, "step"),
        ({"element": "loss", "row": "500"}, "row"),
        ({"element": "loss", "row": "x"}, "row"),
    ],
)
def test_what_cannot_be_explained_is_refused(
    client: TestClient, query: dict[str, str], field: str
) -> None:
    session = client.post("/api/sessions", json={}).json()["id"]
    answer = client.get(f"/api/sessions/{session}/explain", params=query)
    error = error_of(answer, 422)
    assert error["field"] == field
    assert error["allowed"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "element"),
        ({"element": 3}, "element"),
        ({"element": "loss", "step": 1.5}, "step"),
        ({"element": "loss", "step": True}, "step"),
        ({"element": "loss", "steps": 1}, "steps"),
    ],
)
def test_what_cannot_be_checked_is_refused(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    session = client.post("/api/sessions", json={}).json()["id"]
    answer = client.post(f"/api/sessions/{session}/check", json=body)
    error = error_of(answer, 422)
    assert error["field"] == field
    assert error["allowed"]


def test_an_unknown_session_is_refused(client: TestClient) -> None:
    error_of(client.get("/api/sessions/x/explain?element=loss"), 404)
    error_of(client.post("/api/sessions/x/check", json={"element": "loss"}), 404)


def test_a_number_that_overflowed_is_null() -> None:
    trainer = Trainer(Spec.parse({"optimizer": {"learning_rate": 90}, "loss": "mse"}))
    weight = trainer.network.layers[0].weight
    weight.data = np.full_like(weight.data, np.inf)
    found = Explainer("", trainer).explain("layers.0.weight[0,0]", "value").model_dump_json()
    assert '"value":null' in found
