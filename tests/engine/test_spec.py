"""Spec: defaults that follow the data, errors that name the field, changes that keep what fits."""

import json
from typing import Any

import pytest

from engine import Spec, SpecError
from engine.datasets import DATASETS

DEFAULT = {
    "version": 1,
    "seed": 42,
    "dtype": "float64",
    "data": {
        "name": "circle",
        "samples": 500,
        "noise": 0.0,
        "train_fraction": 0.5,
        "features": ["x1", "x2"],
    },
    "network": {
        "layers": [
            {"kind": "linear", "units": n, "activation": "tanh", "initializer": "orthogonal"}
            for n in (4, 2, 1)
        ]
    },
    "loss": "mse",
    "optimizer": {"name": "sgd", "learning_rate": 0.03},
    "regularization": {"name": "none", "rate": 0.0},
    "batch_size": 10,
}


def test_nothing_given_is_the_default_session() -> None:
    spec = Spec.parse({}).to_json()
    assert {**spec, "optimizer": {k: spec["optimizer"][k] for k in DEFAULT["optimizer"]}} == DEFAULT  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", DATASETS)
def test_the_name_of_a_data_set_alone_is_a_spec(name: str) -> None:
    spec = Spec.parse({"data": {"name": name}})
    assert spec.data.name == name
    assert spec.network.layers[-1].units == spec.data.outputs


@pytest.mark.parametrize("name", DATASETS)
def test_json_is_read_back_as_the_same_spec(name: str) -> None:
    spec = Spec.parse({"data": {"name": name}, "seed": 7, "dtype": "float32"})
    assert Spec.parse(json.loads(json.dumps(spec.to_json()))) == spec


# --- errors ---

WRONG: list[tuple[Any, str, str]] = [
    (None, "", "the spec must be an object"),
    ([], "", "the spec must be an object"),
    ({"optimizers": {}}, "optimizers", "is not a field here (known: version, seed, dtype, data"),
    ({"version": 2}, "version", "must be at least 1 and at most 1, got 2"),
    ({"seed": -1}, "seed", "at least 0"),
    ({"seed": 2**32}, "seed", "at most 4294967295"),
    ({"seed": True}, "seed", "must be an integer"),
    ({"seed": 1.5}, "seed", "must be an integer"),
    ({"dtype": "float16"}, "dtype", "one of float64, float32"),
    ({"data": "circle"}, "data", "must be an object"),
    ({"data": {"name": "square"}}, "data.name", "must be one of circle, xor"),
    ({"data": {"samples": 19}}, "data.samples", "at least 20 and at most 5000"),
    ({"data": {"noise": 1.01}}, "data.noise", "at most 1"),
    ({"data": {"train_fraction": 0.95}}, "data.train_fraction", "at most 0.9"),
    ({"data": {"features": []}}, "data.features", "at least 1 of the choices"),
    ({"data": {"features": ["x3"]}}, "data.features[0]", "must be one of x1, x2"),
    ({"data": {"name": "iris", "noise": 0.1}}, "data.noise", "at least 0 and at most 0"),
    ({"data": {"name": "iris", "samples": 151}}, "data.samples", "at most 150"),
    (
        {"data": {"name": "iris", "features": ["petal_width"]}},
        "data.features",
        "must name 2 or 4 of the choices",
    ),
    ({"network": []}, "network", "must be an object"),
    ({"network": {"depth": 3}}, "network.depth", "is not a field here"),
    ({"network": {"layers": []}}, "network.layers", "must hold 1 to 16 layers"),
    ({"network": {"layers": [{"units": 1}] * 17}}, "network.layers", "must hold 1 to 16 layers"),
    ({"network": {"layers": {}}}, "network.layers", "must be a list of layers"),
    ({"network": {"layers": [3]}}, "network.layers[0]", "must be an object"),
    ({"network": {"layers": [{"units": 0}, {}]}}, "network.layers[0].units", "at least 1"),
    (
        {"network": {"layers": [{"units": 10_000}, {}]}},
        "network.layers[0].units",
        "must be at least 1 and at most 64, got 10000",
    ),
    ({"network": {"layers": [{"units": "4"}, {}]}}, "network.layers[0].units", "an integer"),
    ({"network": {"layers": [{"kind": "conv"}, {}]}}, "network.layers[0].kind", "one of linear"),
    (
        {"network": {"layers": [{"activation": "swish"}, {}]}},
        "network.layers[0].activation",
        "must be one of linear, sigmoid, tanh, relu, leaky_relu",
    ),
    (
        {"network": {"layers": [{"initializer": "ones"}, {}]}},
        "network.layers[0].initializer",
        "must be one of orthogonal",
    ),
    (
        {"network": {"layers": [{}, {"units": 2}]}},
        "network.layers[1].units",
        "must be 1 for circle",
    ),
    ({"loss": "cross_entropy"}, "loss", "must be one of mse, mae, huber, bce_with_logits"),
    ({"loss": ["mse"]}, "loss", "must be one of"),
    ({"data": {"name": "iris"}, "loss": "mse"}, "loss", "must be one of cross_entropy"),
    (
        {"loss": "bce_with_logits", "network": {"layers": [{"activation": "tanh"}]}},
        "network.layers[0].activation",
        "must be linear before the loss bce_with_logits",
    ),
    ({"optimizer": {"name": "sdg"}}, "optimizer.name", "must be one of sgd, "),
    ({"optimizer": {"learning_rate": float("nan")}}, "optimizer.learning_rate", "got nan"),
    ({"optimizer": {"learning_rate": 0}}, "optimizer.learning_rate", "greater than 0"),
    ({"optimizer": {"learning_rate": -0.1}}, "optimizer.learning_rate", "greater than 0"),
    ({"optimizer": {"beta1": 0.9}}, "optimizer.beta1", "is not a field here"),
    ({"optimizer": {"name": "adam", "beta1": 1}}, "optimizer.beta1", "less than 1"),
    ({"regularization": {"name": "l3"}}, "regularization.name", "must be one of none, l1, l2"),
    ({"regularization": {"rate": 11}}, "regularization.rate", "at most 10"),
    ({"batch_size": 0}, "batch_size", "at least 1"),
    ({"batch_size": 251}, "batch_size", "must be at least 1 and at most 250, got 251"),
    ({"batch_size": False}, "batch_size", "must be an integer"),
]


