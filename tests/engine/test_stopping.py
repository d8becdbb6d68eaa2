"""Runs that stop by themselves, rates that watch the loss, losses with fields, whole batches."""

from typing import Any

import numpy as np
import pytest

from engine import Spec, SpecError, Trainer
from engine.losses import CrossEntropy
from engine.stopping import Progress, Stopping

PLATEAU = {"name": "reduce_on_plateau", "patience": 1, "threshold": 0.5}


def trainer(**settings: Any) -> Trainer:
    return Trainer(Spec.parse(settings))


def weights(trained: Trainer) -> dict[str, Any]:
    return {name: tensor.data.copy() for name, tensor in trained.network.named_parameters()}


# --- stopping ---


def test_it_stops_at_the_epoch_asked_for_and_goes_on_from_there() -> None:
    trained = trainer(stopping={"epoch": 3})
    trained.run(1000, stops=True)
    assert (trained.step_count, trained.epoch) == (75, 3.0)
    assert trained.stopped is not None and trained.stopped.reason == "epoch"
    trained.run(1000, stops=True)
    assert trained.step_count == 1075 and trained.stopped is None


def test_who_asks_for_steps_gets_all_of_them() -> None:
    trained = trainer(stopping={"epoch": 1, "patience": 1, "margin": 1e6})
    trained.run(333)
    assert trained.step_count == 333


def test_stopping_does_not_change_the_steps() -> None:
    watched, plain = trainer(stopping={"epoch": 2, "patience": 3}), trainer()
    watched.run(75, stops=True)
    watched.run(60, stops=True)
    plain.run(watched.step_count)
    assert all((weights(plain)[name] == w).all() for name, w in weights(watched).items())


def test_it_stops_when_patience_runs_out_and_tells_the_best_step() -> None:
    trained = trainer(stopping={"patience": 4, "margin": 0.05})
    losses = {0: np.inf}
    while trained.stopped is None:
        trained.run(25)
        losses[trained.step_count] = trained.evaluate()["test_loss"]
    steps = list(losses)
    best = trained.stopped.best_step
    assert trained.stopped.reason == "patience" and best == steps[-5]
    assert all(losses[step] >= losses[best] - 0.05 for step in steps[-4:])
    end = trained.step_count
    trained.run(10_000, stops=True)
    assert trained.stopped is not None and trained.step_count > end


def test_it_is_patient_once_more_when_it_is_to_go_on() -> None:
    rule = Stopping(patience=3)
    stops = [
        rule.reason(epoch, after)
        for epoch, after in enumerate(_seen(rule, [1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 0.5]), 1)
    ]
    assert stops == [None, None, None, "patience", None, None, "patience", None]


def _seen(rule: Stopping, losses: list[float]) -> list[Any]:
    seen = [Progress()]
    for step, loss in enumerate(losses, 1):
        seen.append(rule.after(loss, step, seen[-1]))
    return seen[1:]


@pytest.mark.parametrize(
    "settings",
    [
        {"stopping": {"patience": 2, "margin": 0.2}},
        {"schedule": PLATEAU},
        {"schedule": PLATEAU, "optimizer": {"name": "adam"}, "dtype": "float32"},
    ],
)
def test_what_is_watched_is_part_of_a_moment(settings: dict[str, Any]) -> None:
    trained = trainer(**settings)
    for _ in range(6):
        trained.run(30)
    kept = trained.snapshot()
    ends = []
    for again in (trained, Trainer(kept.spec)):
        again.restore(kept)
        for _ in range(8):
            again.run(30)
        ends.append((again.step_count, again.factor, again.stopped, weights(again)))
    first, second = ends
    assert first[:3] == second[:3]
    assert all((second[3][name] == w).all() for name, w in first[3].items())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"epoch": 0}, "stopping.epoch"),
        ({"epoch": 1.5}, "stopping.epoch"),
        ({"patience": -1}, "stopping.patience"),
        ({"margin": "x"}, "stopping.margin"),
        ({"until": 3}, "stopping.until"),
        (3, "stopping"),
    ],
)
def test_wrong_rules_are_refused(given: Any, field: str) -> None:
    with pytest.raises(SpecError) as error:
        Spec.parse({"stopping": given})
    assert error.value.field == field


