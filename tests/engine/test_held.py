"""What is taken out of the game by hand: neurons cut out, numbers frozen."""

from typing import Any

import numpy as np
import pytest

from engine import Network, Spec, SpecError, Tensor, Trainer
from engine.explain import Explanation
from engine.held import still
from engine.names import Names
from engine.ops import Array
from engine.optimizers import OPTIMIZERS
from engine.walkthrough import NotInScalars, walk_network

LAYERS: list[dict[str, Any]] = [{"units": 4}, {"units": 3, "activation": "relu"}, {}]


def net(*changes: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Three layers, each with some fields of its own."""
    padded = [*changes, *[{}] * (len(LAYERS) - len(changes))]
    layers = [{**layer, **change} for layer, change in zip(LAYERS, padded, strict=True)]
    return {"network": {"layers": layers}, **others}


def on_tape(spec: Spec) -> Trainer:
    trainer = Trainer(spec)
    trainer.falls_back = "a test asked for it"
    return trainer


# --- neurons cut out ---

CUT = net({"cut": [1, 3]})


def test_a_neuron_cut_out_gives_nothing_to_those_after_it() -> None:
    trainer = Trainer(Spec.parse(CUT))
    x = np.random.default_rng(0).normal(size=(6, 2))
    before = trainer.network.activations(x)
    assert (before[0][:, [1, 3]] == 0).all() and (before[0][:, [0, 2]] != 0).any()
    trainer.set_parameter("layers.0.bias", (1,), 5.0)
    trainer.set_parameter("layers.1.weight", (3, 0), -7.0)
    for now, then in zip(trainer.network.activations(x), before, strict=True):
        assert (now == then).all()


def test_no_gradient_comes_back_through_it() -> None:
    trainer = Trainer(Spec.parse(CUT))
    trainer.gradients()
    grads = {name: t.grad for name, t in trainer.network.named_parameters()}
    into, bias, out = (grads[f"layers.{n}"] for n in ("0.weight", "0.bias", "1.weight"))
    assert into is not None and bias is not None and out is not None
    assert (into[:, [1, 3]] == 0).all() and (into[:, [0, 2]] != 0).all()
    assert (bias[[1, 3]] == 0).all() and (out[[1, 3]] == 0).all()


@pytest.mark.parametrize(
    "layer",
    [
        {},
        {"normalization": "layer"},
        {"activation": "linear"},
        {"activation": "sigmoid"},
        {"units": 2, "cut": [1], "residual": True},
    ],
    ids=str,
)
def test_a_net_with_cut_neurons_replays_as_on_the_tape(layer: dict[str, Any]) -> None:
    spec = Spec.parse(net({"cut": [1], **layer}))
    replayed, taped = Trainer(spec), on_tape(spec)
    losses = [(replayed.step(), taped.step()) for _ in range(300)]
    assert replayed.falls_back is None
    np.testing.assert_allclose(*zip(*losses, strict=True), rtol=1e-12, atol=1e-12)


def test_a_net_is_the_smaller_one_that_is_left() -> None:
    cut = Network(Spec.parse(CUT).network, 2)
    left = Network(Spec.parse({"network": {"layers": [{"units": 2}, *LAYERS[1:]]}}).network, 2)
    for i, layer in enumerate(left.layers):
        layer.weight.data, layer.bias.data = cut.layers[i].weight.data, cut.layers[i].bias.data
    left.layers[0].weight.data = cut.layers[0].weight.data[:, [0, 2]]
    left.layers[0].bias.data = cut.layers[0].bias.data[[0, 2]]
    left.layers[1].weight.data = cut.layers[1].weight.data[[0, 2]]
    x = np.random.default_rng(1).normal(size=(9, 2))
    np.testing.assert_allclose(cut.activations(x)[-1], left.activations(x)[-1], rtol=1e-14)


def test_a_residual_connection_goes_past_it() -> None:
    spec = Spec.parse(net({"units": 2, "cut": [1], "residual": True}))
    x = np.random.default_rng(2).normal(size=(5, 2))
    first = Network(spec.network, 2).activations(x)[0]
    assert (first[:, 1] == x[:, 1]).all() and (first[:, 0] != x[:, 0]).all()


def test_cutting_is_live_and_what_is_restored_goes_on_as_it_was() -> None:
    trainer = Trainer(Spec.parse(net()))
    trainer.run(50)
    weights = trainer.network.layers[0].weight.data[:, 1].copy()
    trainer.apply(trainer.spec.merged(CUT))
    trainer.run(50)
    assert (trainer.network.layers[0].weight.data[:, 1] == weights).all()
    trainer.apply(trainer.spec.merged(net()))
    assert trainer.step_count == 100 and trainer.network.layers[0].kept is None
    trainer.run(1)
    assert (trainer.network.layers[0].weight.data[:, 1] != weights).all()


def test_time_travel_with_a_cut_is_exact() -> None:
    spec = Spec.parse(net({"cut": [2], "dropout": 0.2}, optimizer={"name": "adam"}))
    trainer = Trainer(spec)
    trainer.run(40)
    moment = trainer.snapshot()
    trainer.run(40)
    other = Trainer(spec)
    other.restore(moment)
    other.run(40)
    for (_, a), (_, b) in zip(
        trainer.network.named_parameters(), other.network.named_parameters(), strict=True
    ):
        assert a.data.tobytes() == b.data.tobytes()


def test_numbers_of_a_cut_layer_are_named_and_explained() -> None:
    trainer = Trainer(Spec.parse(net({"cut": [1], "dropout": 0.3})))
    trainer.gradients()
    assert trainer.objective is not None
    names = Names(trainer.network, trainer.objective, trainer.next_batch()[1])
    node, index = names.find("layers.0.output[0,1]")
    assert node.data[index] == 0.0
    assert names["layers.0.kept"].data.tolist() == [1, 0, 1, 1]
    assert names["layers.0.dropped"].data.shape == (10, 4)
    terms = list(Explanation(trainer.objective).terms(*names.find("layers.0.dropped[0,1]")))
    assert [names.of(term.node) for term in terms] == ["layers.0.output"]
    assert [term.local for term in terms] == [0.0]


def test_without_dropout_the_cut_is_no_dropout() -> None:
    trainer = Trainer(Spec.parse(net({"cut": [1], "activation": "linear"})))
    trainer.gradients()
    assert trainer.objective is not None
    names = Names(trainer.network, trainer.objective, trainer.next_batch()[1])
    assert "layers.0.kept" in names and "layers.0.mask" not in names


def test_before_a_residual_connection_the_cut_has_a_name_of_its_own() -> None:
    trainer = Trainer(Spec.parse(net({"units": 2, "cut": [1], "residual": True})))
    trainer.gradients()
    assert trainer.objective is not None
    names = Names(trainer.network, trainer.objective, trainer.next_batch()[1])
    cut, output, x = (names[name].data for name in ("layers.0.cut", "layers.0.output", "input"))
    assert (cut[:, 1] == 0).all() and (output[:, 1] == x[:, 1]).all()


def test_a_cut_neuron_is_neither_dead_nor_saturated() -> None:
    trainer = Trainer(Spec.parse(net({"activation": "sigmoid"}, {"cut": [0, 1]})))
    before = trainer.health()
    trainer.apply(trainer.spec.merged(net({"activation": "sigmoid", "cut": [3]}, {"cut": [0, 1]})))
    sigmoid, relu, _ = trainer.health()
    assert sigmoid.saturated_share == 0.0 and before[1].dead_share is not None
    assert relu.dead_share in (0.0, 1.0)  # of the one that is left
    trainer.apply(trainer.spec.merged(net({}, {"cut": [0, 1, 2]})))
    assert trainer.health()[1].dead_share is None


def test_a_walk_says_that_it_cannot_show_a_cut() -> None:
    with pytest.raises(NotInScalars, match="neuron cut out of layer 1"):
        walk_network(Trainer(Spec.parse(CUT)))


@pytest.mark.parametrize(
    ("layer", "cut", "field"),
    [
        (0, [4], "network.layers[0].cut"),
        (0, [1, 1], "network.layers[0].cut"),
        (0, [-1], "network.layers[0].cut[0]"),
        (0, [0.5], "network.layers[0].cut[0]"),
        (0, "1", "network.layers[0].cut"),
        (2, [0], "network.layers[2].cut"),
    ],
)
def test_only_hidden_neurons_that_are_there_can_be_cut(layer: int, cut: Any, field: str) -> None:
    changes: list[dict[str, Any]] = [{}, {}, {}]
    changes[layer] = {"cut": cut}
    with pytest.raises(SpecError) as refused:
        Spec.parse(net(*changes))
    assert refused.value.field == field and refused.value.allowed


def test_what_is_cut_is_written_only_where_something_is() -> None:
    first, second, _ = Spec.parse(net({"cut": [3, 1]})).to_json()["network"]["layers"]
    assert first["cut"] == [1, 3] and "cut" not in second
    assert Spec.parse(Spec.parse(CUT).to_json()) == Spec.parse(CUT)


def test_everything_keeps_the_type_of_the_net() -> None:
    network = Network(Spec.parse(CUT).network, 2, dtype="float32")
    assert network.forward(Tensor(np.zeros((3, 2), "float32")), 0).dtype == "float32"


# --- frozen numbers ---

FROZEN: list[dict[str, Any]] = [{"frozen": [[0, 1], [1, 3], [2]]}, {"frozen": "all"}, {}]
OPTIMIZED = [
    *({"optimizer": {"name": name, "learning_rate": 0.003}} for name in OPTIMIZERS),
    {"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True}},
    {"optimizer": {"name": "adamw", "weight_decay": 0.5}},
    {"clipping": {"name": "norm", "limit": 0.01}},
    {"clipping": {"name": "value", "limit": 0.01}},
    {"regularization": {"name": "l2", "rate": 0.1}},
    {"schedule": {"name": "cosine", "steps": 300}},
]


def parameters(trainer: Trainer) -> dict[str, Array]:
    return {name: tensor.data.copy() for name, tensor in trainer.network.named_parameters()}


def masks(trainer: Trainer) -> dict[str, Array]:
    return still(trainer.spec.network.frozen, parameters(trainer))


@pytest.mark.parametrize("taped", [False, True], ids=["replayed", "taped"])
@pytest.mark.parametrize("settings", OPTIMIZED, ids=str)
def test_what_is_frozen_stands_still_and_the_rest_moves(
    settings: dict[str, Any], taped: bool
) -> None:
    spec = Spec.parse(net(*FROZEN, **settings))
    trainer = on_tape(spec) if taped else Trainer(spec)
    start = parameters(trainer)
    trainer.run(20)
    assert (trainer.falls_back is not None) is taped
    held = masks(trainer)
    assert held.keys() == {f"layers.{n}" for n in ("0.weight", "0.bias", "1.weight", "1.bias")}
    for name, now in parameters(trainer).items():
        mask = held.get(name, np.zeros(now.shape, bool))
        assert now[mask].tobytes() == start[name][mask].tobytes(), name
        assert (now[~mask] != start[name][~mask]).all(), name


@pytest.mark.parametrize("settings", OPTIMIZED, ids=str)
def test_with_something_frozen_replayed_steps_are_those_of_the_tape(
    settings: dict[str, Any],
) -> None:
    spec = Spec.parse(net(*FROZEN, **settings))
    replayed, taped = Trainer(spec), on_tape(spec)
    for trainer in (replayed, taped):
        trainer.run(100)
        trainer.apply(spec.merged(net({"frozen": [[0, 0]]}, {}, {"frozen": [[1, 0]]})))
        trainer.run(100)
    taped.falls_back = None
    for name, ours in parameters(replayed).items():
        theirs = parameters(taped)[name]
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12, err_msg=name)
    for name, state in replayed.memory.states.items():
        for key, array in state.items():
            other = taped.memory.states[name][key]
            np.testing.assert_allclose(array, other, rtol=1e-8, atol=1e-12, err_msg=f"{name} {key}")


@pytest.mark.parametrize("taped", [False, True], ids=["replayed", "taped"])
@pytest.mark.parametrize("name", [n for n, rule in OPTIMIZERS.items() if rule.remembers])
def test_the_memory_of_what_is_frozen_stays_and_is_gone_on_with(name: str, taped: bool) -> None:
    spec = Spec.parse(net(optimizer={"name": name}))
    trainer = on_tape(spec) if taped else Trainer(spec)
    trainer.run(15)
    before = trainer.memory
    trainer.apply(spec.merged(net(*FROZEN)))
    trainer.run(15)
    held, after = masks(trainer), trainer.memory
    assert after.steps == 30
    for parameter, state in after.states.items():
        for key, now in state.items():
            mask = held.get(parameter, np.zeros(now.shape, bool))
            then = before.states[parameter][key]
            assert now[mask].tobytes() == then[mask].tobytes(), (parameter, key)
            assert mask.all() or (now[~mask] != then[~mask]).any(), (parameter, key)
    trainer.apply(spec)
    then = parameters(trainer)
    trainer.run(1)
    assert (parameters(trainer)["layers.1.weight"] != then["layers.1.weight"]).any()


def test_a_frozen_gradient_is_shown_and_does_not_count_for_the_norm() -> None:
    clipped = {"clipping": {"name": "norm", "limit": 0.01}}
    trainer = Trainer(Spec.parse(net(*FROZEN, **clipped)))
    trainer.run(1)
    terms = trainer.terms
    assert (terms["layers.1.weight"]["gradient"] != 0).any()
    total = sum(float((each["clipped"] ** 2).sum()) for each in terms.values())
    assert total == pytest.approx(0.01**2)
    for name, mask in masks(trainer).items():
        assert (terms[name]["clipped"][mask] == 0).all()
        assert (terms[name]["update"][mask] == 0).all()


def test_a_frozen_weight_can_still_be_set_by_hand() -> None:
    trainer = Trainer(Spec.parse(net(*FROZEN)))
    trainer.run(3)
    trainer.set_parameter("layers.0.weight", (0, 1), 0.25)
    trainer.run(30)
    assert trainer.network.layers[0].weight.data[0, 1] == 0.25


def test_all_of_a_layer_is_its_norm_too() -> None:
    spec = Spec.parse(net({"normalization": "layer", "frozen": "all"}))
    trainer = Trainer(spec)
    start = parameters(trainer)
    trainer.run(10)
    for name in ("weight", "bias", "scale", "shift"):
        assert (parameters(trainer)[f"layers.0.{name}"] == start[f"layers.0.{name}"]).all()


def test_a_net_with_nothing_left_to_learn_stands_still() -> None:
    trainer = Trainer(Spec.parse(net({"frozen": "all"}, {"frozen": "all"}, {"frozen": "all"})))
    start = trainer.evaluate()
    trainer.run(40)
    assert trainer.evaluate() == start and trainer.step_count == 40


def test_time_travel_with_frozen_numbers_is_exact() -> None:
    spec = Spec.parse(net(*FROZEN, optimizer={"name": "adam"}))
    trainer = Trainer(spec)
    trainer.run(40)
    moment = trainer.snapshot()
    trainer.run(40)
    other = Trainer(spec)
    other.restore(moment)
    other.run(40)
    for name, array in parameters(trainer).items():
        assert array.tobytes() == parameters(other)[name].tobytes()


@pytest.mark.parametrize(
    ("frozen", "field"),
    [
        ("some", "network.layers[0].frozen"),
        ([[2, 0]], "network.layers[0].frozen"),
        ([[0, 4]], "network.layers[0].frozen"),
        ([[4]], "network.layers[0].frozen"),
        ([[0, 1], [0, 1]], "network.layers[0].frozen"),
        ([[0, 1, 2]], "network.layers[0].frozen[0]"),
        ([[]], "network.layers[0].frozen[0]"),
        ([1], "network.layers[0].frozen[0]"),
        ([[0, -1]], "network.layers[0].frozen[0][1]"),
        ([["0", 1]], "network.layers[0].frozen[0][0]"),
    ],
)
def test_only_numbers_that_are_there_can_be_frozen(frozen: Any, field: str) -> None:
    with pytest.raises(SpecError) as refused:
        Spec.parse(net({"frozen": frozen}))
    assert refused.value.field == field and refused.value.allowed


def test_what_is_frozen_and_cut_goes_with_what_it_belongs_to() -> None:
    hidden = {"units": 4, "cut": [3], "frozen": [[2, 0], [1, 0], [3]]}
    features = {"features": ["x1", "x2", "x1_x2"]}
    spec = Spec.parse({"data": features, "network": {"layers": [hidden, {"frozen": [[3, 0]]}]}})
    fewer = spec.merged({"data": {"features": ["x1", "x2"]}})
    assert fewer.network.layers[0].frozen == ((1, 0), (3,)) and fewer.network.layers[0].cut == (3,)
    classes = spec.merged({"data": {"name": "iris"}}).network.layers
    assert classes[1].units == 3 and classes[1].frozen == ((3, 0),)


def test_a_walk_says_that_it_cannot_show_what_is_frozen() -> None:
    with pytest.raises(NotInScalars, match="frozen weights of layer 2"):
        walk_network(Trainer(Spec.parse(net({}, {"frozen": [[0, 0]]}))))


def test_a_frozen_layer_is_not_said_to_learn_too_slowly() -> None:
    trainer = Trainer(Spec.parse(net({"frozen": "all"}, {"frozen": [[0, 0]]})))
    trainer.run(5)
    first, second, _ = trainer.health()
    assert first.update_ratio is None and (second.update_ratio or 0) > 0
    assert first.gradient_norm > 0
