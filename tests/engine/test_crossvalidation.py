"""k-fold cross-validation: how rows are dealt out, and that each fold is a run one could make."""

from typing import Any

import numpy as np
import pytest

from engine import Spec, SpecError, Trainer
from engine.crossvalidation import check_folds, cross_validate, deal, summarize
from engine.datasets import DATASETS, load

SMALL: dict[str, Any] = {"data": {"samples": 60, "validation_fraction": 0.2}}


def dealt(name: str, folds: int, **fields: Any) -> tuple[Any, list[Any]]:
    source = DATASETS[name](**fields)
    dataset = load(source, 5)
    return dataset, deal(source, dataset, folds, 5)


@pytest.mark.parametrize("folds", [2, 5, 7])
@pytest.mark.parametrize("name", DATASETS)
def test_every_row_is_held_out_once_and_the_test_never_seen(name: str, folds: int) -> None:
    dataset, splits = dealt(name, folds, validation_fraction=0.1)
    held = np.stack([split.validation for split in splits])
    assert (held.sum(axis=0) == ~dataset.test).all() and len(splits) == folds
    for split in splits:
        assert ((split.train | split.validation) == ~dataset.test).all()
        assert not (split.train & split.validation).any()
    sizes = held.sum(axis=1)
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("name", ["circle", "iris", "digits", "points"])
def test_every_fold_has_its_share_of_each_class(name: str) -> None:
    dataset, splits = dealt(name, 4)
    for label in np.unique(dataset.y):
        counts = [int((dataset.y[split.validation] == label).sum()) for split in splits]
        assert max(counts) - min(counts) <= 1, label


def test_weeks_that_follow_one_another_stay_together() -> None:
    _, splits = dealt("stocks", 5)
    for split in splits:
        rows = np.flatnonzero(split.validation)
        assert (np.diff(rows) == 1).all()


def test_the_same_seed_deals_the_same_and_another_one_differently() -> None:
    source = DATASETS["circle"]()
    first, again, other = (deal(source, load(source, seed), 3, seed) for seed in (1, 1, 2))
    assert all((a.train == b.train).all() for a, b in zip(first, again, strict=True))
    assert any((a.train != b.train).any() for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"batch_size": "all"},
        {"data": {"name": "iris"}},
        {"data": {"name": "table"}},
        {"optimizer": {"name": "adam"}, "network": {"layers": [{"dropout": 0.2}, {}]}},
        {"network": {"layers": [{"cut": [0], "frozen": [[0, 1]]}, {}]}},
    ],
    ids=str,
)
def test_a_fold_is_a_run_on_its_rows(others: dict[str, Any]) -> None:
    spec = Spec.parse({**SMALL, **others})
    *_, last = cross_validate(spec, 3, 4)
    splits = deal(spec.data, load(spec.data, spec.seed), 3, spec.seed)
    for split, found in zip(splits, last.done, strict=True):
        trainer = Trainer(spec, split)
        while trainer.epoch < 4:
            trainer.step()
        assert trainer.epoch == 4.0
        measured = trainer.evaluate()
        assert found.metrics == {
            k: v for k, v in measured.items() if k.startswith(("train_", "validation_"))
        }
        assert (found.train_rows, found.validation_rows) == (
            split.train.sum(),
            split.validation.sum(),
        )


def test_all_rows_in_one_batch_are_all_rows_of_the_fold() -> None:
    spec = Spec.parse({**SMALL, "batch_size": "all"})
    split = deal(spec.data, load(spec.data, spec.seed), 3, spec.seed)[0]
    trainer = Trainer(spec, split)
    assert len(trainer.next_batch()[1]) == split.train.sum() != spec.data.train_rows
    trainer.run(3)
    assert trainer.epoch == 3.0 and trainer.falls_back is None


def test_it_tells_how_far_it_has_come_and_then_mean_and_spread() -> None:
    told = list(cross_validate(Spec.parse(SMALL), 3, 30))
    assert [each.fold for each in told] == sorted(each.fold for each in told)
    assert len(told) > 5 and all(each.summary is None for each in told[:-1])
    assert not told[0].done
    summary, losses = told[-1].summary, [each.metrics["validation_loss"] for each in told[-1].done]
    assert summary is not None
    assert summary.mean["validation_loss"] == pytest.approx(np.mean(losses))
    spread = np.sqrt(sum((x - np.mean(losses)) ** 2 for x in losses) / 2)
    assert summary.spread["validation_loss"] == pytest.approx(spread)
    assert set(summary.mean) == {
        f"{part}_{what}" for part in ("train", "validation") for what in ("loss", "accuracy")
    }


def test_a_net_that_diverges_says_so_and_the_others_go_on() -> None:
    spec = Spec.parse(
        {
            "network": {"layers": [{"units": 8, "activation": "relu"}, {"activation": "linear"}]},
            "optimizer": {"learning_rate": 50},
        }
    )
    *_, last = cross_validate(spec, 2, 20)
    assert len(last.done) == 2 and last.summary is not None
    assert np.isnan([each.metrics["validation_loss"] for each in last.done]).all()
    assert np.isnan(summarize(last.done).mean["validation_loss"])


@pytest.mark.parametrize(
    ("folds", "epochs", "field"),
    [(1, 5, "folds"), (21, 5, "folds"), (2.5, 5, "folds"), (5, 0, "epochs"), (5, "9", "epochs")],
)
def test_numbers_that_cannot_be(folds: Any, epochs: Any, field: str) -> None:
    with pytest.raises(SpecError) as refused:
        check_folds(folds, epochs)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("spec", "folds", "epochs", "field", "words"),
    [
        ({"data": {"samples": 20, "train_fraction": 0.1}}, 3, 5, "folds", "at most 2"),
        ({"data": {"samples": 5000}, "batch_size": 1}, 20, 1000, "epochs", "steps in all"),
        (
            {
                "data": {"samples": 40},
                "batch_size": 3,
                "network": {"layers": [{"normalization": "batch"}, {}]},
            },
            5,
            5,
            "folds",
            "batch of 1",
        ),
    ],
    ids=["rows", "steps", "batch norm"],
)
def test_what_cannot_be_done_is_said_before_it_is_tried(
    spec: dict[str, Any], folds: int, epochs: int, field: str, words: str
) -> None:
    with pytest.raises(SpecError, match=words) as refused:
        next(cross_validate(Spec.parse(spec), folds, epochs))
    assert refused.value.field == field
