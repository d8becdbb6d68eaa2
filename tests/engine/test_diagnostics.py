"""Diagnostics: each trouble made on purpose, measured, and named."""

import math
from typing import Any

import numpy as np
import pytest

from engine import Spec, Trainer
from engine.diagnostics import findings, ratio


def trainer(**given: Any) -> Trainer:
    return Trainer(Spec.parse(given))


def deep(activation: str, initializer: str, count: int = 8, units: int = 8) -> dict[str, Any]:
    layer = {"units": units, "activation": activation, "initializer": initializer}
    return {"layers": [layer] * count + [{"initializer": initializer}]}


def with_new_gradients(trained: Trainer) -> Trainer:
    """The trainer after weights were changed behind its back."""
    trained.apply(trained.spec)
    return trained


def kinds(trained: Trainer) -> set[tuple[str, int]]:
    return {(finding.kind, finding.layer) for finding in findings(trained.health())}


def test_a_healthy_net_has_no_findings() -> None:
    trained = trainer()
    for _ in range(20):
        trained.step()
    assert kinds(trained) == set()


def test_numbers_are_those_of_the_definition() -> None:
    trained = trainer()
    trained.step()
    before = [layer.weight.data for layer in trained.network.layers]
    health = trained.health()
    values = trained.network.activations(trained.dataset.x_train)
    for i, (row, layer) in enumerate(zip(health, trained.network.layers, strict=True)):
        assert layer.weight.grad is not None and layer.bias.grad is not None
        both = np.concatenate([layer.weight.grad.ravel(), layer.bias.grad])
        assert row.gradient_norm == pytest.approx(np.linalg.norm(both))
        assert row.activation_mean == pytest.approx(values[i].mean())
        assert row.activation_spread == pytest.approx(values[i].std())
        assert row.saturated_share == pytest.approx(np.mean(np.abs(values[i]) > 0.99))
        assert row.dead_share is None
        update = trained.terms[f"layers.{i}.weight"]["update"]
        assert row.update_ratio == pytest.approx(np.linalg.norm(update) / np.linalg.norm(before[i]))


def test_before_the_first_step_there_is_no_update_to_measure() -> None:
    assert [row.update_ratio for row in trainer().health()] == [None] * 3


def test_a_deep_sigmoid_net_makes_gradients_vanish_in_its_first_layers() -> None:
    trained = trainer(network=deep("sigmoid", "xavier"))
    assert ("vanishing", 0) in kinds(trained)
    norms = [row.gradient_norm for row in trained.health()]
    assert norms[0] < norms[3] < norms[6]


def test_large_weights_make_gradients_explode() -> None:
    net = deep("linear", "normal")
    net["layers"][-1]["activation"] = "linear"
    trained = trainer(network=net)
    assert "exploding" not in {kind for kind, _ in kinds(trained)}
    for layer in trained.network.layers:
        layer.weight.data = layer.weight.data * 8
    trained = with_new_gradients(trained)
    assert ("exploding", 0) in kinds(trained)


def test_relu_neurons_pushed_below_zero_are_dead() -> None:
    trained = trainer(network={"layers": [{"units": 4, "activation": "relu"}, {}]})
    trained.network.layers[0].bias.data = np.array([-100.0, -100.0, -100.0, 0.0])
    health = trained.health()
    assert health[0].dead_share == 0.75 and health[1].dead_share is None
    assert ("dead", 0) in kinds(trained)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_large_inputs_saturate(activation: str) -> None:
    trained = trainer(network={"layers": [{"units": 4, "activation": activation}, {}]})
    trained.network.layers[0].weight.data = trained.network.layers[0].weight.data * 1000
    assert ("saturated", 0) in kinds(trained)


def test_a_step_out_of_proportion_is_named() -> None:
    fast = trainer(optimizer={"learning_rate": 50.0})
    fast.step()
    assert "too_fast" in {kind for kind, _ in kinds(fast)}
    slow = trainer(optimizer={"learning_rate": 1e-8})
    slow.step()
    assert "too_slow" in {kind for kind, _ in kinds(slow)}


def test_the_ratio_of_nothing_to_nothing_is_zero() -> None:
    assert ratio(np.zeros(2), np.zeros(2)) == 0.0
    assert ratio(np.ones(2), np.zeros(2)) == math.inf


# --- the chain that led to an overflow ---

RELU = {"network": {"layers": [{"units": 8, "activation": "relu"}, {"activation": "linear"}]}}


def test_a_value_that_overflows_comes_with_the_way_its_numbers_grew() -> None:
    trained = trainer(**RELU)
    for layer in trained.network.layers:
        layer.weight.data = np.full(layer.weight.shape, 1e200)
    trained.step()
    assert trained.overflow is not None
    chain = trained.overflow.chain
    assert [(link.op, link.layer) for link in chain] == [
        *(("matmul", 0), ("add", 0), ("relu", 0), ("matmul", 1)),
    ]
    assert 1e200 < chain[0].largest < 1e202 and chain[-1].largest == math.inf


def test_a_gradient_that_overflows_comes_with_the_way_from_the_loss() -> None:
    trained = trainer(**RELU)
    trained.network.layers[0].weight.data = np.full((2, 8), 1e-160)
    trained.network.layers[1].weight.data = np.full((8, 1), 1e160)
    trained.network.layers[1].bias.data = np.full(1, 1e150)
    trained.step()
    assert trained.overflow is not None
    chain = trained.overflow.chain
    assert [link.op for link in chain] == ["mean", "power", "sub", "add", "matmul", "relu"]
    assert chain[0].largest == 1.0 and chain[-1].largest == math.inf


def test_a_weight_that_overflows_comes_with_the_way_of_its_gradient() -> None:
    trained = trainer(**RELU, optimizer={"learning_rate": 100.0})
    trained.network.layers[1].weight.data = np.full((8, 1), 3e153)
    trained.network.layers[0].weight.data = np.full((2, 8), 0.01)
    trained.step()
    assert trained.overflow is not None and trained.overflow.kind == "parameter"
    assert [link.op for link in trained.overflow.chain][-1] == "matmul"
    assert all(math.isfinite(link.largest) for link in trained.overflow.chain)
