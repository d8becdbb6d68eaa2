"""What a session does with commands, without a clock or a socket."""

import math
from math import nan
from typing import Any

import numpy as np
import pytest

from app import messages as wire
from app.errors import Diverged, Full
from app.sessions.jobs import Letter
from app.sessions.session import TrainingSession
from engine.fields import SpecError
from tests.app.sessions import DIVERGING, VIEWER, do, kinds, session_of


def weights(session: TrainingSession) -> list[bytes]:
    return [tensor.data.tobytes() for _, tensor in session.trainer.network.named_parameters()]


def message(letters: list[Letter], kind: str) -> wire.Message:
    """The one letter of a kind."""
    found = [m for _, m in letters if getattr(m, "type", None) == kind]
    assert len(found) == 1, kinds(letters)
    return found[0]  # type: ignore[return-value]


# --- step ---


def test_a_step_is_answered_when_all_its_steps_are_done() -> None:
    session = session_of()
    assert do(session, "step", count=5) == []
    assert session.advance(3) == []
    letters = session.advance(3)
    assert letters == [Letter(VIEWER, wire.Ack(id=1, step=5))]
    assert session.step == 5
    assert not session.training


def test_steps_asked_for_twice_are_answered_in_their_order() -> None:
    session = session_of()
    do(session, "step", count=2)
    do(session, "step", count=3)
    letters = session.advance(100)
    assert [m.step for _, m in letters] == [2, 5]  # type: ignore[union-attr]


def test_only_so_many_step_commands_may_wait() -> None:
    session = session_of()
    for _ in range(64):
        do(session, "step")
    with pytest.raises(Full) as refused:
        do(session, "step")
    assert refused.value.allowed == {"maximum": 64}
    session.advance(1)
    do(session, "step")
    assert session.stepping == 64


def test_a_step_while_playing_pauses_first() -> None:
    session = session_of()
    do(session, "play")
    assert kinds(do(session, "step")) == ["status"]
    session.advance(10)
    assert (session.step, session.state) == (1, "paused")


@pytest.mark.parametrize(
    ("command", "fields"),
    [("pause", {}), ("reset", {}), ("set", {"changes": {"seed": 1}}), ("rewind", {})],
)
def test_steps_cut_short_are_answered_with_an_error(command: str, fields: dict[str, Any]) -> None:
    session = session_of()
    do(session, "step", count=5)
    session.advance(2)
    letters = do(session, command, **fields)
    error = message(letters, "error")
    assert isinstance(error, wire.Error)
    assert (error.id, error.code) == (1, "interrupted")
    assert error.message.startswith("2 of 5 steps were done.")


def test_nobody_is_answered_who_has_left() -> None:
    session = session_of()
    do(session, "step", count=5)
    session.leave(VIEWER)
    assert not session.training


# --- play and pause ---


def test_play_without_a_speed_keeps_the_speed() -> None:
    session = session_of()
    assert kinds(do(session, "play", speed=10)) == ["ack", "status"]
    do(session, "play")
    assert session.speed == 10
    do(session, "play", speed=None)
    assert session.speed is None


def test_pause_is_said_to_everyone_once() -> None:
    session = session_of()
    do(session, "play")
    letters = do(session, "pause")
    assert kinds(letters) == ["ack", "status"]
    assert [to for to, _ in letters] == [VIEWER, None]
    assert kinds(do(session, "pause")) == ["ack"]
    assert session.advance(10) == []
    assert session.step == 0


def test_halting_stops_play() -> None:
    session = session_of()
    do(session, "play")
    assert kinds(session.halt()) == ["status"]
    assert not session.training


# --- set and reset ---


def test_a_live_change_keeps_step_and_weights() -> None:
    session = session_of()
    do(session, "step", count=10)
    session.advance(10)
    before = weights(session)
    changes = {"optimizer": {"name": "adam", "learning_rate": 0.01}, "batch_size": 20}
    letters = do(session, "set", changes=changes)
    assert kinds(letters) == ["ack", "spec", "status"]
    spec = message(letters, "spec")
    assert isinstance(spec, wire.SpecChanged)
    assert (spec.reset, spec.step, spec.revision) == (False, 10, 1)
    assert spec.spec["optimizer"]["name"] == "adam"
    assert weights(session) == before


