"""One update as a run makes it: clipping, the optimizer's rule, the schedule."""

from __future__ import annotations

import numpy as np

from engine.ops import Array
from engine.optimizers import Memory, Terms
from engine.spec import Spec


@np.errstate(all="ignore")  # of a run about to overflow, too: the trainer finds out and reports
def propose(
    spec: Spec, weights: dict[str, Array], grads: dict[str, Array], memory: Memory, factor: float
) -> tuple[dict[str, Terms], Memory]:
    """What is computed from the gradients, and the memory after. `factor` is the schedule's."""
    clipped = spec.clipping.clip(grads)
    terms, memory = spec.optimizer.propose(weights, clipped, memory)
    for name, computed in terms.items():
        update = computed.pop("update")
        if clipped is not grads:
            computed["gradient"], computed["clipped"] = grads[name], clipped[name]
        if factor != 1.0:
            computed["schedule"] = np.asarray(factor)
            update = update * factor  # every update is proportional to the learning rate
        computed["update"] = update
    return terms, memory
