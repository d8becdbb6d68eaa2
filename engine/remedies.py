"""One thing to try against each trouble: a change of the spec, or None where nothing is left to do.

Each is what a textbook names first and what shows its effect soonest; whether it helps is seen by
training on with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.network_spec import LinearSpec, NetworkSpec
from engine.spec import Spec

Change = dict[str, Any]

_BOUNDED = ("sigmoid", "tanh")


def slower(spec: Spec, factor: float) -> Change | None:
    """A smaller learning rate."""
    return _rate(spec, spec.optimizer.learning_rate * factor)


def faster(spec: Spec) -> Change | None:
    """Ten times the learning rate."""
    return _rate(spec, min(100.0, spec.optimizer.learning_rate * 10))


def _rate(spec: Spec, rate: float) -> Change | None:
    rounded = float(f"{rate:.2g}")
    if rounded == spec.optimizer.learning_rate or rounded <= 0.0:
        return None
    return {"optimizer": {"learning_rate": rounded}}


def leaky(spec: Spec, layers: tuple[int, ...]) -> Change | None:
    """Leaky ReLU: below zero a little gradient passes, so that a neuron can come back."""
    return _activation(spec, layers, "leaky_relu")


def centered(spec: Spec, layers: tuple[int, ...]) -> Change | None:
    """Layer normalization before the activation: sums return to where it is steep. Unlike that of
    the batch it asks nothing of the batch size."""
    network = spec.network
    changed = tuple(
        replace(layer, normalization="layer")
        if i in layers and layer.normalization == "none"
        else layer
        for i, layer in enumerate(network.layers)
    )
    return _network(network, changed)


def carrying(spec: Spec, layers: tuple[int, ...]) -> Change | None:
    """ReLU in the hidden layers, whose slope is 1 where it is on: a sigmoid's is 1/4 at most."""
    hidden = range(len(spec.network.layers) - 1)
    bounded = tuple(i for i in hidden if spec.network.layers[i].activation in _BOUNDED)
    return _activation(spec, bounded, "relu") or centered(spec, layers)


def _activation(spec: Spec, layers: tuple[int, ...], activation: str) -> Change | None:
    last = len(spec.network.layers) - 1
    changed = tuple(
        replace(layer, activation=activation)
        if i in layers and (i < last or spec.cost.output_activations is None)
        else layer
        for i, layer in enumerate(spec.network.layers)
    )
    return _network(spec.network, changed)


def _network(network: NetworkSpec, layers: tuple[LinearSpec, ...]) -> Change | None:
    if layers == network.layers:
        return None
    return {"network": {"layers": [layer.to_json() for layer in layers]}}


def clipped(spec: Spec) -> Change | None:
    """A bound of 1 on the length of the whole gradient."""
    if spec.clipping.name == "norm":
        return slower(spec, 0.1)
    return {"clipping": {"name": "norm", "limit": 1.0}}


def regularized(spec: Spec) -> Change:
    """A price on large weights, or three times the one there is."""
    if spec.regularization.name == "none" or spec.regularization.rate == 0.0:
        return {"regularization": {"name": "l2", "rate": 0.01}}
    return {"regularization": {"rate": min(10.0, float(f"{spec.regularization.rate * 3:.2g}"))}}
