"""Neurons cut out and numbers frozen in a session: live, undone one by one, on branches."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.sessions.explanations import last_update
from app.sessions.session import TrainingSession
from tests.app.sessions import do, kinds, session_of


def layers(session: TrainingSession, index: int, **fields: Any) -> dict[str, Any]:
    """A change of one layer, as the page asks for it: all layers anew."""
    rows = session.spec.to_json()["network"]["layers"]
    return {"network": {"layers": [*rows[:index], {**rows[index], **fields}, *rows[index + 1 :]]}}


def train(session: TrainingSession, steps: int) -> None:
    do(session, "step", count=steps)
    session.advance(steps)


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"cut": [2]}, "cut layers.0 [2]"),
    ({"cut": [2, 3]}, "cut layers.0 [3]"),
    ({"cut": [3]}, "restore layers.0 [2]"),
    ({"cut": []}, "restore layers.0 [3]"),
    ({"cut": [0, 1]}, "cut layers.0"),
    ({"frozen": [[0, 1]]}, "freeze layers.0.weight [0, 1]"),
    ({"frozen": [[0, 1], [2]]}, "freeze layers.0.bias [2]"),
    ({"frozen": [[2]]}, "thaw layers.0.weight [0, 1]"),
    ({"frozen": [[0, 3], [1, 3], [2], [3]]}, "freeze layers.0 [3]"),
    ({"frozen": "all"}, "freeze layers.0"),
    ({"frozen": [[0, 1]]}, "thaw layers.0"),
    ({"frozen": []}, "thaw layers.0.weight [0, 1]"),
    ({"activation": "relu", "cut": []}, "set network.layers"),
]


def test_each_is_a_change_of_its_own_that_can_be_undone() -> None:
    session = session_of()
    for fields, kind in CHANGES:
        do(session, "set", changes=layers(session, 0, **fields))
        assert session.status().undo == kind
    specs = []
    for _, kind in reversed(CHANGES):
        specs.append(session.spec)
        do(session, "undo")
        assert session.status().redo == kind
    assert session.spec == session_of().spec and session.step == 0
    for spec in reversed(specs):
        do(session, "redo")
        assert session.spec == spec


def test_it_is_live_and_a_run_that_has_gone_on_branches() -> None:
    session = session_of()
    train(session, 60)
    letters = do(session, "set", changes=layers(session, 0, cut=[1]))
    assert session.step == 60 and kinds(letters) == ["ack", "spec", "status"]
    train(session, 40)
    end = {name: t.data.copy() for name, t in session.trainer.network.named_parameters()}
    do(session, "seek", step=30)
    assert "cut" not in session.spec.to_json()["network"]["layers"][0]
    do(session, "set", changes=layers(session, 0, frozen="all"))
    assert session.run.because == "freeze layers.0" and session.run.parent is not None
    train(session, 40)
    do(session, "seek", run=1, step=100)
    for name, tensor in session.trainer.network.named_parameters():
        assert tensor.data.tobytes() == end[name].tobytes(), name
    assert session.spec.network.layers[0].cut == (1,)


@pytest.mark.parametrize("fields", [{"cut": [1]}, {"frozen": [[0, 1], [1]]}], ids=str)
def test_going_by_again_makes_the_same_steps(fields: dict[str, Any]) -> None:
    session = session_of({"optimizer": {"name": "adam", "learning_rate": 0.01}})
    train(session, 300)
    do(session, "set", changes=layers(session, 0, **fields))
    train(session, 300)
    end = session.trainer.snapshot()
    for step in (100, 450):
        do(session, "seek", step=step)
        train(session, 600 - step)
        now = session.trainer.snapshot()
        assert now.spec == end.spec and now.memory.steps == end.memory.steps
        for name, array in now.parameters.items():
            assert array.tobytes() == end.parameters[name].tobytes()
        for name, state in now.memory.states.items():
            for key, array in state.items():
                assert array.tobytes() == end.memory.states[name][key].tobytes()


# --- a weight that is dragged ---


def drag(session: TrainingSession, value: float, gesture: str | None, at: int = 0) -> None:
    fields = {"parameter": "layers.0.weight", "index": [0, at], "value": value}
    do(session, "edit", **fields, **({} if gesture is None else {"gesture": gesture}))


def weight(session: TrainingSession) -> float:
    return float(session.trainer.network.layers[0].weight.data[0, 0])


def test_a_drag_is_one_change_to_undo_and_the_next_one_another() -> None:
    session = session_of()
    start = weight(session)
    for value in (0.1, 0.2, 0.3):
        drag(session, value, "first")
    for value in (0.4, 0.5):
        drag(session, value, "second")
    assert weight(session) == 0.5 and len(session.run.edits) == 2
    do(session, "undo")
    assert weight(session) == 0.3
    do(session, "undo")
    assert weight(session) == start and session.status().undo is None
    do(session, "redo")
    do(session, "redo")
    assert weight(session) == 0.5


def test_a_drag_while_it_trains_is_one_change_to_undo() -> None:
    session = session_of()
    train(session, 20)
    before = weight(session)
    for value in (0.1, 0.2, 0.3):
        drag(session, value, "drag")
        train(session, 5)
    end = weight(session)
    assert session.step == 35 and len(session.run.edits) == 3
    do(session, "undo")
    assert session.step == 20 and weight(session) == before
    do(session, "redo")
    assert session.step == 35 and weight(session) == end


def test_a_drag_in_the_past_begins_one_run() -> None:
    session = session_of()
    train(session, 40)
    do(session, "seek", step=10)
    for value in (0.1, 0.2, 0.3):
        drag(session, value, "drag")
        train(session, 2)
    assert len(session.timeline.runs) == 2 and session.run.first_step == 10
    do(session, "undo")
    assert session.run.id == 1 and session.step == 10


def test_another_number_and_another_place_end_a_gesture() -> None:
    session = session_of()
    drag(session, 0.1, "drag")
    drag(session, 0.2, "drag", at=1)
    assert session.status().undo == "edit layers.0.weight [0, 1]"
    train(session, 3)
    drag(session, 0.3, "drag")
    train(session, 3)
    do(session, "seek", step=3)
    drag(session, 0.4, "drag")
    undone = []
    while session.status().undo:
        do(session, "undo")
        undone.append((session.step, weight(session)))
    assert [step for step, _ in undone] == [3, 3, 0, 0]


def test_the_last_update_of_a_frozen_number_is_none() -> None:
    spec = {"optimizer": {"name": "adam"}, "network": {"layers": [{"frozen": [[0, 1]]}, {}]}}
    session = session_of(spec)
    train(session, 5)
    frozen = last_update(session_of(spec).trainer, "layers.0.weight[0,1]")
    assert frozen is not None and frozen.before == frozen.after
    terms = {term.name: term.value for term in frozen.terms}
    assert terms.keys() == {"gradient", "update"} and terms["update"] == 0 != terms["gradient"]
    moved = last_update(session_of(spec).trainer, "layers.0.weight[1,1]")
    assert moved is not None and moved.before != moved.after and len(moved.terms) > 4


@pytest.mark.parametrize(
    ("fields", "part"), [({"cut": [1]}, "cut"), ({"frozen": [[0, 1]]}, "frozen")], ids=str
)
def test_a_walk_refuses_it_by_name(client: TestClient, fields: dict[str, Any], part: str) -> None:
    spec = {"network": {"layers": [{"units": 3, **fields}, {}]}}
    answer = client.post("/api/walks", json={"source": {"spec": spec}})
    assert answer.status_code == 422
    assert answer.json()["error"]["allowed"] == {"without": part, "layer": 0}
