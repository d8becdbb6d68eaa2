"""Principal components: they explain what they say, and nothing explains more."""

import numpy as np
import pytest

from engine.projection import principal

RNG = np.random.default_rng(2)
VALUES = RNG.normal(size=(200, 5)) @ RNG.normal(size=(5, 5)) + 3.0


def test_directions_are_the_first_eigenvectors_of_the_covariance() -> None:
    found = principal(VALUES)
    variances, vectors = np.linalg.eigh(np.cov(VALUES.T))
    assert found.explained == pytest.approx(variances[::-1][:2] / variances.sum(), rel=1e-9)
    for direction, vector in zip(found.directions, vectors.T[::-1], strict=False):
        assert abs(direction @ vector) == pytest.approx(1.0)
        assert direction[np.abs(direction).argmax()] > 0
    shown = found.of(VALUES)
    assert shown.mean(axis=0) == pytest.approx(0.0, abs=1e-12)
    assert shown.var(axis=0, ddof=1) == pytest.approx(variances[::-1][:2], rel=1e-9)


def test_a_picture_does_not_turn_over_when_the_numbers_change_a_little() -> None:
    before, after = principal(VALUES), principal(VALUES + 1e-6 * RNG.normal(size=VALUES.shape))
    assert before.of(VALUES) == pytest.approx(after.of(VALUES), abs=1e-3)


def test_samples_that_do_not_differ_are_one_point() -> None:
    same = principal(np.ones((9, 3)))
    assert same.explained == (0.0, 0.0) and not same.of(np.ones((9, 3))).any()
    assert not principal(np.array([[1.0, 2.0, 3.0]])).of(np.array([[1.0, 2.0, 3.0]])).any()
