"""The checks behind every row: what was compared, with what, and how far apart they were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.conformance.examples import EXAMPLES
from engine.conformance.problem import RECORDED, START, STEPS, gradient
from engine.gradcheck import TOLERANCE, compare
from engine.ops import OPS, Array
from engine.optimizers import OPTIMIZERS, Memory, Optimizer
from engine.schedules import SCHEDULES, ReduceOnPlateau, Schedule, Watch
from engine.tensor import Tensor, apply

FOLLOWS = 1e-9  # relative, over a whole recorded trajectory
MICROGRAD = 5e-5  # its README prints four decimals
BASE_RATE = 0.5  # of the recorded schedules


@dataclass(frozen=True)
class Finding:
    """One row: the largest error over `compared` numbers, and what was allowed."""

    group: str  # "ops" | "optimizers" | "schedules" | "micrograd"
    name: str
    formula: str  # LaTeX; empty where there is none
    compared: int
    error: float  # as the group measures it; not finite when the numbers cannot be compared
    tolerance: float

    @property
    def passed(self) -> bool:
        return self.error <= self.tolerance

    def to_json(self) -> dict[str, Any]:
        error = self.error if np.isfinite(self.error) else None
        return {**asdict(self), "error": error, "passed": self.passed}


def findings() -> Iterator[Finding]:
    """All rows, each when it has been computed."""
    yield from micrograd()
    yield from operations()
    yield from optimizers()
    yield from schedules()


def recorded(name: str) -> dict[str, Any]:
    """Reference numbers by case: packed beside the engine, in a checkout with the tests."""
    package = Path(__file__).parent.parent
    packed = package / "fixtures" / f"{name}.json"
    checkout = package.parent / "tests" / "engine" / "fixtures" / f"{name}.json"
    path = packed if packed.exists() else checkout
    cases: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return cases


# --- ops: finite differences ---


def operations() -> Iterator[Finding]:
    """Every op of the engine; one without an example is a row that fails."""
    for name, kind in OPS.items():
        errors = [
            check.error
            for op, inputs in EXAMPLES.get(name, [])
            for check in compare(lambda *x, op=op: apply(op, *x), *inputs)
        ]
        yield Finding("ops", name, kind.formula, len(errors), worst(errors), TOLERANCE)


# --- optimizers and schedules: recorded trajectories ---


def optimizers() -> Iterator[Finding]:
    """1,000 steps of each on the recorded problem."""
    cases = recorded("optimizers")
    for name, case in cases.items():
        path = trajectory(OPTIMIZERS[case["name"]](**case["settings"]), case["l2"])
        errors = [
            relative(path[step], expected)
            for step, expected in zip(RECORDED, case["trajectory"], strict=True)
        ]
        yield Finding("optimizers", name, "", sum(e.size for e in errors), worst(errors), FOLLOWS)
    for name in OPTIMIZERS.keys() - {case["name"] for case in cases.values()}:
        yield Finding("optimizers", name, "", 0, np.nan, FOLLOWS)


def trajectory(optimizer: Optimizer, l2: float = 0.0) -> dict[int, Array]:
    """All weights at the recorded steps; `l2` is the gradient of an L2 penalty."""
    weights, memory, path = dict(START), Memory(), {}
    for step in range(1, STEPS + 1):
        grads = {name: gradient(step, name, w) + l2 * w for name, w in weights.items()}
        terms, memory = optimizer.propose(weights, grads, memory)
        weights = {name: w + terms[name]["update"] for name, w in weights.items()}
        if step in RECORDED:
            path[step] = np.concatenate([w.ravel() for w in weights.values()])
    return path


def schedules() -> Iterator[Finding]:
    """The rate at every recorded step."""
    cases = recorded("schedules")
    for name, case in cases.items():
        schedule = SCHEDULES[case["name"]](**case["settings"])
        expected = np.array(case["rates"])
        error = relative(rates(schedule, len(expected), case.get("losses", [])), expected)
        yield Finding("schedules", name, "", expected.size, worst([error]), FOLLOWS)
    for name in SCHEDULES.keys() - {case["name"] for case in cases.values()}:
        yield Finding("schedules", name, "", 0, np.nan, FOLLOWS)


def rates(schedule: Schedule | ReduceOnPlateau, count: int, losses: list[float]) -> Array:
    """The first `count` rates; of a schedule that watches, the rates after these losses."""
    if isinstance(schedule, Schedule):
        return np.array([BASE_RATE * schedule.factor(step) for step in range(count)])
    watch, result = Watch(), []
    for loss in losses:
        watch = schedule.after(loss, watch)
        result.append(BASE_RATE * watch.factor)
    return np.array(result)


# --- micrograd ---


def micrograd() -> Iterator[Finding]:
    """The example of micrograd's README, whose numbers it prints."""
    a, b = Tensor(-4.0), Tensor(2.0)
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g = g + 10.0 / f
    g.backward()
    assert a.grad is not None and b.grad is not None
    for name, formula, got, published in (
        ("g", "g", g.data, 24.7041),
        ("dg/da", r"\frac{\partial g}{\partial a}", a.grad, 138.8338),
        ("dg/db", r"\frac{\partial g}{\partial b}", b.grad, 645.5773),
    ):
        yield Finding("micrograd", name, formula, 1, abs(float(got) - published), MICROGRAD)


# --- how far apart ---


def relative(got: Array, expected: Any) -> Array:
    """Relative to what is expected, element by element."""
    expected = np.asarray(expected)
    scale = np.where(expected == 0.0, 1.0, np.abs(expected))
    return np.asarray(np.abs(got - expected) / scale)


def worst(errors: list[Any]) -> float:
    """The largest; not a number when there is none, or one is not."""
    return float(np.max(np.concatenate([np.ravel(e) for e in errors]))) if errors else float("nan")
