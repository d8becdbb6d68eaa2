"""Replay: the same numbers as the tape, for everything that can be trained, whatever happens."""

import json
import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Spec, Tensor, Trainer
from engine.clipping import CLIPPINGS
from engine.layers import ACTIVATIONS, LAYERS, Activation, Dropout, Layer, Linear, Sequential
from engine.losses import LOSSES, CrossEntropy
from engine.ops import Array
from engine.optimizers import OPTIMIZERS, SGD, Memory, Optimizer
from engine.regularizers import REGULARIZERS, Regularizer
from engine.replay import Replay, Unreplayable, obstacle
from engine.replay.rows import Rows
from engine.schedules import SCHEDULES
from engine.tensor import apply
from tests.engine.test_layers import EXAMPLES
from tests.engine.test_ops import ROWS, Row

EXACT = {"rtol": 0.0, "atol": 0.0}
CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def trainer(**settings: Any) -> Trainer:
    return Trainer(Spec.parse(settings))


def on_tape(**settings: Any) -> Trainer:
    """The same, but every step runs on the tape."""
    trained = trainer(**settings)
    trained.falls_back = "a test asked for it"
    return trained


def run(trained: Trainer, steps: int) -> Trainer:
    for _ in range(steps):
        trained.step()
    return trained


def weights(trained: Trainer) -> dict[str, Array]:
    return {name: tensor.data.copy() for name, tensor in trained.network.named_parameters()}


def assert_weights_agree(a: Trainer, b: Trainer, **tolerance: float) -> None:
    ours, theirs = weights(a), weights(b)
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], err_msg=name, **tolerance)


# Rates are such that training is calm: a wild run doubles any difference, of the last bit too,
# every few steps, and nobody's result is the right one.


def assert_a_thousand_steps_agree(**settings: Any) -> None:
    replayed, taped = trainer(**settings), on_tape(**settings)
    losses = [(replayed.step(), taped.step()) for _ in range(1000)]
    assert replayed.falls_back is None and replayed.overflow is None
    np.testing.assert_allclose(*zip(*losses, strict=True), **CLOSE)
    assert_weights_agree(replayed, taped, **CLOSE)


# --- the same numbers: ops, layers, losses, optimizers ---


@pytest.mark.parametrize(("name", "row"), ROWS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_every_op_gives_the_gradients_of_its_rule(name: str, row: Row, data: st.DataObject) -> None:
    op, inputs = data.draw(row)
    shape = apply(op, *inputs).shape
    upstream = np.random.default_rng(5).uniform(0.5, 1.5, shape)
    parameters = [(f"p{i}", tensor) for i, tensor in enumerate(inputs) if tensor.requires_grad]

    def forward(x: Tensor) -> Tensor:
        return (apply(op, *inputs) * upstream).sum().reshape(1, 1)

    for _, tensor in parameters:
        tensor.grad = None
    forward(Tensor(0.0)).backward(np.ones((1, 1)))
    expected = [tensor.grad for _, tensor in parameters]
    replay = Replay(parameters, forward, lambda o, y: o.sum(), np.ones(1), np.ones(1), SGD())
    for _ in range(2):  # a second run finds the arrays as the first one left them
        loss = replay.gradients(0, 1)
    replay.flat.show_gradients()
    assert loss == pytest.approx(forward(Tensor(0.0)).data.item(), rel=1e-12, abs=1e-12)
    for (_, tensor), gradient in zip(parameters, expected, strict=True):
        assert tensor.grad is not None and gradient is not None
        np.testing.assert_allclose(tensor.grad, gradient, rtol=1e-12, atol=1e-13)


@dataclass
class Run:
    """A free net on random rows, by replay and on the tape."""

    layer: Layer
    loss: Callable[[Tensor, Array], Tensor]
    x: Array
    y: Array
    rate: float = 0.001
    size: int = 8

    def replayed(self, steps: int) -> list[Array]:
        replay = Replay(
            self.layer.named_parameters(),
            self.layer.forward,
            self.loss,
            self.x,
            self.y,
            SGD(self.rate),
        )
        for step in range(steps):
            replay.gradients(step * self.size % len(self.y), self.size)
            replay.advance(1.0)
        return [tensor.data.copy() for _, tensor in self.layer.named_parameters()]

    def taped(self, steps: int) -> list[Array]:
        for step in range(steps):
            rows = slice(step * self.size % len(self.y), step * self.size % len(self.y) + self.size)
            for _, tensor in self.layer.named_parameters():
                tensor.grad = None
            self.loss(
                self.layer(Tensor(self.x[rows], requires_grad=False)), self.y[rows]
            ).backward()
            for _, tensor in self.layer.named_parameters():
                assert tensor.grad is not None
                tensor.data = tensor.data - self.rate * tensor.grad
        return [tensor.data for _, tensor in self.layer.named_parameters()]


def around(layer: Layer) -> Sequential:
    """The layer between two others, so that gradients pass through it."""
    width = layer(Tensor(np.ones((5, 4)))).shape[1]
    rng = np.random.default_rng(3)
    return Sequential(Linear(rng, 3, 4, "tanh"), layer, Linear(rng, width, 1))


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_replays_or_says_why_not(name: str) -> None:
    if why := obstacle(around(EXAMPLES[name]())):
        assert why.startswith(("dropout", "batch_norm"))
        return
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(32, 3)), rng.normal(size=32)
    loss = LOSSES["mse"]()
    replayed = Run(around(EXAMPLES[name]()), loss, x, y).replayed(1000)
    taped = Run(around(EXAMPLES[name]()), loss, x, y).taped(1000)
    for ours, theirs in zip(replayed, taped, strict=True):
        np.testing.assert_allclose(ours, theirs, **CLOSE)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_thousand_steps_with_every_activation(name: str) -> None:
    layers = [{"units": 5, "activation": name}, {"units": 4, "activation": name}, {}]
    assert_a_thousand_steps_agree(network={"layers": layers})


