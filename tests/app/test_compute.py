"""What work costs decides where it runs."""

import asyncio
import threading
import time

import pytest

from app.runner import compute
from app.runner.compute import LIGHT, Compute, Cost


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
def test_waiting_is_no_cost() -> None:
    """For the interpreter in a worker, or for a core on a busy machine."""
    _, seconds = compute.timed(lambda: time.sleep(0.05))
    assert seconds < 0.01


def test_light_work_that_waited_for_a_worker_does_not_go_to_one() -> None:
    """Or many viewers who waited for one heavy frame would keep the workers busy, and each other
    waiting, for ever."""
    places: list[int] = []

    async def scenario() -> None:
        shared, lock, cost = Compute(), asyncio.Lock(), Cost()
        cost.learn(LIGHT / 10)
        await lock.acquire()  # a worker is in
        waiting = [
            asyncio.create_task(
                shared.share(
                    (lock,), cost, threading.get_ident, lambda place, _: places.append(place)
                )
            )
            for _ in range(5)
        ]
        await asyncio.sleep(0.01)
        assert places == []
        lock.release()
        await asyncio.gather(*waiting)
        await shared.close()

    asyncio.run(scenario())
    assert places == [threading.get_ident()] * 5
