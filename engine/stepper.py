"""Training, one step at a time.

The stepper shows the step before it is taken: `gradients` evaluates the next minibatch at the
current weights, so a weight, its gradient and the update on the screen belong together; `step`
then does exactly that update. Steps are replayed (`engine/replay`) where that is possible; whoever
asks for the graph or the optimizer's terms gets them computed then.
"""

from __future__ import annotations

import math

import numpy as np

from engine.batches import Batches
from engine.datasets import Dataset, Split, load
from engine.diagnostics import (
    Overflow,
    find_overflow,
    find_parameter_overflow,
)
from engine.epochs import Watched, kept, rate_factor, watches
from engine.losses import Loss
from engine.network import Network
from engine.ops import Array
from engine.optimizers import Memory, Optimizer, Terms
from engine.replay import Answering, Replay, Unreplayable, replay_of, traced_parts
from engine.schedules import Schedule
from engine.spec import Spec
from engine.tensor import Tensor
from engine.update import propose


class Stepper:
    """A net, its data and its optimizer, and one step after another."""

    def __init__(self, spec: Spec, split: Split | None = None) -> None:
        self.network = Network(spec.network, spec.data.inputs, spec.seed, spec.dtype)
        self.spec = spec
        self._take(load(spec.data, spec.seed, split))
        self.step_count = 0
        self.overflow: Overflow | None = None
        self.falls_back: str | None = None  # why steps run on the tape; None while they replay
        self._replay: Replay | None = None
        self._traced: tuple[object, ...] = ()  # the settings it was made with
        self._memory: Memory | None = Memory()  # None: ask the replay, as for the terms
        self._terms: dict[str, Terms] | None = {}
        self._watched = Watched()
        self._measured: dict[str, Array] = {}  # running statistics after the step to come
        self._batches = Batches(*self._train, spec.seed)
        self._use(spec)

    def _take(self, dataset: Dataset) -> None:
        """Learn from these samples, and be measured on them."""
        self.dataset = dataset
        x, y = dataset.x.astype(self.spec.dtype), dataset.y
        parts = (dataset.train, dataset.validation, dataset.test)
        self._parts = [(x[part], y[part]) for part in parts]
        self._train: tuple[Array, Array] = self._parts[0]
        self._rows = np.concatenate([rows for rows, _ in self._parts])  # evaluated in one pass
        self.answering = Answering(self.network)  # it knows rows by their numbers

    def _use(self, spec: Spec) -> None:
        self._terms = self.terms
        memory, before = self.memory, self._traced
        if spec.data != self.spec.data:
            self._take(load(spec.data, spec.seed))
            self._batches.deal(*self._train)
        self.spec, self._traced = spec, traced_parts(spec)
        self.optimizer: Optimizer = spec.optimizer
        self._batch_size = spec.batch_in(len(self._train[1]))
        self.loss: Loss = spec.cost.fitted(self._train[1], self.dataset.classes)
        self.network.use(spec.network.layers)
        self._watches, self._watched = watches(spec), kept(spec, self._watched)
        self._factor_at = (
            spec.schedule.factor
            if isinstance(spec.schedule, Schedule)
            else lambda step: rate_factor(spec, step, self._watched)
        )
        if self._traced != before:
            self._replay, self.falls_back = None, None
        elif self._replay is not None:
            self._replay.use(spec.optimizer, memory)
        self._forget()

    def _forget(self) -> None:
        """What was computed for the next minibatch no longer holds."""
        self._batch_loss: float | None = None
        self._objective: Tensor | None = None
        self._output: Tensor | None = None

    # --- what the optimizer remembers and computed; a replay is asked only when somebody looks ---

    @property
    def memory(self) -> Memory:
        if self._memory is None:
            assert self._replay is not None
            self._memory = self._replay.memory()
        return self._memory

    @memory.setter
    def memory(self, memory: Memory) -> None:
        self._terms, self._memory = self.terms, memory
        if self._replay is not None:
            self._replay.use(self.optimizer, memory)

    @property
    def terms(self) -> dict[str, Terms]:
        """What the optimizer computed for the last step."""
        if self._terms is None:
            assert self._replay is not None
            weights, grads = self._replay.last()
            before = self._replay.memory(before=True)
            factor = self._factor_at(self.step_count - 1)
            self._terms, _ = propose(self.spec, weights, grads, before, factor)
        return self._terms

    @property
    def objective(self) -> Tensor | None:
        """After `gradients`: loss and penalty, with the tape."""
        if self._objective is None and self._batch_loss is not None:
            self._record()
            if self._replay is not None:  # parameters keep the gradients they are moved by
                self._replay.flat.show_gradients()
        return self._objective

    @property
    def output(self) -> Tensor | None:
        """After `gradients`: what the net answered."""
        return self._output if self.objective is not None else None

    @property
    def factor(self) -> float:
        """What the schedule multiplies the learning rate by at the step to come."""
        return self._factor_at(self.step_count)

    # --- a step ---

    @property
    def epoch(self) -> float:
        """How often the training rows have been seen."""
        return self._batches.seen / len(self._train[1])

    def next_batch(self) -> tuple[Array, Array]:
        """The samples of the step to come: x (n, inputs), y (n,)."""
        return self._batches.peek(self._batch_size)

    def next_rows(self) -> Array:
        """The same samples, as rows of the data set."""
        return np.flatnonzero(self.dataset.train)[self._batches.rows(self._batch_size)]

    @property
    def epoch_rows(self) -> Array:
        """All rows of the epoch under way as they are dealt out, as rows of the data set."""
        return np.flatnonzero(self.dataset.train)[self._batches.order]

    @property
    def left_in_epoch(self) -> int:
        """How many steps there are until the end of the epoch, one at least."""
        return self._batches.left(self._batch_size)

    @np.errstate(all="ignore")  # numbers that overflow are found and reported, not warned about
    def gradients(self) -> float:
        """The loss of the next minibatch without the penalty; fills every `grad`, moves nothing."""
        replay = self._ready()
        if self._batch_loss is None and replay is not None and self._terms is None:
            self._terms = self.terms  # they need the gradients that are about to be replaced
        return self._evaluate_batch(replay)

    @np.errstate(all="ignore")
    def _run(self, steps: int) -> float:
        """Up to `steps` updates, whatever comes by; returns the loss of the last one, or nan."""
        if self.overflow is not None:
            return math.nan
        replay, factor_at = self._ready(), self._factor_at
        loss = math.nan
        for _ in range(steps):
            loss = self._evaluate_batch(replay)
            if replay is None:
                loss = self._step_on_tape(loss)
            # a sum is finite only if all its terms are, and much cheaper than looking at each
            elif math.isfinite(loss + replay.advance(factor_at(self.step_count))):
                self._memory = self._terms = None
                self._go_on()
            else:
                replay.undo()
                self._memory = replay.memory()
                loss = self._step_on_tape(loss)
                replay = self._ready()
            if self.overflow is not None:
                return math.nan
        return loss

    def _go_on(self) -> None:
        self.step_count += 1
        self._batches.advance(self._batch_size)
        self._batch_loss = self._objective = self._output = None

    def _ready(self) -> Replay | None:
        """The replay of this net, with its weights; None if steps have to run on the tape."""
        if self._replay is None and self.falls_back is None:
            try:
                self._replay = replay_of(self.spec, self.network, self.loss, *self._train)
                self._replay.use(self.optimizer, self.memory)
            except Unreplayable as why:
                self.falls_back = str(why)
        replay = self._replay
        if replay is not None and replay.flat.adopt():  # weights were assigned
            self._forget()
        return replay

    def _evaluate_batch(self, replay: Replay | None) -> float:
        if self._batch_loss is None:
            if replay is None:
                self._batch_loss = self._record()
            else:
                if replay.rows.order is not self._batches.order:  # a new epoch
                    replay.rows.reorder(self._batches.order)
                self._batch_loss = replay.gradients(self._batches.position, self._batch_size)
                if replay.flat.hidden():
                    replay.flat.show_gradients()
        return self._batch_loss

    @np.errstate(all="ignore")
    def _record(self) -> float:
        """The next minibatch on the tape, forward and back."""
        x, y = self.next_batch()
        before = self.network.buffers
        self._output = self.network.forward(Tensor(x, requires_grad=False), self.step_count)
        self._measured, self.network.buffers = self.network.buffers, before  # until it is taken
        loss = self.loss(self._output, y)
        penalty = self.spec.regularization.penalty(self.network.weights())
        for parameter in self.network.parameters():
            parameter.grad = None
        self._objective = loss if penalty is None else loss + penalty
        self._objective.backward()
        return float(loss.data)

    def _step_on_tape(self, loss: float) -> float:
        if self._objective is None:
            self._record()
        parameters = self.network.named_parameters()
        grads = {name: tensor.grad for name, tensor in parameters if tensor.grad is not None}
        weights = {name: tensor.data for name, tensor in parameters}
        terms, memory = propose(self.spec, weights, grads, self.memory, self.factor)
        new = {name: weights[name] + terms[name]["update"] for name in grads}
        if not math.isfinite(loss + sum(float(np.add.reduce(w, None)) for w in new.values())):
            self.overflow = self._first_overflow(new)
            if self.overflow is not None:
                return math.nan
        for name, tensor in parameters:
            tensor.data = new[name]
        self.network.buffers = self._measured
        self._terms, self.memory = terms, memory
        self._go_on()
        return loss

    def _first_overflow(self, new: dict[str, Array]) -> Overflow | None:
        assert self.objective is not None and self.output is not None
        run = (self.network, self.objective, self.output)
        return find_overflow(self.step_count, *run) or find_parameter_overflow(
            self.step_count, new, *run
        )
