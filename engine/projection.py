"""Many numbers for each sample, seen as two: along the directions in which the samples differ most.

The principal components of Pearson 1901 and Hotelling 1933. A direction and its opposite explain
equally much; the one is taken whose largest entry is positive, so that a picture does not turn over
from one moment to the next for no reason.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.ops import Array


class Projection(NamedTuple):
    """From (N, d) to (N, 2): what is taken off first, the directions, what each explains."""

    mean: Array  # (d,)
    directions: Array  # (2, d), of length 1, at right angles
    explained: tuple[float, float]  # shares of the variance

    def of(self, values: Array) -> Array:
        return np.asarray((values - self.mean) @ self.directions.T)


def principal(values: Array) -> Projection:
    """Of samples (N, d), d at least 2, all of them finite."""
    values = np.asarray(values, np.float64)
    mean = values.mean(axis=0)
    _, sizes, directions = np.linalg.svd(values - mean, full_matrices=False)
    if len(directions) < 2:  # a single sample
        directions = np.eye(2, values.shape[1])
        sizes = np.zeros(2)
    first = directions[:2]
    largest = np.take_along_axis(first, np.abs(first).argmax(axis=1)[:, np.newaxis], axis=1)
    variance = sizes * sizes
    whole = float(variance.sum()) or 1.0
    explained = (float(variance[0]) / whole, float(variance[1]) / whole)
    return Projection(mean, first * np.where(largest < 0, -1.0, 1.0), explained)
