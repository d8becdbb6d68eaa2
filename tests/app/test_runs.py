"""The runs of a session: what they began with, which are kept, what is told of them over REST."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import Invalid
from app.sessions.changes import begun_with, changes_of, kind_of, last_spec
from app.sessions.session import TrainingSession
from app.sessions.travel import WeightEdit
from tests.app.sessions import do, kinds, session_of
from tests.client.backprop_client import BackpropClient


def train(session: TrainingSession, steps: int) -> None:
    do(session, "step", count=steps)
    session.advance(steps)


def branched() -> TrainingSession:
    """600 steps, then another rate from 400 on, for 100 steps."""
    session = session_of()
    train(session, 600)
    do(session, "seek", step=400)
    do(session, "set", changes={"optimizer": {"learning_rate": 0.1}})
    train(session, 100)
    return session


def test_a_kind_of_change_names_the_fields() -> None:
    assert kind_of({"optimizer": {"name": "adam", "learning_rate": 0.1}, "seed": 3}) == (
        "set optimizer.learning_rate optimizer.name seed"
    )
    assert kind_of(WeightEdit("layers.0.weight", (1, 2), 0.5)) == "edit layers.0.weight [1, 2]"


def test_a_run_knows_what_it_began_with() -> None:
    run = branched().run
    assert run.because == "set optimizer.learning_rate"
    assert begun_with(run) == [(400, "optimizer.learning_rate", 0.03, 0.1)]
    assert last_spec(run).optimizer.learning_rate == 0.1


def test_changes_made_before_it_left_are_in_a_run_but_not_what_it_began_with() -> None:
    session = session_of()
    train(session, 10)
    do(session, "set", changes={"optimizer": {"name": "adam"}})
    train(session, 30)
    do(session, "seek", step=20)
    do(session, "edit", parameter="layers.0.bias", index=[1], value=0.5)
    assert [change.path for change in begun_with(session.run)] == ["layers.0.bias [1]"]
    changed = {change.path: change for change in changes_of(session.run)}
    assert changed["optimizer.name"][2:] == ("sgd", "adam")
    assert changed["optimizer.beta1"][2:] == (None, 0.9)
    assert changed["layers.0.bias [1]"] == (20, "layers.0.bias [1]", None, 0.5)


def test_two_fields_changed_at_one_step_are_two_changes_to_undo() -> None:
    session = session_of()
    do(session, "set", changes={"optimizer": {"learning_rate": 0.1}})
    do(session, "set", changes={"batch_size": 5})
    do(session, "undo")
    assert (session.spec.optimizer.learning_rate, session.spec.batch_size) == (0.1, 10)
    do(session, "undo")
    assert session.spec.optimizer.learning_rate == 0.03


def test_a_number_that_is_dragged_is_one_change() -> None:
    session = session_of()
    train(session, 10)
    for value in (0.1, 0.2, 0.3):
        do(session, "edit", parameter="layers.0.weight", index=[0, 0], value=value)
    assert len(session.run.edits) == 1
    do(session, "edit", parameter="layers.0.weight", index=[0, 1], value=0.5)
    assert len(session.run.edits) == 2
    do(session, "undo")
    assert session.trainer.network.layers[0].weight.data[0, 0] == 0.3


def test_going_to_another_step_tells_no_settings_that_are_the_same() -> None:
    session = session_of()
    train(session, 20)
    before = session.revision
    assert kinds(do(session, "seek", step=10)) == ["ack", "runs", "status"]
    assert session.revision == before


def test_nets_changed_before_they_trained_crowd_out_no_run_that_did() -> None:
    session = session_of()
    train(session, 10)
    for seed in range(30):
        do(session, "set", changes={"seed": seed})
    assert 1 in session.timeline.runs and len(session.timeline.runs) <= 26


def test_a_run_that_goes_takes_the_ways_back_to_it_along() -> None:
    session = branched()
    do(session, "edit", parameter="layers.0.bias", index=[0], value=0.5)
    letters = session.drop_run(1)
    assert kinds(letters) == ["runs", "status"] and list(session.timeline.runs) == [2]
    do(session, "undo")  # the edit
    assert session.status().undo is None  # the change of rate would lead to run 1
    with pytest.raises(Invalid) as refused:
        session.drop_run(2)
    assert refused.value.body()["allowed"] == {"choices": []}


# --- over REST ---


@pytest.fixture
def where(server_url: str) -> Iterator[str]:
    """A session that has branched, as in `branched`."""
    with BackpropClient(server_url) as lab:
        lab.command("step", count=600)
        lab.command("seek", step=400)
        lab.command("set", changes={"optimizer": {"learning_rate": 0.1}})
        lab.command("step", count=100)
        lab.command("name_run", run=2, name=" faster ")
        yield f"{server_url.rstrip('/')}/api/sessions/{lab.id}"


def ask(where: str, method: str = "GET") -> tuple[int, Any]:
    """The status and the JSON of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(where, method=method)) as answer:
            body = answer.read()
            return answer.status, json.loads(body) if body else None
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def test_all_runs_are_listed_with_what_they_ended_with(where: str) -> None:
    told = ask(f"{where}/runs")[1]
    first, second = told["runs"]
    alike = branched()
    assert told["current"] == 2
    assert (first["id"], first["head"], first["parent"]) == (1, 600, None)
    assert (second["name"], second["start"], second["head"], second["parent"]) == (
        "faster",
        400,
        500,
        1,
    )
    assert second["spec"] == alike.spec.to_json()
    step, train_loss, test_loss, _ = alike.losses.items[-1]
    assert second["loss"] == {
        "step": step,
        "train": train_loss,
        "test": test_loss,
        "validation": None,
    }
    assert second["begun_with"] == [
        {"step": 400, "path": "optimizer.learning_rate", "before": 0.03, "after": 0.1}
    ]


def test_a_run_is_read_with_its_curves(where: str) -> None:
    told = ask(f"{where}/runs/1")[1]
    alike = branched().timeline.runs[1]
    points = [tuple(point.values())[:3] for point in told["losses"]]
    assert points == [point[:3] for point in alike.losses.items]
    assert told["changes"] == [] and told["losses"][-1]["step"] == 600


def test_a_run_that_is_not_current_can_go(where: str) -> None:
    assert ask(f"{where}/runs/1", "DELETE") == (204, None)
    assert [run["id"] for run in ask(f"{where}/runs")[1]["runs"]] == [2]
    status, refused = ask(f"{where}/runs/2", "DELETE")
    assert status == 422 and refused["error"]["field"] == "run"


@pytest.mark.parametrize("run", ["7", "one", "-1", "1e400"])
def test_a_run_that_is_not_there_is_refused(where: str, run: str) -> None:
    for method in ("GET", "DELETE"):
        status, refused = ask(f"{where}/runs/{run}", method)
        assert status == 422 and refused["error"]["field"] == "run"
    assert ask(where.rpartition("/")[0] + "/nobody/runs")[0] == 404
