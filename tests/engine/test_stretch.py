"""Training made in another process: the same numbers, to the last bit."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.optimizers import OPTIMIZERS
from engine.spec import Spec
from engine.stretch import Maker, Mark, Stretch
from engine.training import Snapshot, Trainer


def through(maker: Maker, stretch: Stretch) -> Any:
    """What comes back from there, as if through a pipe."""
    return pickle.loads(pickle.dumps(maker.make(pickle.loads(pickle.dumps(stretch)))))


def assert_equal(trainer: Trainer, state: Any) -> None:
    other = Trainer(trainer.spec)
    other.restore(Snapshot(trainer.spec, *state))
    assert other.step_count == trainer.step_count
    for (name, ours), (_, theirs) in zip(
        trainer.network.named_parameters(), other.network.named_parameters(), strict=True
    ):
        assert np.array_equal(ours.data, theirs.data), name
    assert other.gradients() == trainer.gradients()  # the same samples come next


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_two_stretches_are_the_steps_of_every_optimizer(name: str) -> None:
    spec = Spec.parse({"optimizer": {"name": name}})
    here, maker = Trainer(spec), Maker()
    first = through(maker, Stretch("a", here.snapshot(), 40))
    second = through(maker, Stretch("a", None, 97))
    here.run(40)
    assert_equal(here, first.state)
    here.run(57)
    assert_equal(here, second.state)


@pytest.mark.parametrize(
    "given_spec",
    [
        {"network": {"layers": [{"units": 4, "normalization": "batch"}, {"units": 1}]}},
        {"network": {"layers": [{"units": 4, "dropout": 0.3}, {"units": 1}]}},
        {"data": {"name": "iris"}, "loss": "cross_entropy", "network": {"layers": [{"units": 3}]}},
        {"dtype": "float32", "batch_size": "all"},
        {"schedule": {"name": "reduce_on_plateau"}},
    ],
)
def test_every_kind_of_run_goes_on_there(given_spec: dict[str, Any]) -> None:
    here = Trainer(Spec.parse(given_spec))
    here.run(13)
    made = through(Maker(), Stretch(1, here.snapshot(), 60))
    here.run(47)
    assert_equal(here, made.state)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.booleans(), st.booleans()), max_size=5),
    st.integers(1, 30),
)
def test_what_is_recorded_is_what_is_found_there(
    marks: list[tuple[int, bool, bool]], rest: int
) -> None:
    here, there, at = Trainer(Spec.parse({})), Trainer(Spec.parse({})), 0
    asked = []
    for ahead, measured, kept in marks:
        at += ahead
        asked.append(Mark(at, measured, kept))
    made = through(Maker(), Stretch(0, there.snapshot(), at + rest, tuple(asked)))
    assert [record.step for record in made.records] == [m.step for m in asked if any(m[1:])]
    for record in made.records:
        here.run(record.step - here.step_count)
        if record.metrics is not None:
            assert record.metrics == here.evaluate()
        if record.state is not None:
            assert_equal(here, record.state)


def test_it_ends_before_a_step_that_overflows() -> None:
    spec = Spec.parse({"optimizer": {"name": "sgd", "learning_rate": 100}, "loss": "mse",
                       "network": {"layers": [{"units": 4, "activation": "relu"},
                                              {"units": 1, "activation": "linear"}]}})  # fmt: skip
    here, maker = Trainer(spec), Maker()
    here.run(1000)
    assert here.overflow is not None
    made = through(maker, Stretch("a", Trainer(spec).snapshot(), 1000))
    assert made.state[0] == here.overflow.step
    with pytest.raises(KeyError):  # it keeps no net that went wrong
        maker.make(Stretch("a", None, 1001))


def test_it_ends_where_the_settings_say_and_goes_on_when_asked_again() -> None:
    spec = Spec.parse({"stopping": {"epoch": 2}})
    maker = Maker()
    made = through(maker, Stretch("a", Trainer(spec).snapshot(), 500, (Mark(30, True, False),)))
    here = Trainer(spec)
    here.run(500, stops=True)
    assert made.state[0] == here.step_count == 50
    assert through(maker, Stretch("a", None, 53)).state[0] == 53


def test_a_net_is_let_go_and_other_settings_are_taken_over() -> None:
    maker, trainer = Maker(), Trainer(Spec.parse({}))
    maker.make(Stretch("a", trainer.snapshot(), 5))
    slower = Spec.parse({"optimizer": {"name": "sgd", "learning_rate": 0.001}})
    trainer.apply(slower)
    made = maker.make(Stretch("a", trainer.snapshot(), 9))  # a live change
    trainer.run(9)
    assert_equal(trainer, made.state)
    wider = Trainer(Spec.parse({"network": {"layers": [{"units": 7}, {"units": 1}]}}))
    made = maker.make(Stretch("a", wider.snapshot(), 3))  # another net
    wider.run(3)
    assert_equal(wider, made.state)
    maker.let_go("a")
    with pytest.raises(KeyError):
        maker.make(Stretch("a", None, 10))
