"""Frames, decoded by the safetensors library itself, hold the engine's own numbers."""

import json

import numpy as np
import pytest

from app.messages import View
from app.sessions import frames
from tests.app.sessions import DIVERGING, do, session_of
from tests.client.backprop_client import Binary, read_binary

SPECS = {
    "circle": {},
    "float32": {"dtype": "float32"},
    "wave": {"data": {"name": "wave"}},
    "iris": {"data": {"name": "iris"}},
    "digits": {"data": {"name": "digits"}},
    "one layer": {"network": {"layers": [{}]}},
}


def frame_of(spec: dict[str, object], steps: int = 7, view: View | None = None) -> Binary:
    session = session_of(spec)
    do(session, "play")
    session.advance(steps)
    return read_binary(frames.frame(session, view or View(), 1, -1))


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_parameters_and_gradients_are_the_engines_to_the_last_bit(spec: dict[str, object]) -> None:
    frame = frame_of(spec)
    trainer = session_of(spec).trainer
    for _ in range(7):
        trainer.step()
    batch_loss = trainer.gradients()
    for name, parameter in trainer.network.named_parameters():
        for sent, ours in ((name, parameter.data), (f"grad.{name}", parameter.grad)):
            assert ours is not None
            assert frame.arrays[sent].dtype == trainer.spec.dtype
            assert frame.arrays[sent].tobytes() == np.ascontiguousarray(ours).tobytes()
            assert frame.arrays[sent].shape == ours.shape
    assert json.loads(frame.metadata["batch_loss"]) == batch_loss


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_metadata_say_where_training_is(spec: dict[str, object]) -> None:
    frame = frame_of(spec)
    trainer = session_of(spec).trainer
    for _ in range(7):
        trainer.step()
    assert frame.metadata["kind"] == "frame"
    assert frame.metadata["state"] == "playing"
    assert frame.step == 7
    assert float(frame.metadata["epoch"]) == trainer.epoch
    assert frame.metrics == trainer.evaluate()


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_probe_is_the_first_test_row_and_what_flows_from_it(spec: dict[str, object]) -> None:
    frame = frame_of(spec)
    trainer = session_of(spec).trainer
    for _ in range(7):
        trainer.step()
    row, target = trainer.dataset.x_test[:1], trainer.dataset.y_test[0]
    probe = json.loads(frame.metadata["probe"])
    assert (probe["split"], probe["target"]) == ("test", target)
    assert (trainer.dataset.x[probe["index"]] == row[0]).all()
    assert frame.arrays["probe.input"] == pytest.approx(row[0], rel=1e-6)
    outputs = trainer.network.activations(row)
    for i, output in enumerate(outputs):
        assert frame.arrays[f"probe.layers.{i}"] == pytest.approx(output[0], rel=1e-6)
    prediction = trainer.loss.prediction(outputs[-1])[0]
    assert frame.arrays["probe.prediction"] == pytest.approx(prediction, rel=1e-6)


def test_another_probe_can_be_chosen() -> None:
    frame = frame_of({}, view=View(probe=0))
    dataset = session_of().trainer.dataset
    assert json.loads(frame.metadata["probe"])["index"] == 0
    assert frame.arrays["probe.input"].tolist() == dataset.x[0].astype(np.float32).tolist()


def test_a_probe_beyond_the_data_falls_back_to_the_first_test_row() -> None:
    view = View(probe=499)
    index = json.loads(frame_of({"data": {"samples": 100}}, view=view).metadata["probe"])["index"]
    assert not session_of({"data": {"samples": 100}}).trainer.dataset.train[index]


def test_loss_points_are_rows_of_step_train_and_test() -> None:
    frame = frame_of({}, steps=12)
    assert frame.arrays["loss"].dtype == np.float64
    assert frame.arrays["loss"][:, 0].tolist() == [0, 5, 10]


def test_only_points_after_what_has_arrived_are_sent() -> None:
    session = session_of()
    do(session, "play")
    session.advance(12)
    some = read_binary(frames.frame(session, View(), 1, 5)).arrays["loss"]
    none = read_binary(frames.frame(session, View(), 1, 10)).arrays["loss"]
    assert some[:, 0].tolist() == [10]
    assert none.shape == (0, 3)


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_data_are_the_engines(spec: dict[str, object]) -> None:
    session = session_of(spec)
    dataset = session.trainer.dataset
    data = read_binary(frames.data(session, View()))
    assert data.metadata["kind"] == "data"
    assert data.metadata["name"] == dataset.name
    assert data.arrays["y"].tolist() == dataset.y.astype(np.float32).tolist()
    assert data.arrays["train"].tolist() == dataset.train.tolist()
    assert json.loads(data.metadata["inputs"]) == dataset.inputs
    assert json.loads(data.metadata["bounds"]) == [list(pair) for pair in dataset.bounds]
    assert ("points" in data.arrays) == (dataset.points is not None)
    if dataset.points is not None:
        assert data.arrays["points"].tolist() == dataset.points.astype(np.float32).tolist()
        assert int(data.metadata["dimensions"]) == dataset.points.shape[1]


def test_a_diverged_net_is_still_shown() -> None:
    session = session_of(DIVERGING)
    do(session, "play")
    session.advance(10_000)
    frame = read_binary(frames.frame(session, View(), 1, -1))
    assert frame.metadata["state"] == "diverged"
    assert frame.metadata["step"] == str(session.step)
    assert frame.arrays["picture.output"].shape == (64, 64)
    json.loads(frame.metadata["metrics"], parse_constant=pytest.fail)
    json.loads(frame.metadata["batch_loss"], parse_constant=pytest.fail)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "linear"])
@pytest.mark.parametrize("size", [1e100, 1e155, 1e300])
@pytest.mark.parametrize("loss", ["mse", "bce_with_logits"])
def test_numbers_near_the_largest_are_shown_without_a_warning(
    activation: str, size: float, loss: str
) -> None:
    layers = [{"units": 4, "activation": activation}, {"activation": "linear"}]
    session = session_of({"network": {"layers": layers}, "loss": loss})
    for _, parameter in session.trainer.network.named_parameters():
        parameter.data = np.full_like(parameter.data, size)
    session.version += 1
    frame = read_binary(frames.frame(session, View(), 1, -1))
    assert frame.arrays["picture.output"].shape == (64, 64)


def test_a_frame_of_the_default_net_fits_the_budget() -> None:
    """60 kB/s at 10 frames/s on a network, a third of it the output in 16 bits."""
    session = session_of()
    view = View(neuron_resolution=16, output_resolution=32)
    assert len(frames.frame(session, view, 1, -1)) <= 6 * 1024


def test_arrays_can_be_viewed_in_place() -> None:
    """A browser makes typed arrays on a buffer only at multiples of the number's size."""
    message = frames.frame(session_of(), View(), 1, -1)
    length = int.from_bytes(message[:8], "little")
    header = json.loads(message[8 : 8 + length])
    del header["__metadata__"]
    sizes = {"F64": 8, "F32": 4, "I16": 2, "U8": 1}
    for name, entry in header.items():
        assert (8 + length + entry["data_offsets"][0]) % sizes[entry["dtype"]] == 0, name
