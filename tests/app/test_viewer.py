"""Flow control: at most two frames under way, the latest one wins, no loss point is lost."""

import random

import pytest

from app import messages as wire
from app.errors import Invalid
from app.sessions.session import TrainingSession
from app.sessions.viewer import Viewer
from tests.app.sessions import do, session_of
from tests.client.backprop_client import Binary, read_binary


def playing(spec: dict[str, object] | None = None) -> TrainingSession:
    session = session_of(spec)
    do(session, "play")
    return session


def look(viewer: Viewer) -> Binary:
    return read_binary(viewer.frame())


def number(frame: Binary) -> int:
    return int(frame.metadata["frame"])


def steps(frame: Binary) -> list[int]:
    return [int(step) for step in frame.arrays["loss"][:, 0]]


def test_two_frames_may_be_under_way() -> None:
    session = playing()
    viewer = Viewer(session)
    first = look(viewer)
    assert not viewer.blocked
    session.advance(1)
    look(viewer)
    assert viewer.blocked
    viewer.seen(number(first))
    assert not viewer.blocked


def test_seeing_a_frame_means_having_those_before_it() -> None:
    session = playing()
    viewer = Viewer(session)
    look(viewer)
    session.advance(1)
    viewer.seen(number(look(viewer)))
    session.advance(1)
    look(viewer)
    assert not viewer.blocked


def test_a_frame_that_was_never_sent_cannot_be_seen() -> None:
    session = playing()
    session.advance(20)
    viewer = Viewer(session)
    viewer.seen(99)
    assert steps(look(viewer)) == [0, 5, 10, 15, 20]


def test_a_viewer_is_outdated_until_it_has_the_latest_moment() -> None:
    session = playing()
    viewer = Viewer(session)
    assert viewer.outdated
    look(viewer)
    assert not viewer.outdated
    session.advance(1)
    assert viewer.outdated


def test_points_come_again_until_they_are_seen() -> None:
    session = playing()
    viewer = Viewer(session)
    session.advance(10)
    first = look(viewer)
    assert steps(first) == [0, 5, 10]
    session.advance(5)
    second = look(viewer)
    assert steps(second) == [0, 5, 10, 15]
    viewer.seen(number(first))
    session.advance(5)
    assert steps(look(viewer)) == [15, 20]


@pytest.mark.parametrize("seed", range(5))
def test_no_loss_point_is_lost_whatever_arrives_when(seed: int) -> None:
    """Frames are acknowledged late and at random; what was seen adds up to the whole curve."""
    chance = random.Random(seed)
    session = playing()
    viewer = Viewer(session)
    under_way: list[Binary] = []
    known: set[int] = set()
    while session.step < 400:
        session.advance(chance.randrange(1, 30))
        if not viewer.blocked:
            under_way.append(look(viewer))
        if under_way and (viewer.blocked or chance.random() < 0.3):
            frame = under_way.pop(0)
            known.update(steps(frame))
            viewer.seen(number(frame))
    for frame in [*under_way, look(viewer)] if not viewer.blocked else under_way:
        known.update(steps(frame))
    last = max(known)
    assert known == {step for step in session.losses.steps if step <= last}
    assert last >= session.losses.steps[-1] - 60


def test_going_back_sends_no_points_again_and_another_run_all_of_its_own() -> None:
    session = playing()
    viewer = Viewer(session)
    session.advance(50)
    late = look(viewer)
    do(session, "seek", step=20)
    viewer.seen(number(late))  # was on its way
    assert steps(look(viewer)) == []
    do(session, "set", changes={"batch_size": 5})
    assert steps(look(viewer)) == [0, 5, 10, 15, 20]


def test_after_a_reset_the_curve_starts_again() -> None:
    session = playing()
    viewer = Viewer(session)
    session.advance(50)
    viewer.seen(number(look(viewer)))
    do(session, "reset")
    assert steps(look(viewer)) == [0]


def test_viewers_of_the_same_moment_share_its_bytes() -> None:
    session = playing()
    one, other = Viewer(session), Viewer(session)
    assert one.frame() is other.frame()
    other.change(wire.View(neuron_resolution=8))
    session.advance(1)
    assert one.frame() is not other.frame()


def test_frame_numbers_only_grow_for_a_viewer() -> None:
    session = session_of()
    viewer = Viewer(session)
    numbers = [number(look(viewer))]
    for size in (8, 16, 8):
        viewer.change(wire.View(neuron_resolution=size))
        numbers.append(number(look(viewer)))
    assert numbers == sorted(set(numbers))


# --- the view ---


def test_a_view_changes_what_it_names_and_nothing_else() -> None:
    viewer = Viewer(session_of())
    viewer.change(wire.View(rate=10, probe=3))
    viewer.change(wire.View(output_resolution=16))
    expected = wire.View(rate=10, probe=3, output_resolution=16, neuron_resolution=24)
    assert viewer.view == expected
    viewer.change(wire.View(probe=None))
    assert viewer.view.probe is None


def test_another_size_asks_for_the_data_again_another_rate_does_not() -> None:
    viewer = Viewer(session_of())
    assert viewer.change(wire.View(neuron_resolution=32))
    assert not viewer.change(wire.View(neuron_resolution=32))
    assert not viewer.change(wire.View(rate=5, probe=1))
    digits = Viewer(session_of({"data": {"name": "digits"}}))
    assert not digits.change(wire.View(output_resolution=32))


def test_another_view_is_shown_at_once() -> None:
    viewer = Viewer(session_of())
    look(viewer)
    viewer.change(wire.View(probe=3))
    assert viewer.outdated


def test_a_probe_must_be_a_row_of_the_data() -> None:
    viewer = Viewer(session_of({"data": {"samples": 100}}))
    with pytest.raises(Invalid) as refused:
        viewer.change(wire.View(probe=100))
    assert refused.value.field == "probe"
    assert refused.value.allowed["maximum"] == 99