def test_a_rule_is_written_only_where_there_is_one_and_can_be_taken_back() -> None:
    spec = Spec.parse({"stopping": {"epoch": 5, "patience": None}})
    assert spec.to_json()["stopping"] == {"epoch": 5}
    both = spec.merged({"stopping": {"patience": 7}})
    assert both.to_json()["stopping"] == {"epoch": 5, "patience": 7}
    none = both.merged({"stopping": {"epoch": None, "patience": None}})
    assert none == Spec.parse({}) and "stopping" not in none.to_json()


# --- a rate that watches ---


def test_a_plateau_lowers_the_rate_and_the_steps_feel_it() -> None:
    trained = trainer(schedule=PLATEAU)
    factors = []
    for _ in range(40):
        trained.run(25)
        factors.append(trained.factor)
    assert factors[0] == 1.0 and factors[-1] < 0.5
    before = weights(trained)
    trained.gradients()
    grads = {k: t.grad.copy() for k, t in trained.network.named_parameters() if t.grad is not None}
    trained.step()
    for name, weight in weights(trained).items():
        expected = before[name] - 0.03 * factors[-1] * grads[name]
        np.testing.assert_allclose(weight, expected, rtol=1e-12)


def test_the_terms_of_the_last_step_of_an_epoch_are_those_it_was_made_with() -> None:
    trained = trainer(schedule={**PLATEAU, "patience": 0})
    trained.run(24)
    for _ in range(4):
        before, factor = weights(trained), trained.factor
        trained.step()  # ends an epoch
        for name, terms in trained.terms.items():
            np.testing.assert_array_equal(before[name] + terms["update"], weights(trained)[name])
            assert terms.get("schedule", 1.0) == factor
        trained.run(24)


def test_tape_and_replay_follow_the_same_plateau() -> None:
    replayed, taped = trainer(schedule=PLATEAU), trainer(schedule=PLATEAU)
    taped.falls_back = "a test asked for it"
    for _ in range(500):
        assert replayed.step() == pytest.approx(taped.step(), rel=1e-10)
    assert replayed.factor == taped.factor < 1.0


# --- losses with fields ---


def test_a_loss_is_a_name_or_a_name_with_fields() -> None:
    plain, full = Spec.parse({"loss": "huber"}), Spec.parse({"loss": {"name": "huber"}})
    assert plain == full and full.to_json()["loss"] == "huber"
    sharp = Spec.parse({"loss": {"name": "huber", "delta": 0.5, "reduction": "sum"}})
    assert sharp.to_json()["loss"] == {"name": "huber", "delta": 0.5, "reduction": "sum"}
    assert Spec.parse(sharp.to_json()) == sharp and sharp.loss == "huber"


def test_fields_of_a_loss_change_alone_and_the_reduction_is_kept() -> None:
    spec = Spec.parse({}).merged({"loss": {"reduction": "sum"}})
    assert spec.to_json()["loss"] == {"name": "mse", "reduction": "sum"}
    huber = spec.merged({"loss": {"name": "huber", "delta": 2.0}})
    assert huber.to_json()["loss"] == {"name": "huber", "reduction": "sum", "delta": 2.0}
    assert huber.merged({"loss": {"delta": 1.0, "reduction": "mean"}}).to_json()["loss"] == "huber"
    assert huber.merged({"loss": "mse"}).to_json()["loss"] == "mse"
    assert spec.merged({"data": {"noise": 0.1}}).cost == spec.cost


