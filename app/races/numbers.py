"""Numbers as JSON takes them, and the seed that every race has. Alone, so that the process that
works out a landscape need not bring formulas along: it begins sooner."""

from typing import Any

import numpy as np

from engine.fields import Number
from engine.ops import Array

SEED = Number(0, 2**32 - 1, False, False, "integer")


def finite(values: Array) -> Any:
    """As lists of numbers, null where one is not finite."""
    if np.isfinite(values).all():
        return values.tolist()
    plain = values.astype(object)
    plain[~np.isfinite(values)] = None
    return plain.tolist()
