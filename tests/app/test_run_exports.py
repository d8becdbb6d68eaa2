"""A run as files: what is in them, and weights out and in again."""

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from safetensors import safe_open
from safetensors.numpy import load, save

from app.errors import Diverged, Invalid
from app.exports.run.history import History, losses_csv
from app.exports.run.weights import fit_weights, read_weights, write_weights
from app.routes.run_exports import FILES
from app.sessions.session import TrainingSession
from engine.spec import Spec
from tests.app.sessions import DIVERGING, do, session_of

NORMS: dict[str, Any] = {
    "network": {
        "layers": [
            {"units": 4, "normalization": "batch"},
            {"units": 4, "normalization": "layer", "residual": True, "dropout": 0.2},
            {},
        ]
    }
}


def train(session: TrainingSession, steps: int) -> None:
    do(session, "step", count=steps)
    end = session.step + steps
    while session.step < end and session.training:
        session.advance(end - session.step)


def trained(spec: dict[str, Any] | None = None, steps: int = 40) -> TrainingSession:
    session = session_of(spec)
    if steps:
        train(session, steps)
    return session


def state(session: TrainingSession) -> dict[str, bytes]:
    """Everything that decides how it goes on, to the last bit."""
    snapshot = session.trainer.snapshot()
    arrays = {**snapshot.parameters, **snapshot.buffers}
    for name, kept in snapshot.memory.states.items():
        arrays |= {f"{name} {key}": value for key, value in kept.items()}
    return {name: array.tobytes() for name, array in arrays.items()}


# --- weights ---


@pytest.mark.parametrize("spec", [{}, NORMS, {**NORMS, "dtype": "float32"}])
def test_a_file_of_weights_holds_every_number_and_says_whose_they_are(spec: dict[str, Any]) -> None:
    session = trained(spec)
    file = write_weights(session.trainer)
    snapshot = session.trainer.snapshot()
    wanted = {**snapshot.parameters, **snapshot.buffers}
    found = load(file)
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_the_metadata_say_spec_step_and_seed(tmp_path: Any) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(write_weights(trained({"seed": 7}).trainer))
    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    assert (metadata["step"], metadata["seed"]) == ("40", "7")
    assert Spec.parse(json.loads(metadata["spec"])).seed == 7


@pytest.mark.parametrize("spec", [{}, NORMS, {**NORMS, "dtype": "float32"}])
def test_weights_come_back_to_the_last_bit(spec: dict[str, Any]) -> None:
    source, other = trained(spec), session_of(spec)
    arrays = read_weights(write_weights(source.trainer))
    other.load_weights(fit_weights(other.trainer.network, arrays))
    assert state(other) == {k: v for k, v in state(source).items() if " " not in k}
    assert other.metrics() == source.metrics()


def test_loading_is_undone_and_made_again_bit_for_bit() -> None:
    adam = {**NORMS, "optimizer": {"name": "adam"}}
    weights = read_weights(write_weights(trained(adam, 90).trainer))
    session = trained(adam, 300)
    before = state(session)
    session.load_weights(fit_weights(session.trainer.network, weights))
    loaded = state(session)
    assert session.status().undo == "weights"
    train(session, 50)
    after = state(session)
    do(session, "undo")
    assert state(session) == before
    do(session, "redo")
    assert (session.step, state(session)) == (350, after)
    do(session, "seek", step=300)
    assert state(session) == loaded
    do(session, "seek", step=0)
    train(session, 350)  # it comes by, and loads them again
    assert state(session) == after
    assert len(session.timeline.runs) == 1


def test_loading_at_an_earlier_step_begins_another_run() -> None:
    session = trained({}, 60)
    weights = read_weights(write_weights(trained({}, 10).trainer))
    do(session, "seek", step=20)
    letters = session.load_weights(fit_weights(session.trainer.network, weights))
    assert [letter.message.type for letter in letters] == ["runs", "status"]  # type: ignore[union-attr]
    assert (session.run.parent is not None, session.run.because) == (True, "weights")


def test_a_net_that_has_overflowed_takes_no_weights() -> None:
    session = trained(DIVERGING, 500)
    assert session.state == "diverged"
    weights = read_weights(write_weights(session_of(DIVERGING).trainer))
    with pytest.raises(Diverged):
        session.load_weights(fit_weights(session.trainer.network, weights))


