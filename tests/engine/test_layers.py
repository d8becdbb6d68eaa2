"""Layers: their gradients, their modes, and batch and layer norm beside PyTorch."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import ShapeError, Tensor
from engine.gradcheck import difference
from engine.layers import (
    ACTIVATIONS,
    LAYERS,
    Activation,
    BatchNorm,
    Dense,
    Dropout,
    Layer,
    LayerNorm,
    Linear,
    Residual,
    Sequential,
)

CASES = json.loads((Path(__file__).parent / "fixtures" / "layers.json").read_text())["cases"]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# A layer that takes (5, 4) and always computes the same, so that differences can be taken.
EXAMPLES: dict[str, Callable[[], Layer]] = {
    "linear": lambda: Linear(rng(), 4, 3, "tanh"),
    "activation": lambda: Activation("gelu"),
    "dropout": lambda: SameDropout(rng(), 0.4),
    "batch_norm": lambda: BatchNorm(4),
    "layer_norm": lambda: LayerNorm(4),
    "container": lambda: Sequential(Linear(rng(), 4, 2)),
    "sequential": lambda: Sequential(
        Linear(rng(1), 4, 6, "relu"), BatchNorm(6), Linear(rng(2), 6, 2)
    ),
    "dense": lambda: Dense(rng(1), 4, 4, "tanh", normalization="batch", dropout=0.0, residual=True),
    "residual": lambda: Residual(Linear(rng(1), 4, 4, "tanh"), LayerNorm(4)),
}


class SameDropout(Dropout, name="same_dropout"):
    """Dropout with the same mask every time."""

    def forward(self, x: Tensor) -> Tensor:
        self.rng = rng(3)
        return super().forward(x)


del LAYERS["same_dropout"]


def test_every_layer_has_an_example() -> None:
    assert EXAMPLES.keys() == LAYERS.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_gradients_of_inputs_and_parameters_are_derivatives(name: str) -> None:
    layer = EXAMPLES[name]()
    inputs = [("x", Tensor(rng(7).normal(size=(5, 4)))), *layer.named_parameters()]
    for i, (_, parameter) in enumerate(layer.named_parameters()):
        parameter.data = parameter.data + rng(i).normal(size=parameter.shape)  # off the start
    result = layer(inputs[0][1])
    upstream = rng(8).uniform(0.5, 1.5, result.shape)
    result.backward(upstream)

    def value() -> float:
        return float((layer(inputs[0][1]).data * upstream).sum())

    for key, tensor in inputs:
        assert tensor.grad is not None
        for index in np.ndindex(tensor.shape):
            expected = difference(value, tensor.data, index)
            assert tensor.grad[index] == pytest.approx(expected, rel=1e-6, abs=1e-8), (key, index)


@pytest.mark.parametrize("name", EXAMPLES)
def test_names_of_parameters_are_different_and_modes_reach_every_child(name: str) -> None:
    layer = EXAMPLES[name]()
    names = [key for key, _ in layer.named_parameters()]
    assert len(set(names)) == len(names)
    layer.train(False)
    assert not layer.training and all(not child.training for _, child in layer.children())


# --- linear ---


def test_linear_is_x_times_w_plus_b() -> None:
    layer = Linear(rng(), 2, 3)
    layer.bias.data = np.array([1.0, 2.0, 3.0])
    x = rng(1).normal(size=(4, 2))
    np.testing.assert_allclose(layer(Tensor(x)).data, x @ layer.weight.data + [1, 2, 3])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_linear_layer_can_end_with_any_activation(name: str) -> None:
    x = Tensor(rng(1).normal(size=(4, 2)))
    layer, plain = Linear(rng(), 2, 3, name), Linear(rng(), 2, 3)
    np.testing.assert_array_equal(layer(x).data, Activation(name)(plain(x)).data)


def test_an_unknown_activation_is_told() -> None:
    with pytest.raises(ValueError, match=r"activation must be one of linear, .* got 'swash'"):
        Activation("swash")
    with pytest.raises(ValueError, match=r"activation must be one of linear, .* got 'swash'"):
        Linear(rng(), 2, 3, "swash")


def test_an_unknown_initializer_is_told() -> None:
    with pytest.raises(ValueError, match=r"initializer must be one of orthogonal, .* got 'ones'"):
        Linear(rng(), 2, 3, initializer="ones")


# --- dropout ---


def test_dropout_keeps_the_expected_value() -> None:
    x = Tensor(np.ones(200_000))
    y = Dropout(rng(), 0.3)(x).data
    assert set(np.unique(y)) == {0.0, 1 / 0.7}
    assert y.mean() == pytest.approx(1.0, abs=0.01)
    assert np.mean(y == 0) == pytest.approx(0.3, abs=0.01)


def test_dropout_does_nothing_in_evaluation() -> None:
    layer = Dropout(rng(), 0.9)
    layer.train(False)
    x = Tensor(np.ones(5))
    assert layer(x) is x


def test_a_dropped_value_receives_no_gradient() -> None:
    x = Tensor(np.ones(100))
    y = Dropout(rng(), 0.5)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)


@pytest.mark.parametrize("p", [-0.1, 1.0, float("nan")])
def test_dropout_probability_must_leave_something(p: float) -> None:
    with pytest.raises(ValueError, match="p must be at least 0 and less than 1"):
        Dropout(rng(), p)


# --- norms ---


@pytest.mark.parametrize(("name", "make"), [("batch_norm", BatchNorm), ("layer_norm", LayerNorm)])
def test_norms_follow_pytorch_through_training_and_evaluation(
    name: str, make: Callable[[int], Any]
) -> None:
    layer, case = make(4), CASES[name]
    layer.weight.data, layer.bias.data = np.array(CASES["weight"]), np.array(CASES["bias"])
    batches = [*CASES["batches"], CASES["batches"][0]]
    for i, (batch, expected) in enumerate(zip(batches, case["passes"], strict=True)):
        layer.train(i < 3)
        layer.weight.zero_grad()
        layer.bias.zero_grad()
        x = Tensor(batch)
        out = layer(x)
        out.backward(np.array(CASES["upstream"]))
        for got, key in (
            (out.data, "out"),
            (x.grad, "x_grad"),
            (layer.weight.grad, "weight_grad"),
            (layer.bias.grad, "bias_grad"),
        ):
            np.testing.assert_allclose(got, expected[key], rtol=1e-9, atol=1e-12, err_msg=key)
    for key, value in layer.named_buffers():
        np.testing.assert_allclose(value, case[key], rtol=1e-12)


def test_batch_norm_in_evaluation_treats_samples_one_by_one() -> None:
    layer = BatchNorm(3)
    layer(Tensor(rng().normal(size=(20, 3))))
    layer.train(False)
    x = rng(1).normal(size=(4, 3))
    together = layer(Tensor(x)).data
    np.testing.assert_allclose(np.stack([layer(Tensor(row[None])).data[0] for row in x]), together)


def test_batch_norm_cannot_train_on_one_sample() -> None:
    with pytest.raises(ValueError, match="at least 2 samples, got 1"):
        BatchNorm(3)(Tensor(np.ones((1, 3))))


@pytest.mark.parametrize("layer", [BatchNorm(3), LayerNorm(3)])
def test_a_norm_of_other_features_names_both_shapes(layer: Layer) -> None:
    with pytest.raises(ShapeError, match=r"norm of 3 features cannot take shape \(5, 4\)"):
        layer(Tensor(np.ones((5, 4))))


# --- containers ---


def test_sequential_names_parameters_and_buffers_by_place() -> None:
    layer = Sequential(Linear(rng(), 4, 3), Residual(Linear(rng(), 3, 3), BatchNorm(3)))
    assert [name for name, _ in layer.named_parameters()] == [
        *("0.weight", "0.bias", "1.0.weight", "1.0.bias", "1.1.weight", "1.1.bias"),
    ]
    assert [name for name, _ in layer.named_buffers()] == ["1.1.running_mean", "1.1.running_var"]


def test_the_direct_way_of_a_residual_passes_the_gradient_undiminished() -> None:
    dead = Linear(rng(), 3, 3, initializer="zeros")
    x = Tensor(np.ones((2, 3)))
    Residual(dead)(x).sum().backward()
    assert x.grad is not None and (x.grad == 1.0).all()


def test_a_residual_whose_inside_changes_the_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(2, 3\) into \(2, 1\)"):
        Residual(Linear(rng(), 3, 1))(Tensor(np.ones((2, 3))))


def test_two_layers_of_one_name_are_refused() -> None:
    with pytest.raises(TypeError, match="two layers are called 'linear'"):

        class Again(Layer, name="linear"):
            pass


@pytest.mark.parametrize("name", EXAMPLES)
def test_float32_stays_float32(name: str) -> None:
    layer = EXAMPLES[name]()
    for _, parameter in layer.named_parameters():
        parameter.data = parameter.data.astype("f4")
    assert layer(Tensor(rng().normal(size=(5, 4)), dtype="f4")).dtype == np.float32
