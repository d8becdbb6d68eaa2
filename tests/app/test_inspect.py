"""Moments looked into over the API: the optimizer's memory, the space inside the net and the loss
around its weights are those of an engine of our own."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest

from app.runner import Runner, sweeps
from app.sessions.hidden_space import hidden_space
from engine.landscape import LossAround, descent, filter_normalized, length, line, places
from engine.projection import principal
from engine.spec import Spec
from engine.training import Trainer
from engine.update import propose
from tests.app.running import run
from tests.app.test_rest import error_of
from tests.client.backprop_client import BackpropClient, Binary, read_binary

STEPS = 120
ADAM = {"optimizer": {"name": "adam"}}


@pytest.fixture(scope="module")
def where(server_url: str) -> Iterator[str]:
    """A session with Adam that has come to step 120."""
    with BackpropClient(server_url, ADAM) as lab:
        lab.command("step", count=STEPS)
        yield f"{lab.url}/api/sessions/{lab.id}"


def trained(spec: Any = None, steps: int = STEPS) -> Trainer:
    trainer = Trainer(Spec.parse(ADAM if spec is None else spec))
    trainer.run(steps)
    return trainer


# --- the optimizer ---


def ask(address: str) -> dict[str, Any]:
    answer = httpx2.get(address)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_optimizer_tells_what_it_remembers_and_what_it_is_about_to_do(where: str) -> None:
    for step in (0, 50, STEPS):
        body = ask(f"{where}/optimizer?step={step}&parameter=layers.1.weight")
        trainer = trained(steps=step)
        trainer.gradients()
        named = dict(trainer.network.named_parameters())
        assert [each["name"] for each in body["parameters"]] == list(named)
        assert body["shape"] == [4, 2] and body["updates"] == step == body["step"]
        assert body["value"] == named["layers.1.weight"].data.ravel().tolist()
        state = trainer.memory.states.get("layers.1.weight", {})
        remembered = {each["name"]: each["values"] for each in body["remembered"]}
        assert remembered == {name: array.ravel().tolist() for name, array in state.items()}
        assert set(remembered) == ({"m", "v"} if step else set())
        grads = {name: t.grad for name, t in named.items() if t.grad is not None}
        weights = {name: t.data for name, t in named.items()}
        terms, _ = propose(trainer.spec, weights, grads, trainer.memory, trainer.factor)
        expected = terms["layers.1.weight"]
        assert [each["name"] for each in body["coming"]] == list(expected)
        for each in body["coming"]:
            assert each["values"] == expected[each["name"]].ravel().tolist()
        assert list(body["formulas"])[-1] == "update"
        trainer.step()
        moved = named["layers.1.weight"].data.ravel()
        # a replayed step has two numbers in another order: equal to rounding, not to the last bit
        told = np.array(body["value"]) + body["coming"][-1]["values"]
        np.testing.assert_allclose(told, moved, rtol=1e-14, atol=1e-18)


def test_an_optimizer_that_remembers_nothing_says_so(server_url: str) -> None:
    spec = {"schedule": {"name": "step", "steps": 1}}
    with BackpropClient(server_url, spec) as lab:
        lab.command("step", count=1)
        body = ask(f"{lab.url}/api/sessions/{lab.id}/optimizer")
    assert body["remembered"] == [] and body["parameter"] == "layers.0.weight"
    coming = {each["name"]: each["values"] for each in body["coming"]}
    assert list(coming) == ["gradient", "schedule", "update"]
    assert coming["schedule"] == [0.5] * 8, "a number for all of them is one for each"


# --- hidden space ---


def hidden(address: str) -> tuple[Binary, list[dict[str, Any]]]:
    answer = httpx2.get(address)
    assert answer.status_code == 200, answer.text
    message = read_binary(answer.content)
    return message, json.loads(message.metadata["levels"])


def test_samples_and_the_plane_are_carried_from_layer_to_layer(where: str) -> None:
    message, levels = hidden(f"{where}/hidden")
    trainer = trained()
    dataset = trainer.dataset
    assert [level["units"] for level in levels] == [2, 4, 2, 1]
    assert dataset.points is not None
    assert np.array_equal(message.arrays["points.0"], dataset.points)
    outputs = trainer.network.activations(dataset.x)
    assert np.array_equal(message.arrays["points.2"], outputs[1])
    assert np.array_equal(message.arrays["points.3"], outputs[2])
    seen = principal(outputs[0])
    assert np.array_equal(message.arrays["points.1"], seen.of(outputs[0]))
    assert levels[1]["explained"] == list(seen.explained) and levels[2]["explained"] is None
    plane = message.arrays["grid.0"].astype(float)
    assert plane.shape == (26, 61, 2) and plane[0, 0].tolist() == [-6, -6]
    assert (plane[:13, :, 0] == plane[:13, :1, 0]).all(), "thirteen lines of equal x1"
    assert (plane[13:, :, 1] == plane[13:, :1, 1]).all(), "thirteen lines of equal x2"
    folded = trainer.network.activations(plane.reshape(-1, 2))[1]
    assert np.allclose(message.arrays["grid.2"].reshape(-1, 2), folded, atol=1e-6)
    assert np.array_equal(message.arrays["targets"], dataset.y)


def test_two_units_may_be_chosen_instead_of_components(where: str) -> None:
    message, levels = hidden(f"{where}/hidden?layer=1&units=3,0&step=40")
    outputs = trained(steps=40).network.activations(trained().dataset.x)[0]
    assert np.array_equal(message.arrays["points.1"], outputs[:, [3, 0]])
    assert levels[1]["axes"] == [3, 0] and levels[1]["explained"] is None
    assert int(message.metadata["step"]) == 40


def test_many_samples_are_a_thousand_and_images_have_no_grid(server_url: str) -> None:
    with BackpropClient(server_url, {"data": {"name": "digits"}}) as lab:
        message, levels = hidden(f"{lab.url}/api/sessions/{lab.id}/hidden")
    rows = message.arrays["rows"].astype(int)
    dataset = trained({"data": {"name": "digits"}}, 0).dataset
    assert len(rows) == 1000 and rows[0] == 0 and rows[-1] == 1796
    assert np.array_equal(message.arrays["targets"], dataset.y[rows])
    assert np.array_equal(message.arrays["train"], dataset.train[rows])
    assert not message.arrays["validation"].any()
    assert "grid.0" not in message.arrays and levels[0]["units"] == 64
    assert np.allclose(message.arrays["points.0"], principal(dataset.x[rows]).of(dataset.x[rows]))


@pytest.mark.parametrize("value", [1e160, 1e308])
def test_a_net_whose_numbers_overflow_has_no_hidden_space_to_show(value: float) -> None:
    trainer = trained({"network": {"layers": [{"activation": "relu"}] * 2 + [{}]}}, 3)
    trainer.set_parameter("layers.0.weight", (0, 0), value)
    message = read_binary(hidden_space("", 1, trainer, None, None))
    assert json.loads(message.metadata["levels"]) == [] and not message.arrays


# --- the loss around ---


def slice_of(address: str) -> tuple[dict[str, Any], list[float], list[float]]:
    answer = httpx2.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    begin, *rest = [json.loads(text) for text in answer.text.splitlines()]
    train = [loss for each in rest for loss in each["train"]]
    test = [loss for each in rest for loss in each["test"]]
    assert len(train) == len(test) == begin["count"]
    return begin, train, test


@pytest.mark.parametrize("kind", ["gradient", "line", "plane"])
def test_the_middle_of_a_slice_is_the_loss_of_the_run(where: str, kind: str) -> None:
    begin, train, test = slice_of(f"{where}/landscape?kind={kind}&resolution=7&reach=0.5&seed=3")
    now = trained().evaluate()
    middle = len(train) // 2
    assert abs(train[middle] - now["train_loss"]) <= 1e-12
    assert abs(test[middle] - now["test_loss"]) <= 1e-12
    assert begin["train"] == train[middle] and begin["at"] == places(0.5, 7)
    assert begin["step"] == STEPS and len(set(train)) > len(train) // 2


def test_lines_are_those_of_the_engine_and_the_rate_is_a_step_of_descent(where: str) -> None:
    trainer = trained(steps=30)
    loss = LossAround(trainer)
    gradient = loss.gradient()
    begin, train, _ = slice_of(f"{where}/landscape?step=30&resolution=9")
    steepest = line(loss, loss.centre, descent(loss.centre, gradient), places(1, 9))
    assert train == [each.train for each in steepest]
    assert begin["rate"] == pytest.approx(0.001 * length(gradient) / length(loss.centre))
    _, train, _ = slice_of(f"{where}/landscape?step=30&resolution=9&kind=line&seed=5")
    direction = filter_normalized(loss.centre, np.random.default_rng(5))
    assert train == [each.train for each in line(loss, loss.centre, direction, places(1, 9))]
    _, other, _ = slice_of(f"{where}/landscape?step=30&resolution=9&kind=line&seed=6")
    assert train != other


def test_who_waits_no_longer_ends_the_computation() -> None:
    done: list[int] = []

    def work() -> Iterator[int]:
        for i in range(1_000_000):
            sum(range(20_000))
            done.append(i)
            yield i

    async def scenario(runner: Runner) -> None:
        async def listen() -> None:
            async for _ in sweeps.slices(runner.compute, work()):
                pass

        task = asyncio.create_task(listen())
        while not done:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        count = len(done)
        await asyncio.sleep(0.2)
        assert len(done) == count < 1_000_000

    run(scenario)


def test_a_connection_that_is_closed_ends_its_slice(server_url: str) -> None:
    spec = {"data": {"name": "digits"}}
    with BackpropClient(server_url, spec) as lab:
        address = f"{lab.url}/api/sessions/{lab.id}/landscape?kind=plane&resolution=81"
        with httpx2.stream("GET", address) as answer:
            first = next(answer.iter_lines())
            assert json.loads(first)["count"] == 81 * 81
        for _ in range(2):  # both worker threads are free again
            assert ask(f"{lab.url}/api/sessions/{lab.id}/optimizer")["step"] == 0


def test_what_cannot_be_asked_is_refused(where: str) -> None:
    for path, status, field in [
        (f"{where[:-1]}/optimizer", 404, "id"),
        (f"{where[:-1]}/hidden", 404, "id"),
        (f"{where[:-1]}/landscape", 404, "id"),
        (f"{where}/optimizer?step=999999", 422, "step"),
        (f"{where}/optimizer?parameter=layers.9.weight", 422, "parameter"),
        (f"{where}/hidden?layer=1&units=0", 422, "units"),
        (f"{where}/hidden?layer=1&units=0,4", 422, "units"),
        (f"{where}/hidden?layer=9&units=0,1", 422, "layer"),
        (f"{where}/landscape?kind=sphere", 422, "kind"),
        (f"{where}/landscape?resolution=10", 422, "resolution"),
        (f"{where}/landscape?resolution=1", 422, "resolution"),
        (f"{where}/landscape?kind=plane&resolution=101", 422, "resolution"),
        (f"{where}/landscape?reach=0", 422, "reach"),
        (f"{where}/landscape?reach=nan", 422, "reach"),
        (f"{where}/landscape?reach=far", 422, "reach"),
        (f"{where}/landscape?seed=-1", 422, "seed"),
    ]:
        assert error_of(httpx2.get(path), status)["field"] == field, path
