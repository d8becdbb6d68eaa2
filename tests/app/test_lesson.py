"""A lesson in seconds: forty learners join, leave, reload and change things, and nothing of them
stays behind. `tests/benchmarks/lesson.py` is the same for ten minutes."""

import pytest

from tests.benchmarks.lesson import Lesson, lesson

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    return lesson(12, 4, tmp_path_factory.mktemp("lesson"))


def test_nothing_goes_wrong(held: Lesson) -> None:
    assert held.sessions >= 40
    assert held.log == []
    assert held.refused == []


def test_no_session_stream_or_task_stays(held: Lesson) -> None:
    assert (held.left["sessions"], held.left["streams"]) == (0, 0)
    before, after = held.tasks
    assert len(after) <= before, after


def test_no_file_stays_but_the_one(held: Lesson) -> None:
    assert held.files == ["sessions.db"]


def test_the_memory_does_not_grow(held: Lesson) -> None:
    assert held.memory[-1] < 1.1 * held.memory[1]
