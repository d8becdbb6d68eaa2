"""What is wrong with a run at one of its steps, and whom it takes for whom, as the page is told."""

import math
from typing import Any, Literal, NamedTuple

import numpy as np

from app.bodies.diagnosis import (
    ClassReport,
    Confusion,
    Diagnosis,
    FindingBody,
    LayerBody,
    Mistake,
    OverflowLink,
)
from app.errors import Invalid
from app.messages import FirstOverflow
from app.sessions.moments import moment
from app.sessions.runs import loss_point
from app.sessions.session import TrainingSession
from app.sessions.travel import Moment, Settings
from engine.diagnosis import Finding, LossPoint, findings
from engine.diagnostics import Overflow
from engine.losses import BINARY, REGRESSION
from engine.metrics import classes, confusion_matrix, report
from engine.training import Trainer

Split = Literal["train", "validation", "test"]
_MOST_MISTAKES = 100


class Past(NamedTuple):
    """A step of a run and what came before it."""

    moment: Moment
    run: int
    points: list[LossPoint]
    since: int  # the step of the last change of settings
    overflow: Overflow | None


def past(session: TrainingSession, step: int | None = None) -> Past:
    """What is needed of a session to look into one of its steps. Raises Invalid."""
    found, run = moment(session, step), session.run
    settings = [at for at, edit in run.edits if at <= found.step and isinstance(edit, Settings)]
    overflow = session.trainer.overflow if found.step == session.step else None
    points = [_held_out(*point) for point in run.losses.until(found.step).items]
    return Past(found, run.id, points, max(settings, default=0), overflow)


def _held_out(step: int, train: float, test: float, validation: float) -> LossPoint:
    return step, train, test if math.isnan(validation) else validation


def diagnose(session_id: str, trainer: Trainer, before: Past) -> Diagnosis:
    """Findings and the health of every layer at the step where the trainer is."""
    health = trainer.health(ahead=True)
    now = trainer.evaluate()
    points = [point for point in before.points if point[0] < trainer.step_count]
    points.append(_held_out(*loss_point(trainer.step_count, now)))
    found = findings(health, trainer.spec, points, before.overflow, before.since)
    return Diagnosis(
        session=session_id,
        run=before.run,
        step=trainer.step_count,
        findings=[_body(finding, before.overflow) for finding in found],
        layers=[LayerBody(**vars(row)) for row in health],
    )


def _body(finding: Finding, overflow: Overflow | None) -> FindingBody:
    first: dict[str, Any] = {"overflow": None, "chain": []}
    if finding.kind == "overflow" and overflow is not None:
        names = ("step", "kind", "name", "layer", "op")
        first["overflow"] = FirstOverflow(**{name: getattr(overflow, name) for name in names})
        first["chain"] = [OverflowLink(**vars(link)) for link in overflow.chain]
    return FindingBody(layer=finding.layer, **_plain(finding), **first)


def _plain(finding: Finding) -> dict[str, Any]:
    return {**vars(finding), "layers": list(finding.layers)}


def confuse(session_id: str, trainer: Trainer, run: int, split: Split) -> Confusion:
    """Which classes are taken for which, and the samples of it.

    Raises:
        Invalid: there are no classes, or no samples.
    """
    dataset = trainer.dataset
    chosen = {"train": dataset.train, "validation": dataset.validation}.get(split, dataset.test)
    if dataset.task == REGRESSION or not chosen.any():
        what = "no classes" if dataset.task == REGRESSION else f"no {split} samples"
        raise Invalid(f"There are {what} to be confused.", field="split", value=split, allowed={})
    with np.errstate(all="ignore"):
        outputs = trainer.network.activations(dataset.x[chosen].astype(trainer.spec.dtype))[-1]
        prediction = trainer.loss.prediction(outputs)
    truth, rows = dataset.y[chosen].astype(np.int64), np.flatnonzero(chosen)
    measured: dict[str, Any] = report(prediction, dataset.y[chosen], dataset.task)
    predicted = classes(prediction, dataset.task)
    labels = np.array([-1, 1]) if dataset.task == BINARY else np.arange(prediction.shape[1])
    matrix = confusion_matrix(predicted, truth, labels)
    sureness = np.nan_to_num(np.abs(prediction).max(axis=1), nan=-1.0)
    wrong = np.flatnonzero(predicted != truth)
    wrong = wrong[np.argsort(-sureness[wrong], kind="stable")]
    place = {label: i for i, label in enumerate(labels.tolist())}
    columns = zip(
        *(measured[f"{name}_per_class"] for name in ("precision", "recall", "f1")),
        matrix.sum(axis=1).tolist(),
        strict=True,
    )
    return Confusion(
        session=session_id,
        run=run,
        step=trainer.step_count,
        split=split,
        labels=labels.tolist(),
        class_names=dataset.class_names,
        matrix=matrix.tolist(),
        accuracy=measured["accuracy"],
        classes=[ClassReport(precision=p, recall=r, f1=f, samples=n) for p, r, f, n in columns],
        wrong=len(wrong),
        mistakes=[
            Mistake(
                row=int(rows[i]),
                truth=place[int(truth[i])],
                predicted=place[int(predicted[i])],
                sureness=float(sureness[i]) if sureness[i] >= 0 else None,
                inputs=dataset.x[rows[i]].tolist(),
            )
            for i in wrong[:_MOST_MISTAKES]
        ],
    )
