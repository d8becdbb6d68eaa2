"""Initializers: the spread they promise."""

import numpy as np
import pytest

from engine.initializers import INITIALIZERS

FAN_IN, FAN_OUT = 200, 300
STANDARD_DEVIATION = {
    "xavier": np.sqrt(2 / (FAN_IN + FAN_OUT)),
    "xavier_normal": np.sqrt(2 / (FAN_IN + FAN_OUT)),
    "he": np.sqrt(2 / FAN_IN),
    "he_uniform": np.sqrt(2 / FAN_IN),
    "constant": 0.0,
    "normal": np.sqrt(1 / FAN_IN),
    "uniform": np.sqrt(1 / 12),
    "zeros": 0.0,
    "orthogonal": np.sqrt(1 / FAN_OUT),
}


def draw(name: str, fan_in: int = FAN_IN, fan_out: int = FAN_OUT, seed: int = 0) -> np.ndarray:
    return INITIALIZERS[name](np.random.default_rng(seed), fan_in, fan_out)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_have_the_spread_of_the_formula(name: str) -> None:
    weight = draw(name)
    assert weight.shape == (FAN_IN, FAN_OUT)
    assert weight.std() == pytest.approx(STANDARD_DEVIATION[name], rel=0.02)
    assert weight.mean() == pytest.approx(0.5 if name == "constant" else 0.0, abs=0.002)


@pytest.mark.parametrize(("fan_in", "fan_out"), [(2, 4), (4, 2), (3, 3), (2, 1), (1, 1), (64, 16)])
def test_orthogonal_rows_or_columns_have_length_one_and_right_angles(
    fan_in: int, fan_out: int
) -> None:
    w = draw("orthogonal", fan_in, fan_out)
    product = w.T @ w if fan_in >= fan_out else w @ w.T
    np.testing.assert_allclose(product, np.eye(min(fan_in, fan_out)), atol=1e-12)


def test_orthogonal_points_in_all_directions() -> None:
    angles = [np.arctan2(*draw("orthogonal", 2, 1, seed)[:, 0]) for seed in range(2000)]
    quarters = np.histogram(angles, bins=4, range=(-np.pi, np.pi))[0]
    assert quarters.min() > 430


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_same_seed_gives_the_same_weights(name: str) -> None:
    np.testing.assert_array_equal(draw(name, seed=3), draw(name, seed=3))
