"""Metrics, by hand and beside scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as reference

from engine import metrics

TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
PREDICTED = np.array([0, 0, 1, 2, 1, 1, 0, 2, 2, 1])
LABELS = np.arange(3)
MATRIX = metrics.confusion_matrix(PREDICTED, TRUTH, LABELS)


def test_the_confusion_matrix_has_the_truth_in_rows() -> None:
    assert MATRIX.tolist() == [[2, 1, 1], [1, 2, 0], [0, 1, 2]]
    assert MATRIX.tolist() == reference.confusion_matrix(TRUTH, PREDICTED).tolist()


def test_precision_recall_and_f1_by_hand() -> None:
    np.testing.assert_allclose(metrics.precision(MATRIX), [2 / 3, 2 / 4, 2 / 3])
    np.testing.assert_allclose(metrics.recall(MATRIX), [2 / 4, 2 / 3, 2 / 3])
    np.testing.assert_allclose(metrics.f1(MATRIX), [4 / 7, 4 / 7, 2 / 3])


def test_class_metrics_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 5, 200), rng.integers(0, 5, 200)
    matrix = metrics.confusion_matrix(predicted, truth, np.arange(5))
    expected = reference.precision_recall_fscore_support(truth, predicted)
    for ours, theirs in zip(
        (metrics.precision, metrics.recall, metrics.f1), expected, strict=False
    ):
        np.testing.assert_allclose(ours(matrix), theirs)
    assert metrics.macro(metrics.f1(matrix)) == pytest.approx(
        reference.f1_score(truth, predicted, average="macro")
    )
    assert metrics.accuracy(predicted, truth) == reference.accuracy_score(truth, predicted)


def test_a_class_nobody_predicted_has_precision_zero() -> None:
    matrix = metrics.confusion_matrix(np.array([0, 0]), np.array([0, 1]), np.arange(2))
    assert metrics.precision(matrix).tolist() == [0.5, 0.0]
    assert metrics.f1(matrix)[1] == 0.0


def test_numbers_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, predicted = rng.normal(size=50), rng.normal(size=50)
    assert metrics.r2(predicted, truth) == pytest.approx(reference.r2_score(truth, predicted))
    assert metrics.mean_squared_error(predicted, truth) == pytest.approx(
        reference.mean_squared_error(truth, predicted)
    )
    assert metrics.mean_absolute_error(predicted, truth) == pytest.approx(
        reference.mean_absolute_error(truth, predicted)
    )


def test_r2_of_the_mean_is_zero_and_of_the_truth_one() -> None:
    truth = np.array([1.0, 2.0, 6.0])
    assert metrics.r2(np.full(3, 3.0), truth) == 0.0
    assert metrics.r2(truth, truth) == 1.0
    assert metrics.r2(np.ones(2), np.ones(2)) == 1.0
    assert metrics.r2(np.zeros(2), np.ones(2)) == 0.0


def test_a_report_of_two_classes_speaks_of_plus_one() -> None:
    prediction = np.array([[0.9], [-0.2], [0.1], [-0.8]])
    report = metrics.report(prediction, np.array([1.0, 1.0, -1.0, -1.0]), "binary")
    assert report == {
        "accuracy": 0.5,
        "precision": 0.5,
        "precision_per_class": [0.5, 0.5],
        "recall": 0.5,
        "recall_per_class": [0.5, 0.5],
        "f1": 0.5,
        "f1_per_class": [0.5, 0.5],
    }


def test_a_report_of_many_classes_is_macro_and_per_class() -> None:
    report = metrics.report(np.eye(3)[PREDICTED], TRUTH, "multiclass")
    assert report["recall"] == pytest.approx(11 / 18)
    assert report["recall_per_class"] == pytest.approx([2 / 4, 2 / 3, 2 / 3])


def test_a_report_of_numbers_has_three_rows() -> None:
    report = metrics.report(np.array([[1.0], [2.0]]), np.array([1.0, 3.0]), "regression")
    assert report == {"mean_squared_error": 0.5, "mean_absolute_error": 0.5, "r2": 0.5}


def test_wrong_use_is_told() -> None:
    with pytest.raises(ValueError, match=r"predictions \(2, 1\) and truth \(2,\) must be alike"):
        metrics.r2(np.ones((2, 1)), np.ones(2))
    with pytest.raises(ValueError, match="nothing to measure"):
        metrics.accuracy(np.ones(0), np.ones(0))
    with pytest.raises(ValueError, match=r"predicted class 7 is not among the labels \[0, 1, 2\]"):
        metrics.confusion_matrix(np.array([7]), np.array([0]), LABELS)
