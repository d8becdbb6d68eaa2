"""Presets show what they say: each is trained here, and its claim is looked for in the numbers."""

import json
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.gallery.presets import PRESETS, changes
from app.gallery.preview import COURSES, PICTURES, drawn, repeated
from app.routes.pages import LANGUAGES
from engine.spec import Spec
from engine.training import Trainer
from tests.app.sessions import do, session_of
from tests.words import words


@cache
def trained(name: str, tried: str = "") -> Trainer:
    """A preset after its steps, or one of the things to try on it."""
    preset = PRESETS[name]
    trainer = Trainer(preset.tried(tried) if tried else preset.spec)
    trainer.run(preset.steps, stops=True)
    assert trainer.overflow is None
    return trainer


def score(name: str, tried: str = "", of: str = "test_loss") -> float:
    return trained(name, tried).evaluate()[of]


def fading(name: str, tried: str = "") -> float:
    """How long the first layer's gradient is beside the last one's."""
    health = trained(name, tried).health()
    return health[0].gradient_norm / health[-1].gradient_norm


# --- the claims ---


def test_xor_needs_a_hidden_layer_or_the_product() -> None:
    assert score("xor_line") > 0.95 and score("xor_line", of="test_accuracy") < 0.65
    assert score("xor_line", "hidden") < 0.2
    assert score("xor_line", "product", "test_accuracy") > 0.99


def test_more_hidden_neurons_than_needed_learn_xor_better() -> None:
    losses = [score("xor_hidden", tried) for tried in ("two", "", "eight")]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > 3 * losses[1] > 3 * 2 * losses[2]


def test_the_second_layer_of_the_spiral_is_worth_more_than_half_the_loss() -> None:
    assert score("spiral", of="test_accuracy") > 0.9
    assert score("spiral", "shallow") > 2 * score("spiral")


def test_a_gradient_vanishes_in_ten_sigmoid_layers() -> None:
    assert fading("vanishing") < 1e-4
    assert score("vanishing", of="test_accuracy") < 0.6


@pytest.mark.parametrize("cure", PRESETS["vanishing"].tries)
def test_each_cure_brings_the_gradient_to_the_first_layer(cure: str) -> None:
    assert len(PRESETS["vanishing"].tries) == 3
    assert fading("vanishing", cure) > 0.1
    assert score("vanishing", cure, "test_accuracy") > 0.95


def test_too_large_steps_kill_relus_for_good() -> None:
    dead = max(row.dead_share or 0 for row in trained("dead").health())
    assert dead == 1.0 and score("dead") > 0.65  # a whole layer: nothing gets through
    later = Trainer(PRESETS["dead"].spec)
    later.run(3 * PRESETS["dead"].steps)
    assert max(row.dead_share or 0 for row in later.health()) == 1.0
    assert score("dead", "slower") < 0.05 and score("dead", "leaky") < 0.05


def test_twenty_points_are_learnt_by_heart() -> None:
    trainer = trained("overfitting")
    assert len(trainer.dataset.y_train) == 20
    assert score("overfitting", of="train_loss") < 0.001 and score("overfitting") > 0.7
    assert score("overfitting", "more") < 0.4 * score("overfitting")
    assert score("overfitting", "l2") < 0.6 * score("overfitting")
    assert trained("overfitting", "stop").step_count < 200
    assert score("overfitting", "stop") < 0.9 * score("overfitting")


def test_weights_that_start_at_zero_stay_there() -> None:
    first, second, last = trained("zeros").network.layers
    for layer in (first, second, last):
        assert not layer.weight.data.any()
    assert last.bias.data.any() and score("zeros") > 0.95
    twins = trained("zeros", "constant").network.layers[0].weight.data
    assert np.ptp(twins, axis=1).max() < 1e-9 < np.abs(twins).max()  # all neurons are one
    assert score("zeros", "random", "test_accuracy") > 0.98


def test_small_batches_learn_more_in_an_epoch_and_rock_more() -> None:
    preset, ends, rocking = PRESETS["batch"], {}, {}
    for tried in ("one", "ten", "all"):
        trainer = Trainer(preset.spec if tried == "all" else preset.tried(tried))
        losses = []
        while trainer.epoch < 10:
            trainer.run(1)
            losses.append(trainer.evaluate()["train_loss"])
        ends[tried] = losses[-1]
        rises = [after > before for before, after in pairwise(losses)]
        rocking[tried] = sum(rises) / len(rises)
        halted = Trainer(trainer.spec)
        halted.run(10_000, stops=True)
        assert halted.epoch == 10  # and so it does in the page: all of them are seen at one epoch
    assert max(ends["one"], ends["ten"]) < 0.5 * ends["all"]
    assert rocking["one"] > rocking["ten"] > rocking["all"] == 0


def test_setosa_is_never_taken_for_another_iris() -> None:
    trainer = trained("iris")
    x, y = trainer.dataset.x, trainer.dataset.y
    taken = trainer.network.activations(x)[-1].argmax(axis=1)
    assert (taken[y == 0] == 0).all() and (taken[y != 0] != 0).all()
    assert 0 < (taken != y).sum() < 12
    assert score("iris", of="test_accuracy") > 0.93


def test_digits_are_read_and_a_hidden_layer_reads_them_better() -> None:
    assert score("digits", of="test_accuracy") > 0.94
    assert score("digits", "linear") > 1.5 * score("digits")


