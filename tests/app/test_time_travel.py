"""To any step of a run and on from there, branches, undo and redo: all of it to the last bit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import messages as wire
from app.errors import Invalid
from app.sessions.session import TrainingSession
from engine.fields import SpecError
from tests.app.sessions import DIVERGING, do, kinds, session_of


def train(session: TrainingSession, steps: int) -> None:
    do(session, "step", count=steps)
    session.advance(steps)


def state(session: TrainingSession) -> dict[str, Any]:
    """What could be told apart at this step."""
    snapshot = session.trainer.snapshot()
    found: dict[str, Any] = {"step": session.step, "spec": session.spec}
    found |= {name: array.tobytes() for name, array in snapshot.parameters.items()}
    for name, memory in snapshot.memory.states.items():
        found |= {f"{key}.{name}": array.tobytes() for key, array in memory.items()}
    rng, order, *rest = snapshot.batches
    return found | {"rng": repr(rng), "order": order.tobytes(), "rest": rest}


@pytest.mark.parametrize("spec", [{}, {"optimizer": {"name": "adam"}, "data": {"name": "iris"}}])
def test_back_and_on_again_is_the_same_run(spec: dict[str, Any]) -> None:
    session = session_of(spec)
    train(session, 5000)
    end, points = state(session), list(session.losses.items)
    do(session, "seek", step=3217)
    assert (session.step, session.run.head, session.state) == (3217, 5000, "paused")
    train(session, 5000 - 3217)
    assert state(session) == end and session.losses.items == points
    assert len(session.timeline.runs) == 1


def test_changes_on_the_way_are_made_again() -> None:
    session = session_of()
    train(session, 100)
    do(session, "set", changes={"optimizer": {"name": "momentum"}})
    do(session, "edit", parameter="layers.0.weight", index=[1, 2], value=0.5)
    train(session, 50)
    end = state(session)
    do(session, "seek", step=40)
    assert session.spec.optimizer.name == "sgd"
    letters = []
    do(session, "step", count=110)
    letters = session.advance(110)
    assert "spec" in kinds(letters)
    assert state(session) == end and len(session.timeline.runs) == 1


def test_a_change_in_the_past_begins_another_run_and_both_stay() -> None:
    session = session_of()
    train(session, 600)
    first_end = state(session)
    do(session, "seek", step=400)
    letters = do(session, "set", changes={"optimizer": {"learning_rate": 0.1}})
    assert kinds(letters) == ["ack", "runs", "spec", "status"]
    first, second = session.timeline.runs.values()
    assert second.parent is not None and second.parent[:2] == (first.id, 400)
    assert (first.head, second.head) == (600, 400)
    train(session, 300)
    second_end = state(session)

    alone = session_of()  # the same history without the way back
    train(alone, 400)
    do(alone, "set", changes={"optimizer": {"learning_rate": 0.1}})
    train(alone, 300)
    assert state(alone) == second_end and alone.losses.items == session.losses.items

    do(session, "seek", run=first.id, step=600)
    assert state(session) == first_end
    do(session, "seek", run=second.id, step=700)
    assert state(session) == second_end


def test_undo_and_redo_lead_to_the_moments_before_and_after() -> None:
    session = session_of()
    train(session, 100)
    before = state(session)
    do(session, "set", changes={"network": {"layers": [{"units": 3}, {"units": 1}]}})
    train(session, 30)
    other_net = state(session)
    do(session, "edit", parameter="layers.1.bias", index=[0], value=2.0)
    edited = state(session)
    assert session.status().undo == "edit layers.1.bias [0]"
    do(session, "undo")
    assert state(session) == other_net
    do(session, "undo")
    assert state(session) == before and session.status().undo is None
    do(session, "redo")
    do(session, "redo")
    assert state(session) == edited and session.status().redo is None


def test_training_on_after_an_undo_leaves_the_change_behind() -> None:
    session = session_of()
    train(session, 100)
    do(session, "set", changes={"optimizer": {"learning_rate": 1.0}})
    train(session, 50)
    do(session, "undo")
    assert session.step == 100
    train(session, 50)
    alone = session_of()
    train(alone, 150)
    assert state(session) == state(alone)
    assert [run.head for run in session.timeline.runs.values()] == [150, 150]


def test_a_slider_is_one_change_to_undo() -> None:
    session = session_of()
    train(session, 10)
    for rate in (0.04, 0.05, 0.06):
        do(session, "set", changes={"optimizer": {"learning_rate": rate}})
    assert len(session.run.edits) == 1
    do(session, "undo")
    assert session.spec.optimizer.learning_rate == 0.03
    assert session.status().undo is None


@pytest.mark.parametrize(
    ("command", "field"),
    [
        ({"type": "seek", "step": 11}, "step"),
        ({"type": "seek", "step": 3, "run": 9}, "run"),
        ({"type": "undo"}, "undo"),
        ({"type": "redo"}, "redo"),
        ({"type": "name_run", "run": 9, "name": "x"}, "run"),
        ({"type": "edit", "parameter": "layers.9.bias", "index": [0], "value": 1}, "parameter"),
        ({"type": "edit", "parameter": "layers.0.bias", "index": [4], "value": 1}, "index"),
        ({"type": "edit", "parameter": "layers.0.bias", "index": [0, 0], "value": 1}, "index"),
        ({"type": "edit", "parameter": "layers.0.bias", "index": [-1], "value": 1}, "index"),
    ],
    ids=str,
)
def test_what_there_is_not_is_refused_and_nothing_has_changed(
    command: dict[str, Any], field: str
) -> None:
    session = session_of()
    train(session, 10)
    before, runs = state(session), session.runs_message()
    with pytest.raises((Invalid, SpecError)) as refusal:
        do(session, **command)
    assert refusal.value.field == field
    assert (state(session), session.runs_message()) == (before, runs)
    assert session.status().undo is None


def test_a_named_run_is_kept_when_there_are_many() -> None:
    session = session_of()
    do(session, "name_run", run=1, name="the first")
    for seed in range(20):
        do(session, "set", changes={"seed": seed})
    runs = session.runs_message()
    assert runs.runs[0].name == "the first" and len(runs.runs) <= 26
    do(session, "seek", run=1, step=0)
    assert session.spec.seed == 42
    while session.status().undo:  # no undo leads to a run that is gone
        do(session, "undo")


def test_a_million_steps_fit_into_little_and_are_near() -> None:
    session = session_of({"optimizer": {"name": "adam"}})
    run = session.run
    snapshot = session.trainer.snapshot()
    for step in range(256, 1_000_000, 256):
        if run.keyframes.due(step):
            run.keyframes.add(step, snapshot)
    gaps = np.diff([*run.keyframes.steps, 1_000_000])
    assert gaps.max() <= 8192 and len(run.keyframes.steps) <= 400


def test_after_a_divergence_the_run_can_be_gone_back_to_and_mended() -> None:
    session = session_of(DIVERGING)
    do(session, "play")
    session.advance(10_000)
    assert session.state == "diverged"
    head = session.step
    do(session, "seek", step=0)
    assert session.status().overflow is None and session.run.head == head
    do(session, "play")
    session.advance(10_000)
    assert session.state == "diverged" and session.step == head
    do(session, "set", changes={"optimizer": {"learning_rate": 0.003}})
    do(session, "rewind")
    assert session.run.parent is not None
    train(session, 200)
    assert session.state == "paused"


COMMANDS = st.one_of(
    st.tuples(st.just("train"), st.integers(1, 60)),
    st.tuples(st.just("seek"), st.floats(0, 1)),
    st.tuples(st.just("rate"), st.sampled_from([0.01, 0.1])),
    st.tuples(st.just("optimizer"), st.sampled_from(["sgd", "adam"])),
    st.tuples(st.just("edit"), st.sampled_from([-1.0, 0.25])),
    st.tuples(st.just("batch"), st.sampled_from([5, 20])),
    st.tuples(st.just("net"), st.sampled_from([2, 3])),
    st.tuples(st.just("undo"), st.none()),
    st.tuples(st.just("redo"), st.none()),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(COMMANDS, max_size=14))
def test_whatever_was_done_every_moment_is_found_again(commands: list[tuple[str, Any]]) -> None:
    session = session_of({"data": {"name": "xor"}})
    seen: dict[tuple[int, int, int], dict[str, Any]] = {}
    for name, value in commands:
        match name:
            case "train":
                train(session, value)
            case "seek":
                do(session, "seek", step=int(value * session.run.head))
            case "rate":
                do(session, "set", changes={"optimizer": {"learning_rate": value}})
            case "optimizer":
                do(session, "set", changes={"optimizer": {"name": value}})
            case "edit":
                do(session, "edit", parameter="layers.0.bias", index=[0], value=value)
            case "batch":
                do(session, "set", changes={"batch_size": value})
            case "net":
                do(
                    session,
                    "set",
                    changes={"network": {"layers": [{"units": value}, {"units": 1}]}},
                )
            case _ if getattr(session.status(), name):
                do(session, name)
        assert session.status().step <= session.run.head
        seen[session.timeline.place(session.step)] = state(session)
    for (run, step, edits), then in seen.items():
        kept = session.timeline.runs.get(run)
        if kept is not None and edits == kept.edits_until(step):
            do(session, "seek", run=run, step=step)
            assert state(session) == then


def test_runs_tell_what_they_are() -> None:
    session = session_of()
    train(session, 20)
    do(session, "seek", step=10)
    do(session, "edit", parameter="layers.0.bias", index=[1], value=0.5)
    told = session.runs_message()
    assert told.current == 2
    because = "edit layers.0.bias [1]"
    assert told.runs[1] == wire.RunBody(id=2, name="", parent=1, start=10, head=10, because=because)
    assert session.trainer.network.layers[0].bias.data[1] == 0.5
