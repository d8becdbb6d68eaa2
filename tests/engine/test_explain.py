"""explain and the scalar view: terms that add up to the gradient, element by element."""

from typing import Any

import numpy as np
import pytest

from engine import Spec, Tensor, Trainer, concat
from engine.explain import Explanation, depends_on, terms
from engine.layers import BatchNorm, LayerNorm
from engine.losses import LOSSES
from engine.scalar import SAMPLE_LOSSES, ScalarNet, unroll
from engine.tape import Node, tape


def every_node(loss: Node) -> list[Node]:
    """All nodes on a tape that received a gradient, leaves included."""
    nodes = tape(loss)
    leaves = {source for node in nodes for source in node.inputs if source.op is None}
    return [node for node in [*leaves, *nodes] if node.grad is not None]


def assert_terms_add_up(loss: Node) -> None:
    """To 1e-12 for every element of every tensor but the loss, whose gradient 1 is given."""
    explanation = Explanation(loss)
    for node in every_node(loss):
        if node is loss:
            continue
        assert node.grad is not None
        for index in np.ndindex(node.data.shape):
            total = sum(term.contribution for term in explanation.terms(node, index))
            assert abs(total - node.grad[index]) <= 1e-12 * max(1.0, abs(node.grad[index]))


NETS: dict[str, dict[str, Any]] = {
    "tanh and mse": {},
    "relu and bce": {
        "network": {"layers": [{"activation": "relu"}, {"activation": "leaky_relu"}, {}]},
        "loss": "bce_with_logits",
    },
    "sigmoid and hinge": {"network": {"layers": [{"activation": "sigmoid"}, {}]}, "loss": "hinge"},
    "smooth and mae": {
        "network": {"layers": [{"activation": a} for a in ("elu", "gelu", "silu", "softplus")]},
        "loss": "mae",
    },
    "huber and a penalty": {
        "loss": "huber",
        "regularization": {"name": "elastic_net", "rate": 0.1},
    },
    "three classes": {"data": {"name": "iris"}},
    "one input": {"data": {"name": "wave"}, "network": {"layers": [{"units": 3}, {}]}},
}


def trained(name: str) -> Trainer:
    trainer = Trainer(Spec.parse({**NETS[name], "batch_size": 4}))
    for _ in range(20):
        trainer.step()
    trainer.gradients()
    return trainer


@pytest.mark.parametrize("name", NETS)
def test_terms_add_up_to_the_gradient_in_a_net(name: str) -> None:
    trainer = trained(name)
    assert trainer.objective is not None
    assert_terms_add_up(trainer.objective)


def test_terms_add_up_through_norms_attention_and_fan_out() -> None:
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(3, 4)))
    normed = LayerNorm(4)(BatchNorm(4)(x))
    attention = (normed @ normed.T / 2.0).softmax()
    mixed = concat([attention @ normed, x * x], axis=1)
    loss = (mixed[:, ::2].max(axis=1) + mixed.var(axis=1).sqrt() + mixed.logsumexp(axis=1)).sum()
    loss.backward()
    assert_terms_add_up(loss)


def test_a_term_is_upstream_times_local_along_one_edge() -> None:
    x, y = Tensor(3.0), Tensor(5.0)
    loss = (x * y) ** 2
    loss.backward()
    (term,) = terms(loss, x, ())
    assert term.node.op is not None and term.node.op.name == "mul"
    assert (term.upstream, term.local, term.contribution) == (30.0, 5.0, 150.0)


def test_a_value_used_twice_by_one_op_has_two_terms() -> None:
    x = Tensor(3.0)
    loss = x * x
    loss.backward()
    assert [(term.input, term.contribution) for term in terms(loss, x, ())] == [(0, 3.0), (1, 3.0)]


def test_terms_of_a_broadcast_bias_come_from_every_sample() -> None:
    bias = Tensor([1.0, 2.0])
    loss = ((Tensor(np.ones((3, 2))) + bias) ** 2).sum()
    loss.backward()
    assert [term.index for term in terms(loss, bias, (1,))] == [(0, 1), (1, 1), (2, 1)]


def test_the_path_of_a_term_leads_to_the_loss() -> None:
    trainer = trained("tanh and mse")
    assert trainer.objective is not None
    explanation = Explanation(trainer.objective)
    first = next(explanation.terms(trainer.network.layers[0].weight, (0, 0)))
    path = explanation.path(first)
    assert [term.node.op.name for term in path if term.node.op] == [
        *("matmul", "add", "tanh", "matmul", "add", "tanh", "matmul", "add", "tanh"),
        *("sub", "power", "mean"),
    ]


