"""The records that stay small however long a run is."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.sessions.history import Fading, Thinned


def filled(steps: int, interval: int, limit: int) -> Thinned[int]:
    record: Thinned[int] = Thinned(interval, limit)
    for step in range(steps):
        if record.due(step):
            record.add(step, step)
    return record


@given(st.integers(1, 3000), st.integers(1, 7), st.integers(2, 40))
def test_it_stays_within_its_limit_and_covers_the_whole_run_evenly(
    steps: int, interval: int, limit: int
) -> None:
    record = filled(steps, interval, limit)
    assert len(record.steps) <= limit
    assert record.steps == list(range(0, steps, record.interval))
    assert record.items == record.steps


def test_items_after_a_step_do_not_include_it() -> None:
    assert filled(10, 2, 100).after(4) == [6, 8]
    assert filled(10, 2, 100).after(-1) == [0, 2, 4, 6, 8]


def test_what_comes_after_a_step_can_be_forgotten() -> None:
    record = filled(10, 2, 100)
    record.drop_after(5)
    assert record.items == [0, 2, 4]
    assert record.due(6)


@given(st.integers(1, 3000))
def test_gaps_between_keyframes_double_with_their_age(count: int) -> None:
    record: Fading[int] = Fading()
    for step in range(count):
        record.add(10 * step, step)
    kept = [step for step, _ in record.rows()]
    assert kept[0] == 0 and kept[-1] == 10 * (count - 1)
    assert len(kept) <= 2 * count.bit_length() + 2
    for earlier, later in pairwise(kept):
        age = 10 * count - later
        assert later - earlier <= 2 * age


def test_keyframes_after_a_step_are_forgotten_and_others_can_follow() -> None:
    record: Fading[str] = Fading()
    for step in range(20):
        record.add(step, f"at {step}")
    record.drop_after(17)
    step, item = record.rows()[-1]
    assert step <= 17 and item == f"at {step}"
    record.add(18, "again")
    assert record.rows()[-1] == (18, "again")
