"""How numbers are spread, in bins that many moments can share.

Bins lie between the multiples of a power of two, so a histogram becomes a coarser one by adding up
neighbours, exactly: moments are counted one by one, each as finely as it can be, and brought to
common bins when all of them are known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.ops import Array

_FINEST = 2.0**-40  # of the largest number: what differs by less is the same
_PER_DECADE = 4


@dataclass(frozen=True)
class Histogram:
    """Bin i counts what lies from (first + i) width up to, not including, (first + i + 1) width."""

    width: float
    first: int
    counts: tuple[int, ...]
    zeros: int = 0  # where the numbers are logarithms: what has none
    lost: int = 0  # numbers that are not finite

    @property
    def end(self) -> int:
        return self.first + len(self.counts)

    def coarser(self) -> Histogram:
        """With bins of twice the width."""
        first = self.first // 2
        counts = [0] * (-(-self.end // 2) - first)
        for i, count in enumerate(self.counts, self.first):
            counts[i // 2 - first] += count
        return replace(self, width=2 * self.width, first=first, counts=tuple(counts))

    def within(self, first: int, end: int) -> Histogram:
        """With bins from `first` to `end`, which hold all of its own."""
        before, after = (0,) * (self.first - first), (0,) * (end - self.end)
        return replace(self, first=first, counts=before + self.counts + after)


def spread(values: Array, most: int = 32) -> Histogram:
    """Numbers as they are, in `most` bins at most and more than half as many."""
    finite = _finite(values)
    lost = values.size - finite.size
    if finite.size == 0:
        return Histogram(1.0, 0, (), lost=lost)
    low, high = float(finite.min()), float(finite.max())
    least = max(_FINEST * max(abs(low), abs(high)), 2.0**-60)
    width = 2.0 ** math.ceil(math.log2(max((high - low) / most, least)))
    while math.floor(high / width) - math.floor(low / width) >= most:
        width *= 2
    return replace(_counted(finite, width), lost=lost)


def magnitudes(values: Array) -> Histogram:
    """The decimal logarithms of the sizes of numbers, in quarters of a decade."""
    finite = np.abs(_finite(values))
    there = finite[finite > 0]
    zeros, lost = finite.size - there.size, values.size - finite.size
    if there.size == 0:
        return Histogram(1 / _PER_DECADE, 0, (), zeros, lost)
    return replace(_counted(np.log10(there), 1 / _PER_DECADE), zeros=zeros, lost=lost)


def _finite(values: Array) -> Array:
    flat = np.asarray(values, np.float64).ravel()
    return flat[np.isfinite(flat)]


def _counted(values: Array, width: float) -> Histogram:
    bins = np.floor(values / width).astype(np.int64)
    first = int(bins.min())
    return Histogram(width, first, tuple(np.bincount(bins - first).tolist()))


def alike(histograms: Sequence[Histogram], most: int = 32) -> list[Histogram]:
    """The same with common bins, `most` of them at most."""
    filled = [each for each in histograms if each.counts]
    if not filled:
        return list(histograms)
    width = max(each.width for each in filled)
    same = [_to(each, width) for each in histograms]
    while True:
        first = min(each.first for each in same if each.counts)
        end = max(each.end for each in same if each.counts)
        if end - first <= most:
            return [_placed(each, first, end) for each in same]
        same = [each.coarser() if each.counts else each for each in same]


def _to(histogram: Histogram, width: float) -> Histogram:
    while histogram.counts and histogram.width < width:
        histogram = histogram.coarser()
    return histogram


def _placed(histogram: Histogram, first: int, end: int) -> Histogram:
    if histogram.counts:
        return histogram.within(first, end)
    return replace(histogram, first=first, counts=(0,) * (end - first))
