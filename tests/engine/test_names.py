"""Every number of a step has a name, and the name leads back to it."""

from typing import Any

import numpy as np
import pytest

from engine.fields import SpecError
from engine.losses import LOSSES
from engine.names import Names
from engine.spec import Spec
from engine.tape import tape
from engine.training import Trainer

SPECS: dict[str, dict[str, Any]] = {
    "tanh and mse": {},
    "mae": {"loss": "mae"},
    "huber and a penalty": {
        "loss": "huber",
        "regularization": {"name": "elastic_net", "rate": 0.1},
    },
    "hinge, one sample": {"loss": "hinge", "batch_size": 1},
    "bce, one sample, l2": {
        "loss": "bce_with_logits",
        "batch_size": 1,
        "regularization": {"name": "l2", "rate": 0.1},
    },
    "three classes": {"data": {"name": "iris"}},
    "one linear layer": {"network": {"layers": [{"activation": "linear"}]}},
}

PARTS = ("weight", "bias", "product", "z", "output")


def recorded(spec: dict[str, Any]) -> tuple[Trainer, Names]:
    trainer = Trainer(Spec.parse(spec))
    trainer.run(5)
    trainer.gradients()
    assert trainer.objective is not None
    return trainer, Names(trainer.network, trainer.objective, trainer.next_batch()[1])


@pytest.mark.parametrize("name", SPECS)
def test_every_number_on_the_tape_has_a_name_of_its_own_that_finds_it(name: str) -> None:
    trainer, names = recorded(SPECS[name])
    assert trainer.objective is not None
    nodes = tape(trainer.objective)
    everything = {*nodes, *(source for node in nodes for source in node.inputs)}
    found = {}
    for node in everything:
        for index in np.ndindex(node.data.shape):
            reference = names.reference(node, index)
            assert names.find(reference) == (node, index)
            found[reference] = (node, index)
    assert len(found) == sum(node.data.size for node in everything)


def test_the_names_of_the_default_net() -> None:
    _, names = recorded({})
    layers = [f"layers.{k}.{part}" for k in range(3) for part in PARTS]
    others = ["input", "target", "loss", "loss.sub", "loss.power", "objective"]
    assert set(names) == {*layers, *others}


def test_names_mean_what_they_say() -> None:
    trainer, names = recorded({})
    x, y = trainer.next_batch()
    assert np.array_equal(names["input"].data, x)
    assert np.array_equal(names["target"].data.ravel(), y)
    for k, output in enumerate(trainer.network.activations(x)):
        layer = trainer.network.layers[k]
        assert names[f"layers.{k}.weight"] is layer.weight
        assert names[f"layers.{k}.bias"] is layer.bias
        assert np.array_equal(names[f"layers.{k}.output"].data, output)
        assert np.array_equal(np.tanh(names[f"layers.{k}.z"].data), output)
        z = names[f"layers.{k}.product"].data + layer.bias.data
        assert np.array_equal(names[f"layers.{k}.z"].data, z)
    assert float(names["loss"].data) == pytest.approx(trainer.gradients(), rel=1e-14)
    assert names["objective"] is names["loss"]


def test_without_an_activation_the_output_is_also_called_z() -> None:
    _, names = recorded(SPECS["one linear layer"])
    assert names["layers.0.z"] is names["layers.0.output"]
    assert names.of(names["layers.0.z"]) == "layers.0.output"


@pytest.mark.parametrize("kind", ["l1", "l2", "elastic_net"])
@pytest.mark.parametrize("loss", LOSSES)
def test_loss_and_penalty_are_told_apart(loss: str, kind: str) -> None:
    data = {"data": {"name": "iris"}} if loss == "cross_entropy" else {}
    spec = {**data, "loss": loss, "regularization": {"name": kind, "rate": 0.1}}
    trainer, names = recorded(spec)
    penalty = trainer.spec.regularization.penalty(trainer.network.weights())
    assert penalty is not None
    assert float(names["loss"].data) == pytest.approx(trainer.gradients(), rel=1e-14)
    assert float(names["penalty"].data) == float(penalty.data)
    assert names["objective"] is trainer.objective


def test_a_second_op_of_a_kind_is_numbered() -> None:
    _, names = recorded({"loss": "huber"})
    assert [name for name in names if name.startswith("loss.sub")] == ["loss.sub", "loss.sub_2"]


def test_the_class_numbers_of_a_softmax_are_the_targets() -> None:
    trainer, names = recorded({"data": {"name": "iris"}})
    assert np.array_equal(names["target"].data, trainer.next_batch()[1])


def test_a_number_belongs_to_a_sample_or_to_all() -> None:
    _, names = recorded(SPECS["huber and a penalty"])

    def sample(reference: str) -> int | None:
        return names.sample(*names.find(reference))

    assert sample("input[3,1]") == sample("layers.1.z[3,0]") == sample("loss.abs[3,0]") == 3
    assert sample("target[3,0]") == 3
    assert sample("layers.0.weight[1,1]") is sample("penalty.abs[1,1]") is sample("loss") is None


@pytest.mark.parametrize(
    "reference",
    ["", "weight", "layers.9.bias[0]", "layers.0.bias[0", "LOSS", "loss;", "layers.0.z[²,0]"],
)
def test_a_name_that_is_none_is_answered_with_all_there_are(reference: str) -> None:
    _, names = recorded({})
    with pytest.raises(SpecError, match="element must name a number of this step") as error:
        names.find(reference)
    choices = error.value.allowed["choices"]
    assert "layers.0.weight[0..1,0..3]" in choices and "loss" in choices
    assert len(choices) == len(list(names))


@pytest.mark.parametrize(
    "reference", ["layers.0.weight", "layers.0.weight[2,0]", "layers.0.weight[0]", "loss[0]"]
)
def test_a_wrong_index_is_answered_with_the_right_ones(reference: str) -> None:
    _, names = recorded({})
    right = "loss" if reference.startswith("loss") else "layers.0.weight[0..1,0..3]"
    with pytest.raises(SpecError) as error:
        names.find(reference)
    assert str(error.value).startswith(f"element must be {right}, got ")
    assert error.value.allowed == {"choices": [right]}


def test_spaces_do_not_matter() -> None:
    _, names = recorded({})
    assert names.find("layers.0.weight[1, 2]") == names.find("layers.0.weight[1,2]")