def test_a_live_change_goes_on_playing() -> None:
    session = session_of()
    do(session, "play")
    do(session, "set", changes={"optimizer": {"learning_rate": 0.1}})
    assert session.state == "playing"


def test_another_net_starts_again_and_keeps_the_data() -> None:
    session = session_of()
    do(session, "step", count=10)
    session.advance(10)
    letters = do(session, "set", changes={"network": {"layers": [{"units": 1}]}})
    assert kinds(letters) == ["ack", "spec", "runs", "status"]
    spec = message(letters, "spec")
    assert isinstance(spec, wire.SpecChanged) and spec.reset
    assert (session.step, session.state) == (0, "paused")
    assert session.losses.steps == [0]


@pytest.mark.parametrize("changes", [{"seed": 7}, {"network": {"layers": [{"units": 1}]}}], ids=str)
def test_who_plays_plays_on_from_step_0_after_a_change_that_starts_again(
    changes: dict[str, object],
) -> None:
    session = session_of()
    do(session, "play", speed=100)
    session.advance(10)
    letters = do(session, "set", changes=changes)
    status = message(letters, "status")
    assert isinstance(status, wire.Status)
    assert (status.state, status.speed, status.step) == ("playing", 100, 0)
    session.advance(3)
    assert session.step == 3


def test_a_diverged_net_stands_still_after_a_change_that_starts_again() -> None:
    session = diverged()
    do(session, "set", changes={"seed": 7})
    assert session.state == "paused"


def test_a_reset_pauses() -> None:
    session = session_of()
    do(session, "play")
    do(session, "reset")
    assert (session.step, session.state) == (0, "paused")


@pytest.mark.parametrize(
    "changes", [{"data": {"noise": 0.1}}, {"data": {"name": "xor"}}, {"seed": 7}]
)
def test_other_data_are_sent_after_the_spec(changes: dict[str, object]) -> None:
    letters = do(session_of(), "set", changes=changes)
    assert kinds(letters) == ["ack", "spec", "DataChanged", "runs", "status"]


def test_a_refused_change_changes_nothing() -> None:
    session = session_of()
    do(session, "step", count=3)
    session.advance(3)
    before = weights(session)
    with pytest.raises(SpecError) as refused:
        do(session, "set", changes={"optimizer": {"name": "lbfgs"}})
    assert refused.value.field == "optimizer.name"
    assert (weights(session), session.step, session.revision) == (before, 3, 0)


def test_reset_brings_back_the_very_same_run() -> None:
    session = session_of()
    first = weights(session)
    do(session, "step", count=60)
    session.advance(60)
    after = weights(session)
    assert kinds(do(session, "reset")) == ["ack", "spec", "runs", "status"]
    assert weights(session) == first
    do(session, "step", count=60)
    session.advance(60)
    assert weights(session) == after


def test_reset_after_a_live_change_equals_a_new_session_of_that_spec() -> None:
    session = session_of()
    do(session, "step", count=30)
    session.advance(30)
    do(session, "set", changes={"optimizer": {"name": "adam"}, "batch_size": 7})
    do(session, "reset")
    do(session, "step", count=30)
    session.advance(30)
    other = session_of({"optimizer": {"name": "adam", "learning_rate": 0.03}, "batch_size": 7})
    do(other, "step", count=30)
    other.advance(30)
    assert weights(session) == weights(other)


# --- the loss curve ---


def test_loss_points_are_taken_five_times_an_epoch_from_step_0() -> None:
    session = session_of()  # 250 training rows in batches of 10
    do(session, "play")
    session.advance(52)
    assert session.losses.steps == list(range(0, 51, 5))
    step, train, test, _ = session.losses.items[-1]
    assert step == 50
    assert train < session.losses.items[0][1]
    assert math.isfinite(test)


def test_a_loss_point_is_the_loss_of_its_step() -> None:
    session, other = session_of(), session_of()
    do(session, "play")
    session.advance(17)
    for _ in range(15):
        other.trainer.step()
    metrics = other.trainer.evaluate()
    assert session.losses.items[-1][:3] == (15, metrics["train_loss"], metrics["test_loss"])


# --- divergence ---


def diverged() -> TrainingSession:
    session = session_of(DIVERGING)
    do(session, "play")
    session.advance(10_000)
    return session