@pytest.mark.parametrize(("given", "field", "message"), WRONG, ids=[str(w[0])[:60] for w in WRONG])
def test_a_wrong_spec_names_the_field_and_what_is_allowed(
    given: Any, field: str, message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        Spec.parse(given)
    assert caught.value.field == field
    assert message in str(caught.value)
    assert caught.value.allowed


# --- changes ---


def merged(start: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return Spec.parse(start).merged(changes).to_json()


def test_merging_nothing_changes_nothing() -> None:
    spec = Spec.parse({"data": {"name": "iris"}, "optimizer": {"name": "adam"}})
    assert spec.merged({}) == spec


def test_one_field_changes_alone() -> None:
    spec = merged({"optimizer": {"name": "momentum"}}, {"optimizer": {"momentum": 0.5}})
    assert spec["optimizer"]["name"] == "momentum" and spec["optimizer"]["momentum"] == 0.5


def test_another_optimizer_keeps_the_learning_rate_only() -> None:
    start = {"optimizer": {"name": "adam", "learning_rate": 0.5, "eps": 0.1}}
    spec = merged(start, {"optimizer": {"name": "momentum"}})
    assert spec["optimizer"]["learning_rate"] == 0.5
    assert spec["optimizer"]["momentum"] == 0.9


def test_another_penalty_keeps_its_rate() -> None:
    spec = merged(
        {"regularization": {"name": "l2", "rate": 0.1}}, {"regularization": {"name": "l1"}}
    )
    assert spec["regularization"] == {"name": "l1", "rate": 0.1}


def test_other_data_bring_their_own_output_layer_and_loss_and_keep_the_hidden_layers() -> None:
    start = {"network": {"layers": [{"units": 7, "activation": "relu"}, {}]}}
    spec = merged(start, {"data": {"name": "iris"}})
    assert [layer["units"] for layer in spec["network"]["layers"]] == [7, 3]
    assert spec["network"]["layers"][1]["activation"] == "linear"
    assert spec["loss"] == "cross_entropy"
    assert spec["data"]["samples"] == 150


@pytest.mark.parametrize("name", DATASETS)
def test_an_untouched_net_becomes_the_usual_one_of_the_new_data(name: str) -> None:
    assert merged({}, {"data": {"name": name}}) == Spec.parse({"data": {"name": name}}).to_json()


def test_what_somebody_has_changed_is_kept_with_other_data() -> None:
    net = merged({"network": {"layers": [{"units": 5}, {}]}}, {"data": {"name": "spiral"}})
    assert [layer["units"] for layer in net["network"]["layers"]] == [5, 1]
    assert merged({"batch_size": 7}, {"data": {"name": "digits"}})["batch_size"] == 7


def test_back_to_two_classes_the_output_is_one_tanh_again() -> None:
    spec = merged({"data": {"name": "iris"}}, {"data": {"name": "circle"}})
    assert spec["loss"] == "mse"
    assert spec["network"]["layers"][-1]["units"] == 1
    assert spec["network"]["layers"][-1]["activation"] == "tanh"


def test_data_of_the_same_task_keep_the_loss() -> None:
    spec = merged({"loss": "bce_with_logits"}, {"data": {"name": "moons"}})
    assert spec["loss"] == "bce_with_logits"


def test_another_loss_brings_the_output_it_needs_and_back() -> None:
    logits = Spec.parse({}).merged({"loss": "bce_with_logits"})
    assert logits.network.layers[-1].activation == "linear"
    assert logits.merged({"loss": "mse"}).network.layers[-1].activation == "tanh"


def test_regression_ends_linear() -> None:
    spec = merged({}, {"data": {"name": "plane"}})
    assert spec["network"]["layers"][-1]["activation"] == "linear"


def test_a_chosen_output_that_still_fits_stays() -> None:
    start = {"network": {"layers": [{}, {"activation": "sigmoid"}]}}
    spec = merged(start, {"data": {"name": "plane"}})
    assert spec["network"]["layers"][-1]["activation"] == "sigmoid"


def test_a_batch_that_is_too_large_for_fewer_rows_shrinks() -> None:
    assert merged({"batch_size": 250}, {"data": {"samples": 100}})["batch_size"] == 50


def test_a_batch_that_was_asked_for_is_an_error_instead() -> None:
    with pytest.raises(SpecError, match="batch_size"):
        Spec.parse({}).merged({"data": {"samples": 100}, "batch_size": 200})


def test_a_conflict_named_in_the_change_is_an_error() -> None:
    with pytest.raises(SpecError, match=r"network.layers\[0\].units"):
        Spec.parse({}).merged({"data": {"name": "iris"}, "network": {"layers": [{"units": 2}]}})


@pytest.mark.parametrize(
    "changes", [3, {"data": 3}, {"network": 3}, {"optimizer": []}, {"nothing": 1}, {"loss": 3}]
)
def test_a_wrong_change_is_a_spec_error(changes: Any) -> None:
    with pytest.raises(SpecError):
        Spec.parse({}).merged(changes)


@pytest.mark.parametrize(
    ("changes", "live"),
    [
        ({"optimizer": {"name": "adam", "learning_rate": 0.1}}, True),
        ({"batch_size": 20}, True),
        ({"regularization": {"name": "l2", "rate": 0.1}}, True),
        ({"loss": "bce_with_logits"}, True),
        ({"seed": 1}, False),
        ({"dtype": "float32"}, False),
        ({"data": {"noise": 0.1}}, False),
        ({"network": {"layers": [{"activation": "relu"}, {"units": 2}, {}]}}, True),
        ({"network": {"layers": [{}, {"units": 3}, {}]}}, False),
        ({"network": {"layers": [{}, {}]}}, False),
        ({"network": {"layers": [{"initializer": "he"}, {"units": 2}, {}]}}, False),
    ],
)
def test_live_changes_are_those_that_leave_data_and_shapes_alone(
    changes: dict[str, Any], live: bool
) -> None:
    spec = Spec.parse({})
    assert spec.merged(changes).live_change_from(spec) is live
