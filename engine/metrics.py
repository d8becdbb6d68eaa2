"""How good a model is, in numbers people use: each takes predictions and the truth."""

from __future__ import annotations

import numpy as np

from engine.losses import BINARY, REGRESSION
from engine.ops import Array


def accuracy(predicted: Array, truth: Array) -> float:
    """The share of samples whose predicted class is the true one."""
    return float(np.mean(predicted == truth))


def r2(predicted: Array, truth: Array) -> float:
    """1 - squared error / squared deviation from the mean: 1 is perfect, 0 no better than the
    mean.
    """
    deviation = float(np.sum((truth - truth.mean()) ** 2))
    error = float(np.sum((truth - predicted) ** 2))
    if deviation == 0.0:
        return 1.0 if error == 0.0 else 0.0
    return 1.0 - error / deviation


def classes(prediction: Array, task: str) -> Array:
    """The class a prediction means: the sign of a score (N, 1), or the most probable of (N, K)."""
    if task == BINARY:
        return np.where(prediction[:, 0] > 0, 1, -1)
    return np.asarray(np.argmax(prediction, axis=1))


def score(prediction: Array, truth: Array, task: str) -> dict[str, float]:
    """The metrics of a task, by name."""
    if task == REGRESSION:
        return {"r2": r2(prediction[:, 0], truth)}
    return {"accuracy": accuracy(classes(prediction, task), truth)}