def test_a_net_that_overflows_stops_by_itself_and_says_where() -> None:
    session = session_of(DIVERGING)
    do(session, "play")
    letters = session.advance(10_000)
    status = message(letters, "status")
    assert isinstance(status, wire.Status)
    assert status.state == session.state == "diverged"
    assert status.overflow is not None
    assert status.overflow.step == session.step
    assert status.overflow.kind in ("value", "gradient", "parameter")
    assert status.rewind_to == 0
    assert session.advance(10) == []


def test_steps_that_overflow_are_answered_with_what_overflowed() -> None:
    session = session_of(DIVERGING)
    do(session, "step", count=10_000)
    letters = session.advance(10_000)
    error = message(letters, "error")
    assert isinstance(error, wire.Error)
    assert error.code == "diverged"
    assert "of 10000 steps were done" in error.message
    assert "overflowed at step" in error.message


@pytest.mark.parametrize("command", ["play", "step"])
def test_a_diverged_net_does_not_train(command: str) -> None:
    session = diverged()
    with pytest.raises(Diverged):
        do(session, command)
    assert session.state == "diverged"


def test_rewinding_brings_back_a_net_that_trains() -> None:
    session = diverged()
    do(session, "set", changes={"optimizer": {"learning_rate": 0.003}})
    assert session.state == "diverged"
    letters = do(session, "rewind")
    assert kinds(letters) == ["ack", "spec", "runs", "status"]
    status = message(letters, "status")
    assert isinstance(status, wire.Status)
    assert (status.state, status.overflow, status.step) == ("paused", None, 0)
    assert session.spec.optimizer.learning_rate == 0.003  # the cure is not undone
    do(session, "play")
    session.advance(200)
    assert session.status().state == "playing"
    assert session.metrics()["train_loss"] < session.losses.items[0][1]


NAN, INF = math.nan, math.inf
RUNS = [
    ([1.0, 0.2, 0.1, 0.19, 0.5], 15),  # still below where it began, but it has gone wrong
    ([1.0, 0.2, 0.1, 0.21, 0.15, NAN], 20),
    ([1.0, 0.2, 0.1, INF, NAN], 10),
    ([1.0, 3.0, 9.0], 0),
    ([NAN, NAN, NAN], 0),
    ([NAN, 4.0, 9.0], 5),
    ([0.5, 0.0, 0.1], 5),
]


@pytest.mark.parametrize(("losses", "target"), RUNS, ids=str)
def test_a_rewind_leads_to_the_latest_loss_point_at_most_twice_the_smallest_loss(
    losses: list[float], target: int
) -> None:
    session = session_of()
    session.run.losses.steps = [5 * i for i in range(len(losses))]
    session.run.losses.items = [(5 * i, loss, 0.0, nan) for i, loss in enumerate(losses)]
    assert session.run.last_good_step() == target


def test_a_rewind_lands_before_the_explosion() -> None:
    session = session_of({"network": DIVERGING["network"]})
    do(session, "play")
    session.advance(500)
    learned = session.metrics()["train_loss"]
    do(session, "set", changes={"optimizer": {"learning_rate": 50}})
    session.advance(10_000)
    assert session.state == "diverged"
    target = session.run.last_good_step()
    assert 500 - 2 * (session.step - 500) <= target <= 500
    do(session, "rewind")
    assert session.step == target
    assert session.metrics()["train_loss"] < 2 * learned


def test_a_rewound_run_repeats_itself_to_the_last_bit() -> None:
    session = session_of()
    do(session, "play")
    session.advance(103)
    target = session.run.last_good_step()
    do(session, "rewind")
    do(session, "step", count=103 - target)
    session.advance(103 - target)
    fresh = session_of()
    do(fresh, "step", count=103)
    fresh.advance(103)
    assert weights(session) == weights(fresh)


# --- what viewers share ---


def test_what_many_look_at_is_computed_once_for_each_version() -> None:
    session = session_of()
    made = []

    def make() -> int:
        made.append(session.step)
        return len(made)

    assert session.at_this_version("key", make) == session.at_this_version("key", make) == 1
    do(session, "play")
    session.advance(1)
    assert session.at_this_version("key", make) == 2
    assert made == [0, 1]


def test_metrics_are_those_of_the_engine() -> None:
    session = session_of()
    assert session.metrics() == session.trainer.evaluate()
    assert np.isfinite(list(session.metrics().values())).all()
