"""The fixed problem on which optimizers are compared: two parameters, 1,000 given gradients.

A valley of unequal steepness with ripples, and noise as of minibatches. The gradient is computed
by this code on both sides, so that only the optimizers differ.
"""

import numpy as np

from engine.ops import Array

STEPS = 1000
RECORDED = [*range(1, 11), *range(20, 100, 10), *range(100, 1001, 50)]  # steps that are compared

_rng = np.random.default_rng(7)
START = {"weight": _rng.normal(size=(3, 2)), "bias": _rng.normal(size=2)}
_STEEPNESS = {name: np.exp(_rng.uniform(-2, 1, w.shape)) for name, w in START.items()}
_LOWEST = {name: _rng.normal(size=w.shape) for name, w in START.items()}
_NOISE = {name: 0.5 * _rng.normal(size=(STEPS, *w.shape)) for name, w in START.items()}


def gradient(step: int, name: str, weight: Array) -> Array:
    """The gradient of one parameter before the `step`-th update (from 1)."""
    valley = _STEEPNESS[name] * (weight - _LOWEST[name])
    return np.asarray(valley + 0.3 * np.sin(3 * weight) + _NOISE[name][step - 1])
