"""Diagnostics: each trouble made on purpose, measured, and named."""

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine import Spec, Trainer, remedies
from engine.diagnosis import Finding, LossPoint, findings
from engine.diagnostics import ratio


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
    found = findings(trained.health(ahead=True), trained.spec)
    return {(finding.kind, layer) for finding in found for layer in finding.layers}


def run(steps: int, **given: Any) -> tuple[Trainer, list[LossPoint]]:
    """A real run with its loss points, as often as a session takes them."""
    trained = trainer(**given)
    points: list[LossPoint] = []
    interval = max(1, math.ceil(len(trained.dataset.y_train) / trained.spec.batch_size) // 5)

    def note() -> None:
        metrics = trained.evaluate()
        points.append((trained.step_count, metrics["train_loss"], metrics["test_loss"]))

    note()
    while trained.step_count < steps and trained.overflow is None:
        trained.run(interval)
        note()
    return trained, points


def found_in(trained: Trainer, points: list[LossPoint]) -> dict[str, Finding]:
    found = findings(trained.health(ahead=True), trained.spec, points, trained.overflow)
    return {finding.kind: finding for finding in found}


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


def test_looking_ahead_measures_the_step_to_come_and_moves_nothing() -> None:
    trained = trainer(optimizer={"name": "adam"})
    ahead = [row.update_ratio for row in trained.health(ahead=True)]
    before = [layer.weight.data.copy() for layer in trained.network.layers]
    trained.step()
    taken = [
        np.linalg.norm(layer.weight.data - old) / np.linalg.norm(old)
        for layer, old in zip(trained.network.layers, before, strict=True)
    ]
    np.testing.assert_allclose(np.array(ahead, dtype=float), taken)


# --- whole runs ---


@pytest.mark.parametrize("seed", [42, 1, 2])
@pytest.mark.parametrize("data", ["circle", "xor", "wave", "iris"])
def test_a_healthy_run_has_no_findings_anywhere_on_its_way(data: str, seed: int) -> None:
    trained, points = run(0, data={"name": data}, seed=seed)
    for _ in range(12):
        further, more = trained, points
        for _ in range(10):
            further.run(10)
            metrics = further.evaluate()
            more.append((further.step_count, metrics["train_loss"], metrics["test_loss"]))
        assert found_in(further, more) == {}, further.step_count
    assert points[-1][1] < 0.5 * points[0][1]  # it has learnt


RELU_NET = {"layers": [{"units": 8, "activation": "relu"}] * 2 + [{"activation": "linear"}]}
HIGH_RATE = {"network": RELU_NET, "optimizer": {"learning_rate": 0.3}}


def test_relus_die_at_a_high_rate_and_what_is_suggested_brings_them_back() -> None:
    trained, points = run(200, **HIGH_RATE)
    found = found_in(trained, points)
    dead = found["dead"]
    assert (dead.layer, dead.value, dead.threshold) == (1, 1.0, 0.5)
    assert "vanishing" not in found  # that the layers before get no gradient is its consequence
    assert dead.change is not None
    changed = trained.spec.merged(dead.change)
    assert changed.live_change_from(trained.spec)
    trained.apply(changed)
    trained.run(600)
    assert "dead" not in found_in(trained, [])
    assert trained.evaluate()["train_loss"] < 0.1 < 0.9 < points[-1][1]


SMALL = {"batch_size": 4, "network": {"layers": [{"units": 3}, {}]}}


@pytest.mark.parametrize("rate", [0.2, 10.0])
def test_a_rate_too_high_shows_in_the_losses(rate: float) -> None:
    """In most runs, that is: what a wild one comes to hangs on the last bit of a tanh."""
    shown = []
    for seed in range(8):
        trained, points = run(600, seed=seed, optimizer={"learning_rate": rate}, **SMALL)
        found = found_in(trained, points).get("too_fast")
        if found is None:
            continue
        shown.append(seed)
        assert found.value > found.threshold and found.layer is None
        assert found.change is not None
        lower = trained.spec.merged(found.change).optimizer.learning_rate
        assert lower < rate
        recent = [train for _, train, _ in points[-16:]]
        if "start" in found.numbers:
            assert found.value == pytest.approx(np.mean(recent) / points[0][1])
        else:
            rises = sum(max(0.0, b - a) for a, b in itertools.pairwise(recent))
            assert found.value == pytest.approx(rises / np.mean(recent))
    assert len(shown) >= 5


@pytest.mark.parametrize("seed", range(8))
def test_a_rate_that_suits_is_not_called_too_high(seed: int) -> None:
    trained, points = run(600, seed=seed, optimizer={"learning_rate": 0.03}, **SMALL)
    assert "too_fast" not in found_in(trained, points)


def test_before_there_are_losses_a_step_out_of_proportion_is_named() -> None:
    trained, points = run(0, optimizer={"learning_rate": 50.0})
    found = found_in(trained, points)["too_fast"]
    ratios = [row.update_ratio or 0.0 for row in trained.health(ahead=True)]
    assert found.layer == int(np.argmax(ratios)) and found.value == max(ratios) > 0.3


def test_a_rate_too_low_shows_in_losses_that_hardly_fall() -> None:
    trained, points = run(300, optimizer={"learning_rate": 1e-5})
    found = found_in(trained, points)["too_slow"]
    assert 0.0 < found.value < 1e-4 and 0.0 <= found.numbers["fall"] < 0.01
    assert found.change == {"optimizer": {"learning_rate": 1e-4}}


def test_small_steps_are_no_low_rate_where_gradients_are_small() -> None:
    trained, points = run(300, optimizer={"learning_rate": 1e-5})
    rows = [replace(row, gradient_norm=row.gradient_norm * 1e-4) for row in trained.health()]
    assert findings(rows, trained.spec, points) == []


def test_steps_that_are_small_because_nothing_comes_through_are_no_low_rate() -> None:
    for seed in range(6):
        trained, points = run(600, **HIGH_RATE, seed=seed)
        found = found_in(trained, points)
        assert not {"dead", "too_slow"} <= found.keys()
        row = trained.health(ahead=True)[1]
        assert ("dead" in found) == ((row.dead_share or 0.0) >= 0.5)


def test_a_large_net_overfits_few_points() -> None:
    given = {
        "data": {"name": "circle", "noise": 0.4, "samples": 40},
        "network": {"layers": [{"units": 16}, {"units": 16}, {}]},
        "optimizer": {"name": "adam", "learning_rate": 0.01},
    }
    trained, points = run(600, **given)
    found = found_in(trained, points)["overfitting"]
    numbers = found.numbers
    assert found.value == pytest.approx(numbers["held_now"] / numbers["held_best"])
    assert found.value > found.threshold and numbers["train_now"] < numbers["train_best"]
    assert numbers["best_step"] in [step for step, _, _ in points]
    assert found.change == {"regularization": {"name": "l2", "rate": 0.01}}
    cured, fewer = run(600, **given, regularization={"name": "l2", "rate": 0.01})
    assert fewer[-1][2] < 0.9 * points[-1][2] and cured.overflow is None


def test_saturation_is_no_trouble_once_the_task_is_learnt() -> None:
    trained = trainer(network={"layers": [{"units": 4, "activation": "tanh"}, {}]})
    trained.network.layers[0].weight.data = trained.network.layers[0].weight.data * 1000
    health = trained.health(ahead=True)
    assert findings(health, trained.spec, [(0, 1.0, 1.0)])[0].kind == "saturated"
    assert findings(health, trained.spec, [(0, 1.0, 1.0), (5, 0.01, 0.01)]) == []


def test_a_run_that_overflows_has_one_finding_its_first_cause() -> None:
    trained, points = run(2000, network=RELU_NET, optimizer={"learning_rate": 3.0})
    assert trained.overflow is not None
    found = findings(trained.health(ahead=True), trained.spec, points, trained.overflow)
    assert [finding.kind for finding in found] == ["overflow"]
    assert found[0].layer == trained.overflow.layer
    assert found[0].change == {"optimizer": {"learning_rate": 0.3}}


def test_every_suggestion_is_a_spec_that_differs() -> None:
    for given in [
        HIGH_RATE,
        {"network": deep("sigmoid", "xavier")},
        {"clipping": {"name": "norm"}},
    ]:
        spec = Spec.parse(given)
        every = tuple(range(len(spec.network.layers)))
        for change in [
            remedies.slower(spec, 0.1),
            remedies.faster(spec),
            remedies.leaky(spec, every),
            remedies.centered(spec, every),
            remedies.carrying(spec, every),
            remedies.clipped(spec),
            remedies.regularized(spec),
        ]:
            assert change is None or spec.merged(change) != spec


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