def test_softmax_as_an_activation_inside() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(32, 3)), rng.normal(size=32)

    def net() -> Layer:
        return around(Sequential(Linear(np.random.default_rng(4), 4, 6), Activation("softmax")))

    for ours, theirs in zip(
        Run(net(), LOSSES["mse"](), x, y).replayed(1000),
        Run(net(), LOSSES["mse"](), x, y).taped(1000),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, **CLOSE)


FITTING = {"binary": "circle", "multiclass": "iris", "regression": "plane"}


@pytest.mark.parametrize(
    ("loss", "task"), [(name, task) for name, loss in LOSSES.items() for task in loss.tasks]
)
def test_a_thousand_steps_with_every_loss(loss: str, task: str) -> None:
    assert_a_thousand_steps_agree(
        loss=loss, data={"name": FITTING[task]}, optimizer={"learning_rate": 0.01}
    )


@pytest.mark.parametrize("shares", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_cross_entropy_of_classes_and_of_shares(reduction: str, shares: bool) -> None:
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(32, 3)), rng.integers(0, 3, 32)
    targets = np.eye(3)[y] * 0.9 + 0.1 / 3 if shares else y

    def net() -> Layer:
        return Sequential(Linear(np.random.default_rng(4), 3, 3))

    loss = CrossEntropy(reduction)
    for ours, theirs in zip(
        Run(net(), loss, x, targets).replayed(1000),
        Run(net(), loss, x, targets).taped(1000),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, **CLOSE)


RECORDED = json.loads((Path(__file__).parent / "fixtures" / "optimizers.json").read_text())["cases"]


@pytest.mark.parametrize("case", RECORDED)
def test_a_thousand_steps_with_every_optimizer_and_its_settings(case: str) -> None:
    optimizer = {"name": RECORDED[case]["name"], **RECORDED[case]["settings"]}
    optimizer["learning_rate"] = min(optimizer.get("learning_rate", 0.01), 0.001)
    assert_a_thousand_steps_agree(optimizer=optimizer)


def test_every_optimizer_is_among_them() -> None:
    assert {recorded["name"] for recorded in RECORDED.values()} == OPTIMIZERS.keys()


@pytest.mark.parametrize("name", REGULARIZERS)
def test_a_thousand_steps_with_every_penalty(name: str) -> None:
    assert_a_thousand_steps_agree(regularization={"name": name, "rate": 0.01})


