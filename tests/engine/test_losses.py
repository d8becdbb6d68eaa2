"""Losses: their values by hand, their gradients, and no overflow at logits of a thousand."""

import math

import numpy as np
import pytest

from engine import Tensor
from engine.gradcheck import gradcheck
from engine.losses import LOSSES, BinaryCrossEntropy, CrossEntropy, MeanSquaredError

BINARY_TARGETS = np.array([1.0, -1.0, 1.0, -1.0])


def column(*values: float) -> Tensor:
    return Tensor(np.array(values)[:, np.newaxis])


def test_mse_is_the_mean_of_squared_errors() -> None:
    output = column(1.0, 2.0, 3.0)
    loss = MeanSquaredError()(output, np.array([0.0, 2.0, 5.0]))
    assert float(loss) == pytest.approx(5 / 3)
    loss.backward()
    assert output.grad is not None  # 2 (o - t) / n
    np.testing.assert_allclose(output.grad[:, 0], [2 / 3, 0.0, -4 / 3])


def test_targets_do_not_broadcast_against_outputs() -> None:
    assert float(MeanSquaredError()(column(1.0, 2.0), np.array([1.0, 2.0]))) == 0.0


def test_bce_is_minus_the_logarithm_of_the_probability_of_the_truth() -> None:
    logits = np.array([2.0, 0.5, -1.0, -3.0])
    probability = 1 / (1 + np.exp(-logits * BINARY_TARGETS))
    loss = BinaryCrossEntropy()(Tensor(logits[:, np.newaxis]), BINARY_TARGETS)
    assert float(loss) == pytest.approx(-np.log(probability).mean(), rel=1e-12)


def test_bce_gradient_is_the_probability_minus_the_truth() -> None:
    logits = column(2.0, 0.5, -1.0, -3.0)
    BinaryCrossEntropy()(logits, BINARY_TARGETS).backward()
    expected = (1 / (1 + np.exp(-logits.data[:, 0])) - (BINARY_TARGETS + 1) / 2) / 4
    assert logits.grad is not None
    np.testing.assert_allclose(logits.grad[:, 0], expected, rtol=1e-12)


def test_cross_entropy_gradient_is_softmax_minus_one_hot() -> None:
    logits = Tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    loss = CrossEntropy()(logits, np.array([2, 0]))
    loss.backward()
    p = np.exp(logits.data) / np.exp(logits.data).sum(axis=1, keepdims=True)
    assert float(loss) == pytest.approx(-(math.log(p[0, 2]) + math.log(p[1, 0])) / 2)
    assert logits.grad is not None
    np.testing.assert_allclose(logits.grad, (p - np.array([[0, 0, 1], [1, 0, 0]])) / 2)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("logit", "target"), [(1000, 1), (1000, -1), (-1000, 1), (-1000, -1)])
def test_bce_at_a_thousand(logit: float, target: float) -> None:
    logits = column(float(logit))
    loss = BinaryCrossEntropy()(logits, np.array([float(target)]))
    loss.backward()
    wrong = logit * target < 0
    assert float(loss) == (1000.0 if wrong else 0.0)
    assert logits.grad is not None
    assert abs(logits.grad[0, 0]) == (1.0 if wrong else 0.0)


@pytest.mark.filterwarnings("error")
def test_cross_entropy_at_a_thousand() -> None:
    logits = Tensor([[1000.0, -1000.0], [1000.0, -1000.0]])
    loss = CrossEntropy()(logits, np.array([0, 1]))
    loss.backward()
    assert float(loss) == 1000.0
    assert logits.grad is not None and logits.grad.tolist() == [[0, 0], [0.5, -0.5]]


def test_predictions_are_on_the_scale_people_read() -> None:
    assert MeanSquaredError().prediction(np.array([[0.3]])) == [[0.3]]
    np.testing.assert_allclose(
        BinaryCrossEntropy().prediction(np.array([[0.0], [1000.0], [-1000.0]])), [[0], [1], [-1]]
    )
    np.testing.assert_allclose(
        CrossEntropy().prediction(np.array([[0.0, 0.0], [1000.0, 0.0]])), [[0.5, 0.5], [1, 0]]
    )


@pytest.mark.parametrize("name", LOSSES)
def test_loss_gradients_are_derivatives(name: str) -> None:
    rng = np.random.default_rng(0)
    loss = LOSSES[name]()
    if "multiclass" in loss.tasks:
        output, targets = Tensor(rng.normal(size=(5, 3))), rng.integers(0, 3, 5)
    else:
        output, targets = Tensor(rng.normal(size=(5, 1))), np.array([1.0, -1, -1, 1, 1])
    gradcheck(lambda o: loss(o, targets), output, name=name)