def test_the_fields_of_a_loss_are_felt() -> None:
    mean, total = (
        trainer(loss={"name": "huber", "delta": 0.25, "reduction": kind})
        for kind in ("mean", "sum")
    )
    assert total.gradients() == pytest.approx(10 * mean.gradients())
    assert mean.gradients() != pytest.approx(trainer(loss="huber").gradients())


@pytest.mark.parametrize(
    ("loss", "field", "message"),
    [
        ({"name": "huber", "delta": 0}, "loss.delta", "greater than 0"),
        ({"name": "mse", "delta": 1}, "loss.delta", "is not a field here"),
        ({"name": "mse", "reduction": "max"}, "loss.reduction", "one of mean, sum"),
        ({"name": "cross_entropy"}, "loss.name", "one of mse"),
    ],
)
def test_wrong_fields_of_a_loss_are_refused(loss: Any, field: str, message: str) -> None:
    with pytest.raises(SpecError, match=message) as error:
        Spec.parse({"loss": loss})
    assert error.value.field == field


def iris(class_weights: Any, **others: Any) -> dict[str, Any]:
    loss = {"name": "cross_entropy", "class_weights": class_weights}
    return {"data": {"name": "iris"}, "loss": loss, **others}


def test_balanced_weights_make_every_class_count_the_same() -> None:
    trained = trainer(**iris("balanced", seed=3))
    y = trained.dataset.y_train.astype(int)
    assert isinstance(trained.loss, CrossEntropy)
    counts = np.bincount(y, minlength=3)
    np.testing.assert_allclose(counts * np.array(trained.loss.class_weights), len(y) / 3)
    assert trained.spec.to_json()["loss"]["class_weights"] == "balanced"


def test_a_class_of_more_weight_is_got_right_more_often() -> None:
    recalls = []
    for heavy in (0.02, 50.0):
        trained = trainer(**iris([1.0, heavy, 1.0]))
        trained.run(60)
        outputs = trained.network.activations(trained.dataset.x)[-1]
        second = trained.dataset.y == 1
        recalls.append(float(np.mean(outputs[second].argmax(axis=1) == 1)))
    assert recalls[0] < 0.2 and recalls[1] > 0.9


@pytest.mark.parametrize(
    ("weights", "field"),
    [
        ([1.0, 2.0], "loss.class_weights"),
        ([1.0, 2.0, 0.0], "loss.class_weights[2]"),
        ([1.0, 2.0, "x"], "loss.class_weights[2]"),
        ("equal", "loss.class_weights"),
        (3, "loss.class_weights"),
    ],
)
def test_wrong_class_weights_are_refused(weights: Any, field: str) -> None:
    with pytest.raises(SpecError) as error:
        Spec.parse(iris(weights))
    assert error.value.field == field


def test_a_list_of_class_weights_goes_with_its_classes_and_balanced_stays() -> None:
    listed, balanced = Spec.parse(iris([1, 2, 3])), Spec.parse(iris("balanced"))
    assert listed.merged({"data": {"name": "digits"}}).to_json()["loss"] == "cross_entropy"
    kept = balanced.merged({"data": {"name": "digits"}}).to_json()["loss"]
    assert kept == {"name": "cross_entropy", "class_weights": "balanced"}
    assert listed.merged({"loss": {"class_weights": None}}).to_json()["loss"] == "cross_entropy"


# --- a batch of all rows ---


def test_a_batch_of_all_rows_follows_the_rows() -> None:
    spec = Spec.parse({"batch_size": "all"})
    assert spec.batch_size == 250 and spec.to_json()["batch_size"] == "all"
    more = spec.merged({"data": {"samples": 1000}})
    assert more.batch_size == 500 and more.to_json()["batch_size"] == "all"
    whole, counted = trainer(batch_size="all"), trainer(batch_size=250)
    assert whole.run(20) == counted.run(20) and whole.epoch == 20.0


def test_batch_size_is_a_number_or_all() -> None:
    with pytest.raises(SpecError, match="batch_size must be an integer"):
        Spec.parse({"batch_size": "most"})