@pytest.mark.parametrize("limit", [0.02, 1000.0])
@pytest.mark.parametrize("name", CLIPPINGS)
def test_a_thousand_steps_with_every_clipping(name: str, limit: float) -> None:
    assert_a_thousand_steps_agree(clipping={"name": name, "limit": limit})


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_thousand_steps_with_every_schedule(name: str) -> None:
    optimizer = {"name": "momentum", "learning_rate": 0.001}
    assert_a_thousand_steps_agree(schedule={"name": name}, optimizer=optimizer)


def test_a_penalty_that_is_not_in_the_list_is_traced() -> None:
    class Quartic(Regularizer):
        name = "quartic"

        def cost(self, weight: Tensor) -> Tensor:
            return (weight**4).sum()

    layer = Linear(np.random.default_rng(0), 2, 1)
    x, y = np.ones((4, 2)), np.zeros(4)
    named, loss = layer.named_parameters(), LOSSES["mse"]()
    replay = Replay(named, layer.forward, loss, x, y, SGD(), [layer.weight], Quartic(0.1))
    replay.gradients(0, 4)
    replay.flat.show_gradients()
    replayed = layer.weight.grad
    layer.weight.grad = layer.bias.grad = None
    price = Quartic(0.1).penalty([layer.weight])
    assert price is not None and replayed is not None
    (loss(layer(Tensor(x)), y) + price).backward()
    np.testing.assert_allclose(replayed, layer.weight.grad, **CLOSE)


def test_where_the_same_calls_run_the_bits_are_the_same() -> None:
    """Products and biases are folded into one call; without them every call is that of the tape."""
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(32, 3)), rng.normal(size=(32, 3))
    scale = Tensor(rng.normal(size=(1, 3)))

    class Scale(Layer, name="scale"):
        def forward(self, x: Tensor) -> Tensor:
            return (x * scale).tanh() * x.sigmoid()

        def named_parameters(self) -> list[tuple[str, Tensor]]:
            return [("scale", scale)]

    del LAYERS["scale"]
    start = scale.data.copy()

    def loss(output: Tensor, targets: Array) -> Tensor:
        return ((output - targets) ** 2).sum()

    replayed = Run(Scale(), loss, x, y, 0.01).replayed(50)
    scale.data = start
    taped = Run(Scale(), loss, x, y, 0.01).taped(50)
    np.testing.assert_allclose(replayed[0], taped[0], rtol=1e-15, atol=0)


def test_float32_replays_in_float32() -> None:
    replayed, taped = trainer(dtype="float32"), on_tape(dtype="float32")
    assert_weights_agree(run(replayed, 100), run(taped, 100), rtol=1e-4, atol=1e-5)
    assert {array.dtype for array in weights(replayed).values()} == {np.dtype("f4")}


# --- whatever happens meanwhile ---


def test_a_smaller_last_batch_has_a_program_of_its_own() -> None:
    assert_a_thousand_steps_agree(batch_size=30)  # 250 rows: 8 batches of 30 and one of 10


def test_one_sample_at_a_time() -> None:
    assert_a_thousand_steps_agree(batch_size=1, optimizer={"learning_rate": 0.005})


def test_all_samples_at_once() -> None:
    assert_a_thousand_steps_agree(batch_size=250)


CHANGES: list[dict[str, Any]] = [
    {"optimizer": {"learning_rate": 0.1}},
    {"optimizer": {"name": "adam", "learning_rate": 0.01}},
    {"batch_size": 17},
    {"loss": "mae"},
    {"regularization": {"name": "l1", "rate": 0.001}},
    {"clipping": {"name": "norm", "limit": 0.1}},
    {"schedule": {"name": "cosine", "steps": 100}},
    {"network": {"layers": [{"activation": "relu"}, {"units": 2}, {}]}},
]


def test_every_live_change_counts_from_the_next_step() -> None:
    replayed, taped = trainer(), on_tape()
    for change in CHANGES:
        for trained in (replayed, taped):
            trained.apply(trained.spec.merged(change))
        taped.falls_back = "a test asked for it"
        run(replayed, 60), run(taped, 60)
        assert replayed.falls_back is None
        assert_weights_agree(replayed, taped, **CLOSE)
        assert replayed.memory.steps == taped.memory.steps


