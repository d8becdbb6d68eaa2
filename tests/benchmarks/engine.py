"""The engine beside NumPy written by hand, PyTorch and JAX: steps per second of the same trainings.

    python tests/benchmarks/engine.py            prints the tables and keeps them in RESULTS.md
    python tests/benchmarks/engine.py --seconds 0.2 --keep no       a quick look

All contenders run in one process, one after another in short segments, round after round; each
figure is the median of its segments, and only ratios within a run mean anything. They are checked
against each other first. Frameworks that are not installed are left out.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # for nets of this size more threads only wait

import argparse  # noqa: E402
import importlib.util  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402
from time import perf_counter  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[2]))

from engine import Spec, Trainer  # noqa: E402
from tests.benchmarks.contenders import (  # noqa: E402
    Eager,
    Jax,
    Naive,
    Preallocated,
    Replayed,
    Torch,
)
from tests.benchmarks.results import keep, machine, table  # noqa: E402
from tests.benchmarks.workloads import WORKLOADS, Workload  # noqa: E402

ROUNDS = 9
CONTENDERS: dict[str, Callable[[Workload, str], Any]] = {
    "engine, eager": Eager,
    "engine, replay": Replayed,
    "NumPy, naive": Naive,
    "NumPy, preallocated": Preallocated,
}
if importlib.util.find_spec("torch"):
    CONTENDERS["PyTorch eager"] = Torch
if importlib.util.find_spec("jax"):
    CONTENDERS["JAX, jit"] = Jax
# what issue 4 asks for: a contender, over another, at least, on W1 to W5
TARGETS = [
    ("engine, replay", "PyTorch eager", (16, 13, 8, 1.1, 12)),
    ("engine, replay", "NumPy, preallocated", (0.8, 0.8, 0.8, 0.8, 0.8)),
    ("engine, eager", "PyTorch eager", (1.5, 1.2, 1.5, 0.6, 1.2)),
]


def rates(runners: dict[str, Any], seconds: float) -> dict[str, float]:
    """Steps per second, by turns."""
    steps = {}
    for name, runner in runners.items():
        runner.run(3)  # what is done once, such as compiling
        count, took = 1, 0.0
        while took < seconds / ROUNDS / 2:  # a segment long enough to be timed
            start = perf_counter()
            runner.run(count)
            took, count = perf_counter() - start, count * 2
        steps[name] = count
    times: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(ROUNDS):
        for name, runner in runners.items():
            start = perf_counter()
            runner.run(steps[name])
            times[name].append((perf_counter() - start) / steps[name])
    return {name: 1 / statistics.median(each) for name, each in times.items()}


def agree(runners: dict[str, Any], steps: int = 30) -> None:
    """All are at the same weights after the same steps."""
    reference = None
    for name, runner in runners.items():
        runner.run(steps)
        flat = np.concatenate([a.ravel() for pair in runner.parameters() for a in pair])
        reference = flat if reference is None else reference
        far = float(np.abs(flat - reference).max())
        assert far < 1e-3, f"{name} is {far} away from {next(iter(runners))}"


def compare(dtype: str, seconds: float) -> dict[str, dict[str, float]]:
    found = {}
    for work in WORKLOADS:
        agree({name: make(work, dtype) for name, make in CONTENDERS.items()})
        found[work.name] = rates(
            {name: make(work, dtype) for name, make in CONTENDERS.items()}, seconds
        )
    return found


def speeds(found: dict[str, dict[str, float]]) -> str:
    names = next(iter(found.values()))
    return table(
        ["steps/s", *found],
        [[name, *(f"{each[name]:,.0f}" for each in found.values())] for name in names],
    )


def ratios(found: dict[str, dict[str, float]]) -> str:
    rows = []
    for name, other, least in TARGETS:
        if other in CONTENDERS:
            each = [f[name] / f[other] for f in found.values()]
            cells = [
                f"{ratio:.2f} {'≥' if ratio >= bound else '<'} {bound}"
                for ratio, bound in zip(each, least, strict=True)
            ]
            rows.append([f"{name} / {other}", *cells])
    return table(["ratio, and what was asked", *found], rows)


def growth(seconds: float) -> str:
    """Steps per second of replay and eager while one size grows."""
    base = Workload("", (2, 8, 8, 1), "tanh", "half_mse", "sgd", 0.03, 10_000, 10)
    rows = []
    series: list[tuple[str, list[tuple[str, Workload]]]] = [
        ("batch", [(f"{n:,}", replace(base, batch=n)) for n in (1, 10, 100, 1000, 10_000)]),
        ("width", [(f"{n}", replace(base, sizes=(2, n, n, 1))) for n in (4, 16, 64, 256)]),
        ("hidden layers", [(f"{n}", replace(base, sizes=(2, *[8] * n, 1))) for n in (1, 2, 4, 8)]),
    ]
    for title, works in series:
        for label, work in works:
            runners = {"replay": Replayed(work, "float64"), "eager": Eager(work, "float64")}
            each = rates(runners, seconds)
            replay, eager = each["replay"], each["eager"]
            per_sample = 1e6 / replay / work.batch
            rows.append(
                [f"{title} {label}", f"{replay:,.0f}", f"{eager:,.0f}", f"{per_sample:.3f}"]
            )
    head = ["2-8-8-1 tanh, batch 10, float64, but", "replay steps/s", "eager", "replay µs a sample"]
    return table(head, rows)


class Session:
    """A whole `Trainer`, with its batches in new orders, its checks and its loss at each step."""

    def __init__(self, given: dict[str, Any], on_tape: bool = False) -> None:
        self.trainer = Trainer(Spec.parse(given))
        if on_tape:
            self.trainer.falls_back = "measured without replay"

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.trainer.step()


def sessions(seconds: float) -> str:
    cases: dict[str, dict[str, Any]] = {
        "the default, 2-4-2-1, SGD": {},
        "digits 64-16-10, Adam": {"data": {"name": "digits"}, "optimizer": {"name": "adam"}},
        "spiral, its usual net, Adam": {"data": {"name": "spiral"}, "optimizer": {"name": "adam"}},
    }
    rows = []
    for name, given in cases.items():
        each = rates({"replay": Session(given), "tape": Session(given, on_tape=True)}, seconds)
        rows.append([name, f"{each['replay']:,.0f}", f"{each['tape']:,.0f}", retrace(given)])
    return table(["`Trainer.step`", "replay steps/s", "on the tape", "retrace, ms"], rows)


def retrace(given: dict[str, Any]) -> str:
    """The first step after a change of structure, in milliseconds."""
    trainer, times = Trainer(Spec.parse(given)), []
    for activation in ("relu", "tanh") * 5:
        first, *rest = trainer.spec.to_json()["network"]["layers"]
        changed = {"layers": [{**first, "activation": activation}, *rest]}
        trainer.apply(trainer.spec.merged({"network": changed}))
        start = perf_counter()
        trainer.step()
        times.append((perf_counter() - start) * 1e3)
    return f"{statistics.median(times):.1f}"


def importing() -> str:
    """Milliseconds that `import engine` takes where NumPy is there already; the median."""
    code = (
        "import time, numpy; t = time.perf_counter(); import engine; print(time.perf_counter() - t)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
        for _ in range(5)
    ]
    return f"{1000 * statistics.median(times):.0f}"


def packages() -> str:
    """What was measured, with its version."""
    found = [f"NumPy {np.__version__}, one BLAS thread"]
    for package in ("torch", "jax"):
        if importlib.util.find_spec(package):
            found.append(f"{package} {__import__(package).__version__}")
    return "; ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="for each contender and net")
    parser.add_argument("--keep", choices=["yes", "no"], default="yes", help="write RESULTS.md")
    options = parser.parse_args()
    seconds = options.seconds
    single = compare("float32", seconds)
    double = compare("float64", seconds)
    parts = [
        "## Engine\n",
        f"{machine()}; {packages()}.",
        f"Medians of {ROUNDS} segments in turns; one step is forward, backward and update. "
        "W1 2-4-2-1 and W2 2-8x6-1 tanh, SGD, batch 10; W3 64-32-10 and W4 784-128-10",
        "relu, softmax, Adam, batches 32 and 64; W5 2-16-16-1 relu, hinge and L2, SGD, batch 100.",
        f"\nfloat32:\n\n{speeds(single)}\n\n{ratios(single)}",
        f"\nfloat64:\n\n{speeds(double)}",
        f"\nWhole sessions, with new batch orders, checks and the loss of each step:\n\n"
        f"{sessions(seconds)}",
        f"\n`import engine` takes {importing()} ms beside NumPy.",
        f"\nCost against size:\n\n{growth(seconds / 2)}\n",
    ]
    text = "\n".join(parts)
    print(text)
    if options.keep == "yes":
        keep("engine", text)


if __name__ == "__main__":
    main()
