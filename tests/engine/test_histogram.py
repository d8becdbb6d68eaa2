"""Histograms that share their bins: every number is counted once, in the bin it lies in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.histogram import Histogram, alike, magnitudes, spread

RNG = np.random.default_rng(5)
SETS = [
    RNG.normal(size=200),
    RNG.uniform(-0.01, 0.02, size=50),
    np.tanh(RNG.normal(scale=9, size=300)),
    np.zeros(7),
    np.full(3, 0.3),
    RNG.normal(size=20) * 1e9,
]


def expected(values: np.ndarray, width: float, first: int, bins: int) -> list[int]:
    """Counted one by one, without NumPy."""
    counts = [0] * bins
    for value in values.tolist():
        at = next(i for i in range(bins) if (first + i) * width <= value < (first + i + 1) * width)
        counts[at] += 1
    return counts


@pytest.mark.parametrize("values", SETS, ids=range(len(SETS)))
def test_every_number_is_in_its_bin(values: np.ndarray) -> None:
    found = spread(values)
    assert list(found.counts) == expected(values, found.width, found.first, len(found.counts))
    assert 1 <= len(found.counts) <= 32
    assert np.log2(found.width).is_integer()


def test_moments_are_brought_to_common_bins_without_losing_a_number() -> None:
    common = alike([spread(values) for values in SETS[:5]])
    assert len({(each.width, each.first, len(each.counts)) for each in common}) == 1
    for values, each in zip(SETS, common, strict=False):
        assert list(each.counts) == expected(values, each.width, each.first, len(each.counts))
    assert len(common[0].counts) <= 32


def test_a_coarser_one_adds_up_neighbours() -> None:
    fine = Histogram(0.5, -3, (1, 2, 4, 8, 16))  # bins begin at -1.5, -1, -0.5, 0, 0.5
    coarse = fine.coarser()
    assert (coarse.width, coarse.first, coarse.counts) == (1.0, -2, (1, 6, 24))


def test_sizes_are_counted_by_quarters_of_a_decade() -> None:
    values = np.array([1.0, -1.5, 2.0, 0.0, 1e-3, -1e-3, np.nan, np.inf])
    found = magnitudes(values)
    assert (found.width, found.first, found.zeros, found.lost) == (0.25, -12, 1, 2)
    assert sum(found.counts) == 5 and found.counts[0] == 2
    assert found.counts[12] == 2 and found.counts[13] == 1  # 10^0 to 10^0.25 = 1.78, and on


def test_nothing_to_count_stays_nothing_beside_others() -> None:
    empty = spread(np.array([np.nan, np.inf]))
    assert (empty.counts, empty.lost) == ((), 2)
    both = alike([empty, spread(np.array([0.5, 0.75]))])
    assert len(both[0].counts) == len(both[1].counts) and sum(both[0].counts) == 0
    assert alike([empty]) == [empty]


@settings(deadline=None)
@given(
    st.lists(
        # half of the smallest number there is would be zero, and in another bin
        arrays(
            np.float64, st.integers(1, 30), elements=st.floats(-1e12, 1e12, allow_subnormal=False)
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_number_is_lost_whatever_they_are(sets: list[np.ndarray]) -> None:
    for values, each in zip(sets, alike([spread(values) for values in sets]), strict=True):
        assert sum(each.counts) == values.size
        bins = np.floor(values / each.width) - each.first
        assert bins.min() >= 0 and bins.max() < len(each.counts) <= 32
        assert np.array_equal(
            np.bincount(bins.astype(int), minlength=32)[: len(each.counts)], each.counts
        )
