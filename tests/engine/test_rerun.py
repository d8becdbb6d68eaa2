"""A recorded tape run again with one number changed: the loss, and the check made of it."""

import math
from typing import Any

import numpy as np
import pytest

from engine import Spec, Tensor, Trainer
from engine.rerun import SLICE, STEPS, Rerun, check
from engine.scalar import unroll
from engine.tape import Node, tape

SPECS: dict[str, dict[str, Any]] = {
    "tanh and mse": {},
    "relu and bce": {
        "network": {"layers": [{"activation": "relu"}, {"activation": "leaky_relu"}, {}]},
        "loss": "bce_with_logits",
    },
    "huber and a penalty": {
        "loss": "huber",
        "regularization": {"name": "elastic_net", "rate": 0.1},
    },
    "three classes": {"data": {"name": "iris"}},
}


def recorded(name: str, dtype: str = "float64") -> tuple[Trainer, Tensor]:
    trainer = Trainer(Spec.parse({**SPECS[name], "batch_size": 4, "dtype": dtype}))
    for _ in range(20):
        trainer.step()
    trainer.gradients()
    assert trainer.objective is not None
    return trainer, trainer.objective


def every_element(loss: Node) -> list[tuple[Node, tuple[int, ...]]]:
    """Of all nodes on a tape that received a gradient, leaves included."""
    nodes = dict.fromkeys(
        each for node in tape(loss) for each in (*node.inputs, node) if each.grad is not None
    )
    return [(node, index) for node in nodes for index in np.ndindex(node.data.shape)]


@pytest.mark.parametrize("name", SPECS)
def test_without_a_change_everything_is_as_recorded_to_the_last_bit(name: str) -> None:
    _, loss = recorded(name)
    rerun = Rerun(loss)
    for node, index in every_element(loss):
        value = rerun.value(node, index)
        assert value == node.data[index]
        assert rerun.losses(node, index, np.array([value]))[0] == loss.data


@pytest.mark.parametrize("name", SPECS)
def test_a_changed_weight_gives_the_loss_of_the_net_with_that_weight(name: str) -> None:
    trainer, loss = recorded(name)
    rerun = Rerun(loss)
    x, y = trainer.next_batch()
    for _, tensor in trainer.network.named_parameters():
        for index in np.ndindex(tensor.shape):
            changed = rerun.losses(tensor, index, np.array([tensor.data[index] + 0.25]))[0]
            before = tensor.data.copy()
            tensor.data[index] += 0.25
            expected = trainer.loss(trainer.network.forward(Tensor(x, requires_grad=False)), y)
            penalty = trainer.spec.regularization.penalty(trainer.network.weights())
            if penalty is not None:
                expected = expected + penalty
            tensor.data = before
            assert changed == expected.data


@pytest.mark.parametrize("name", SPECS)
def test_every_gradient_on_the_tape_agrees_with_a_secant(name: str) -> None:
    _, loss = recorded(name)
    rerun = Rerun(loss)
    kinks = 0
    for node, index in every_element(loss):
        found = check(rerun, node, index)
        if found.kink is not None:
            kinks += 1
            continue
        assert found.steps[found.best].relative_error < 1e-6
    assert kinks < 10  # |w| of a penalty may lie on its corner, and clipped errors on their bounds


def test_single_numbers_run_all_at_once_and_one_by_one_alike() -> None:
    trainer, _ = recorded("relu and bce")
    x, y = trainer.next_batch()
    net = unroll(trainer.network, trainer.loss, x, y)
    rerun = Rerun(net.loss)
    values = np.linspace(-2, 2, 11)
    for scalar in net.parameters["layers.0.weight"].flat:
        together = rerun.losses(scalar, (), values)
        alone = [rerun.losses(scalar, (), np.array([value]))[0] for value in values]
        np.testing.assert_allclose(together, alone, rtol=1e-14)
        np.testing.assert_allclose(
            together, [rerun._loss(rerun._after(scalar), scalar, (), v) for v in values], rtol=1e-14
        )


def test_a_tape_in_floats_is_run_again_in_doubles() -> None:
    _, loss = recorded("tanh and mse", "float32")
    rerun = Rerun(loss)
    for node, index in every_element(loss):
        found = check(rerun, node, index)
        # the gradient itself has seven digits
        assert found.steps[found.best].relative_error < 1e-2
        assert abs(found.steps[found.best].numeric - float(node.grad[index])) < 1e-6  # type: ignore[index]


def rational() -> tuple[dict[str, Tensor], Tensor]:
    """((w x + b) / (1 + x) - t)^2."""
    w, x, b, t = (Tensor(value) for value in (3.0, 2.0, -1.0, 1.0))
    d = 1 + x
    loss = ((w * x + b) / d - t) ** 2
    loss.backward()
    return {"w": w, "x": x, "b": b, "t": t, "d": d}, loss


