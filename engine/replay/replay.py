"""Training steps repeated without the tape: a traced program for the gradient of each batch size,
then penalty, clipping and optimizer on all weights at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from engine.clipping import ClipByNorm, ClipByValue, Clipping, NoClipping
from engine.held import still
from engine.layers import BatchNorm, Dropout, Layer
from engine.network import Network
from engine.ops import Array
from engine.optimizers import Memory, Optimizer, State
from engine.regularizers import L1, L2, ElasticNet, NoPenalty, Regularizer
from engine.replay.flat import Flat
from engine.replay.rows import Loss, Rows, Unreplayable
from engine.replay.trace import Program, trace
from engine.replay.updates import update_of
from engine.spec import Spec
from engine.tensor import Tensor

Forward = Callable[[Tensor], Tensor]


class Replay:
    """Repeats the steps of one net, loss and regularizer on the rows of one data set.

    The parameters become views of one array. `gradients` runs a batch, `advance` moves the weights,
    `undo` takes the last move back. The optimizer may be changed at any time.
    """

    def __init__(
        self,
        parameters: list[tuple[str, Tensor]],
        forward: Forward,
        loss: Loss,
        x: Array,
        y: Array,
        optimizer: Optimizer,
        weights: Iterable[Tensor] = (),
        regularization: Regularizer | None = None,
        clipping: Clipping | None = None,
        frozen: dict[str, Array] | None = None,
    ) -> None:
        self.flat = Flat(parameters)
        self._frozen = indices_of(self.flat, frozen or {})
        # what is frozen counts as without a gradient, but its gradient is there to be shown
        self._moving = self.flat.grad if self._frozen is None else np.empty_like(self.flat.grad)
        self.rows = Rows(x, y, self.flat.dtype)
        self._forward, self._loss = forward, loss
        self._programs: dict[int, Program] = {}
        self._clip = clip_of(clipping or NoClipping(), self._moving)
        weights, priced = list(weights), regularization or NoPenalty()
        self._penalize, self._traced_penalty = None, None
        if isinstance(priced, KNOWN_PENALTIES):
            self._penalize = penalty_of(priced, self.flat, weights)
        else:
            self._traced_penalty = lambda: priced.penalty(weights)
        self._before, self._delta = np.empty_like(self.flat.data), np.empty_like(self.flat.data)
        self.use(optimizer, Memory())

    def use(self, optimizer: Optimizer, memory: Memory) -> None:
        """Go on with this optimizer and what it remembers."""
        self.optimizer, self.steps = optimizer, memory.steps
        self._update = update_of(optimizer, self.flat.data)
        kept = set(optimizer.remembers)
        for state in memory.states.values():
            kept |= set(state)
        old: State = {key: np.zeros_like(self.flat.data) for key in sorted(kept)}
        for key, array in old.items():
            for name, view in self.flat.views(array):
                view[...] = memory.states.get(name, {}).get(key, 0.0)
        new = {key: np.empty_like(array) for key, array in old.items()}
        self._states = [old, new]  # now, and before the last update or to be written by the next
        self.advance = self._advancer()

    def program(self, size: int) -> Program:
        """The program for batches of this size, traced at the first use."""
        if size not in self._programs:
            with np.errstate(all="ignore"):  # of a diverged net, too
                self._programs[size] = trace(
                    self.flat, self._forward, self._loss, self.rows, size, self._traced_penalty
                )
        return self._programs[size]

    def gradients(self, first: int, size: int) -> float:
        """The loss of up to `size` rows from the `first` in order; fills the gradients."""
        size = min(size, len(self.rows.y) - first)
        program = self._programs.get(size) or self.program(size)
        rows = slice(first, first + size)
        program.run(*[table[rows] for table in self.rows.ordered(program.tables)])
        if self._penalize is not None:
            self._penalize()
        return float(program.loss)

    def _advancer(self) -> Callable[[float], float]:
        """`advance`: one update from the gradients; returns the sum of all weights, which is finite
        if all are. What it needs is at hand: looking it up would take as long as the calls.
        """
        update, clip, states, factored = self._update, self._clip, self._states, np.multiply
        data, grad, delta, before = self.flat.data, self.flat.grad, self._delta, self._before
        moving, frozen = self._moving, self._frozen
        copy, add, total = np.positive, np.add, np.ones_like(data).dot  # copyto takes longer

        def advance(factor: float) -> float:
            self.steps += 1
            if frozen is not None:
                copy(grad, moving)
                moving[frozen] = 0.0
            g = moving if clip is None else clip()
            update(data, g, states[0], states[1], delta, self.steps)
            if factor != 1.0:  # every update is proportional to the learning rate
                factored(delta, factor, delta)
            if frozen is not None:
                delta[frozen] = 0.0
                for key, state in states[1].items():
                    state[frozen] = states[0][key][frozen] if key in states[0] else 0.0
            copy(data, before)
            add(data, delta, data)
            states.reverse()
            return float(total(data))

        return advance

    def step(self, program: Program, batch: tuple[Array, ...]) -> float:
        """One step on rows that lie ready: `program.tables` names what they are."""
        program.run(*batch)
        if self._penalize is not None:
            self._penalize()
        return self.advance(1.0)

    def undo(self) -> None:
        """Take the last update back."""
        np.copyto(self.flat.data, self._before)
        self._states.reverse()
        self.steps -= 1

    # --- for those who look ---

    def memory(self, before: bool = False) -> Memory:
        """A copy of what the optimizer remembers, now or before the last update."""
        steps, state = self.steps - before, self._states[before]
        return Memory(steps, self._by_name(state) if steps else {})

    def last(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """Copies of the weights before the last update, and of the gradients it was made from."""
        found = self._by_name({"weight": self._before, "grad": self.flat.grad})
        return (
            {name: arrays["weight"] for name, arrays in found.items()},
            {name: arrays["grad"] for name, arrays in found.items()},
        )

    def _by_name(self, state: State) -> dict[str, State]:
        found: dict[str, State] = {name: {} for name, _ in self.flat.parameters}
        for key, array in state.items():
            for name, view in self.flat.views(array.copy()):
                found[name][key] = view
        return found


# --- on all weights at once ---


KNOWN_PENALTIES = (NoPenalty, L1, L2, ElasticNet)


def penalty_of(priced: Regularizer, flat: Flat, weights: list[Tensor]) -> Callable[[], None] | None:
    """Adds the gradient of a known penalty to that of the loss. None: there is nothing to add."""
    share = {L1: 1.0, L2: 0.0}.get(type(priced), 0.0)
    if isinstance(priced, ElasticNet):
        share = priced.l1_share
    if isinstance(priced, NoPenalty) or priced.rate == 0.0:
        return None
    l1, l2 = (_price(flat, weights, priced.rate * each) for each in (share, 1.0 - share))
    data, grad, pull = flat.data, flat.grad, np.empty_like(flat.data)
    multiply, add, sign = np.multiply, np.add, np.sign

    def penalize() -> None:
        if l2 is not None:
            multiply(data, l2, pull)
            add(grad, pull, grad)
        if l1 is not None:
            sign(data, pull)
            multiply(pull, l1, pull)
            add(grad, pull, grad)

    return penalize


def _price(flat: Flat, weights: list[Tensor], rate: float) -> Array | None:
    """The rate for each number of the long array: 0 for the biases."""
    if rate == 0.0 or not weights:
        return None
    price = np.zeros_like(flat.data)
    for weight in weights:
        price[flat.places[weight]] = rate
    return price


def clip_of(clipping: Clipping, grad: Array) -> Callable[[], Array] | None:
    """Returns the clipped gradient; the gradient itself stays, to be shown."""
    if isinstance(clipping, NoClipping):
        return None
    clipped = np.empty_like(grad)
    if isinstance(clipping, ClipByValue):
        low, high = (np.array(bound, grad.dtype) for bound in (-clipping.limit, clipping.limit))

        def by_value() -> Array:
            np.maximum(grad, low, out=clipped)
            np.minimum(clipped, high, out=clipped)
            return clipped

        return by_value
    if isinstance(clipping, ClipByNorm):
        square = grad.dot

        def by_norm() -> Array:
            norm = math.sqrt(square(grad))
            if not 1e-15 < norm < 1e15:  # squares near the ends of the number range
                return clipping.clip({"": grad})[""]
            if norm <= clipping.limit:
                return grad
            np.multiply(grad, grad.dtype.type(clipping.limit / norm), clipped)
            return clipped

        return by_norm
    return lambda: clipping.clip({"": grad})[""]


def indices_of(flat: Flat, masks: dict[str, Array]) -> Array | None:
    """Where in the long array what is masked lies; None if nothing is."""
    everywhere = np.zeros(flat.data.size, bool)
    for name, view in flat.views(everywhere):
        if name in masks:
            view[...] = masks[name]
    return np.flatnonzero(everywhere) if masks else None


def obstacle(layer: Layer) -> str | None:
    """Why a net with this layer cannot be replayed: what it does beside computing."""
    if isinstance(layer, Dropout) and layer.training and layer.p > 0.0:
        return "dropout draws other values at each step"
    if isinstance(layer, BatchNorm):
        return "batch_norm measures each batch to keep running means"
    return next((why for _, child in layer.children() if (why := obstacle(child))), None)


# --- the steps of a training run ---


def replay_of(spec: Spec, network: Network, loss: Loss, x: Array, y: Array) -> Replay:
    """The replay of a run, traced. Unreplayable: says why there is none."""
    for layer in network.layers:
        layer.train()
        if why := obstacle(layer):
            raise Unreplayable(why)
    replay = Replay(
        network.named_parameters(),
        network.forward,
        loss,
        x,
        y,
        spec.optimizer,
        network.weights(),
        spec.regularization,
        spec.clipping,
        still(spec.network.frozen, {name: each.data for name, each in network.named_parameters()}),
    )
    whole = spec.batch_in(len(y))
    for size in {whole, len(y) % whole} - {0}:
        replay.program(size)
    return replay


def traced_parts(spec: Spec) -> tuple[object, ...]:
    """The settings that a trace is made of: a change of another one does not need a new trace."""
    return spec.network, spec.cost, spec.regularization, spec.clipping, spec.data
