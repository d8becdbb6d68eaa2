"""Buckets of tokens: what is let through, what is refused, and that they take little room."""

import pytest

from app import limits as module
from app.errors import TooMany
from app.limits import Limits, client_of
from app.settings import Settings


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def limits_of(clock: Clock, **settings: float) -> Limits:
    return Limits(Settings(**settings), clock)  # type: ignore[arg-type]


def taken(limits: Limits, client: str, most: int) -> int:
    for count in range(most):
        try:
            limits.take("work", client)
        except TooMany:
            return count
    return most


def test_a_burst_is_let_through_and_then_so_many_a_second() -> None:
    clock = Clock()
    limits = limits_of(clock, work_rate=2, work_burst=5)
    assert taken(limits, "a", 100) == 5
    clock.now += 1.5
    assert taken(limits, "a", 100) == 3
    clock.now += 1000
    assert taken(limits, "a", 100) == 5


def test_one_client_costs_the_others_nothing() -> None:
    limits = limits_of(Clock(), work_rate=2, work_burst=5)
    taken(limits, "a", 100)
    assert taken(limits, "b", 100) == 5


def test_a_refusal_says_when_there_is_room_again() -> None:
    clock = Clock()
    limits = limits_of(clock, work_rate=0.1, work_burst=1)
    limits.take("work", "a")
    with pytest.raises(TooMany) as refused:
        limits.take("work", "a")
    assert refused.value.seconds == 10
    assert refused.value.body()["allowed"] == {"maximum": 1}
    clock.now += 9.9
    assert taken(limits, "a", 1) == 0
    clock.now += 0.11
    assert taken(limits, "a", 1) == 1


def test_a_rate_of_0_is_no_limit() -> None:
    limits = limits_of(Clock(), work_rate=0, work_burst=1)
    assert taken(limits, "a", 1000) == 1000


def test_looking_takes_nothing() -> None:
    limits = limits_of(Clock(), key_rate=1, key_burst=1)
    for _ in range(5):
        limits.check("key", "a")
    limits.take("key", "a")
    with pytest.raises(TooMany):
        limits.check("key", "a")


def test_many_addresses_cost_little_and_who_is_limited_stays_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST_BUCKETS", 100)
    limits = limits_of(Clock(), work_rate=1, work_burst=5)
    taken(limits, "greedy", 100)
    for number in range(1000):
        limits.take("work", f"client {number}")
    assert len(limits._buckets) <= 100
    assert taken(limits, "greedy", 1) == 0


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.168.1.7", "192.168.1.7"),
        ("::ffff:192.168.1.7", "192.168.1.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::1", "::1"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_a_client_is_an_address_or_a_network_of_one(host: str | None, client: str) -> None:
    assert client_of(host) == client
