"""The layers of a session's nets: normalization, dropout and residual connections, in training and
in evaluation, beside PyTorch where it is installed."""

from typing import Any

import numpy as np
import pytest

from engine import Network, Spec, SpecError, Tensor, Trainer
from engine.explain import Explanation
from engine.gradcheck import difference
from engine.layers import NORMALIZATIONS, Dense
from engine.names import Names
from engine.ops import Array
from engine.rerun import Rerun, check
from engine.walkthrough import NotInScalars, walk_network

HIDDEN: dict[str, dict[str, Any]] = {
    "batch norm": {"normalization": "batch"},
    "layer norm": {"normalization": "layer"},
    "dropout": {"dropout": 0.4},
    "residual": {"residual": True},
    "all of it": {"normalization": "batch", "dropout": 0.25, "residual": True},
    "linear, all of it": {
        **{"activation": "linear", "normalization": "layer", "dropout": 0.25, "residual": True}
    },
}


def spec(name: str, **others: Any) -> Spec:
    """Two inputs, and two hidden layers of two, the second of which has it all."""
    layers = [{"units": 2}, {"units": 2, **HIDDEN[name]}, {}]
    return Spec.parse({"network": {"layers": layers}, **others})


def weights(trainer: Trainer) -> dict[str, Array]:
    return {name: tensor.data.copy() for name, tensor in trainer.network.named_parameters()}


# --- gradients ---


@pytest.mark.parametrize("name", HIDDEN)
def test_gradients_while_training_are_derivatives_of_the_loss_while_training(name: str) -> None:
    trainer = Trainer(spec(name))
    trainer.run(7)
    trainer.gradients()
    x, y = trainer.next_batch()

    def loss() -> float:
        output = trainer.network.forward(Tensor(x, requires_grad=False), trainer.step_count)
        return float(trainer.loss(output, y).data)

    buffers = trainer.network.buffers
    for parameter, tensor in trainer.network.named_parameters():
        for index in np.ndindex(tensor.shape):
            expected = difference(loss, tensor.data, index)
            assert tensor.grad is not None
            assert tensor.grad[index] == pytest.approx(expected, rel=1e-5, abs=1e-8), parameter
    trainer.network.buffers = buffers


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", HIDDEN)
def test_everything_keeps_the_type_of_the_net(name: str, dtype: str) -> None:
    trainer = Trainer(spec(name, dtype=dtype))
    trainer.run(3)
    assert trainer.network.activations(np.zeros((4, 2), dtype))[-1].dtype == dtype
    for parameter, tensor in trainer.network.named_parameters():
        assert tensor.data.dtype == dtype, parameter
    assert all(array.dtype == dtype for array in trainer.network.buffers.values())


@pytest.mark.parametrize("name", HIDDEN)
def test_it_learns_the_circle(name: str) -> None:
    layers = [{"units": 6}, {"units": 6, **HIDDEN[name]}, {}]
    trainer = Trainer(Spec.parse({"network": {"layers": layers}}))
    before = trainer.evaluate()["test_loss"]
    trainer.run(1500)
    assert trainer.evaluate()["test_loss"] < before / 2


# --- training and evaluation ---


def test_dropout_loses_values_in_training_only() -> None:
    network = Network(spec("dropout").network, 2)
    x = Tensor(np.random.default_rng(0).normal(size=(6, 2)))
    first, again = (network.forward(x).data for _ in range(2))
    assert (first == again).all()
    assert not np.allclose(network.forward(x, 3).data, first)


def test_the_same_step_has_the_same_masks_and_another_one_others() -> None:
    network = Network(spec("dropout").network, 2, seed=5)
    x = Tensor(np.ones((20, 2)))
    third, again, fourth = (network.forward(x, step).data for step in (3, 3, 4))
    assert (third == again).all() and (third != fourth).any()
    other = Network(spec("dropout").network, 2, seed=6)
    other.buffers = network.buffers
    for (_, ours), (_, theirs) in zip(
        network.named_parameters(), other.named_parameters(), strict=True
    ):
        theirs.data = ours.data
    assert (other.forward(x, 3).data != third).any()


def test_on_average_dropout_changes_nothing() -> None:
    layer = Dense(np.random.default_rng(0), 2, 3, dropout=0.3)
    layer.dropout.rng = np.random.default_rng(1)
    x = Tensor(np.ones((40_000, 2)))
    mean = layer(x).data.mean(axis=0)
    layer.train(False)
    np.testing.assert_allclose(mean, layer(x).data[0], rtol=0.02)


