"""k-fold cross-validation: how well a net does on rows it has not learnt from, measured k times.

The rows for training and validation are dealt out into k folds; the test rows stay unseen. A net
is trained k times from the same first weights, each time with another fold held out to validate it.
Of classes every fold gets its share; rows that follow one another in time stay together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from engine.datasets import Dataset, Source, Split, load
from engine.fields import Number, SpecError
from engine.losses import REGRESSION
from engine.ops import Array
from engine.spec import Spec
from engine.training import Trainer

FOLDS = 9  # random stream of a seed
MOST_STEPS = 2_000_000  # in all
_PIECE = 50  # steps between two looks at the progress

FEWEST, MOST, MOST_EPOCHS = 2, 20, 1000


@dataclass(frozen=True)
class FoldResult:
    """One net after its last epoch. A loss that is not finite says that it diverged."""

    fold: int  # from 1
    train_rows: int
    validation_rows: int
    metrics: dict[str, float]  # of the training and of the held-out rows, by name


@dataclass(frozen=True)
class Summary:
    """The results put together, by the name of what was measured."""

    mean: dict[str, float]
    spread: dict[str, float]  # standard deviation of a sample, over n - 1


@dataclass(frozen=True)
class FoldsProgress:
    """How far it has come: in which fold, after how many epochs, and what is known."""

    fold: int
    epoch: float
    done: tuple[FoldResult, ...] = ()
    summary: Summary | None = field(default=None)


def check_folds(folds: object, epochs: object) -> tuple[int, int]:
    """Both numbers, or a SpecError."""
    return (
        Number(FEWEST, MOST, False, False, "integer").check(folds, "folds"),
        Number(1, MOST_EPOCHS, False, False, "integer").check(epochs, "epochs"),
    )


def deal(source: Source, dataset: Dataset, folds: int, seed: int) -> list[Split]:
    """Each fold held out once, the other rows of training and validation to train on."""
    (pool,) = np.nonzero(~dataset.test)
    if source.in_time:
        parts = np.array_split(pool, folds)
    else:
        order = _by_class(dataset, np.random.default_rng([seed, FOLDS]).permutation(pool))
        parts = [order[k::folds] for k in range(folds)]
    everything = np.isin(np.arange(len(dataset.y)), pool)
    splits = []
    for part in parts:
        held_out = np.isin(np.arange(len(dataset.y)), part)
        splits.append(Split(everything & ~held_out, held_out))
    return splits


def _by_class(dataset: Dataset, rows: Array) -> Array:
    """Rows of one class after the other: whoever takes every k-th gets a share of each."""
    if dataset.task == REGRESSION:
        return rows
    return np.asarray(rows[np.argsort(dataset.y[rows], kind="stable")])


def cross_validate(spec: Spec, folds: int, epochs: int) -> Iterator[FoldsProgress]:
    """Train all of them, and tell of it every so often; the last word has the summary.

    Raises:
        SpecError: there are too few rows for so many folds, or it would take too long.
    """
    splits = _checked(spec, folds, epochs)
    done: tuple[FoldResult, ...] = ()
    for number, split in enumerate(splits, 1):
        trainer = Trainer(spec, split)
        yield FoldsProgress(number, 0.0, done)
        end = epochs * _steps(spec, int(split.train.sum()))
        while trainer.step_count < end and trainer.overflow is None:
            trainer.run(min(_PIECE, end - trainer.step_count))
            yield FoldsProgress(number, trainer.epoch, done)
        done = (*done, _result(number, trainer))
    yield FoldsProgress(folds, float(epochs), done, summarize(done))


def _checked(spec: Spec, folds: int, epochs: int) -> list[Split]:
    dataset = load(spec.data, spec.seed)
    rows = int((~dataset.test).sum())
    if rows < folds:
        allowed = {"type": "integer", "minimum": FEWEST, "maximum": rows}
        reason = f"must be at most {rows}, the rows that are not for the test"
        raise SpecError("folds", folds, allowed, reason)
    splits = deal(spec.data, dataset, folds, spec.seed)
    sizes = [int(split.train.sum()) for split in splits]
    steps = epochs * sum(_steps(spec, size) for size in sizes)
    if steps > MOST_STEPS:
        most = max(1, MOST_STEPS * epochs // steps)
        allowed = {"type": "integer", "minimum": 1, "maximum": most}
        reason = f"takes {steps} steps in all, and {MOST_STEPS} are the most"
        raise SpecError("epochs", epochs, allowed, reason)
    if spec.network.normalizes("batch"):
        for size in sizes:
            batch = spec.batch_in(size)
            if batch == 1 or size % batch == 1:
                reason = f"leaves a batch of 1 of {size} rows, and batch norm takes at least 2"
                raise SpecError("folds", folds, {"type": "integer", "minimum": FEWEST}, reason)
    return splits


def _steps(spec: Spec, rows: int) -> int:
    """Of an epoch."""
    return math.ceil(rows / spec.batch_in(rows))


def _result(number: int, trainer: Trainer) -> FoldResult:
    measured = trainer.evaluate()
    if trainer.overflow is not None:
        measured = dict.fromkeys(measured, math.nan)
    kept = {k: v for k, v in measured.items() if k.startswith(("train_", "validation_"))}
    split = trainer.dataset
    return FoldResult(number, int(split.train.sum()), int(split.validation.sum()), kept)


def summarize(results: tuple[FoldResult, ...]) -> Summary:
    """Mean and spread over the folds; nan where one of them diverged."""
    columns = {name: np.array([r.metrics[name] for r in results]) for name in results[0].metrics}
    with np.errstate(all="ignore"):
        return Summary(
            {name: float(values.mean()) for name, values in columns.items()},
            {name: float(values.std(ddof=1)) for name, values in columns.items()},
        )
