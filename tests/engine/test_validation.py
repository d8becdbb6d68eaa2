"""A part of the data for validation: neither trained on nor the test, and what is watched."""

from typing import Any

import numpy as np
import pytest

from engine import Spec, Trainer
from engine.datasets import DATASETS, Split, load
from engine.schedules import ReduceOnPlateau, Watch
from engine.stopping import EarlyStopping, Progress

SHARE = {"train_fraction": 0.5, "validation_fraction": 0.2}


@pytest.mark.parametrize("name", DATASETS)
def test_three_parts_share_the_rows_and_the_training_rows_stay(name: str) -> None:
    source = DATASETS[name](**SHARE)
    data, without = source.load(3), DATASETS[name](train_fraction=0.5).load(3)
    parts = np.stack([data.train, data.validation, data.test])
    assert (parts.sum(axis=0) == 1).all() and parts.any(axis=1).all()
    assert (data.train == without.train).all() and not without.validation.any()
    assert data.validation.sum() == source.validation_rows
    assert abs(data.validation.mean() - 0.2) < 0.06
    assert (data.x_train == without.x_train).all()  # scales are those of the training rows


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize(("train", "validation"), [(0.9, 0.8), (0.9, 0.001), (0.1, 0.8)])
def test_every_part_keeps_a_row(name: str, train: float, validation: float) -> None:
    data = DATASETS[name](train_fraction=train, validation_fraction=validation).load(0)
    assert data.train.any() and data.validation.any() and data.test.any()


def test_of_prices_the_validation_comes_after_the_training_and_before_the_test() -> None:
    data = DATASETS["stocks"](**SHARE).load(0)
    last_of = [int(np.flatnonzero(part)[-1]) for part in (data.train, data.validation, data.test)]
    assert last_of == sorted(last_of)


def test_painted_classes_are_in_every_part() -> None:
    data = DATASETS["points"](**SHARE).load(0)
    for part in (data.train, data.validation, data.test):
        assert set(data.y[part]) == {-1.0, 1.0}


def spec(**others: Any) -> Spec:
    return Spec.parse({"data": {"samples": 60, **SHARE}, **others})


def test_its_losses_and_metrics_are_those_of_its_rows() -> None:
    trainer = Trainer(spec())
    trainer.run(30)
    data, measured = trainer.dataset, trainer.evaluate()
    for part in ("train", "validation", "test"):
        rows = getattr(data, part)
        outputs = trainer.network.activations(data.x[rows])[-1][:, 0]
        assert measured[f"{part}_loss"] == pytest.approx(((outputs - data.y[rows]) ** 2).mean())
        right = (outputs > 0) == (data.y[rows] > 0)
        assert measured[f"{part}_accuracy"] == pytest.approx(right.mean())
    assert "validation_loss" not in Trainer(Spec.parse({})).evaluate()


def test_training_is_the_same_with_and_without() -> None:
    with_part, without = Trainer(spec()), Trainer(Spec.parse({"data": {"samples": 60}}))
    assert with_part.run(40) == without.run(40)


def test_early_stopping_watches_the_validation() -> None:
    settings = {"stopping": {"patience": 3}, "optimizer": {"learning_rate": 0.3}}
    trainer, rule, progress = Trainer(spec(**settings)), EarlyStopping(3), Progress()
    tests = Progress()
    for step in range(3, 3_000, 3):  # epochs: 30 rows in batches of 10
        trainer.run(3)
        now = trainer.evaluate()
        progress = rule.after(now["validation_loss"], step, progress)
        tests = rule.after(now["test_loss"], step, tests)
        if progress.stop:
            break
    stopped = trainer.stopped
    assert stopped is not None and stopped.best_step == progress.best_step
    assert tests.best_step != progress.best_step  # or this test would say nothing


def test_the_rate_is_reduced_by_the_validation() -> None:
    plateau = {"schedule": {"name": "reduce_on_plateau", "patience": 0, "threshold": 0.3}}
    trainer = Trainer(spec(optimizer={"learning_rate": 0.2}, **plateau))
    rule, watch = trainer.spec.schedule, Watch()
    assert isinstance(rule, ReduceOnPlateau)
    for _ in range(60):
        trainer.run(3)
        watch = rule.after(trainer.evaluate()["validation_loss"], watch)
        assert trainer.factor == watch.factor
    assert watch.factor < 1.0


def test_rows_may_be_dealt_out_as_one_wishes() -> None:
    source = DATASETS["iris"]()
    train = np.zeros(150, bool)
    train[:30] = True
    validation = np.zeros(150, bool)
    validation[30:40] = True
    data = load(source, 1, Split(train, validation))
    np.testing.assert_allclose(data.x[:30].mean(axis=0), 0, atol=1e-12)  # scaled by those rows
    trainer = Trainer(Spec.parse({"data": {"name": "iris"}, "seed": 1}), Split(train, validation))
    assert trainer.dataset.x_train.tolist() == data.x_train.tolist()
    trainer.run(3)
    assert trainer.epoch == 1.0  # 30 rows in batches of 10


def test_a_spec_names_the_share_only_where_there_is_one() -> None:
    assert "validation_fraction" not in Spec.parse({}).to_json()["data"]
    kept = spec().to_json()["data"]
    assert kept["validation_fraction"] == 0.2
    assert Spec.parse({"data": kept}) == Spec.parse({"data": {**SHARE, "samples": 60}})
    assert not spec().live_change_from(Spec.parse({"data": {"samples": 60}}))
