"""Pictures are the net's own answers, the right way up, in the bytes that were agreed."""

import numpy as np
import pytest

from app.sessions.pictures import Grids, probability_bytes, signed_bytes, signed_shorts
from engine.spec import Spec
from engine.training import Trainer


def trainer_of(spec: dict[str, object]) -> Trainer:
    return Trainer(Spec.parse(spec))


@pytest.mark.parametrize(
    ("value", "byte"), [(-1, 0), (0, 128), (1, 255), (-7, 0), (7, 255), (np.nan, 127), (0.5, 191)]
)
def test_signed_values_become_bytes(value: float, byte: int) -> None:
    assert signed_bytes(np.array([value])).tolist() == [byte]


@pytest.mark.parametrize(
    ("value", "short"),
    [(-1, -32767), (0, 0), (1, 32767), (-7, -32767), (np.inf, 32767), (np.nan, 0), (0.001, 33)],
)
def test_a_single_output_has_sixteen_bits(value: float, short: int) -> None:
    shorts = signed_shorts(np.array([value]))
    assert shorts.dtype == np.int16
    assert shorts.tolist() == [short]


@pytest.mark.parametrize(("value", "byte"), [(0, 0), (1, 255), (0.5, 128), (np.nan, 127)])
def test_probabilities_become_bytes(value: float, byte: int) -> None:
    assert probability_bytes(np.array([value])).tolist() == [byte]


def test_infinities_are_clipped_like_any_large_number() -> None:
    assert signed_bytes(np.array([np.inf, -np.inf, np.nan])).tolist() == [255, 0, 127]


def test_the_inputs_show_x1_growing_to_the_right_and_x2_growing_upwards() -> None:
    grids = Grids(trainer_of({}).dataset)
    x1, x2 = grids.of_inputs(16, 64)["picture.inputs"].astype(int)
    assert (np.diff(x1, axis=1) >= 0).all() and x1[0, 0] < x1[0, -1]
    assert (np.diff(x2, axis=0) <= 0).all() and x2[0, 0] > x2[-1, 0]


EVERY = ["x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2"]


def test_inputs_are_scaled_to_their_own_largest_value() -> None:
    grids = Grids(trainer_of({"data": {"features": EVERY}}).dataset)
    pictures = grids.of_inputs(16, 64)["picture.inputs"]
    assert pictures.max(axis=(1, 2)).min() == 255  # none is clipped or faint
    x1 = pictures[0, 0].astype(int)
    assert (x1[0], x1[-1]) == (0, 255)
    assert np.diff(x1).min() >= 16  # a smooth ramp
    (curve,) = Grids(trainer_of({"data": {"name": "wave"}}).dataset).of_inputs(16, 50)[
        "curve.inputs"
    ]
    assert np.abs(curve).max() == 1
    assert np.diff(curve) == pytest.approx(np.diff(curve)[0], rel=1e-4)


def test_pixels_show_the_value_at_their_centre() -> None:
    grids = Grids(trainer_of({}).dataset)
    corner = grids.inputs(8)[0]
    assert corner.tolist() == [-6 + 12 / 16, 6 - 12 / 16]


def test_every_pixel_is_the_answer_of_the_net_there() -> None:
    trainer = trainer_of({})
    grids = Grids(trainer.dataset)
    pictures = grids.of_network(trainer.answering, trainer.loss, 8, 16)
    assert {name: p.shape for name, p in pictures.items()} == {
        "picture.layers.0": (4, 8, 8),
        "picture.layers.1": (2, 8, 8),
        "picture.output": (16, 16),
    }
    hidden, _, _ = trainer.network.activations(grids.inputs(8)[[10]])  # row 1, column 2
    assert pictures["picture.layers.0"][:, 1, 2].tolist() == signed_bytes(hidden[0]).tolist()
    *_, output = trainer.network.activations(grids.inputs(16)[[35]])  # row 2, column 3
    assert pictures["picture.output"][2, 3] == signed_shorts(output[0])[0]


@np.errstate(all="ignore")
def test_numbers_beyond_single_precision_are_shown_all_the_same() -> None:
    layers = [{"units": 2, "activation": "relu"}, {"activation": "linear"}]
    trainer = trainer_of({"network": {"layers": layers}})
    for name, values in (
        ("layers.0.weight", [[2.0**100, 2.0**100], [0, 0]]),
        ("layers.1.weight", [[2.0**100], [-(2.0**100)]]),
    ):
        dict(trainer.network.named_parameters())[name].data[...] = values
    trainer.set_parameter("layers.1.bias", (0,), 0.5)
    pictures = Grids(trainer.dataset).of_network(trainer.answering, trainer.loss, 8, 16)
    assert set(pictures["picture.output"].ravel()) == {
        round(0.5 * 32767)
    }  # 2**200 x - 2**200 x + 0.5


def test_neighbouring_pixels_of_a_single_output_differ() -> None:
    trainer = trainer_of({"network": {"layers": [{"activation": "linear"}]}, "loss": "mse"})
    output = Grids(trainer.dataset).of_network(trainer.answering, trainer.loss, 8, 128)
    inside = output["picture.output"][np.abs(output["picture.output"]) < 32767]
    assert len(np.unique(inside)) > 1000  # a byte has 256


def test_one_size_for_both_gives_the_same_pictures() -> None:
    trainer = trainer_of({})
    grids = Grids(trainer.dataset)
    same = grids.of_network(trainer.answering, trainer.loss, 16, 16)
    other = grids.of_network(trainer.answering, trainer.loss, 16, 32)
    assert (same["picture.layers.0"] == other["picture.layers.0"]).all()


def test_several_classes_show_their_probabilities_which_sum_to_one() -> None:
    trainer = trainer_of({"data": {"name": "iris"}})
    pictures = Grids(trainer.dataset).of_network(trainer.answering, trainer.loss, 8, 16)
    output = pictures["picture.output"]
    assert output.shape == (3, 16, 16)
    assert np.abs(output.astype(int).sum(axis=0) - 255).max() <= 2


def test_a_curve_runs_from_end_to_end() -> None:
    trainer = trainer_of({"data": {"name": "wave"}})
    grids = Grids(trainer.dataset)
    curves = grids.of_network(trainer.answering, trainer.loss, 24, 50)
    assert curves["curve.layers.0"].shape == (8, 50)
    assert curves["curve.output"].shape == (50,)
    ends = np.array(trainer.dataset.bounds[0])[:, np.newaxis]
    *_, output = trainer.network.activations(trainer.dataset.encode(ends))
    assert curves["curve.output"][[0, -1]] == pytest.approx(output[:, 0], abs=1e-6)
    assert grids.of_inputs(24, 50)["curve.inputs"].shape == (1, 50)


ALL_FOUR = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


@pytest.mark.parametrize("data", [{"name": "digits"}, {"name": "iris", "features": ALL_FOUR}])
def test_more_than_two_raw_inputs_have_no_plane(data: dict[str, object]) -> None:
    trainer = trainer_of({"data": data})
    grids = Grids(trainer.dataset)
    assert grids.of_network(trainer.answering, trainer.loss, 8, 16) == {}
    assert grids.of_inputs(8, 16) == {}


def test_the_pixels_of_the_last_four_resolutions_are_kept() -> None:
    grids = Grids(trainer_of({}).dataset)
    first, second = grids.inputs(8), grids.inputs(9)
    for resolution in (10, 11, 8, 12):
        grids.inputs(resolution)
    assert grids.inputs(8) is first
    assert grids.inputs(9) is not second
    assert len(grids._inputs) == 4