def test_a_jacobian_too_large_to_keep_gives_the_same_terms(monkeypatch: Any) -> None:
    loss = trained("three classes").objective
    assert loss is not None
    logits = next(
        node.inputs[0] for node in tape(loss) if node.op and node.op.name == "log_softmax"
    )
    kept = terms(loss, logits, (1, 2))
    assert len(kept) == 3
    monkeypatch.setattr("engine.explain.LARGEST_KEPT", 0)
    assert terms(loss, logits, (1, 2)) == kept


@pytest.mark.parametrize("name", NETS)
def test_asking_few_elements_finds_what_asking_all_would(name: str, monkeypatch: Any) -> None:
    loss = trained(name).objective
    assert loss is not None
    places = [(node, index) for node in every_node(loss) for index in np.ndindex(node.data.shape)]
    few = Explanation(loss)
    found = [[term for term in few.terms(*place) if term.local != 0] for place in places]
    monkeypatch.setattr("engine.explain._by_numbers", lambda user: False)
    monkeypatch.setattr("engine.explain._is_plain_product", lambda user: False)
    everything = Explanation(loss)
    assert found == [list(everything.terms(*place)) for place in places]


def test_a_path_that_is_blocked_is_still_a_path() -> None:
    x = Tensor([-2.0, 1.0])
    loss = x.relu().sum()
    loss.backward()
    (term,) = terms(loss, x, (0,))
    assert (term.upstream, term.local, term.contribution) == (1.0, 0.0, 0.0)
    weight = Tensor([[1.0], [2.0]])
    loss = (Tensor([[0.0, 3.0]]) @ weight).sum()
    loss.backward()
    assert [term.local for term in terms(loss, weight, (0, 0))] == [0.0]


# --- forward ---


def test_an_element_of_a_product_depends_on_a_row_and_a_column() -> None:
    x, w = Tensor(np.arange(6.0).reshape(2, 3)), Tensor(np.arange(12.0).reshape(3, 4))
    sources = depends_on(x @ w, (1, 2))
    assert [(s.input, s.index, s.value, s.local) for s in sources] == [
        (0, (1, 0), 3.0, 2.0),
        (0, (1, 1), 4.0, 6.0),
        (0, (1, 2), 5.0, 10.0),
        (1, (0, 2), 2.0, 3.0),
        (1, (1, 2), 6.0, 4.0),
        (1, (2, 2), 10.0, 5.0),
    ]


def test_a_dead_relu_still_depends_on_its_input() -> None:
    (source,) = depends_on(Tensor([-2.0, 1.0]).relu(), (0,))
    assert (source.value, source.local) == (-2.0, 0.0)


def test_a_gathered_element_depends_on_the_chosen_one_only() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3))
    (source,) = depends_on(x.gather(np.array([2, 0])), (0,))
    assert (source.index, source.value, source.local) == ((0, 2), 2.0, 1.0)


def test_a_leaf_depends_on_nothing() -> None:
    assert depends_on(Tensor(1.0), ()) == []


# --- the scalar view ---


def scalar_view(name: str) -> tuple[Trainer, ScalarNet]:
    trainer = Trainer(Spec.parse({**NETS[name], "batch_size": 4, "regularization": {}}))
    for _ in range(20):
        trainer.step()
    trainer.gradients()
    net = unroll(trainer.network, trainer.loss, *trainer.next_batch())
    net.loss.backward()
    return trainer, net


@pytest.mark.parametrize("name", NETS)
def test_the_scalar_view_has_the_values_and_gradients_of_the_tensor_view(name: str) -> None:
    trainer, net = scalar_view(name)
    assert float(net.loss) == pytest.approx(trainer.gradients(), rel=1e-12)
    gradients = net.gradients()
    for key, tensor in trainer.network.named_parameters():
        np.testing.assert_allclose(gradients[key], tensor.grad, rtol=1e-11, atol=1e-14)
    outputs = trainer.network.activations(trainer.next_batch()[0])
    for sample, layers in enumerate(net.neurons):
        for i, neurons in enumerate(layers):
            values = [float(neuron.output) for neuron in neurons]
            np.testing.assert_allclose(values, outputs[i][sample], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", NETS)
def test_terms_add_up_to_the_gradient_in_the_scalar_view(name: str) -> None:
    _, net = scalar_view(name)
    assert_terms_add_up(net.loss)


def test_every_multiplication_and_addition_is_a_node_of_its_neuron() -> None:
    _, net = scalar_view("tanh and mse")
    neuron = net.neurons[1][0][3]
    assert (neuron.sample, neuron.layer, neuron.unit) == (1, 0, 3)
    x, w = neuron.inputs, neuron.weights
    assert [float(p) for p in neuron.products] == [
        float(a) * float(b) for a, b in zip(w, x, strict=True)
    ]
    assert len(neuron.sums) == 2  # two products and a bias
    assert all(node.data.shape == () for node in tape(net.loss))


def test_every_loss_has_a_scalar_view() -> None:
    assert SAMPLE_LOSSES.keys() == LOSSES.keys()
