"""Answers that are traced once are those of the forward pass, for every layer, at every moment."""

from typing import Any

import numpy as np
import pytest

from engine.datasets import DATASETS
from engine.layers import ACTIVATIONS
from engine.network import Network
from engine.replay import Answering
from engine.replay.answers import Answers
from engine.replay.rows import Unreplayable
from engine.spec import Spec
from engine.training import Trainer


def trainer_of(*layers: dict[str, Any], **spec: Any) -> Trainer:
    network = {"network": {"layers": list(layers)}} if layers else {}
    return Trainer(Spec.parse({**network, **spec}))


def rows_of(trainer: Trainer, count: int = 40) -> Any:
    return trainer.dataset.x[:count]


def assert_answers(trainer: Trainer, answers: Answers, rtol: float) -> None:
    truth = trainer.network.activations(answers.rows)
    for said, true in zip(answers(), truth, strict=True):
        assert said.shape == true.shape
        np.testing.assert_allclose(said, true, rtol=rtol, atol=rtol)


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-14), ("float32", 2e-6)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_in_both_precisions(activation: str, dtype: str, rtol: float) -> None:
    trainer = trainer_of({"units": 6, "activation": activation}, {"activation": "tanh"})
    trainer.run(20)
    answers = Answers(trainer.network, rows_of(trainer), dtype)
    assert {output.dtype for output in answers()} == {np.dtype(dtype)}
    assert_answers(trainer, answers, rtol)


@pytest.mark.parametrize(
    "layer",
    [{"normalization": "layer"}, {"residual": True, "units": 2}, {"cut": [1]}],
    ids=lambda layer: next(iter(layer)),
)
def test_what_else_a_layer_does(layer: dict[str, Any]) -> None:
    trainer = trainer_of({"units": 5, **layer}, {"units": 5}, {"activation": "tanh"})
    trainer.run(20)
    assert_answers(trainer, Answers(trainer.network, rows_of(trainer)), 1e-13)


@pytest.mark.parametrize("name", [n for n in DATASETS if n not in ("points", "function", "table")])
def test_every_data_set(name: str) -> None:
    trainer = trainer_of(data={"name": name})
    assert_answers(trainer, Answers(trainer.network, rows_of(trainer, 200)), 1e-12)


def test_they_follow_the_weights_however_these_are_changed() -> None:
    trainer = trainer_of()
    answers = Answers(trainer.network, rows_of(trainer))
    before = answers()[-1].copy()
    trainer.run(50)
    assert_answers(trainer, answers, 1e-14)
    assert np.abs(answers()[-1] - before).max() > 0.01
    trainer.set_parameter("layers.0.weight", (0, 1), 2.5)
    assert_answers(trainer, answers, 1e-14)
    trainer.restore(trainer_of().snapshot())
    np.testing.assert_array_equal(answers()[-1], before)


def test_other_settings_are_traced_anew() -> None:
    trainer = trainer_of()
    rows = rows_of(trainer)
    for changes in (
        {"layers": [{"units": 4, "activation": "relu"}, {"units": 2}, {}]},
        {"layers": [{"units": 4, "cut": [0]}, {"units": 2}, {}]},
        {"layers": [{"units": 4, "dropout": 0.5}, {"units": 2}, {}]},
    ):
        trainer.apply(trainer.spec.merged({"network": changes}))
        said = trainer.answering("rows", lambda: rows)
        for one, other in zip(said, trainer.network.activations(rows), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("layer", [{"dropout": 0.5}, {"normalization": "batch"}])
def test_layers_that_differ_in_evaluation_are_computed_as_ever(layer: dict[str, Any]) -> None:
    trainer = trainer_of({"units": 4, **layer}, {})
    trainer.run(30)
    rows = rows_of(trainer)
    with pytest.raises(Unreplayable, match="evaluation"):
        Answers(trainer.network, rows)
    said = trainer.answering("rows", lambda: rows)[-1]
    np.testing.assert_array_equal(said, trainer.network.activations(rows)[-1])


def test_what_would_keep_too_many_numbers_is_computed_as_ever() -> None:
    spec = Spec.parse({"network": {"layers": [{"units": 64}, {"units": 64}, {}]}})
    network, rows = Network(spec.network, 2), np.zeros((4096, 2))
    with pytest.raises(Unreplayable, match="too many"):
        Answers(network, rows)
    assert Answering(network)("rows", lambda: rows)[-1].shape == (4096, 1)


def test_only_the_latest_sets_of_rows_are_kept() -> None:
    trainer = trainer_of()
    asked: list[int] = []

    def ask(size: int) -> None:
        def rows() -> Any:
            asked.append(size)
            return rows_of(trainer, size)

        assert len(trainer.answering(size, rows)[-1]) == size

    for size in (1, 2, 3, 4, 1, 5, 1, 2):
        ask(size)
    assert asked == [1, 2, 3, 4, 5, 2]  # 1 was used again and stayed
