"""Optimizers: 1,000 steps beside PyTorch, first steps by hand, and what each one remembers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.conformance.problem import RECORDED, START, STEPS, gradient
from engine.fields import SpecError
from engine.optimizers import OPTIMIZERS, Memory, Optimizer

CASES = json.loads((Path(__file__).parent / "fixtures" / "optimizers.json").read_text())["cases"]


def run(optimizer: Optimizer, steps: int, l2: float = 0.0) -> list[np.ndarray]:
    """All weights after each step on the fixed problem. `l2` is the gradient of an L2 penalty."""
    weights, memory, trajectory = dict(START), Memory(), []
    for step in range(1, steps + 1):
        grads = {name: gradient(step, name, w) + l2 * w for name, w in weights.items()}
        terms, memory = optimizer.propose(weights, grads, memory)
        weights = {name: w + terms[name]["update"] for name, w in weights.items()}
        trajectory.append(np.concatenate([w.ravel() for w in weights.values()]))
    return trajectory


@pytest.mark.parametrize("case", CASES)
def test_a_thousand_steps_follow_pytorch(case: str) -> None:
    recorded = CASES[case]
    optimizer = OPTIMIZERS[recorded["name"]](**recorded["settings"])
    trajectory = run(optimizer, STEPS, recorded["l2"])
    for step, expected in zip(RECORDED, recorded["trajectory"], strict=True):
        np.testing.assert_allclose(
            trajectory[step - 1], expected, rtol=1e-9, atol=0, err_msg=f"{case}, step {step}"
        )


def test_every_optimizer_has_a_reference() -> None:
    missing = OPTIMIZERS.keys() - {recorded["name"] for recorded in CASES.values()}
    assert not missing, f"optimizers without a recorded trajectory: {', '.join(sorted(missing))}"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_name_in_the_menu_is_the_optimizers_own(name: str) -> None:
    assert OPTIMIZERS[name].name == name and OPTIMIZERS[name].__doc__


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_downhill(name: str) -> None:
    """On w^2 / 2 from 1, with its own default learning rate."""
    weights, memory = {"w": np.array([1.0])}, Memory()
    for _ in range(500):
        terms, memory = OPTIMIZERS[name]().propose(weights, {"w": weights["w"]}, memory)
        weights = {"w": weights["w"] + terms["w"]["update"]}
    assert abs(weights["w"][0]) < 0.9


# --- what a step reports ---

GRADS = {"w": np.array([0.5, -2.0])}
WEIGHTS = {"w": np.array([1.0, 1.0])}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_reports_its_terms_with_the_update_last_and_its_state_among_them(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    terms, memory = optimizer.propose(WEIGHTS, GRADS, Memory())
    names = list(terms["w"])
    assert (names[0], names[-1]) == ("gradient", "update")
    assert memory.steps == 1
    for key, value in memory.states["w"].items():
        assert value.shape == (2,)
        if key in terms["w"]:
            np.testing.assert_array_equal(terms["w"][key], value)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_proposal_changes_nothing(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    _, memory = optimizer.propose(WEIGHTS, GRADS, Memory())
    before = {key: value.copy() for key, value in memory.states["w"].items()}
    optimizer.propose(WEIGHTS, GRADS, memory)
    for key, value in memory.states["w"].items():
        np.testing.assert_array_equal(value, before[key])
    assert WEIGHTS["w"].tolist() == [1.0, 1.0] and GRADS["w"].tolist() == [0.5, -2.0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_stays_float32(name: str) -> None:
    weights = {"w": np.ones(2, "f4")}
    terms, memory = OPTIMIZERS[name]().propose(weights, {"w": np.ones(2, "f4")}, Memory())
    terms, memory = OPTIMIZERS[name]().propose(weights, {"w": np.ones(2, "f4")}, memory)
    arrays = [*terms["w"].values(), *memory.states["w"].values()]
    assert {array.dtype for array in arrays} == {np.dtype("f4")}


# --- first steps by hand ---


def steps(optimizer: Optimizer, grads: list[float], weight: float = 1.0) -> list[float]:
    """The updates of one weight for given gradients."""
    memory, w, updates = Memory(), weight, []
    for grad in grads:
        terms, memory = optimizer.propose({"w": np.array(w)}, {"w": np.array(grad)}, memory)
        updates.append(float(terms["w"]["update"]))
        w += updates[-1]
    return updates


def test_sgd_by_hand() -> None:
    assert steps(OPTIMIZERS["sgd"](learning_rate=0.1), [2.0, -1.0]) == pytest.approx([-0.2, 0.1])


def test_momentum_by_hand() -> None:
    # velocity 2, then 0.9 * 2 - 1 = 0.8
    optimizer = OPTIMIZERS["momentum"](learning_rate=0.1)
    assert steps(optimizer, [2.0, -1.0]) == pytest.approx([-0.2, -0.08])


def test_nesterov_by_hand() -> None:
    # direction 2 + 0.9 * 2 = 3.8, then -1 + 0.9 * 0.8 = -0.28
    optimizer = OPTIMIZERS["sgd"](learning_rate=0.1, momentum=0.9, nesterov=True)  # type: ignore[call-arg]
    assert steps(optimizer, [2.0, -1.0]) == pytest.approx([-0.38, 0.028])


@pytest.mark.parametrize("grad", [1e-3, 1.0, -50.0])
def test_adams_first_step_is_the_learning_rate_whatever_the_gradient(grad: float) -> None:
    update = steps(OPTIMIZERS["adam"](learning_rate=0.1), [grad])[0]
    assert update == pytest.approx(-0.1 * np.sign(grad), rel=1e-4)


def test_adam_by_hand() -> None:
    # m: 0.2, 0.08; m_hat: 2, 8/19. v: 0.004, 0.004996; v_hat: 4, 0.004996/0.001999
    expected = [-0.1, -0.1 * (0.08 / 0.19) / np.sqrt(0.004996 / 0.001999)]
    got = steps(OPTIMIZERS["adam"](learning_rate=0.1), [2.0, -1.0])
    assert got == pytest.approx(expected, rel=1e-7)


def test_adagrad_steps_die_out() -> None:
    updates = steps(OPTIMIZERS["adagrad"](learning_rate=0.1), [1.0] * 100)
    assert updates[99] == pytest.approx(-0.1 / np.sqrt(100))


def test_lion_moves_every_weight_by_the_learning_rate() -> None:
    assert steps(OPTIMIZERS["lion"](learning_rate=0.01), [5.0, 1e-3]) == pytest.approx([-0.01] * 2)


def test_decoupled_decay_shrinks_a_weight_without_a_gradient_an_l2_penalty_is_divided_by_it() -> (
    None
):
    decoupled = OPTIMIZERS["adamw"](learning_rate=0.1, weight_decay=0.1)  # type: ignore[call-arg]
    assert steps(decoupled, [0.0], weight=4.0) == pytest.approx([-0.1 * 0.1 * 4.0])
    through_the_gradient = steps(OPTIMIZERS["adam"](learning_rate=0.1), [0.1 * 4.0], weight=4.0)
    assert through_the_gradient == pytest.approx([-0.1], rel=1e-6)


def test_amsgrads_rate_never_grows_again() -> None:
    grads = [10.0] + [0.1] * 200
    rates = []
    for name in ("adam", "amsgrad"):
        memory = Memory()
        optimizer = OPTIMIZERS[name](beta2=0.9)  # type: ignore[call-arg]
        for grad in grads:
            terms, memory = optimizer.propose({"w": np.array(0.0)}, {"w": np.array(grad)}, memory)
        rates.append(float(terms["w"]["effective_rate"]))
    assert rates[0] > 10 * rates[1]


def test_momentum_can_be_switched_on_in_the_middle_of_a_run() -> None:
    _, memory = OPTIMIZERS["sgd"]().propose(WEIGHTS, GRADS, Memory())
    heavy = OPTIMIZERS["sgd"](momentum=0.9, learning_rate=1.0)  # type: ignore[call-arg]
    terms, _ = heavy.propose(WEIGHTS, GRADS, memory)
    np.testing.assert_array_equal(terms["w"]["velocity"], GRADS["w"])


# --- wrong use ---


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("sgd", {"learning_rate": -0.1}, "learning_rate must be greater than 0 and at most 100"),
        ("sgd", {"learning_rate": 0.0}, "learning_rate must be greater than 0"),
        ("sgd", {"learning_rate": float("nan")}, "got nan"),
        ("sgd", {"momentum": 1.0}, "momentum must be at least 0 and less than 1, got 1.0"),
        ("adam", {"beta1": 1.0}, "beta1 must be at least 0 and less than 1, got 1.0"),
        ("adam", {"beta2": 1}, "beta2 must be at least 0 and less than 1, got 1"),
        ("adam", {"eps": 0.0}, "eps must be greater than 0"),
        ("rmsprop", {"centered": 1}, "centered must be true or false, got 1"),
        ("adamw", {"weight_decay": -1}, "weight_decay must be at least 0"),
    ],
)
def test_wrong_settings_are_told_with_value_and_range(
    name: str, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        OPTIMIZERS[name](**settings)
    assert message in str(caught.value)
