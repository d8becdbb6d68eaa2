"""The records that stay small however long a run is."""

from hypothesis import given
from hypothesis import strategies as st

from app.sessions.history import Thinned


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


def test_nothing_is_taken_twice() -> None:
    record = filled(10, 2, 100)
    assert not record.due(8) and not record.due(4) and record.due(10)


@given(st.integers(1, 300), st.integers(1, 7), st.integers(2, 40), st.data())
def test_a_record_up_to_a_step_goes_on_by_itself(
    steps: int, interval: int, limit: int, data: st.DataObject
) -> None:
    whole = filled(steps, interval, limit)
    step = data.draw(st.integers(0, steps))
    part = whole.until(step)
    assert part.items == [item for item in whole.items if item <= step]
    assert part.latest(step) == part.items[-1] == whole.latest(step)
    before = list(whole.items)
    part.add(whole.steps[-1] + part.interval, -1)
    assert whole.items == before