@pytest.mark.parametrize("inside", [True, False])
def test_an_edited_weight_counts_from_the_next_step(inside: bool) -> None:
    replayed, taped = run(trainer(), 20), run(on_tape(), 20)
    for trained in (replayed, taped):
        weight = trained.network.layers[1].weight
        if inside:
            weight.data[0, 0] = 3.0
        else:
            weight.data = np.full(weight.shape, 0.5)
    assert_weights_agree(run(replayed, 20), run(taped, 20), **CLOSE)


def test_an_edit_after_a_look_at_the_gradients_is_looked_at_again() -> None:
    trained = run(trainer(), 5)
    loss = trained.gradients()
    trained.network.layers[0].weight.data = np.zeros((2, 4))
    assert trained.gradients() != loss


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_time_travel_is_exact(optimizer: str) -> None:
    trained = run(trainer(optimizer={"name": optimizer}, batch_size=30), 120)
    snapshot = trained.snapshot()
    run(trained, 80)
    at_200, memory = weights(trained), trained.memory
    trained.restore(snapshot)
    run(trained, 80)
    for name, array in weights(trained).items():
        assert array.tobytes() == at_200[name].tobytes()
    for name, state in trained.memory.states.items():
        for key, array in state.items():
            assert array.tobytes() == memory.states[name][key].tobytes()


def test_a_snapshot_does_not_move_on_with_the_net() -> None:
    trained = run(trainer(optimizer={"name": "adam"}), 10)
    snapshot = trained.snapshot()
    before = {name: array.copy() for name, array in snapshot.parameters.items()}
    m = snapshot.memory.states["layers.0.weight"]["m"].copy()
    run(trained, 10)
    for name, array in snapshot.parameters.items():
        np.testing.assert_array_equal(array, before[name])
    np.testing.assert_array_equal(snapshot.memory.states["layers.0.weight"]["m"], m)
    trained.restore(snapshot)
    run(trained, 10)
    np.testing.assert_array_equal(snapshot.parameters["layers.0.weight"], before["layers.0.weight"])


def test_looking_changes_nothing() -> None:
    looked, plain = trainer(optimizer={"name": "adam"}), trainer(optimizer={"name": "adam"})
    for _ in range(60):
        looked.gradients()
        assert looked.objective is not None
        looked.health()
        looked.snapshot()
        looked.step()
        assert looked.memory.steps == looked.step_count
    assert_weights_agree(looked, run(plain, 60), **EXACT)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_terms_of_a_replayed_step_are_those_of_the_tape(optimizer: str) -> None:
    given: dict[str, Any] = {"optimizer": {"name": optimizer}, "clipping": {"name": "norm"}}
    replayed, taped = run(trainer(**given), 5), run(on_tape(**given), 5)
    replayed.gradients()  # of the step after it
    for name, terms in taped.terms.items():
        assert replayed.terms[name].keys() == terms.keys()
        for key, array in terms.items():
            np.testing.assert_allclose(replayed.terms[name][key], array, **CLOSE, err_msg=key)


def test_the_graph_shown_belongs_to_the_step_that_is_taken() -> None:
    trained = run(trainer(), 7)
    loss = trained.gradients()
    assert trained.objective is not None
    assert float(trained.objective.data) == pytest.approx(loss, rel=1e-14)
    weight = trained.network.layers[0].weight
    before, grad = weight.data.copy(), weight.grad
    assert grad is not None
    trained.step()
    np.testing.assert_array_equal(weight.data, before + grad * -0.03)


def test_an_overflow_leaves_everything_as_it_was_before_the_step() -> None:
    relu = {"network": {"layers": [{"units": 8, "activation": "relu"}, {"activation": "linear"}]}}
    trained = trainer(**relu, optimizer={"name": "momentum", "learning_rate": 50.0})
    while trained.overflow is None:
        before, velocity = weights(trained), trained.memory.states
        trained.step()
    assert math.isnan(trained.step())
    for name, array in weights(trained).items():
        np.testing.assert_array_equal(array, before[name])
        kept = trained.memory.states[name]["velocity"]
        np.testing.assert_array_equal(kept, velocity[name]["velocity"])


# --- falling back ---


def test_a_net_with_dropout_says_why_it_is_not_replayed() -> None:
    net = Sequential(Linear(np.random.default_rng(0), 2, 4), Dropout(np.random.default_rng(1)))
    assert obstacle(net) == "dropout draws other values at each step"
    net.train(False)
    assert obstacle(net) is None


