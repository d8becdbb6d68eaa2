"""Dropout: while training, each value is lost by chance, so that no neuron relies on another."""

from __future__ import annotations

import numpy as np

from engine.layers.layer import Layer
from engine.tensor import Tensor


class Dropout(Layer, name="dropout"):
    """Training: y = x mask / (1 - p), mask 0 with probability p. Evaluation: y = x.

    Dividing while training ("inverted" dropout) keeps the expected value, so evaluation needs no
    correction (Srivastava et al. 2014).
    """

    def __init__(self, rng: np.random.Generator, p: float = 0.5) -> None:
        if not 0.0 <= p < 1.0:
            raise ValueError(f"dropout: p must be at least 0 and less than 1, got {p}")
        self.rng, self.p = rng, p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0.0:
            return x
        kept = self.rng.random(x.shape) >= self.p
        return x * (kept / (1.0 - self.p)).astype(x.dtype)
