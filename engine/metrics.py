"""How good a model is, in numbers people use. Each takes predictions and the truth.

Precision and recall divide by the samples of a class that were predicted or that exist; where there
are none the value is 0, a convention shared with scikit-learn.
"""

from __future__ import annotations

import numpy as np

from engine.losses import BINARY, REGRESSION
from engine.ops import Array

# --- classes ---


def accuracy(predicted: Array, truth: Array) -> float:
    """The share of samples whose predicted class is the true one."""
    same_length(predicted, truth)
    return int(np.count_nonzero(predicted == truth)) / len(truth)


def confusion_matrix(predicted: Array, truth: Array, labels: Array) -> Array:
    """(K, K): how often a sample of the class of the row was taken for the class of the column."""
    same_length(predicted, truth)
    matrix = np.zeros((len(labels), len(labels)), dtype=np.int64)
    place = {label: i for i, label in enumerate(labels.tolist())}
    for kind, values in (("predicted", predicted), ("truth", truth)):
        for value in np.unique(values).tolist():
            if value not in place:
                raise ValueError(f"{kind} class {value} is not among the labels {labels.tolist()}")
    rows = [place[value] for value in truth.tolist()]
    columns = [place[value] for value in predicted.tolist()]
    np.add.at(matrix, (rows, columns), 1)
    return matrix


def precision(matrix: Array) -> Array:
    """(K,): of the samples taken for a class, the share that belongs to it."""
    return _ratio(np.diag(matrix), matrix.sum(axis=0))


def recall(matrix: Array) -> Array:
    """(K,): of the samples of a class, the share that was found."""
    return _ratio(np.diag(matrix), matrix.sum(axis=1))


def f1(matrix: Array) -> Array:
    """(K,): the harmonic mean of precision and recall, 2 p r / (p + r)."""
    p, r = precision(matrix), recall(matrix)
    return _ratio(2 * p * r, p + r)


def macro(per_class: Array) -> float:
    """The mean over classes: a rare class counts as much as a common one."""
    return float(per_class.mean())


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


# --- numbers ---


def mean_squared_error(predicted: Array, truth: Array) -> float:
    """mean((p - t)^2)."""
    same_length(predicted, truth)
    return float(np.mean((predicted - truth) ** 2))


def mean_absolute_error(predicted: Array, truth: Array) -> float:
    """mean(|p - t|), in the unit of the target."""
    same_length(predicted, truth)
    return float(np.mean(np.abs(predicted - truth)))


def r2(predicted: Array, truth: Array) -> float:
    """1 - squared error / squared deviation from the mean: 1 is perfect, 0 no better than the mean.

    A constant truth leaves nothing to explain: 1 if it was hit exactly, else 0.
    """
    same_length(predicted, truth)
    deviation = float(np.sum((truth - truth.mean()) ** 2))
    error = float(np.sum((truth - predicted) ** 2))
    if deviation == 0.0:
        return 1.0 if error == 0.0 else 0.0
    return 1.0 - error / deviation


# --- of a net ---


def classes(prediction: Array, task: str) -> Array:
    """The class a prediction means: the sign of a score (N, 1), or the most probable of (N, K)."""
    if task == BINARY:
        return np.where(prediction[:, 0] > 0, 1, -1)
    return np.asarray(np.argmax(prediction, axis=1))


def score(prediction: Array, truth: Array, task: str) -> dict[str, float]:
    """The one metric that is watched during training, by name."""
    if task == REGRESSION:
        return {"r2": r2(prediction[:, 0], truth)}
    return {"accuracy": accuracy(classes(prediction, task), truth)}


def report(prediction: Array, truth: Array, task: str) -> dict[str, float | list[float]]:
    """Every metric of a task, by name. For two classes precision and recall are those of +1."""
    if task == REGRESSION:
        value = prediction[:, 0]
        return {
            "mean_squared_error": mean_squared_error(value, truth),
            "mean_absolute_error": mean_absolute_error(value, truth),
            "r2": r2(value, truth),
        }
    labels = np.array([-1, 1]) if task == BINARY else np.arange(prediction.shape[1])
    predicted = classes(prediction, task)
    matrix = confusion_matrix(predicted, truth.astype(np.int64), labels)
    result: dict[str, float | list[float]] = {"accuracy": accuracy(predicted, truth)}
    for name, per_class in (
        ("precision", precision(matrix)),
        ("recall", recall(matrix)),
        ("f1", f1(matrix)),
    ):
        result[name] = float(per_class[1]) if task == BINARY else macro(per_class)
        result[f"{name}_per_class"] = per_class.tolist()
    return result


def same_length(predicted: Array, truth: Array) -> None:
    """One prediction for each truth: a column beside a row would broadcast into a square."""
    if predicted.shape != truth.shape:
        raise ValueError(f"predictions {predicted.shape} and truth {truth.shape} must be alike")
    if predicted.size == 0:
        raise ValueError("there is nothing to measure: no predictions")
