"""Points painted while a net learns from them: its weights stay, and every step can be gone back
to with the points it had."""

from time import thread_time
from typing import Any

import numpy as np
import pytest

from app.errors import Invalid
from app.exports.run.history import History
from app.exports.run.program import program
from app.messages import View
from app.sessions import frames
from app.sessions.session import TrainingSession
from app.sessions.travel import Settings
from app.storage.packing import pack_edit, pack_snapshot, unpack_edit, unpack_snapshot
from engine import Spec
from engine.datasets import Points
from engine.training import Snapshot
from tests.app.sessions import do, kinds, session_of
from tests.client.backprop_client import read_binary

POINTS = [list(point) for point in Points().points]
SPEC: dict[str, Any] = {"data": {"name": "points"}, "optimizer": {"name": "adam"}}


def train(session: TrainingSession, steps: int) -> None:
    do(session, "step", count=steps)
    session.advance(steps)


def paint(session: TrainingSession, *points: list[float]) -> list[str]:
    now = session.spec.to_json()["data"]["points"]
    return kinds(do(session, "set", changes={"data": {"points": [*now, *points]}}))


def same(one: Snapshot, other: Snapshot) -> bool:
    states = [
        (a, other.memory.states[n][k]) for n, s in one.memory.states.items() for k, a in s.items()
    ]
    arrays = [(array, other.parameters[name]) for name, array in one.parameters.items()]
    return (
        one.spec == other.spec
        and one.memory.steps == other.memory.steps
        and all(a.tobytes() == b.tobytes() for a, b in [*states, *arrays])
        and repr(one.batches) == repr(other.batches)
    )


def test_a_stroke_keeps_the_weights_and_tells_of_the_data() -> None:
    session = session_of(SPEC)
    train(session, 40)
    before = session.trainer.snapshot()
    assert paint(session, [4.0, 4.0, 1.0]) == ["ack", "spec", "DataChanged", "status"]
    after = session.trainer.snapshot()
    assert session.step == 40 and session.run.id == 1
    for name, array in before.parameters.items():
        assert array.tobytes() == after.parameters[name].tobytes()
    assert after.memory.steps == 40
    data = read_binary(frames.data(session, View()))
    assert data.arrays["points"].shape == (21, 2)
    frame = read_binary(frames.frame(session, View(), 1, -1))
    rows = session.trainer.dataset
    outputs = session.trainer.network.activations(rows.x[rows.test])[-1][:, 0]
    loss = float(((outputs - rows.y[rows.test]) ** 2).mean())
    assert frame.metrics["test_loss"] == pytest.approx(loss, rel=1e-12)


def test_the_net_learns_the_new_point() -> None:
    corner = [[5.0, 5.0, 1.0], [5.2, 5.1, 1.0], [4.9, 5.2, 1.0], [5.1, 4.8, 1.0]]
    session = session_of({**SPEC, "optimizer": {"name": "adam", "learning_rate": 0.02}})
    train(session, 300)

    def said() -> float:
        return float(session.trainer.network.activations(np.array([[5.0, 5.0]]))[-1][0, 0])

    assert said() < 0
    paint(session, *corner)
    train(session, 600)
    assert said() > 0


def test_each_stroke_is_undone_by_itself_and_erased_points_come_back() -> None:
    session = session_of(SPEC)
    train(session, 20)
    for k in range(3):
        paint(session, [5.0, float(k), -1.0])
    do(session, "set", changes={"data": {"points": POINTS[:12]}})
    sizes = []
    while session.status().undo:
        do(session, "undo")
        sizes.append(len(session.trainer.dataset.y))
    assert sizes == [23, 22, 21, 20] and session.step == 20
    do(session, "redo")
    assert len(session.trainer.dataset.y) == 21


def test_every_step_is_found_again_with_its_points() -> None:
    session, seen = session_of(SPEC), {}
    for k in range(6):
        train(session, 97)
        seen[session.step] = session.trainer.snapshot()
        paint(session, [5.0, float(k), -1.0])
    train(session, 500)
    end = session.trainer.snapshot()
    for step, snapshot in seen.items():
        do(session, "seek", step=step)
        found = session.trainer.snapshot()
        assert len(session.trainer.dataset.y) == 20 + step // 97  # with what was painted at it
        for name, array in snapshot.parameters.items():
            assert array.tobytes() == found.parameters[name].tobytes()
        train(session, end.step_count - step)
        assert same(session.trainer.snapshot(), end)


