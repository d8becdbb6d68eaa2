"""Losses: their values by hand, their gradients, and no overflow at logits of a thousand."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", LOSSES)
def test_loss_gradients_are_derivatives(name: str, reduction: str) -> None:
    rng = np.random.default_rng(0)
    loss = LOSSES[name](reduction=reduction)
    if "multiclass" in loss.tasks:
        output, targets = Tensor(rng.normal(size=(5, 3))), rng.integers(0, 3, 5)
    else:
        output, targets = Tensor(rng.normal(size=(5, 1))), np.array([1.0, -1, -1, 1, 1])
    gradcheck(lambda o: loss(o, targets), output, name=name)


# --- beside PyTorch ---

CASES = json.loads((Path(__file__).parent / "fixtures" / "losses.json").read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['name']}-{case['settings']}")
def test_loss_and_gradient_are_those_of_pytorch(case: dict[str, Any]) -> None:
    settings = dict(case["settings"])
    if "class_weights" in settings:
        settings["class_weights"] = tuple(settings["class_weights"])
    output = Tensor(case["outputs"])
    loss = LOSSES[case["name"]](**settings)(output, np.array(case["targets"]))
    loss.backward()
    assert float(loss) == pytest.approx(case["loss"], rel=1e-12)
    np.testing.assert_allclose(output.grad, case["grad"], rtol=1e-10, atol=1e-15)


def test_every_loss_has_a_reference() -> None:
    missing = LOSSES.keys() - {case["name"] for case in CASES}
    assert not missing, f"losses without a recorded value: {', '.join(sorted(missing))}"


# --- wrong use ---


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda o: CrossEntropy()(o, np.array([0, 3])), "class numbers from 0 to 2, got 3"),
        (lambda o: CrossEntropy()(o, np.array([0, -1])), "class numbers from 0 to 2, got -1"),
        (lambda o: CrossEntropy()(o, np.full((2, 3), 1.5)), "probabilities from 0 to 1, got 1.5"),
        (lambda o: CrossEntropy()(o, np.full((2, 3), np.nan)), "from 0 to 1, got nan"),
        (lambda o: CrossEntropy()(o, np.array([0, 1, 2])), r"outputs (2, 3) and targets (3,)"),
        (
            lambda o: CrossEntropy(class_weights=(1.0, 2.0))(o, np.array([0, 1])),
            "class_weights must hold 3 numbers, one for each class, got 2",
        ),
        (lambda o: LOSSES["mse"]()(o, np.ones(4)), "outputs (2, 3) and targets (4,)"),
        (lambda o: LOSSES["hinge"]()(o[:, :1], np.array([1, 0])), "-1 or +1, got 0"),
        (lambda o: LOSSES["bce_with_logits"]()(o[:, :1], np.array([1, 2])), "-1 or +1, got 2"),
        (lambda o: LOSSES["huber"](delta=0), "delta must be greater than 0"),
        (lambda o: LOSSES["mse"](reduction="max"), "reduction must be one of mean, sum"),
    ],
)
def test_wrong_use_is_told_with_value_and_range(
    compute: Callable[[Tensor], Tensor], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        compute(Tensor(np.zeros((2, 3))))
