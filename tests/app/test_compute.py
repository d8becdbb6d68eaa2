"""What work costs decides where it runs."""

import time

import pytest

from app.runner import compute
from app.runner.compute import LIGHT, Cost


def test_what_is_not_known_yet_is_treated_as_heavy() -> None:
    cost = Cost()
    assert not cost.light
    cost.learn(LIGHT / 10)
    assert cost.light
    cost.forget()
    assert not cost.light


def test_a_rise_is_followed_at_once_and_a_fall_slowly() -> None:
    cost = Cost()
    cost.learn(LIGHT / 10)
    cost.learn(LIGHT * 2)
    assert not cost.light
    cost.learn(LIGHT / 10)
    assert not cost.light
    for _ in range(20):
        cost.learn(LIGHT / 10)
    assert cost.light


@pytest.mark.skipif(
    time.get_clock_info("thread_time").resolution > 1e-4, reason="this system's clock is too coarse"
)
def test_waiting_is_no_cost_in_a_worker() -> None:
    """Among many sessions most of a worker's time may be spent waiting for the interpreter."""
    _, seconds = compute._timed(lambda: time.sleep(0.05), compute._worker_clock)
    assert seconds < 0.01