def test_going_by_a_stroke_tells_of_the_data_again() -> None:
    session = session_of(SPEC)
    train(session, 30)
    paint(session, [5.0, 5.0, 1.0])
    train(session, 10)
    assert "DataChanged" in kinds(do(session, "seek", step=10))
    assert len(session.grids.dataset.y) == 20
    do(session, "step", count=25)
    assert "DataChanged" in kinds(session.advance(25))
    assert len(session.grids.dataset.y) == 21


def test_an_epoch_begins_anew_and_is_as_long_as_there_are_points() -> None:
    session = session_of({"data": {"name": "points"}, "batch_size": 3})
    train(session, 5)  # 10 rows to train on: 1 epoch is 4 steps
    assert session.trainer.epoch == pytest.approx(1.3)
    paint(session, [5.0, 5.0, 1.0], [5.0, 4.0, 1.0])
    assert session.trainer.epoch == 2.0 and len(session.trainer.dataset.y_train) == 11
    train(session, 4)
    assert session.trainer.epoch == 3.0


def test_before_the_first_step_the_run_begins_with_the_points() -> None:
    session = session_of(SPEC)
    assert "DataChanged" in paint(session, [5.0, 5.0, 1.0])
    assert session.run.start.spec == session.spec and not session.run.edits
    train(session, 5)
    assert "STEPS = 5" in program(session.trainer, History.of(session), "numpy")


def test_a_program_of_a_run_whose_points_have_changed_is_refused() -> None:
    session = session_of(SPEC)
    train(session, 5)
    paint(session, [5.0, 5.0, 1.0])
    with pytest.raises(Invalid, match="data were changed on the way") as refusal:
        program(session.trainer, History.of(session), "numpy")
    assert refusal.value.field == "data"
    do(session, "reset")
    train(session, 3)
    program(session.trainer, History.of(session), "numpy")


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": 3, "points": [[0, 0, 0], [1, 1, 1], [2, 2, 2]]},
        {"train_fraction": 0.7},
        {"features": ["x1", "x2", "x1_x2"]},
        {"name": "circle"},
    ],
    ids=str,
)
def test_what_needs_other_data_still_begins_again(changes: dict[str, Any]) -> None:
    session = session_of(SPEC)
    train(session, 10)
    do(session, "set", changes={"data": changes})
    assert session.step == 0


def test_a_net_that_replays_goes_on_replaying() -> None:
    session = session_of(SPEC)
    train(session, 10)
    paint(session, [5.0, 5.0, 1.0])
    train(session, 10)
    assert session.trainer.falls_back is None


@pytest.mark.alone
def test_a_stroke_among_a_thousand_points_does_not_take_long() -> None:
    many = [[(k % 60) / 6 - 5, (k // 60) / 4 - 3, 1.0 if k % 7 else -1.0] for k in range(999)]
    session = session_of({"data": {"name": "points", "points": many}})
    train(session, 5)
    times = []
    for k in range(4):
        begun = thread_time()
        do(session, "set", changes={"data": {"points": [*many, [5.0, k / 10, 1.0]]}})
        times.append(thread_time() - begun)
    assert min(times) < 0.05, times


@pytest.mark.parametrize(
    "spec",
    [
        {"data": {"name": "points", "points": [*POINTS, [5.0, 5.0, 1.0]]}},
        {"data": {"validation_fraction": 0.2}},
        {"network": {"layers": [{"cut": [1], "frozen": [[0, 1], [2]]}, {"frozen": "all"}]}},
    ],
    ids=["points", "validation", "held"],
)
def test_such_settings_are_kept_on_disk_as_they_are(spec: dict[str, Any]) -> None:
    settings = Settings(Spec.parse(spec))
    assert unpack_edit(pack_edit(settings)) == settings
    snapshot = session_of(spec).trainer.snapshot()
    assert unpack_snapshot(pack_snapshot(snapshot)).spec == snapshot.spec
