"""Schedules beside PyTorch, at their corners, and as functions without a memory."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from engine.fields import SpecError
from engine.schedules import SCHEDULES, Cosine, OneCycle, ReduceOnPlateau, Schedule, Watch

CASES = json.loads((Path(__file__).parent / "fixtures" / "schedules.json").read_text())["cases"]
BASE = 0.5  # the rate in the recorded runs
STATELESS = {name: cls for name, cls in SCHEDULES.items() if issubclass(cls, Schedule)}


@pytest.mark.parametrize("case", [case for case in CASES if case != "reduce_on_plateau"])
def test_rates_follow_pytorch(case: str) -> None:
    recorded = CASES[case]
    schedule = STATELESS[recorded["name"]](**recorded["settings"])
    rates = [BASE * schedule.factor(step) for step in range(len(recorded["rates"]))]
    assert rates == pytest.approx(recorded["rates"], rel=1e-9)


def test_reduce_on_plateau_follows_pytorch() -> None:
    recorded = CASES["reduce_on_plateau"]
    schedule, watch, rates = ReduceOnPlateau(**recorded["settings"]), Watch(), []
    for loss in recorded["losses"]:
        watch = schedule.after(loss, watch)
        rates.append(BASE * watch.factor)
    assert rates == pytest.approx(recorded["rates"], rel=1e-9)
    assert len(set(rates)) > 3  # something was reduced


def test_every_schedule_has_a_reference() -> None:
    missing = SCHEDULES.keys() - {recorded["name"] for recorded in CASES.values()}
    assert not missing, f"schedules without recorded rates: {', '.join(sorted(missing))}"


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_name_in_the_menu_is_the_schedules_own(name: str) -> None:
    assert SCHEDULES[name].name == name


@pytest.mark.parametrize("name", STATELESS)
def test_a_rate_is_never_negative_nor_above_the_full_one(name: str) -> None:
    schedule = STATELESS[name]()
    factors = [schedule.factor(step) for step in [*range(3000), 10**6, 10**9]]
    assert all(0.0 <= factor <= 1.0 + 1e-12 for factor in factors)


@pytest.mark.parametrize("name", STATELESS)
def test_steps_can_be_asked_for_in_any_order(name: str) -> None:
    schedule = STATELESS[name]()
    forwards = [schedule.factor(step) for step in range(500)]
    assert forwards == [schedule.factor(step) for step in reversed(range(500))][::-1]


def test_cosine_stays_down_after_its_end() -> None:
    schedule = Cosine(steps=10, minimum=0.25)
    assert schedule.factor(10) == schedule.factor(15) == pytest.approx(0.25)


@pytest.mark.parametrize(("steps", "rise"), [(2, 0.3), (2, 0.5), (3, 0.9), (4, 0.25), (7, 0.3)])
def test_one_cycle_is_finite_however_short(steps: int, rise: float) -> None:
    schedule = OneCycle(steps=steps, rise=rise)
    assert all(math.isfinite(schedule.factor(step)) for step in range(steps + 3))


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("step", {"gamma": 1.5}, "gamma must be at least 0 and at most 1, got 1.5"),
        ("cosine", {"steps": 0}, "steps must be at least 1"),
        ("one_cycle", {"rise": 1.0}, "rise must be greater than 0 and less than 1"),
        ("reduce_on_plateau", {"factor": 0.0}, "factor must be greater than 0"),
    ],
)
def test_wrong_settings_are_told_with_value_and_range(
    name: str, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        SCHEDULES[name](**settings)
    assert message in str(caught.value)
