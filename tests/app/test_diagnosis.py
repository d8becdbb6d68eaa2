"""What is wrong with a run, over the API: found at its step, now or earlier, with numbers that an
engine of our own measures, and a suggestion that the session takes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.messages import Play, Set
from app.sessions.diagnosis import diagnose, past
from app.sessions.session import TrainingSession
from engine.metrics import classes, report
from engine.spec import Spec
from engine.training import Trainer
from tests.app.test_rest import error_of
from tests.client.backprop_client import BackpropClient, CommandError

OpenLab = Callable[[dict[str, Any]], BackpropClient]
RELU_NET = {"layers": [{"units": 8, "activation": "relu"}] * 2 + [{"activation": "linear"}]}
DEAD = {"network": RELU_NET, "optimizer": {"learning_rate": 0.3}}


@pytest.fixture
def open_lab(server_url: str) -> Iterator[OpenLab]:
    """Make sessions on the real server."""
    with ExitStack() as labs:
        yield lambda spec: labs.enter_context(BackpropClient(server_url, spec))


def ask(lab: BackpropClient, what: str, **query: Any) -> dict[str, Any]:
    answer = httpx2.get(f"{lab.url}/api/sessions/{lab.id}/{what}", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_healthy_run_has_no_findings_and_its_layers_are_those_of_the_engine(
    open_lab: OpenLab,
) -> None:
    lab = open_lab({})
    for steps in (0, 1, 200):
        if steps:
            lab.command("step", count=steps)
        answer = ask(lab, "diagnosis")
        assert answer["findings"] == []
        trainer = Trainer(Spec.parse({}))
        trainer.run(answer["step"])
        assert answer["layers"] == [vars(row) for row in trainer.health(ahead=True)]
    assert answer["step"] == 201 and answer["run"] == 1


def test_an_earlier_step_is_as_it_was_and_the_session_stays_where_it_is(open_lab: OpenLab) -> None:
    lab = open_lab(DEAD)
    early = ask(lab, "diagnosis")
    lab.command("step", count=200)
    late = ask(lab, "diagnosis")
    assert [finding["kind"] for finding in early["findings"]] == []
    assert "dead" in [finding["kind"] for finding in late["findings"]]
    lab.command("step", count=150)
    assert ask(lab, "diagnosis", step=0) == early
    assert ask(lab, "diagnosis", step=200) == late
    assert lab.command("pause") == 350


def test_what_is_suggested_is_set_and_cures(open_lab: OpenLab) -> None:
    lab = open_lab(DEAD)
    lab.command("step", count=400)
    lab.command("seek", step=200)
    before = ask(lab, "diagnosis")
    dead = next(finding for finding in before["findings"] if finding["kind"] == "dead")
    assert (dead["layer"], dead["layers"], dead["value"], dead["threshold"]) == (1, [1], 1.0, 0.5)
    lab.command("set", changes=dead["change"])
    lab.command("step", count=600)
    after = ask(lab, "diagnosis")
    assert after["run"] == 2, "a change in the past begins a run of its own"
    assert not [finding for finding in after["findings"] if finding["kind"] == "dead"]
    runs = httpx2.get(f"{lab.url}/api/sessions/{lab.id}/runs").json()["runs"]
    losses = {run["id"]: run["loss"]["train"] for run in runs}
    assert losses[2] < 0.1 < 0.9 < losses[1]


def test_losses_before_a_change_of_settings_say_nothing_of_them() -> None:
    """In the first of eight runs whose losses say something: a wild one hangs on its last bits."""
    wild = {
        "batch_size": 4,
        "network": {"layers": [{"units": 3}, {}]},
        "optimizer": {"learning_rate": 0.2},
    }

    def jagged(session: TrainingSession) -> bool:
        session.handle(Play(), "somebody")
        session.advance(600)
        said = diagnose("", session.trainer, past(session))
        return "too_fast" in [finding.kind for finding in said.findings]

    sessions = (TrainingSession(Trainer(Spec.parse(wild | {"seed": seed}))) for seed in range(8))
    session = next(filter(jagged, sessions))
    session.handle(Set(changes={"optimizer": {"learning_rate": 0.001}}), "somebody")
    before = past(session)
    assert before.since == session.step
    calm = diagnose("", session.trainer, before)
    assert "too_fast" not in [finding.kind for finding in calm.findings]


def test_where_rows_are_held_out_for_validation_they_tell_of_overfitting(open_lab: OpenLab) -> None:
    """The test rows are not looked at before the end."""
    given = {
        "seed": 2,
        "data": {"name": "circle", "noise": 0.4, "samples": 80, "validation_fraction": 0.2},
        "network": {"layers": [{"units": 16}, {"units": 16}, {}]},
        "optimizer": {"name": "adam", "learning_rate": 0.01},
    }
    lab = open_lab(given)
    lab.command("step", count=800)
    found = {each["kind"]: each for each in ask(lab, "diagnosis")["findings"]}["overfitting"]
    trainer = Trainer(Spec.parse(given))
    trainer.run(800)
    measured = trainer.evaluate()
    held = found["numbers"]["held_now"]
    away = {part: abs(held - measured[f"{part}_loss"]) for part in ("validation", "test")}
    assert away["validation"] < 0.05 * held < away["test"]


def test_a_diverged_run_names_the_first_cause_and_the_way_to_it(open_lab: OpenLab) -> None:
    lab = open_lab({"network": RELU_NET, "optimizer": {"learning_rate": 3.0}})
    with pytest.raises(CommandError, match="overflow"):
        lab.command("step", count=2000)
    answer = ask(lab, "diagnosis")
    (found,) = answer["findings"]
    trainer = Trainer(Spec.parse({"network": RELU_NET, "optimizer": {"learning_rate": 3.0}}))
    trainer.run(2000)
    assert trainer.overflow is not None
    assert found["kind"] == "overflow" and found["overflow"]["name"] == trainer.overflow.name
    assert [link["op"] for link in found["chain"]] == [link.op for link in trainer.overflow.chain]
    assert found["change"] == {"optimizer": {"learning_rate": 0.3}}
    earlier = ask(lab, "diagnosis", step=answer["step"] - 20)
    assert "overflow" not in [finding["kind"] for finding in earlier["findings"]]


@pytest.mark.parametrize("data", ["circle", "iris", "digits"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_confusion_is_that_of_the_metrics(open_lab: OpenLab, data: str, split: str) -> None:
    spec = {"data": {"name": data}}
    lab = open_lab(spec)
    lab.command("step", count=20)
    answer = ask(lab, "confusion", split=split)
    trainer = Trainer(Spec.parse(spec))
    trainer.run(20)
    dataset = trainer.dataset
    chosen = dataset.train if split == "train" else ~dataset.train
    prediction = trainer.loss.prediction(trainer.network.activations(dataset.x[chosen])[-1])
    expected = report(prediction, dataset.y[chosen], dataset.task)
    for name in ("precision", "recall", "f1"):
        assert [row[name] for row in answer["classes"]] == expected[f"{name}_per_class"]
    assert answer["accuracy"] == expected["accuracy"]
    matrix = np.array(answer["matrix"])
    assert matrix.sum() == chosen.sum()
    assert matrix.sum(axis=1).tolist() == [row["samples"] for row in answer["classes"]]
    assert np.trace(matrix) / matrix.sum() == pytest.approx(answer["accuracy"])
    taken = classes(prediction, dataset.task)
    wrong = set(np.flatnonzero(chosen)[taken != dataset.y[chosen]].tolist())
    assert answer["wrong"] == len(wrong) > 0
    assert {each["row"] for each in answer["mistakes"]} <= wrong
    assert len(answer["mistakes"]) == min(100, len(wrong))
    for each in answer["mistakes"]:
        assert answer["labels"][each["truth"]] == dataset.y[each["row"]]
        assert each["truth"] != each["predicted"]
        assert each["inputs"] == dataset.x[each["row"]].tolist()
    sureness = [each["sureness"] for each in answer["mistakes"]]
    assert sureness == sorted(sureness, reverse=True)


def test_what_cannot_be_asked_is_refused_in_the_usual_shape(client: TestClient) -> None:
    made = client.post("/api/sessions", json={"data": {"name": "wave"}}).json()["id"]
    where = f"/api/sessions/{made}"
    for path, status, field in [
        ("/api/sessions/nobody/diagnosis", 404, "id"),
        ("/api/sessions/nobody/confusion", 404, "id"),
        (f"{where}/diagnosis?step=-1", 422, "step"),
        (f"{where}/diagnosis?step=7", 422, "step"),
        (f"{where}/confusion?split=validation", 422, "split"),
        (f"{where}/confusion", 422, "split"),
    ]:
        assert error_of(client.get(path), status)["field"] == field, path
