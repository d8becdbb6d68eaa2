"""One update as a run makes it: clipping, the optimizer's rule, the schedule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.clipping import Clipping
from engine.held import still
from engine.ops import Array
from engine.optimizers import Memory, Optimizer, Terms
from engine.spec import Spec


def propose(
    spec: Spec, weights: dict[str, Array], grads: dict[str, Array], memory: Memory, factor: float
) -> tuple[dict[str, Terms], Memory]:
    """What is computed from the gradients by the rules of a spec; see `proposed`."""
    frozen = still(spec.network.frozen, grads)
    return proposed(spec.optimizer, spec.clipping, weights, grads, memory, factor, frozen)


@np.errstate(all="ignore")  # of a run about to overflow, too: the trainer finds out and reports
def proposed(
    optimizer: Optimizer,
    clipping: Clipping,
    weights: dict[str, Array],
    grads: dict[str, Array],
    memory: Memory,
    factor: float,
    frozen: Mapping[str, Array] | None = None,
) -> tuple[dict[str, Terms], Memory]:
    """What is computed from the gradients, and the memory after. `factor` is the schedule's.

    What is `frozen`, masks by name, counts as without a gradient, is not moved, and nothing new is
    remembered of it.
    """
    frozen = frozen or {}
    moving = {name: _where(frozen.get(name), 0.0, g) for name, g in grads.items()}
    counted = moving if frozen else grads
    clipped = clipping.clip(counted)
    before, (terms, memory) = memory, optimizer.propose(weights, clipped, memory)
    for name, mask in frozen.items():
        terms[name]["update"] = _where(mask, 0.0, terms[name]["update"])
        known, state = before.states.get(name, {}), memory.states[name]
        for key, now in state.items():
            state[key] = _where(mask, known.get(key, 0.0), now)
    for name, computed in terms.items():
        update = computed.pop("update")
        computed["gradient"] = grads[name]
        if clipped is not counted:
            computed["clipped"] = clipped[name]
        if factor != 1.0:
            computed["schedule"] = np.asarray(factor)
            update = update * factor  # every update is proportional to the learning rate
        computed["update"] = update
    return terms, memory


def _where(mask: Array | None, there: Array | float, elsewhere: Array) -> Array:
    """`there` where the mask is true, as numbers of the same type."""
    if mask is None:
        return elsewhere
    return np.where(mask, np.asarray(there, elsewhere.dtype), elsewhere)