def test_a_square_metre_costs_what_the_line_says() -> None:
    trainer = trained("house")
    assert trainer.network.layers[0].weight.data.shape == (1, 1)
    measured, price = trainer.dataset.original, trainer.dataset.target_units
    assert measured is not None
    spread = measured[trainer.dataset.train].std()
    slope = float(trainer.network.layers[0].weight.data[0, 0]) * price[1] / spread
    # 2.1 for the area itself; larger houses have more rooms, which cost 9 each
    assert 2.1 < slope < 2.7
    assert score("house", of="test_r2") > 0.9
    assert score("house", "rooms", "test_r2") > score("house", of="test_r2")


def test_the_net_is_no_better_than_the_last_price() -> None:
    trainer = trained("stocks")
    assert [layer.weight.data.shape for layer in trainer.network.layers] == [(7, 10), (10, 1)]
    naive = repeated(trainer.spec)
    assert naive is not None and repeated(Spec.parse({})) is None
    assert score("stocks", of="train_loss") < 0.15  # it looks good where it has learnt
    assert score("stocks") > 2 * naive and score("stocks", "linear") > naive


def test_ten_measurements_tell_half_of_the_progress_and_a_line_is_enough() -> None:
    deep, line = score("diabetes", of="test_r2"), score("diabetes", "linear", "test_r2")
    assert 0.3 < line < 0.6 and deep < line + 0.05
    assert score("diabetes", of="train_r2") > score("diabetes", "linear", "train_r2")


# --- how they are told ---


def test_a_preset_makes_any_session_its_own() -> None:
    session = session_of({})
    do(session, "set", changes={"stopping": {"epoch": 3}, "clipping": {"name": "norm", "limit": 3}})
    do(session, "set", changes={"schedule": {"name": "cosine"}, "loss": "hinge"})
    for name, preset in PRESETS.items():
        for tried in preset.tries:
            do(session, "set", changes=changes(preset.tried(tried)))
            assert session.spec == preset.tried(tried) != preset.spec, (name, tried)
        do(session, "set", changes=changes(preset.spec))
        assert session.spec == preset.spec, name


def test_every_preset_has_its_words_in_both_languages() -> None:
    for language in LANGUAGES:
        assert words(language)["gallery"]["kinds"].keys() == {*PICTURES, *COURSES}
        told = words(language)["gallery"]["presets"]
        assert told.keys() == PRESETS.keys()
        for name, preset in PRESETS.items():
            assert all(told[name][key] for key in ("title", "question", "answer", "now"))
            assert told[name]["tries"].keys() == preset.tries.keys()


def test_the_list_and_every_picture_are_served(client: TestClient) -> None:
    listed = client.get("/api/presets")
    assert [row["name"] for row in listed.json()] == list(PRESETS)
    for row in listed.json():
        answer = client.get(f"/api/presets/{row['name']}/picture")
        again = client.get(answer.url.path, headers={"if-none-match": answer.headers["etag"]})
        assert answer.status_code == 200 and again.status_code == 304
        assert answer.json()["kind"] == PRESETS[row["name"]].picture
        assert len(answer.content) < 20_000


def test_an_unknown_preset_is_named(client: TestClient) -> None:
    answer = client.get("/api/presets/nope/picture")
    error = answer.json()["error"]
    assert answer.status_code == 404 and error["code"] == "unknown_preset"
    assert error["value"] == "nope" and error["allowed"]["choices"] == list(PRESETS)


def picture(name: str) -> dict[str, Any]:
    *_, last = drawn(PRESETS[name])
    json.dumps(last, allow_nan=False)
    return last


def test_every_kind_of_picture_is_drawn_by_somebody() -> None:
    assert {preset.picture for preset in PRESETS.values()} == {*PICTURES, *COURSES}


def test_a_picture_is_of_the_trained_net() -> None:
    field = np.array(picture("xor_hidden")["field"]).reshape(32, 32) / 127.5 - 1
    trainer = trained("xor_hidden")
    # the upper right quarter is of the first class; x2 grows upwards, and rows begin at the top
    answer = trainer.network.activations(np.array([[4.0, 4.0], [-4.0, 4.0]]))[-1][:, 0]
    assert abs(field[5, 26] - answer[0]) < 0.05 and abs(field[5, 5] - answer[1]) < 0.05
    assert field[5, 26] > 0.8 > -0.8 > field[5, 5]


def test_bars_are_gradients_of_each_layer() -> None:
    bars = picture("vanishing")["bars"]
    health = trained("vanishing").health()
    np.testing.assert_allclose(bars, [row.gradient_norm for row in health], rtol=0.01)
    assert picture("dead")["bars"] == [row.dead_share for row in trained("dead").health()[:-1]]


def test_curves_are_of_the_run() -> None:
    test = picture("overfitting")["lines"]["test"]
    assert test[0][0] == 0 and test[-1][0] == PRESETS["overfitting"].steps
    assert test[-1][1] == pytest.approx(score("overfitting"), rel=0.01)
    epochs = {name: line[-1][0] for name, line in picture("batch")["lines"].items()}
    assert epochs.keys() == {"1", "10", "all"} and all(9 < end <= 10 for end in epochs.values())
