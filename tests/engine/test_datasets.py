"""Data sets: what they look like, that they follow from a seed, and that they are cheap."""

import subprocess
import sys

import numpy as np
import pytest

from engine.datasets import (
    DATASETS,
    IRIS_FEATURES,
    PLANE_FEATURES,
    Circle,
    Diabetes,
    Iris,
    Stocks,
    load,
)
from engine.datasets.recorded import DIABETES_FEATURES, digits_table, shipped_file
from engine.datasets.stocks import COMPANIES, stock_prices
from engine.datasets.weather import Weather
from engine.datasets.windows import WEEKS
from engine.losses import BINARY, MULTICLASS, REGRESSION

SYNTHETIC = ["circle", "xor", "gauss", "spiral", "moons", "plane", "wave"]
BINARY_SETS = ["circle", "xor", "gauss", "spiral", "moons"]


@pytest.mark.parametrize("name", DATASETS)
def test_shapes_fit_together(name: str) -> None:
    source = DATASETS[name]()
    data = load(source, 42)
    n = source.samples
    assert data.name == name == source.name
    assert data.x.shape == (n, source.inputs) and data.y.shape == data.train.shape == (n,)
    assert len(data.inputs) == source.inputs
    assert data.train.sum() == source.train_rows
    assert len(data.x_train) + len(data.x_test) == len(data.y_train) + len(data.y_test) == n
    assert np.isfinite(data.x).all() and np.isfinite(data.y).all()
    if data.points is not None:
        assert data.points.shape == (n, len(data.bounds)) == (n, len(data.axes))
        low, high = np.array(data.bounds).T
        assert (data.points >= low).all() and (data.points <= high).all()
        np.testing.assert_array_equal(data.encode(data.points), data.x)


@pytest.mark.parametrize("name", DATASETS)
def test_targets_are_what_the_task_says(name: str) -> None:
    source = DATASETS[name]()
    y = load(source, 0).y
    if source.task == BINARY:
        assert set(y) == {-1.0, 1.0} and abs(y.mean()) < 0.15
    elif source.task == MULTICLASS:
        assert set(y) == set(range(source.classes)) and source.outputs == source.classes
    else:
        assert source.task == REGRESSION and np.abs(y).max() < 4


@pytest.mark.parametrize("name", [n for n in DATASETS if n not in ("points", "stocks", "weather")])
def test_the_same_seed_gives_the_same_data_and_another_seed_others(name: str) -> None:
    first, again, other = (load(DATASETS[name](), seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.x, again.x)
    np.testing.assert_array_equal(first.train, again.train)
    assert not (first.train == other.train).all()
    assert not (first.x == other.x).all()


def test_circle_is_a_disc_in_a_ring() -> None:
    data = load(Circle(), 42)
    assert data.points is not None
    radius = np.hypot(*data.points.T)
    assert radius[data.y > 0].max() <= 2.5
    assert radius[data.y < 0].min() >= 3.5 and radius[data.y < 0].max() <= 5


@pytest.mark.parametrize("name", SYNTHETIC)
def test_noise_moves_points_instead_of_dealing_new_ones(name: str) -> None:
    clean, faint = load(DATASETS[name](), 3), load(DATASETS[name](noise=0.01), 3)
    assert clean.points is not None and faint.points is not None
    np.testing.assert_allclose(clean.points, faint.points, atol=0.1)
    assert np.mean(np.abs(clean.y - faint.y)) < 0.05


@pytest.mark.parametrize("name", BINARY_SETS)
def test_full_noise_mixes_the_classes_but_leaves_something_to_learn(name: str) -> None:
    data = load(DATASETS[name](noise=1.0, samples=2000), 3)
    clean = load(DATASETS[name](samples=2000), 3)
    # what a perfect student of the clean picture would get: the class of the nearest clean point
    nearest = [np.argmin(((clean.x - x) ** 2).sum(axis=1)) for x in data.x[:600]]
    right = np.mean(clean.y[nearest] == data.y[:600])
    assert 0.55 < right < 0.98
    assert abs(data.y.mean()) < 0.5


@pytest.mark.parametrize("name", ["plane", "wave"])
def test_full_noise_leaves_a_trend(name: str) -> None:
    clean, noisy = load(DATASETS[name](), 3).y, load(DATASETS[name](noise=1.0), 3).y
    assert 0.4 < np.corrcoef(clean, noisy)[0, 1] < 0.9


def test_features_are_functions_of_the_plane() -> None:
    data = load(Circle(features=tuple(PLANE_FEATURES)), 42)
    assert data.points is not None
    x1, x2 = data.points.T
    expected = [x1, x2, x1**2, x2**2, x1 * x2, np.sin(x1), np.sin(x2)]
    np.testing.assert_allclose(data.x, np.stack(expected, axis=1))
    assert data.inputs == list(PLANE_FEATURES)


def test_iris_is_standardized_by_its_training_rows() -> None:
    data = load(Iris(features=IRIS_FEATURES), 42)
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.x_train.std(axis=0), 1)
    assert data.points is None and data.inputs == list(IRIS_FEATURES)
    assert np.bincount(data.y).tolist() == [50, 50, 50]


