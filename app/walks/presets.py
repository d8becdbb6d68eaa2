"""Walks to begin with, from the smallest on. Their numbers are chosen so that nothing is saturated
and no gradient is 0, but for the one that shows why: micrograd's x2."""

from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "neuron": {
        "expression": "p1 = x1 * w1; p2 = x2 * w2; s = p1 + p2; n = s + b; o = tanh(n)",
        "values": {"x1": 2.0, "w1": -3.0, "x2": 0.0, "w2": 1.0, "b": 6.8813735870195432},
        "learns": ["w1", "w2", "b"],
    },
    "linear": {
        "expression": "y1 = w * x1 + b; e1 = y1 - t1; y2 = w * x2 + b; e2 = y2 - t2; "
        "L = (e1**2 + e2**2) / 2",
        "values": {"w": 1.0, "b": 0.5, "x1": 1.0, "t1": 2.0, "x2": 3.0, "t2": 5.0},
        "learns": ["w", "b"],
    },
    "sigmoid": {
        "expression": "z = w * x + b; a = sigmoid(z); e = a - t; L = e**2",
        "values": {"w": 0.8, "x": 1.5, "b": -0.7, "t": 1.0},
        "learns": ["w", "b"],
        "optimizer": {"name": "sgd", "learning_rate": 0.5},
    },
    "rational": {
        "expression": "m = w * x; z = m + b; d = 1 + x; y = z / d; e = y - t; L = e**2",
        "values": {"w": 3.0, "x": 2.0, "b": -1.0, "t": 1.0},
        "learns": ["w", "b"],
    },
    "twice": {
        "expression": "d = a * b; e = a + b; L = d * e",
        "values": {"a": -2.0, "b": 3.0},
        "learns": ["a", "b"],
        "optimizer": {"name": "sgd", "learning_rate": 0.01},
    },
    "xor": {
        "spec": {
            "data": {"name": "xor"},
            "network": {"layers": [{"units": 2}, {}]},
            "optimizer": {"name": "sgd", "learning_rate": 0.1},
            "seed": 133,
        },
        "sample": 0,
    },
    "softmax": {
        "expression": "q1 = exp(z1); q2 = exp(z2); q3 = exp(z3); s = q1 + q2 + q3; "
        "p1 = q1 / s; L = -log(p1)",
        "values": {"z1": 1.0, "z2": 2.0, "z3": 0.5},
        "learns": ["z1", "z2", "z3"],
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
    },
}
