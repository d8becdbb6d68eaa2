"""A validation part on its way to whoever looks: loss points, frames, REST, files."""

import json
import math

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.exports.run.history import History, losses_csv
from app.messages import View
from app.sessions import frames
from app.sessions.diagnosis import confuse
from app.sessions.session import TrainingSession
from app.storage.packing import pack_losses, unpack_losses
from tests.app.sessions import do, session_of
from tests.client.backprop_client import read_binary

SPEC = {"data": {"train_fraction": 0.5, "validation_fraction": 0.2}}


def trained(spec: dict[str, object], steps: int = 60) -> TrainingSession:
    session = session_of(spec)
    do(session, "step", count=steps)
    session.advance(steps)
    return session


def test_loss_points_have_a_validation_loss_where_there_is_a_part_for_it() -> None:
    session = trained(SPEC)
    step, train, test, validation = session.losses.items[-1]
    assert step == 60 and (train, test, validation) == tuple(
        session.metrics()[f"{part}_loss"] for part in ("train", "test", "validation")
    )
    assert len({train, test, validation}) == 3
    assert all(math.isnan(point[3]) for point in trained({}).losses.items)


def test_frames_carry_it_only_where_there_is_one() -> None:
    session = trained(SPEC)
    frame = read_binary(frames.frame(session, View(), 1, -1))
    np.testing.assert_array_equal(frame.arrays["loss"], np.array(session.losses.items))
    assert frame.metrics["validation_loss"] == session.losses.items[-1][3]
    data = read_binary(frames.data(session, View()))
    dataset = session.trainer.dataset
    assert data.arrays["validation"].astype(bool).tolist() == dataset.validation.tolist()
    plain = trained({})
    assert read_binary(frames.frame(plain, View(), 1, -1)).arrays["loss"].shape[1] == 3
    assert "validation" not in read_binary(frames.data(plain, View())).arrays


def test_the_sample_looked_at_is_of_the_test_or_says_what_it_is_of() -> None:
    session = trained(SPEC)
    dataset = session.trainer.dataset
    first = frames.probe_index(session, View())
    assert dataset.test[first] and not dataset.test[:first].any()
    for part in ("train", "validation", "test"):
        row = int(np.flatnonzero(getattr(dataset, part))[0])
        frame = read_binary(frames.frame(session, View(probe=row), 1, -1))
        assert json.loads(frame.metadata["probe"])["split"] == part


def test_the_curves_as_a_file_and_in_storage() -> None:
    session = trained(SPEC)
    table = losses_csv(History.of(session), session.trainer).splitlines()
    assert table[0] == "step,train_loss,test_loss,validation_loss"
    assert table[-1].split(",")[3] == repr(session.metrics()["validation_loss"])
    plain = trained({})
    assert losses_csv(History.of(plain), plain.trainer).startswith("step,train_loss,test_loss\r\n")
    assert unpack_losses(pack_losses(session.losses)).items == session.losses.items


def test_the_confusion_of_each_part() -> None:
    session = trained(SPEC)
    sizes = {}
    for split in ("train", "validation", "test"):
        found = confuse("id", session.trainer, 1, split)  # type: ignore[arg-type]
        sizes[split] = sum(map(sum, found.matrix))
    assert sizes == {"train": 250, "validation": 100, "test": 150}


def test_over_rest(client: TestClient) -> None:
    made = client.post("/api/sessions", json=SPEC).json()
    detail = client.get(f"/api/sessions/{made['id']}").json()
    assert detail["metrics"]["validation_loss"] > 0
    runs = client.get(f"/api/sessions/{made['id']}/runs").json()
    assert runs["runs"][0]["loss"]["validation"] == detail["metrics"]["validation_loss"]
    answer = client.get(f"/api/sessions/{made['id']}/confusion?split=validation").json()
    assert answer["split"] == "validation"
    data = client.get(f"/api/sessions/{made['id']}/data").json()
    assert sum(data["train"]) == 250 and sum(data["validation"]) == 100


@pytest.mark.parametrize("share", [-0.1, 0.9, "a lot"])
def test_a_share_that_cannot_be_is_refused(client: TestClient, share: object) -> None:
    answer = client.post("/api/sessions", json={"data": {"validation_fraction": share}})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "data.validation_fraction"
