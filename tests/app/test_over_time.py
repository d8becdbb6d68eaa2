"""A run gone along again: what is told of its steps is, to the last bit, what a trainer run by hand
shows there; nobody who looks changes the run, and what is known is not computed again."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx2
import numpy as np
import pytest

from app.runner import Runner, sweeps
from app.sessions.explanations import record
from app.sessions.over_time import element, histograms, layers
from app.sessions.runs import Run
from app.sessions.sweep import MOST_REPLAYED, keep, stops, sweep
from engine.spec import Spec
from engine.training import Trainer
from tests.app.running import answered, run, until, watching
from tests.app.sessions import do, session_of
from tests.app.test_rest import error_of
from tests.client.backprop_client import BackpropClient

SPECS: dict[str, dict[str, Any]] = {
    "circle": {"optimizer": {"name": "adam"}},
    "taped": {
        "network": {"layers": [{"units": 5, "normalization": "batch", "dropout": 0.3}, {}]},
        "schedule": {"name": "cosine", "steps": 300},
    },
    "iris": {"data": {"name": "iris"}, "optimizer": {"name": "momentum"}},
}


def trained(spec: dict[str, Any], steps: int) -> Trainer:
    trainer = Trainer(Spec.parse(spec))
    trainer.run(steps)
    return trainer


def look(session: Any, what: Any, measure: Any, most: int = 20) -> Any:
    found = sweep(session.run, what, most, session.step)
    for _ in found.measure(measure):
        pass
    keep(session.run, what, found)
    return found


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
def test_every_step_is_as_a_trainer_run_by_hand_shows_it(spec: dict[str, Any]) -> None:
    session = session_of(spec)
    do(session, "step", count=700)
    while session.stepping:
        session.advance(100)
    found = look(session, "layers", layers)
    assert found.steps[0] == 0 and found.steps[-1] == 700 and found.complete
    assert 10 <= len(found.steps) <= 22
    for step in found.steps:
        assert found.measured[step] == trained(spec, step).health(ahead=True), step
    weight = look(session, "weight", element("layers.0.weight[1,0]", None))
    answer = look(session, "output", element("layers.0.output[0,1]", 4))
    for step in found.steps[::3]:
        trainer = trained(spec, step)
        trainer.gradients()
        parameter = dict(trainer.network.named_parameters())["layers.0.weight"]
        assert parameter.grad is not None
        assert weight.measured[step] == (parameter.data[1, 0], parameter.grad[1, 0])
        output = record(trainer, 4).names["layers.0.output"]
        assert output.grad is not None
        assert answer.measured[step] == (output.data[0, 1], output.grad[0, 1])


def test_who_looks_changes_nothing_also_on_the_tape() -> None:
    for spec in SPECS.values():
        session = session_of(spec)
        do(session, "step", count=300)
        session.advance(300)
        for what, measure in [
            ("row", element("layers.1.z[0,0]", 3)),
            ("activations", histograms("activations")),
            ("gradients", histograms("gradients")),
        ]:
            look(session, what, measure)
        alone = trained(spec, 300)
        for (name, mine), (_, theirs) in zip(
            session.trainer.network.named_parameters(),
            alone.network.named_parameters(),
            strict=True,
        ):
            assert np.array_equal(mine.data, theirs.data), name


def test_changes_on_the_way_are_made_again_and_a_branch_has_its_own_past() -> None:
    session = session_of()
    do(session, "step", count=100)
    session.advance(100)
    do(session, "set", changes={"optimizer": {"learning_rate": 0.3}})
    do(session, "edit", parameter="layers.0.weight", index=[0, 0], value=2.0)
    do(session, "step", count=100)
    session.advance(100)
    first = look(session, "weight", element("layers.0.weight[0,0]", None), most=200)
    by_hand = Trainer(Spec.parse({}))
    for step in range(201):
        if step == 100:
            by_hand.apply(by_hand.spec.merged({"optimizer": {"learning_rate": 0.3}}))
            by_hand.set_parameter("layers.0.weight", (0, 0), 2.0)
        by_hand.gradients()
        weight = by_hand.network.layers[0].weight
        assert weight.grad is not None
        assert first.measured[step] == (weight.data[0, 0], weight.grad[0, 0])
        by_hand.step()
    do(session, "seek", step=150)
    do(session, "edit", parameter="layers.0.weight", index=[0, 0], value=-1.0)
    branch = look(session, "weight", element("layers.0.weight[0,0]", None), most=200)
    assert session.run.id == branch.run == 2
    assert branch.steps[-1] == 150 and branch.measured[150].value == -1.0
    assert all(branch.measured[step] == first.measured[step] for step in range(150))


def test_what_is_known_is_not_measured_again_unless_it_was_changed() -> None:
    session = session_of()
    do(session, "step", count=64)
    session.advance(64)
    look(session, "layers", layers, most=64)
    again = sweep(session.run, "layers", 64, session.step)
    assert again.complete and not again.missing
    do(session, "step", count=1)
    session.advance(1)
    longer = sweep(session.run, "layers", 64, session.step)
    assert longer.steps[:3] == [0, 2, 4] and [each.step for each in longer.missing] == [65]
    look(session, "layers", layers, most=64)
    do(session, "set", changes={"optimizer": {"learning_rate": 0.5}})
    changed = sweep(session.run, "layers", 64, session.step)
    assert [each.step for each in changed.missing] == [65]
    do(session, "set", changes={"optimizer": {"learning_rate": 0.6}})  # in its place
    assert [each.step for each in sweep(session.run, "layers", 64, 65).missing] == [65]


def test_looks_that_nobody_asks_for_any_more_are_forgotten() -> None:
    session = session_of()
    for i in range(9):
        look(session, i, layers)
    assert list(session.run.measured) == [3, 4, 5, 6, 7, 8]


def test_in_a_long_run_only_keyframes_are_looked_at() -> None:
    trainer = trained({}, 0)
    run = Run(1, trainer.snapshot(), 5)
    run.head = 1_000_000
    run.keyframes.interval = 4096
    assert all(step % 4096 == 0 for step in stops(run, 60)[:-1])
    assert 30 <= len(stops(run, 60)) <= 62
    run.keyframes.interval, run.head = 65_536, MOST_REPLAYED + 1  # a net with room for few
    assert stops(run, 60) == [0, MOST_REPLAYED + 1]
    run.head = 13
    assert stops(run, 60) == list(range(14)) and stops(run, 5) == [0, 4, 8, 12, 13]


# --- over the API ---


@pytest.fixture(scope="module")
def where(server_url: str) -> Iterator[str]:
    """A session that has come to step 400."""
    with BackpropClient(server_url, {}) as lab:
        lab.command("step", count=400)
        yield f"{lab.url}/api/sessions/{lab.id}"


def whole(address: str) -> dict[str, Any]:
    for _ in range(20):
        answer = httpx2.get(address)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        if body["left"] == 0:
            return body
    raise AssertionError("it never comes to an end")


def test_the_layers_of_a_run(where: str) -> None:
    body = whole(f"{where}/history/layers?points=10")
    assert body["run"] == 1 and body["steps"] == [0, *range(64, 400, 64), 400]
    for i, step in enumerate(body["steps"]):
        for layer, health in zip(body["layers"], trained({}, step).health(ahead=True), strict=True):
            for name, value in vars(health).items():
                assert (layer[name] if name == "layer" else layer[name][i]) == value


@pytest.mark.parametrize("of", ["activations", "weights", "gradients"])
def test_the_histograms_of_a_run_are_those_of_numpy(where: str, of: str) -> None:
    body = whole(f"{where}/history/histograms?of={of}&points=5")
    assert body["of"] == of and body["steps"] == [0, 128, 256, 384, 400]
    for k, step in enumerate(body["steps"]):
        trainer = trained({}, step)
        trainer.gradients()
        outputs = trainer.network.activations(trainer.dataset.x_train)
        for layer, values in zip(body["layers"], outputs, strict=True):
            tensors = [t for _, t in trainer.network.layers[layer["layer"]].named_parameters()]
            if of != "activations":
                arrays = [t.data if of == "weights" else np.log10(np.abs(t.grad)) for t in tensors]
                values = np.concatenate([array.ravel() for array in arrays])
            counts = layer["counts"][k]
            edges = (layer["first"] + np.arange(len(counts) + 1)) * layer["width"]
            assert np.histogram(values, edges)[0].tolist() == counts
            assert sum(counts) == values.size and layer["zeros"][k] == layer["lost"][k] == 0
    widths = {(layer["width"], layer["first"]) for layer in body["layers"]}
    assert of != "gradients" or len(widths) == 1, "sizes are to be compared"


def test_a_number_of_a_run(where: str) -> None:
    body = whole(f"{where}/history/element?element=layers.1.bias[1]&points=3")
    assert (body["element"], body["row"]) == ("layers.1.bias[1]", None)
    for step, value, gradient in zip(body["steps"], body["values"], body["gradients"], strict=True):
        trainer = trained({}, step)
        trainer.gradients()
        bias = trainer.network.layers[1].bias
        assert bias.grad is not None and (value, gradient) == (bias.data[1], bias.grad[1])


def test_what_cannot_be_asked_is_refused(where: str) -> None:
    history = f"{where}/history"
    for path, status, field in [
        (f"{where[:-1]}/history/layers", 404, "id"),
        (f"{history}/layers?points=1", 422, "points"),
        (f"{history}/layers?points=many", 422, "points"),
        (f"{history}/layers?run=7", 422, "run"),
        (f"{history}/histograms?of=losses", 422, "of"),
        (f"{history}/element", 422, "element"),
        (f"{history}/element?element=layers.9.bias[0]", 422, "element"),
        (f"{history}/element?element=layers.0.bias[9]", 422, "element"),
        (f"{history}/element?element=layers.0.z[0,0]", 422, "row"),
        (f"{history}/element?element=layers.0.z[0,0]&row=99999", 422, "row"),
    ]:
        assert error_of(httpx2.get(path), status)["field"] == field, path


# --- a slice at a time ---

SLOW: dict[str, Any] = {"network": {"layers": [{"units": 16, "normalization": "batch"}] * 4 + [{}]}}


async def _patient() -> bool:
    return False


def test_a_long_way_is_told_in_parts_each_going_on_where_the_last_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeps, "_PATIENCE", 0.0)
    monkeypatch.setattr(sweeps, "_SLICE", 0.005)

    async def scenario(runner: Runner) -> None:
        async with watching(runner, SLOW) as (lane, stream):
            stream.say(id=1, type="step", count=300)
            await until(lambda: answered(stream, 1))
            counts: list[int] = []
            while not counts or counts[-1] < 39:
                found = await sweeps.along(lane, None, "layers", 40, layers, _patient)
                counts.append(len(found.measured))
            assert len(counts) > 3 and all(b > a for a, b in pairwise(counts))
            by_hand = trained(SLOW, 152)
            assert found.measured[152] == by_hand.health(ahead=True)

    run(scenario)


def test_what_nobody_waits_for_is_not_gone_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "_SLICE", 0.005)

    async def scenario(runner: Runner) -> None:
        async with watching(runner, SLOW) as (lane, stream):
            stream.say(id=1, type="step", count=300)
            await until(lambda: answered(stream, 1))
            asked = 0

            async def gone() -> bool:
                nonlocal asked
                asked += 1
                return asked == 3

            found = await sweeps.along(lane, None, "layers", 200, layers, gone)
            assert asked == 3 and len(found.measured) < len(found.steps) // 2

    run(scenario)
