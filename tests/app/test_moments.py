"""Earlier moments of a run are what they were, to the last bit."""

from typing import Any

import numpy as np
import pytest

from app.errors import Invalid
from app.sessions import moments
from app.sessions.moments import moment
from app.sessions.session import TrainingSession
from app.sessions.travel import Travel, trainer_at
from engine.training import Trainer
from tests.app.sessions import DIVERGING, do, session_of

Seen = dict[str, Any]


def look(trainer: Trainer) -> Seen:
    """What could be told apart: weights, gradients, memory, the next minibatch, the settings."""
    loss = trainer.gradients()
    found: Seen = {"loss": np.array(loss), "rows": trainer.next_batch()[0]}
    for name, tensor in trainer.network.named_parameters():
        found[name], found[f"grad.{name}"] = tensor.data.copy(), np.copy(tensor.grad)
        for key, state in trainer.memory.states.get(name, {}).items():
            found[f"{key}.{name}"] = np.copy(state)
    return found | {"spec": trainer.spec, "memory": trainer.memory.steps}


def assert_same(one: Seen, other: Seen) -> None:
    assert one.keys() == other.keys()
    for key, value in one.items():
        if isinstance(value, np.ndarray):
            assert np.array_equal(value, other[key]), key
        else:
            assert value == other[key], key


def train(session: TrainingSession, steps: int) -> dict[int, Seen]:
    """Step by step, with a look at each."""
    seen = {session.step: look(session.trainer)}
    for _ in range(steps):
        do(session, "step")
        session.advance(1)
        seen[session.step] = look(session.trainer)
    return seen


def assert_all_found_again(session: TrainingSession, seen: dict[int, Seen]) -> None:
    now = look(session.trainer)
    for step, then in seen.items():
        trainer = trainer_at(moment(session, step))
        assert trainer.step_count == step
        assert_same(look(trainer), then)
    assert_same(look(session.trainer), now)


@pytest.mark.parametrize("spec", [{}, {"data": {"name": "iris"}}, {"optimizer": {"name": "adam"}}])
def test_every_step_of_a_run_is_found_again(spec: dict[str, Any]) -> None:
    session = session_of(spec)
    assert_all_found_again(session, train(session, 130))


def test_also_where_settings_were_changed_on_the_way() -> None:
    session = session_of({"optimizer": {"name": "adam"}})
    layers = session.spec.to_json()["network"]["layers"]
    seen = train(session, 7)
    for changes in (
        {"optimizer": {"learning_rate": 0.1}},
        {"optimizer": {"name": "momentum"}},
        {"loss": "huber"},
        {"batch_size": 3},
        {"network": {"layers": [{**layers[0], "activation": "relu"}, *layers[1:]]}},
        {"regularization": {"name": "l2", "rate": 0.01}},
        {"optimizer": {"name": "adam"}},
    ):
        do(session, "set", changes=changes)
        seen |= train(session, 9)  # the step of a change is what it was after it
    assert session.step == 70
    assert_all_found_again(session, seen)


def test_another_optimizer_and_back_at_one_step_forgets() -> None:
    session = session_of({"optimizer": {"name": "adam"}})
    train(session, 5)  # a keyframe is taken here, and then:
    do(session, "set", changes={"optimizer": {"name": "sgd"}})
    do(session, "set", changes={"optimizer": {"name": "adam"}})
    assert_all_found_again(session, train(session, 8))


def test_also_after_a_rewind() -> None:
    session = session_of({"network": DIVERGING["network"], "optimizer": {"name": "adam"}})
    train(session, 60)
    do(session, "set", changes={"optimizer": {"name": "sgd"}})  # at the step of a keyframe
    do(session, "set", changes={"optimizer": {"learning_rate": 50}})
    do(session, "play")
    session.advance(10_000)
    assert session.state == "diverged"
    do(session, "set", changes={"optimizer": {"name": "adam", "learning_rate": 0.01}})
    do(session, "rewind")
    assert session.step == 60
    before = {step: look(trainer_at(moment(session, step))) for step in (0, 17, 59)}
    assert_all_found_again(session, before | train(session, 20))


def test_the_moment_a_run_diverged_can_be_looked_at() -> None:
    session = session_of(DIVERGING)
    do(session, "play")
    session.advance(10_000)
    assert session.state == "diverged"
    trainer = trainer_at(moment(session))
    assert trainer.step_count == session.step
    for name, tensor in session.trainer.network.named_parameters():
        assert np.array_equal(dict(trainer.network.named_parameters())[name].data, tensor.data)


@pytest.mark.parametrize("step", [-1, 8, 10**9])
def test_a_step_the_run_has_not_come_to_is_refused(step: int) -> None:
    session = session_of()
    train(session, 7)
    with pytest.raises(Invalid) as refusal:
        moment(session, step)
    assert refusal.value.allowed == {"type": "integer", "minimum": 0, "maximum": 7}
    assert (refusal.value.field, refusal.value.value) == ("step", step)


def test_a_step_too_far_from_any_keyframe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of()
    train(session, 64)
    monkeypatch.setattr(moments, "MOST_STEPS", 3)
    kept = session.run.keyframes.steps
    far = next(step for step in range(64) if all(step - k > 3 or step < k for k in kept))
    with pytest.raises(Invalid) as refusal:
        moment(session, far)
    allowed = refusal.value.allowed
    assert allowed["minimum"] in kept and allowed["maximum"] == allowed["minimum"] + 3
    moment(session, allowed["maximum"])


def test_the_way_may_be_made_in_parts() -> None:
    session = session_of()
    do(session, "set", changes={"optimizer": {"learning_rate": 0.1}})
    seen = train(session, 47)
    do(session, "set", changes={"optimizer": {"learning_rate": 0.2}})
    train(session, 20)
    travel = Travel(moment(session, 46))
    rests = []
    while not travel.advance(2):
        rests.append(travel.trainer.step_count)
    assert len(rests) == (46 - moment(session, 46).snapshot.step_count - 1) // 2
    assert_same(look(travel.trainer), seen[46])


def test_what_a_run_is_about_to_do_can_be_looked_at() -> None:
    session = session_of({"optimizer": {"name": "adam"}})
    train(session, 7)
    ahead = look(trainer_at(moment(session, 12, ahead=5)))
    with pytest.raises(Invalid):
        moment(session, 13, ahead=5)
    assert session.step == session.run.head == 7
    assert_same(train(session, 5)[12], ahead)


def test_beyond_the_step_where_it_diverges_there_is_nothing() -> None:
    session = session_of(DIVERGING)
    with pytest.raises(Invalid) as refusal:
        trainer_at(moment(session, 900, ahead=1000))
    assert refusal.value.field == "step" and refusal.value.allowed["maximum"] < 900
