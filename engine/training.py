"""Training, one step at a time; every moment of it can be kept and restored.

The trainer shows the step before it is taken: `gradients` evaluates the next minibatch at the
current weights, so a weight, its gradient and the update on the screen belong together; `step`
then does exactly that update.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.datasets import Dataset, load
from engine.diagnostics import (
    LayerHealth,
    Overflow,
    find_overflow,
    find_parameter_overflow,
    measure,
)
from engine.losses import LOSSES, Loss
from engine.metrics import score
from engine.network import Network
from engine.ops import Array
from engine.optimizers import Memory, Optimizer, Terms
from engine.spec import Spec
from engine.tape import no_grad
from engine.tensor import Tensor

BATCHES = 4  # random stream of a seed


class Batches:
    """Minibatches without replacement: a new order each epoch, whose last batch may be smaller."""

    def __init__(self, x: Array, y: Array, seed: int) -> None:
        self.x, self.y = x, y
        self.rng = np.random.default_rng([seed, BATCHES])
        self.seen = 0
        self._begin(self.rng.permutation(len(x)), 0)

    def _begin(self, order: Array, position: int) -> None:
        self.order, self.position = order, position
        self._x, self._y = self.x[order], self.y[order]  # gathered once, so that batches are slices

    def peek(self, size: int) -> tuple[Array, Array]:
        batch = slice(self.position, self.position + size)
        return self._x[batch], self._y[batch]

    def advance(self, size: int) -> None:
        taken = min(size, len(self.x) - self.position)
        self.seen += taken
        self.position += taken
        if self.position == len(self.x):
            self._begin(self.rng.permutation(len(self.x)), 0)

    def snapshot(self) -> tuple[Any, ...]:
        return self.rng.bit_generator.state, self.order, self.position, self.seen

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        self.rng.bit_generator.state, order, position, self.seen = snapshot
        self._begin(order, position)


@dataclass(frozen=True)
class Snapshot:
    """One moment of a run. Arrays are shared: a trainer replaces its arrays, never changes them."""

    spec: Spec
    step_count: int
    parameters: dict[str, Array]
    memory: Memory
    batches: tuple[Any, ...]


class Trainer:
    """A net, its data and its optimizer, on the way."""

    def __init__(self, spec: Spec) -> None:
        self.dataset: Dataset = load(spec.data, spec.seed)
        self.network = Network(spec.network, spec.data.inputs, spec.seed, spec.dtype)
        self.step_count = 0
        self.overflow: Overflow | None = None
        self.memory = Memory()
        self.terms: dict[str, Terms] = {}  # of the last step: what the optimizer computed
        x, y = self.dataset.x.astype(spec.dtype), self.dataset.y
        train = self.dataset.train
        self._train, self._test = (x[train], y[train]), (x[~train], y[~train])
        self._batches = Batches(*self._train, spec.seed)
        self._use(spec)

    def _use(self, spec: Spec) -> None:
        self.spec = spec
        self.optimizer: Optimizer = spec.optimizer
        self.loss: Loss = LOSSES[spec.loss]()
        for layer, described in zip(self.network.layers, spec.network.layers, strict=True):
            layer.activation = described.activation
        self._forget()

    def _forget(self) -> None:
        """What was computed for the next minibatch no longer holds."""
        self.objective: Tensor | None = None  # after `gradients`: loss and penalty, with its tape
        self.output: Tensor | None = None
        self._batch_loss = math.nan

    @property
    def epoch(self) -> float:
        """How often the training rows have been seen."""
        return self._batches.seen / len(self._train[1])

    def next_batch(self) -> tuple[Array, Array]:
        """The samples of the step to come: x (n, inputs), y (n,)."""
        return self._batches.peek(self.spec.batch_size)

    @np.errstate(all="ignore")  # numbers that overflow are found and reported, not warned about
    def gradients(self) -> float:
        """The loss of the next minibatch without the penalty; fills every `grad`, moves nothing."""
        if self.objective is None:
            x, y = self.next_batch()
            self.output = self.network.forward(Tensor(x, requires_grad=False))
            loss = self.loss(self.output, y)
            penalty = self.spec.regularization.penalty(self.network.weights())
            for parameter in self.network.parameters():
                parameter.grad = None
            self.objective = loss if penalty is None else loss + penalty
            self.objective.backward()
            self._batch_loss = float(loss.data)
        return self._batch_loss

    @np.errstate(all="ignore")
    def step(self) -> float:
        """One update; returns its loss. A step that is not finite is not taken and returns nan."""
        if self.overflow is not None:
            return math.nan
        loss = self.gradients()
        parameters = self.network.named_parameters()
        grads = {name: tensor.grad for name, tensor in parameters if tensor.grad is not None}
        weights = {name: tensor.data for name, tensor in parameters}
        terms, memory = self._propose(weights, grads)
        new = {name: weights[name] + terms[name]["update"] for name in grads}
        # a sum is finite only if all its terms are, and much cheaper than looking at each
        if not math.isfinite(loss + sum(float(np.add.reduce(w, None)) for w in new.values())):
            self.overflow = self._first_overflow(new)
            if self.overflow is not None:
                return math.nan
        for name, tensor in parameters:
            tensor.data = new[name]
        self.terms, self.memory = terms, memory
        self.step_count += 1
        self._batches.advance(self.spec.batch_size)
        self._forget()
        return loss

    def _propose(
        self, weights: dict[str, Array], grads: dict[str, Array]
    ) -> tuple[dict[str, Terms], Memory]:
        """What the optimizer computes from clipped gradients, at the scheduled rate."""
        clipped = self.spec.clipping.clip(grads)
        terms, memory = self.optimizer.propose(weights, clipped, self.memory)
        factor = self.spec.schedule.factor(self.step_count)
        for name, computed in terms.items():
            update = computed.pop("update")
            if clipped is not grads:
                computed["gradient"], computed["clipped"] = grads[name], clipped[name]
            if factor != 1.0:
                computed["schedule"] = np.asarray(factor)
                update = update * factor  # every update is proportional to the learning rate
            computed["update"] = update
        return terms, memory

    def _first_overflow(self, new: dict[str, Array]) -> Overflow | None:
        assert self.objective is not None and self.output is not None
        run = (self.network, self.objective, self.output)
        return find_overflow(self.step_count, *run) or find_parameter_overflow(
            self.step_count, new, *run
        )

    @np.errstate(all="ignore")
    def evaluate(self) -> dict[str, float]:
        """Losses (without the penalty) and metrics over all training and all test rows."""
        result: dict[str, float] = {}
        with no_grad():
            for split, (x, y) in (("train", self._train), ("test", self._test)):
                output = self.network.forward(Tensor(x, requires_grad=False))
                result[f"{split}_loss"] = float(self.loss(output, y).data)
                prediction = self.loss.prediction(output.data)
                for name, value in score(prediction, y, self.dataset.task).items():
                    result[f"{split}_{name}"] = value
            penalty = self.spec.regularization.penalty(self.network.weights())
            result["penalty"] = 0.0 if penalty is None else float(penalty.data)
        return result

    @np.errstate(all="ignore")
    def health(self) -> list[LayerHealth]:
        """Every layer measured: gradients of the next minibatch, activations on training rows."""
        self.gradients()
        return measure(self.network, self._train[0], self.terms)

    def snapshot(self) -> Snapshot:
        parameters = {name: tensor.data for name, tensor in self.network.named_parameters()}
        return Snapshot(
            self.spec, self.step_count, parameters, self.memory, self._batches.snapshot()
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go to a moment of this run: its weights, memory, batch order and settings."""
        if not snapshot.spec.live_change_from(self.spec):
            raise ValueError("this snapshot belongs to another net or other data")
        for name, tensor in self.network.named_parameters():
            tensor.data = snapshot.parameters[name]
        self.step_count, self.memory = snapshot.step_count, snapshot.memory
        self._batches.restore(snapshot.batches)
        self.overflow = None
        self.terms = {}
        self._use(snapshot.spec)

    def apply(self, spec: Spec) -> None:
        """Go on with other settings. Another optimizer starts with an empty memory."""
        if not spec.live_change_from(self.spec):
            raise ValueError("these settings need a new net or new data: start a new trainer")
        if type(spec.optimizer) is not type(self.optimizer):
            self.memory = Memory()
        self._use(spec)