def test_the_check_holds_what_is_drawn() -> None:
    nodes, loss = rational()
    found = check(Rerun(loss), nodes["d"])
    assert found.value == 3.0
    assert found.analytic == pytest.approx(-4 / 3 * 5 / 9)
    assert len(found.values) == len(found.losses) == SLICE
    assert (found.values[0], found.values[SLICE // 2], found.values[-1]) == (2.0, 3.0, 4.0)
    np.testing.assert_allclose(found.losses, (5 / found.values - 1) ** 2, rtol=1e-12)
    assert [step.h for step in found.steps] == list(STEPS)
    assert STEPS[0] == 0.1 and STEPS[-1] == 1e-12 and len(STEPS) == 23
    for step in found.steps:
        assert step.plus == pytest.approx((5 / (3 + step.h) - 1) ** 2, rel=1e-12)
        assert step.minus == pytest.approx((5 / (3 - step.h) - 1) ** 2, rel=1e-12)
        assert step.numeric == (step.plus - step.minus) / (2 * step.h)


def test_a_large_step_is_wrong_by_truncation_a_tiny_one_by_round_off() -> None:
    nodes, loss = rational()
    found = check(Rerun(loss), nodes["x"])
    errors = [step.relative_error for step in found.steps]
    assert 0 < found.best < len(STEPS) - 1
    assert errors[found.best] == min(errors) < 1e-9
    # of second order: a tenth of the step, a hundredth of the error
    assert errors[0] / errors[2] == pytest.approx(100, rel=0.05)
    assert errors[-1] > 1e4 * errors[found.best]


@pytest.mark.parametrize(
    ("name", "value", "left", "right"),
    [("relu", 0.0, 0.0, 3.0), ("abs", 0.0, -3.0, 3.0), ("leaky_relu", 0.0, 0.03, 3.0)],
)
def test_a_corner_is_found_with_its_slopes(
    name: str, value: float, left: float, right: float
) -> None:
    x = Tensor(value)
    loss = (abs(x) if name == "abs" else getattr(x, name)()) * 3.0
    loss.backward()
    kink = check(Rerun(loss), x).kink
    assert kink is not None
    assert kink.left == pytest.approx(left, abs=1e-9)
    assert kink.right == pytest.approx(right, abs=1e-9)


@pytest.mark.parametrize("value", [-2.0, -0.3, 0.7, 40.0])
def test_where_the_loss_is_smooth_there_is_no_corner(value: float) -> None:
    x = Tensor(value)
    for loss in (x.tanh() ** 2, x.relu() * 3.0, x.softplus(), (x - 3) ** 2, abs(x), x * 1e6):
        loss.backward()
        assert check(Rerun(loss), x).kink is None


def test_outside_a_domain_the_slice_has_no_loss() -> None:
    x = Tensor(0.25)
    loss = x.log()
    loss.backward()
    found = check(Rerun(loss), x)
    assert math.isnan(found.losses[0]) and math.isfinite(found.losses[-1])
    assert found.steps[found.best].relative_error < 1e-9


def test_a_number_the_loss_does_not_hear_of_has_slope_zero() -> None:
    x, y = Tensor(1.0), Tensor(2.0)
    loss = x * 0.0 + y
    loss.backward()
    found = check(Rerun(loss), x)
    assert found.analytic == 0.0
    assert [step.numeric for step in found.steps] == [0.0] * len(STEPS)
    assert [step.relative_error for step in found.steps] == [0.0] * len(STEPS)


def test_a_constant_has_secants_but_no_error() -> None:
    x, y = Tensor(1.0, requires_grad=False), Tensor(2.0)
    loss = x * y
    loss.backward()
    found = check(Rerun(loss), x)
    assert found.analytic is None
    assert found.steps[found.best].numeric == pytest.approx(2.0)
    assert math.isnan(found.steps[0].relative_error)
    assert check(Rerun(loss), y, learns=False).analytic is None


def test_the_tape_stays_as_it_was() -> None:
    trainer, loss = recorded("tanh and mse")
    before = [(node, node.data.copy(), node.grad) for node in tape(loss)]
    weights = trainer.snapshot().parameters
    rerun = Rerun(loss)
    for node, index in every_element(loss)[:20]:
        check(rerun, node, index)
    for node, data, grad in before:
        assert np.array_equal(node.data, data) and node.grad is grad
    for name, tensor in trainer.network.named_parameters():
        assert np.array_equal(tensor.data, weights[name])
