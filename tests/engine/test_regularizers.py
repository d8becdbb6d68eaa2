"""Penalties: what they cost, how they pull, and that biases are free."""

import numpy as np
import pytest

from engine import Spec, Tensor, Trainer
from engine.gradcheck import gradcheck
from engine.regularizers import REGULARIZERS

WEIGHT = np.array([[1.0, -2.0], [0.5, 0.25]])
COST_AT_RATE_ONE = {
    "none": 0.0,
    "l1": 3.75,
    "l2": 5.3125 / 2,
    "elastic_net": (3.75 + 5.3125 / 2) / 2,
}


@pytest.mark.parametrize("name", REGULARIZERS)
def test_the_cost_is_that_of_the_formula(name: str) -> None:
    penalty = REGULARIZERS[name](rate=0.1).penalty([Tensor(WEIGHT), Tensor(WEIGHT)])
    cost = 0.0 if penalty is None else float(penalty)
    assert cost == pytest.approx(0.2 * COST_AT_RATE_ONE[name])


@pytest.mark.parametrize("name", ["l1", "l2", "elastic_net"])
def test_the_pull_is_the_derivative_of_the_cost(name: str) -> None:
    gradcheck(lambda w: REGULARIZERS[name](rate=0.3).penalty([w]), Tensor(WEIGHT), name=name)  # type: ignore[arg-type,return-value]


def test_l1_pulls_with_constant_strength_and_l2_in_proportion() -> None:
    pulls = {}
    for name in ("l1", "l2"):
        weight = Tensor(WEIGHT)
        penalty = REGULARIZERS[name](rate=0.1).penalty([weight])
        assert penalty is not None
        penalty.backward()
        pulls[name] = weight.grad
    np.testing.assert_allclose(pulls["l1"], 0.1 * np.sign(WEIGHT))
    np.testing.assert_allclose(pulls["l2"], 0.1 * WEIGHT)


@pytest.mark.parametrize("name", REGULARIZERS)
def test_a_rate_of_zero_costs_nothing(name: str) -> None:
    assert REGULARIZERS[name](rate=0.0).penalty([Tensor(WEIGHT)]) is None


def test_biases_are_free() -> None:
    spec = {"regularization": {"name": "l2", "rate": 1.0}}
    plain, priced = Trainer(Spec.parse({})), Trainer(Spec.parse(spec))
    plain.gradients()
    priced.gradients()
    for before, after in zip(plain.network.layers, priced.network.layers, strict=True):
        np.testing.assert_array_equal(before.bias.grad, after.bias.grad)
        np.testing.assert_allclose(
            after.weight.grad, before.weight.grad + before.weight.data, rtol=1e-12, atol=1e-15
        )


def test_l1_leaves_more_weights_near_zero_than_l2() -> None:
    small = {}
    for name in ("l1", "l2"):
        trainer = Trainer(
            Spec.parse(
                {
                    "data": {"name": "gauss"},
                    "network": {"layers": [{"units": 8}, {}]},
                    "regularization": {"name": name, "rate": 0.03},
                }
            )
        )
        for _ in range(2000):
            trainer.step()
        small[name] = sum(int((abs(w.data) < 0.02).sum()) for w in trainer.network.weights())
    assert small["l1"] > small["l2"]