def changed(**arrays: Any) -> bytes:
    """The default session's file with some arrays replaced, or without those that are None."""
    given = load(write_weights(session_of().trainer))
    given |= {name.replace("_", "."): array for name, array in arrays.items()}
    return save({name: array for name, array in given.items() if array is not None})


@pytest.mark.parametrize(
    ("file", "reason", "words"),
    [
        (b"", "file", "no safetensors"),
        (b"\x00" * 400, "file", "no safetensors"),
        (b"\xff" * 400, "file", "no safetensors"),
        (changed(layers_0_bias=None), "missing", "layers.0.bias is missing"),
        (changed(layers_9_bias=np.zeros(3)), "unknown", "has no layers.9.bias"),
        (changed(layers_0_bias=np.zeros((4, 1))), "shape", r"\[4\], got \[4, 1\]"),
        (changed(layers_0_bias=np.full(4, np.nan)), "not_finite", "layers.0.bias"),
        (changed(layers_0_bias=np.zeros(4, np.int64)), "type", "layers.0.bias must be of type"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(file: bytes, reason: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refusal:
        fit_weights(session_of().trainer.network, read_weights(file))
    assert refusal.value.allowed["reason"] == reason


def test_numbers_too_large_for_32_bits_are_refused() -> None:
    file = changed(layers_0_bias=np.full(4, 1e300))
    with pytest.raises(Invalid, match="not finite"):
        fit_weights(session_of({"dtype": "float32"}).trainer.network, read_weights(file))


# --- curves ---


def test_the_curves_are_those_of_the_run() -> None:
    session = trained({}, 333)
    rows = list(csv.reader(io.StringIO(losses_csv(History.of(session), session.trainer))))
    assert rows[0] == ["step", "train_loss", "test_loss"]
    metrics = session.metrics()
    present = (333, metrics["train_loss"], metrics["test_loss"])
    points = [(int(s), float(a), float(b)) for s, a, b in rows[1:]]
    recorded = [point[:3] for point in session.losses.items]
    assert points == [*recorded, present]  # 333 is between two points
    assert len(rows) > 50


# --- over the API ---


@pytest.fixture
def where(client: TestClient) -> str:
    return str(client.post("/api/sessions", json={}).headers["location"])


@pytest.mark.parametrize("name", FILES)
def test_every_file_has_a_name_and_is_described(client: TestClient, where: str, name: str) -> None:
    answer = client.get(f"{where}/export/{name}")
    assert answer.status_code == 200
    disposition = f'attachment; filename="backprop-lab-{name}"'
    assert answer.headers["content-disposition"] == disposition
    paths = client.get("/openapi.json").json()["paths"]
    described = paths[f"/api/sessions/{{session_id}}/export/{name}"]["get"]["responses"]["200"]
    assert list(described["content"]) == [answer.headers["content-type"].partition(";")[0]]
    assert client.get(f"/api/sessions/nobody/export/{name}").status_code == 404


def test_the_spec_makes_the_same_session(client: TestClient, where: str) -> None:
    spec = client.get(f"{where}/export/spec.json").json()
    assert client.post("/api/sessions", json=spec).json()["spec"] == spec


def test_another_file_is_not_there(client: TestClient, where: str) -> None:
    assert client.get(f"{where}/export/everything.zip").status_code == 404


def test_weights_go_out_and_in_over_the_api(client: TestClient, where: str) -> None:
    file = client.get(f"{where}/export/weights.safetensors").content
    arrays = {name: 2 * array for name, array in load(file).items()}
    answer = client.put(f"{where}/weights", content=save(arrays))
    assert answer.json() == {"parameters": sorted(arrays)}
    found = load(client.get(f"{where}/export/weights.safetensors").content)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


def test_what_does_not_fit_is_said_and_changes_nothing(client: TestClient, where: str) -> None:
    before = client.get(f"{where}/export/weights.safetensors").content
    answer = client.put(f"{where}/weights", content=changed(layers_0_weight=np.zeros((3, 4))))
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["code"], error["field"], error["value"]) == ("invalid", "weights", [3, 4])
    allowed = {"reason": "shape", "name": "layers.0.weight", "shape": [2, 4]}
    assert error["allowed"] == allowed
    after = client.get(f"{where}/export/weights.safetensors").content
    for name, array in load(before).items():
        np.testing.assert_array_equal(load(after)[name], array)
    assert client.put(f"{where}/weights", content=b"x" * 10_000_001).status_code == 413
    assert client.put("/api/sessions/nobody/weights", content=before).status_code == 404
