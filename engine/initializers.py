"""Starting weights: what matters is their spread.

Too small and signals die out layer by layer, too large and they saturate or explode. Each draws
an array (fan_in, fan_out); biases start at zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.ops import Array

Initializer = Callable[[np.random.Generator, int, int], Array]


def zeros(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """All weights equal: every neuron of a layer then stays the twin of its neighbours for ever."""
    return np.zeros((fan_in, fan_out))


def constant(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """All weights 1/2: signals pass, but neurons stay twins as with zeros."""
    return np.full((fan_in, fan_out), 0.5)


def uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """U(-1/2, 1/2), blind to the size of the layer."""
    return rng.uniform(-0.5, 0.5, (fan_in, fan_out))


def normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """N(0, 1/fan_in): a sum of fan_in terms keeps the spread of its inputs (LeCun et al. 1998)."""
    return rng.normal(0.0, 1.0 / math.sqrt(fan_in), (fan_in, fan_out))


def xavier(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """U(-a, a), a^2 = 6/(fan_in + fan_out), a compromise of both ways (Glorot & Bengio 2010)."""
    bound = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def xavier_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """N(0, 2/(fan_in + fan_out)), the same spread as xavier."""
    return rng.normal(0.0, math.sqrt(2.0 / (fan_in + fan_out)), (fan_in, fan_out))


def he(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """N(0, 2/fan_in): twice the variance, because relu drops half of it (He et al. 2015)."""
    return rng.normal(0.0, math.sqrt(2.0 / fan_in), (fan_in, fan_out))


def he_uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """U(-a, a), a^2 = 6/fan_in, the same spread as he."""
    bound = math.sqrt(6.0 / fan_in)
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def orthogonal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """Columns (or rows) of length 1 at right angles (Saxe, McClelland & Ganguli 2014).

    No two neurons start out alike, which is why narrow layers get stuck least with it: it is the
    default.
    """
    long, short = max(fan_in, fan_out), min(fan_in, fan_out)
    q, r = np.linalg.qr(rng.normal(size=(long, short)))
    q *= np.sign(np.diag(r))  # QR leaves the signs open; this makes the draw uniform over rotations
    return np.ascontiguousarray(q if fan_in >= fan_out else q.T)


INITIALIZERS: dict[str, Initializer] = {
    "orthogonal": orthogonal,
    "xavier": xavier,
    "xavier_normal": xavier_normal,
    "he": he,
    "he_uniform": he_uniform,
    "normal": normal,
    "uniform": uniform,
    "constant": constant,
    "zeros": zeros,
}
