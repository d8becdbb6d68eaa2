"""What a walk can show has words in both languages: ops, their conventions, and every term that an
optimizer computes."""

from typing import Any

import numpy as np
import pytest

from engine.ops import OPS
from engine.optimizers import OPTIMIZERS
from tests.words import words as read_words

SWITCHES: dict[str, dict[str, Any]] = {
    "sgd": {"momentum": 0.9, "nesterov": True},
    "rmsprop": {"centered": True, "momentum": 0.9},
}
AROUND = {"gradient", "clipped", "schedule"}  # of the update, whatever the optimizer


@pytest.fixture(params=["en", "zh"])
def words(request: pytest.FixtureRequest) -> Any:
    return read_words(request.param)["walk"]


def test_every_op_of_single_numbers_has_a_name_and_its_convention_words(words: Any) -> None:
    single = {name: op for name, op in OPS.items() if op.expression}
    assert set(single) <= set(words["ops"])
    assert {name for name, op in single.items() if op.convention} <= set(words["kinks"])


def test_every_term_of_every_optimizer_has_a_name(words: Any) -> None:
    for name, kind in OPTIMIZERS.items():
        for settings in ({}, SWITCHES.get(name, {})):
            optimizer = kind(**settings)
            state = {key: np.ones(1) for key in optimizer.remembers}
            terms = optimizer.rule(np.ones(1), np.ones(1), dict(state), 8)
            named = {*terms, *optimizer.formulas(8, state), *AROUND}
            assert named <= set(words["update"]["terms"]), name