def test_a_layer_that_computes_beside_the_tape_is_found_out() -> None:
    layer = Linear(np.random.default_rng(0), 2, 1)

    def forward(x: Tensor) -> Tensor:
        return layer(x) * np.abs(x.data[:, :1])

    x = np.random.default_rng(1).normal(size=(8, 2))
    replay = Replay(layer.named_parameters(), forward, LOSSES["mse"](), x, np.ones(8), SGD())
    with pytest.raises(Unreplayable, match="not on the tape"):
        replay.program(4)


def replay_with(loss: Any, y: Array) -> Replay:
    layer = Linear(np.random.default_rng(0), 2, 3)
    return Replay(layer.named_parameters(), layer.forward, loss, np.ones((len(y), 2)), y, SGD())


def test_a_loss_that_divides_by_a_sum_over_the_batch_says_why() -> None:
    replay = replay_with(CrossEntropy("mean", (1.0, 2.0, 3.0)), np.array([0, 1, 2, 0, 1, 2]))
    with pytest.raises(Unreplayable, match="from the batch as a whole"):
        replay.program(2)


def test_a_parameter_that_gets_no_gradient_is_named() -> None:
    layer, unused = Linear(np.random.default_rng(0), 2, 1), Tensor(1.0)
    named = [*layer.named_parameters(), ("unused", unused)]
    replay = Replay(named, layer.forward, LOSSES["mse"](), np.ones((4, 2)), np.ones(4), SGD())
    with pytest.raises(Unreplayable, match="no gradient reaches unused"):
        replay.program(4)


def test_a_trainer_that_falls_back_trains_all_the_same() -> None:
    trained = on_tape()
    run(trained, 500)
    assert trained.falls_back == "a test asked for it"
    assert trained.evaluate()["train_loss"] < 0.5


# --- what it costs ---


@pytest.mark.alone
def test_a_structural_change_traces_anew_in_under_20_milliseconds() -> None:
    deep = [{"units": 8}] * 8
    trained = run(trainer(network={"layers": [*deep, {}]}, batch_size=30), 1)
    times = []
    for activation in ("relu", "gelu", "sigmoid", "tanh") * 2:
        layers = [{**layer, "activation": activation} for layer in deep]
        trained.apply(trained.spec.merged({"network": {"layers": [*layers, {}]}}))
        start = time.perf_counter()
        trained.step()
        times.append(time.perf_counter() - start)
    assert sorted(times)[len(times) // 2] < 0.020


def test_a_replayed_gradient_makes_no_arrays() -> None:
    trained = run(trainer(batch_size=250), 3)
    replay = trained._replay
    assert replay is not None
    program = replay.program(trained.spec.batch_size)
    batch = [table[: trained.spec.batch_size] for table in replay.rows.ordered(program.tables)]
    program.run(*batch)
    tracemalloc.start()
    for _ in range(10):
        program.run(*batch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2000  # the views of the samples; the least array has 250 numbers, 2,000 bytes


def test_a_program_reads_as_one_call_per_line() -> None:
    trained = run(trainer(), 1)
    assert trained._replay is not None
    lines = trained._replay.program(10).source.splitlines()
    assert lines[0] == "def run(x_1, t0):"
    assert "    layers_0_T_dot(x_1_T, affine_1_T)" in lines
    assert "    tanh(affine_1, tanh_1)" in lines
    assert len(lines) < 30


def test_rows_of_a_loss_are_slices_of_one_table() -> None:
    y = np.array([1.0, -1.0, 1.0, -1.0])
    rows = Rows(np.ones((4, 2)), y, np.dtype("f8"))
    loss = LOSSES["mse"]()
    names = rows.targets(loss, [y[:2, None]], 2, (1,))
    assert names == ["t0"]
    rows.reorder(np.array([3, 2, 1, 0]))
    np.testing.assert_array_equal(rows.ordered(("t0",))[0][:2], [[-1.0], [1.0]])


def test_memory_may_come_from_the_tape() -> None:
    taped, replayed = run(on_tape(optimizer={"name": "adam"}), 30), trainer()
    replayed.restore(taped.snapshot())
    assert isinstance(replayed.optimizer, Optimizer) and replayed.memory != Memory()
    assert_weights_agree(run(replayed, 30), run(taped, 30), **CLOSE)
