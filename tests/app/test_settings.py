"""Every setting in a session: to the last bit when travelling in time, and runs that stop."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app import messages as wire
from app.errors import Invalid
from app.main import create_app
from app.routes.schema import spec_schema
from app.sessions.explanations import Explainer
from app.sessions.session import TrainingSession
from app.settings import Settings
from app.walks.source import walk_of
from engine import Spec, Trainer
from tests.app.sessions import do, kinds, session_of
from tests.app.test_time_travel import state, train

SPECIAL: dict[str, dict[str, Any]] = {
    "dropout": {"layers": [{"dropout": 0.3}, {}]},
    "batch norm": {"layers": [{"normalization": "batch"}, {"units": 4, "dropout": 0.1}, {}]},
    "layer norm": {"layers": [{"normalization": "layer"}, {}]},
    "residual": {"layers": [{"units": 2, "residual": True}, {}]},
}
WATCHING = {
    "schedule": {"name": "reduce_on_plateau", "patience": 0},
    "stopping": {"patience": 3, "margin": 0.01},
}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings()), base_url="http://127.0.0.1:8000") as opened:
        yield opened


def everything(session: TrainingSession) -> dict[str, Any]:
    """What could be told apart at this step."""
    snapshot = session.trainer.snapshot()
    buffers = {name: array.tobytes() for name, array in snapshot.buffers.items()}
    return state(session) | buffers | {"watched": snapshot.watched}


@pytest.mark.parametrize("name", SPECIAL)
def test_back_and_on_again_is_the_same_run(name: str) -> None:
    session = session_of({"network": SPECIAL[name], **WATCHING})
    train(session, 700)
    end, points = everything(session), list(session.losses.items)
    do(session, "seek", step=333)
    train(session, 700 - 333)
    assert everything(session) == end and session.losses.items == points


def test_looking_does_not_change_what_comes() -> None:
    looked, alone = (session_of({"network": SPECIAL["batch norm"]}) for _ in range(2))
    for _ in range(5):
        looked.trainer.gradients()
        assert looked.trainer.objective is not None
        looked.trainer.health()
        looked.metrics()
        train(looked, 10)
    train(alone, 50)
    assert everything(looked) == everything(alone)


def test_undo_of_dropout_leads_back_to_the_masks_of_before() -> None:
    session = session_of({"network": SPECIAL["dropout"]})
    train(session, 60)
    before = everything(session)
    do(session, "set", changes={"network": {"layers": [{"dropout": 0.6}, {}]}})
    assert session.step == 60  # it goes on
    train(session, 20)
    do(session, "undo")
    assert everything(session) == before


# --- stopping ---


def play_until_it_stands(session: TrainingSession) -> list[Any]:
    letters = do(session, "play", speed=None)
    while session.state == "playing":
        letters += session.advance(40)
        assert session.step < 100_000
    return letters


def test_a_run_stops_at_its_epoch_and_says_so() -> None:
    session = session_of({"stopping": {"epoch": 4}})
    letters = play_until_it_stands(session)
    assert (session.step, session.state) == (100, "paused")
    assert kinds(letters)[-1] == "status"
    assert session.status().stopped == wire.Stop(reason="epoch", best_step=None)
    assert json.loads(session.status().text())["stopped"]["reason"] == "epoch"


def test_played_on_it_goes_past_its_epoch() -> None:
    session = session_of({"stopping": {"epoch": 4}})
    play_until_it_stands(session)
    do(session, "play")
    session.advance(40)
    assert (session.step, session.state, session.status().stopped) == (140, "playing", None)


def test_out_of_patience_it_tells_where_it_was_best() -> None:
    session = session_of({"stopping": {"patience": 2, "margin": 0.3}})
    play_until_it_stands(session)
    stopped = session.status().stopped
    assert stopped is not None and stopped.reason == "patience"
    assert stopped.best_step is not None and stopped.best_step == session.step - 50
    do(session, "seek", step=stopped.best_step)
    assert session.step == stopped.best_step and session.status().stopped is None


def test_steps_that_are_asked_for_one_by_one_are_all_made() -> None:
    session = session_of({"stopping": {"epoch": 2}})
    do(session, "step", count=130)
    while session.stepping:
        session.advance(64)
    assert session.step == 130


# --- what comes of it elsewhere ---


@pytest.mark.parametrize("name", SPECIAL)
def test_every_weight_and_neuron_is_explained(name: str) -> None:
    trainer = Trainer(Spec.parse({"network": SPECIAL[name], "batch_size": 5}))
    trainer.run(20)
    for row in (None, 3):
        explainer = Explainer("s", trainer, row)
        for reference in ("layers.0.weight[1,1]", "layers.0.output[0,1]", "layers.0.z[0,1]"):
            for of in ("gradient", "value"):
                found = explainer.explain(reference, of)  # type: ignore[arg-type]
                if of == "gradient":
                    assert found.sum == pytest.approx(found.gradient, rel=1e-9, abs=1e-12)
                else:
                    assert found.inputs is not None


@pytest.mark.parametrize("name", SPECIAL)
def test_a_walk_says_what_it_cannot_show(name: str) -> None:
    with pytest.raises(Invalid, match=r"cannot show the .* of layer 1 yet"):
        walk_of(Trainer(Spec.parse({"network": SPECIAL[name], "batch_size": 5})), None)


def test_a_walk_is_brought_to_a_step_beyond_one_where_a_session_would_stop(
    client: TestClient,
) -> None:
    spec = {"batch_size": 50, "stopping": {"epoch": 1}, **WATCHING}
    answer = client.post("/api/walks", json={"source": {"spec": spec, "step": 40, "sample": 0}})
    assert answer.status_code == 200 and answer.json()["step"] == 40


@pytest.mark.parametrize("name", SPECIAL)
def test_the_refusal_of_a_walk_names_the_part_for_the_page(client: TestClient, name: str) -> None:
    source = {"spec": {"network": SPECIAL[name], "batch_size": 5}}
    error = client.post("/api/walks", json={"source": source}).json()["error"]
    assert error["allowed"] == {"without": name.replace(" ", "_"), "layer": 0}


def test_the_schema_of_a_spec_knows_the_new_fields() -> None:
    fields = spec_schema()["properties"]
    layer = fields["network"]["properties"]["layers"]["items"]["properties"]
    assert layer["dropout"] == {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
    assert fields["stopping"]["properties"]["epoch"]["type"] == ["integer", "null"]
    assert {"const": "all"} in fields["batch_size"]["anyOf"]
    names = [each.get("properties", {}).get("name") for each in fields["loss"]["anyOf"]]
    assert {"const": "cross_entropy"} in names