def test_iris_points_are_in_centimetres() -> None:
    data = load(Iris(), 42)
    assert data.axes == ["petal_length", "petal_width"]
    assert data.points is not None and data.points.max() == 6.9


def test_digits_are_pictures_of_8_by_8() -> None:
    data = load(DATASETS["digits"](), 42)
    assert data.x.shape == (1797, 64) and data.x.min() == 0 and data.x.max() == 1
    assert data.points is None and np.bincount(data.y).min() > 170


def test_the_digits_are_those_of_the_file() -> None:
    table = np.loadtxt(shipped_file("digits.csv.gz"), delimiter=",")
    np.testing.assert_array_equal(digits_table(), table)


def test_diabetes_is_standardized_by_its_training_rows_and_knows_its_units() -> None:
    data = load(Diabetes(), 42)
    assert data.inputs == list(DIABETES_FEATURES) and len(data.y) == 442
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose([data.y_train.mean(), data.y_train.std()], [0, 1], atol=1e-12)
    shift, unit = data.target_units
    progression = np.sort(data.y * unit + shift)
    np.testing.assert_allclose(progression[[0, -1]], [25, 346])  # as the file says
    assert data.points is None and load(Diabetes(features=("bmi", "s5")), 42).points is not None


def test_stock_prices_are_two_years_of_weeks_that_begin_at_one() -> None:
    prices = stock_prices()
    assert prices.shape == (105, len(COMPANIES))
    np.testing.assert_array_equal(prices[0], 1.0)
    assert prices[-1, 0] == 1.213013658002661


def test_a_window_of_stocks_is_seven_prices_and_the_next_one() -> None:
    data, prices = load(Stocks(company="AAPL"), 42), stock_prices()[:, 1]
    shift, unit = data.target_units
    assert data.original is not None and data.inputs == list(WEEKS)
    np.testing.assert_array_equal(data.original[0], prices[:7])
    np.testing.assert_array_equal(data.original[-1], prices[-8:-1])
    np.testing.assert_allclose(data.y * unit + shift, prices[7:])
    np.testing.assert_allclose(data.x * unit + shift, data.original)


def test_the_weather_is_four_years_of_weeks_with_their_seasons() -> None:
    data = load(Weather(), 0)
    shift, unit = data.target_units
    assert data.original is not None and data.x.shape == (201, 7) and data.target == "temperature"
    np.testing.assert_allclose(data.y[:-1] * unit + shift, data.original[1:, -1])
    temperatures = np.concatenate([data.original[0], data.y * unit + shift])
    # the mean of 1461 days, of which the last five fill no week; the years are alike
    assert abs(temperatures.mean() - 16.5) < 0.1
    by_year = temperatures.reshape(4, 52)
    assert all(np.corrcoef(by_year)[np.triu_indices(4, 1)] > 0.8)


def test_the_net_is_tested_on_later_weeks_than_it_learns_from() -> None:
    data = load(Stocks(), 42)
    np.testing.assert_array_equal(data.train, np.arange(98) < 69)
    # the scale is that of the weeks it learns from: what comes later must not be known
    known = np.column_stack([data.x, data.y])[data.train]
    np.testing.assert_allclose([known.mean(), known.std()], [0, 1], atol=1e-12)


def test_a_narrower_window_asks_for_the_same_weeks() -> None:
    wide, narrow = load(Stocks(), 0), load(Stocks(features=WEEKS[-2:]), 0)
    np.testing.assert_array_equal(narrow.x, wide.x[:, -2:])
    np.testing.assert_array_equal(narrow.y, wide.y)
    assert narrow.points is not None and wide.points is None


def test_fewer_rows_of_a_file_are_a_sample_without_repetition() -> None:
    data = load(DATASETS["digits"](samples=100), 1)
    assert len(np.unique(data.x, axis=0)) == len(data.x) == 100
    assert len(set(data.y)) == 10


@pytest.mark.parametrize(
    ("samples", "fraction", "rows"), [(20, 0.1, 2), (20, 0.9, 18), (33, 0.5, 16)]
)
def test_both_sides_of_the_split_have_rows(samples: int, fraction: float, rows: int) -> None:
    assert load(Circle(samples=samples, train_fraction=fraction), 0).train.sum() == rows


LOAD_ALL = """
import time, engine
from engine.datasets import DATASETS
start = time.perf_counter()
for source in DATASETS.values():
    source().load(42)
print(time.perf_counter() - start)
import sys
assert "sklearn" not in sys.modules and "plotly" not in sys.modules
"""


@pytest.mark.alone
def test_all_data_sets_load_within_20_milliseconds_without_importing_scikit_learn() -> None:
    # the best of three fresh processes: a busy machine says nothing about the code
    times = [
        float(
            subprocess.run(
                [sys.executable, "-c", LOAD_ALL], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(3)
    ]
    assert min(times) < 0.020
