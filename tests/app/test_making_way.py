"""Who trains as fast as it goes makes way for who comes in."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from app.limits import Limits
from app.main import create_app
from app.runner.allowance import Allowance
from app.runner.client import Client
from app.runner.compute import Compute
from app.runner.pace import Pace
from app.sessions.viewer import Viewer
from app.settings import Settings
from tests.app.sessions import session_of

STEP = 1e-5  # seconds


@dataclass
class Session:
    speed: float | None
    stepping: int = 0


@pytest.fixture
def compute() -> Iterator[Compute]:
    shared = Compute()
    yield shared
    asyncio.run(shared.close())


def pace_of(compute: Compute, speed: float | None) -> Pace:
    pace = Pace(Session(speed), compute)
    pace.step_cost.learn(STEP)
    return pace


def test_at_full_speed_pieces_are_smaller_for_a_moment(compute: Compute) -> None:
    pace = pace_of(compute, None)
    alone = pace.steps_due()
    compute.make_way()
    assert 1 <= pace.steps_due() <= alone / 5
    deadline = time.monotonic() + 5
    while compute.makes_way and time.monotonic() < deadline:
        time.sleep(0.01)
    assert pace.steps_due() == alone


def test_a_pace_that_was_asked_for_is_kept(compute: Compute) -> None:
    """Its pieces are as many as they are: smaller ones would be fewer steps."""
    pace = pace_of(compute, 3000.0)
    pace.begin()
    time.sleep(0.06)
    compute.make_way()
    assert pace.steps_due() > 150


def test_a_request_makes_way() -> None:
    app = create_app(Settings(data=""))
    with TestClient(app, "http://localhost:8000") as client:
        assert not app.state.runner.compute.makes_way
        assert client.get("/healthz").status_code == 200
        assert app.state.runner.compute.makes_way


def test_so_does_a_message_that_is_one_too_many(compute: Compute) -> None:
    limits = Limits(Settings(command_rate=0.01, command_burst=1))
    allowance = Allowance(Client(Viewer(session_of())), limits, compute)
    assert allowance.permits("{}") and not compute.makes_way
    assert not allowance.permits("{}") and compute.makes_way
