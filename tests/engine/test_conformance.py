"""The conformance table is complete, true, and able to fail."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from engine.conformance import checks, findings
from engine.conformance.examples import EXAMPLES
from engine.ops import OPS, Mul, Op
from engine.optimizers import OPTIMIZERS, Adam
from engine.schedules import SCHEDULES

ROWS = list(findings())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group}: {row.name}")
def test_every_row_passes(row: checks.Finding) -> None:
    assert row.passed, row
    assert row.compared > 0


def test_every_op_optimizer_and_schedule_has_a_row() -> None:
    names = {group: {row.name for row in ROWS if row.group == group} for group in ("ops",)}
    assert names["ops"] == OPS.keys() == EXAMPLES.keys()
    for name, menu in (("optimizers", OPTIMIZERS), ("schedules", SCHEDULES)):
        used = {case["name"] for case in checks.recorded(name).values()}
        assert used == menu.keys(), f"{name} without a recorded reference"


def test_a_wrong_derivative_is_a_row_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Mul, "vjp", lambda self, g, out, x, y: (g * x, g * y))  # factors swapped
    rows = {row.name: row for row in checks.operations()}
    assert not rows["mul"].passed
    assert rows["add"].passed


def test_an_op_without_an_example_is_a_row_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Unproven(Op, name="unproven", formula="z"):
        pass

    rows = {row.name: row for row in checks.operations()}
    del OPS["unproven"]
    assert not rows["unproven"].passed


def test_adam_with_multiplied_corrections_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault of ConvNetJS."""

    def rule(self, weight, grad, state, step):  # type: ignore[no-untyped-def]
        m, v = self.moments(grad, state)
        m_hat, v_hat = m * (1 - self.beta1**step), v * (1 - self.beta2**step)
        return {"update": -self.learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)}

    monkeypatch.setattr(Adam, "rule", rule)
    rows = {row.name: row for row in checks.optimizers()}
    assert not rows["adam"].passed
    assert rows["sgd"].passed


def test_the_command_prints_the_table_and_its_verdict() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "engine.conformance"], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == f"{len(ROWS)} passed, 0 failed"