def test_running_statistics_follow_the_steps_that_are_taken() -> None:
    trainer = Trainer(spec("batch norm"))
    start = trainer.network.buffers
    assert start.keys() == {"layers.1.running_mean", "layers.1.running_var"}
    for _ in range(3):  # looking changes nothing
        trainer.gradients()
        trainer._forget()
    trainer.evaluate()
    assert all((trainer.network.buffers[name] == start[name]).all() for name in start)
    x, _ = trainer.next_batch()
    z = trainer.network.activations(x)[0] @ weights(trainer)["layers.1.weight"]
    trainer.step()
    np.testing.assert_allclose(
        trainer.network.buffers["layers.1.running_mean"], 0.1 * z.mean(axis=0)
    )
    np.testing.assert_allclose(
        trainer.network.buffers["layers.1.running_var"], 0.9 + 0.1 * z.var(axis=0, ddof=1)
    )


def test_evaluation_of_one_sample_does_not_depend_on_its_neighbours() -> None:
    trainer = Trainer(spec("all of it"))
    trainer.run(50)
    x = trainer.dataset.x[:9]
    together = trainer.network.activations(x)[-1]
    alone = np.concatenate([trainer.network.activations(row[None])[-1] for row in x])
    np.testing.assert_allclose(together, alone, rtol=1e-12)


@pytest.mark.parametrize("name", HIDDEN)
def test_a_moment_restored_goes_on_to_the_last_bit(name: str) -> None:
    trainer = Trainer(spec(name, optimizer={"name": "adam"}))
    trainer.run(40)
    kept = trainer.snapshot()
    trainer.run(40)
    end, buffers = weights(trainer), trainer.network.buffers
    for again in (trainer, Trainer(kept.spec)):
        again.restore(kept)
        again.run(40)
        assert all((weights(again)[key] == end[key]).all() for key in end)
        assert all((again.network.buffers[key] == buffers[key]).all() for key in buffers)


def test_what_cannot_be_replayed_says_why_and_the_rest_is_replayed() -> None:
    reasons = {}
    for name in HIDDEN:
        trainer = Trainer(spec(name))
        trainer.run(2)
        reasons[name] = trainer.falls_back
    assert reasons["residual"] is None and reasons["layer norm"] is None
    assert reasons["dropout"] == "dropout draws other values at each step"
    assert reasons["batch norm"] == "batch_norm measures each batch to keep running means"


@pytest.mark.parametrize("name", ["residual", "layer norm"])
def test_replayed_steps_agree_with_those_on_the_tape(name: str) -> None:
    replayed, taped = Trainer(spec(name)), Trainer(spec(name))
    taped.falls_back = "a test asked for it"
    for _ in range(300):
        assert replayed.step() == pytest.approx(taped.step(), rel=1e-10)
    assert replayed.falls_back is None


def test_dropout_and_residual_change_while_it_trains_and_a_norm_needs_another_net() -> None:
    plain = Spec.parse({"network": {"layers": [{"units": 2}, {"units": 2}, {}]}})
    for name, live in [("dropout", True), ("residual", True), ("batch norm", False)]:
        assert spec(name).live_change_from(plain) is live
    trainer = Trainer(plain)
    trainer.run(10)
    trainer.apply(spec("dropout"))
    other = Trainer(spec("dropout"))
    other.restore(trainer.snapshot())
    trainer.run(10)
    other.run(10)
    assert all((weights(other)[key] == w).all() for key, w in weights(trainer).items())


# --- beside PyTorch ---


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_a_layer_is_what_pytorch_computes_in_this_order(normalization: str) -> None:
    torch = pytest.importorskip("torch")
    layer = Dense(
        np.random.default_rng(2), 4, 4, "tanh", normalization=normalization, residual=True
    )
    x = np.random.default_rng(3).normal(size=(6, 4))
    linear = torch.nn.Linear(4, 4, dtype=torch.float64)
    norm = {
        "none": lambda: torch.nn.Identity(),
        "batch": lambda: torch.nn.BatchNorm1d(4, dtype=torch.float64),
        "layer": lambda: torch.nn.LayerNorm(4, dtype=torch.float64),
    }[normalization]()
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(layer.weight.data.T))
        linear.bias.copy_(torch.tensor(layer.bias.data))
    for training in (True, False):
        layer.train(training)
        norm.train(training)
        theirs = torch.tensor(x, requires_grad=True)
        expected = theirs + torch.tanh(norm(linear(theirs)))
        expected.pow(2).sum().backward()
        ours = Tensor(x)
        result = layer(ours)
        (result**2).sum().backward()
        np.testing.assert_allclose(result.data, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-8, atol=1e-10)


# --- names, explanations, walks ---


@pytest.mark.parametrize("name", HIDDEN)
def test_every_number_of_a_step_has_a_name_and_is_explained(name: str) -> None:
    trainer = Trainer(spec(name, batch_size=4))
    trainer.run(5)
    trainer.gradients()
    assert trainer.objective is not None
    names = Names(trainer.network, trainer.objective, trainer.next_batch()[1])
    rerun, explanation = Rerun(trainer.objective), Explanation(trainer.objective)
    for key in names:
        node = names[key]
        if node.grad is None or node is trainer.objective:
            continue
        assert key.startswith(("layers.", "loss", "input", "target")), key
        index = tuple(n - 1 for n in node.data.shape)
        terms = explanation.terms(node, index)
        total = sum(term.contribution for term in terms)
        assert total == pytest.approx(float(node.grad[index]), rel=1e-9, abs=1e-12), key
        found = check(rerun, node, index)
        assert found.steps[found.best].relative_error < 1e-4 or found.kink, key


def test_the_names_say_what_a_layer_does_in_order() -> None:
    trainer = Trainer(spec("all of it", batch_size=2))  # as many samples as neurons
    trainer.gradients()
    assert trainer.objective is not None
    names = Names(trainer.network, trainer.objective, trainer.next_batch()[1])
    stages = ["z", "norm.sub", "normalized", "activated", "mask", "dropped", "output"]
    for stage in stages:
        assert names.of(names[f"layers.1.{stage}"]) == f"layers.1.{stage}"
    values = {stage: names[f"layers.1.{stage}"].data for stage in stages}
    np.testing.assert_allclose(values["activated"], np.tanh(values["normalized"]))
    np.testing.assert_allclose(values["dropped"], values["activated"] * values["mask"])
    np.testing.assert_allclose(values["output"], values["dropped"] + names["layers.0.output"].data)
    assert names.sample(names["layers.1.norm.mean"], (1,)) is None
    assert names.sample(names["layers.1.normalized"], (1, 0)) == 1


@pytest.mark.parametrize("name", HIDDEN)
def test_what_single_numbers_cannot_show_is_refused(name: str) -> None:
    with pytest.raises(NotInScalars, match="of layer 2"):
        walk_network(Trainer(spec(name, batch_size=2)))


# --- as settings ---


def test_what_does_nothing_is_left_out_of_the_json() -> None:
    layer = {"kind": "linear", "units": 2, "activation": "tanh", "initializer": "orthogonal"}
    given = {**layer, "normalization": "none", "dropout": 0.0, "residual": False}
    plain, special = (
        Spec.parse({"network": {"layers": [each, {}]}}).to_json()["network"]["layers"][0]
        for each in (given, {**layer, "normalization": "layer", "dropout": 0.5, "residual": True})
    )
    assert plain == layer
    assert special == {**layer, "normalization": "layer", "dropout": 0.5, "residual": True}


@pytest.mark.parametrize(
    ("layers", "field", "message"),
    [
        ([{"units": 3, "residual": True}, {}], "[0].residual", "adds 2 inputs to 3 outputs"),
        ([{"units": 3}, {"residual": True}], "[1].residual", "adds 3 inputs to 1 outputs"),
        ([{"dropout": 1.0}, {}], "[0].dropout", "less than 1"),
        ([{"dropout": -0.1}, {}], "[0].dropout", "at least 0"),
        ([{}, {"dropout": 0.1}], "[1].dropout", "is for hidden layers"),
        ([{"normalization": "group"}, {}], "[0].normalization", "one of none, batch, layer"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_why(
    layers: list[dict[str, Any]], field: str, message: str
) -> None:
    with pytest.raises(SpecError, match=message) as error:
        Spec.parse({"network": {"layers": layers}})
    assert error.value.field == f"network.layers{field}"


@pytest.mark.parametrize("size", [1, 83, 249])
def test_batch_norm_refuses_a_batch_of_one(size: int) -> None:
    with pytest.raises(SpecError, match="batch of 1 of 250 rows"):
        spec("batch norm", batch_size=size)


def test_a_batch_that_was_not_named_follows_a_batch_norm() -> None:
    plain = Spec.parse({"batch_size": 1})
    changes = {"network": {"layers": [{"normalization": "batch"}, {}]}}
    assert plain.merged(changes).batch_size == 2


def test_a_residual_connection_goes_with_the_inputs_it_needed() -> None:
    start = Spec.parse({"network": {"layers": [{"units": 2, "residual": True}, {}]}})
    assert not start.merged({"data": {"features": ["x1"]}}).network.layers[0].residual
    assert start.merged({"data": {"noise": 0.1}}).network.layers[0].residual
