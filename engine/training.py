"""Training that can be looked at: epochs that end, losses of all rows, and every moment kept and
restored. The steps themselves are in `engine/stepper.py`."""

from __future__ import annotations

import math

import numpy as np

from engine.diagnostics import LayerHealth, measure
from engine.epochs import Stopped, after_epoch, stopped
from engine.evaluation import evaluate
from engine.held import still
from engine.ops import Array
from engine.optimizers import Memory, Terms
from engine.snapshot import Snapshot as Snapshot  # whoever has a trainer takes it from here
from engine.spec import Spec
from engine.stepper import Stepper
from engine.update import propose


class Trainer(Stepper):
    """A net, its data and its optimizer, on the way."""

    def step(self) -> float:
        """One update; returns its loss. A step that is not finite is not taken and returns nan."""
        return self.run(1)

    def run(self, steps: int, *, stops: bool = False) -> float:
        """Up to `steps` updates; returns the loss of the last one. At a number that is not finite
        it stops before that update and returns nan; and where it is `stopped`, if it `stops`.
        """
        if not self._watches:
            return self._run(steps)
        loss, end = math.nan, self.step_count + steps
        while self.step_count < end and self.overflow is None:
            left = self._batches.left(self._batch_size)
            loss = self._run(min(left, end - self.step_count))
            if self._batches.position == 0 and self.overflow is None:
                self._end_epoch()
            if stops and self.stopped:
                break
        return loss

    def _end_epoch(self) -> None:
        measured = self.evaluate()
        loss = measured.get("validation_loss", measured["test_loss"])
        watched = after_epoch(self.spec, self._watched, loss, self.step_count)
        if watched.watch != self._watched.watch:
            self._terms = self.terms  # they were computed with the factor until now
        self._watched = watched

    @property
    def validates(self) -> bool:
        """Whether a part of the data is for validation."""
        return bool(self.dataset.validation.any())

    @property
    def stopped(self) -> Stopped | None:
        """Why training is to stand still here, if it is."""
        at_end = self.step_count > 0 and self._batches.position == 0
        return stopped(self.spec, self.epoch, self._watched) if at_end else None

    @np.errstate(all="ignore")
    def evaluate(self) -> dict[str, float]:
        """Losses (without the penalty) and metrics over all rows of each part of the data."""
        outputs = self.answering("all", lambda: self._rows)[-1]
        targets = [y for _, y in self._parts]
        return evaluate(
            np.split(outputs, np.cumsum([len(y) for y in targets])[:-1]),
            targets,
            self.loss,
            self.dataset.task,
            self.spec.regularization.penalty(self.network.weights()),
        )

    @np.errstate(all="ignore")
    def health(self, *, ahead: bool = False) -> list[LayerHealth]:
        """Every layer measured: gradients of the next minibatch, activations on training rows,
        updates of the last step or, looking `ahead`, of the step to come; none of what is
        frozen."""
        self.gradients()
        updates = self.proposed() if ahead else self.terms
        weights = {name: tensor.data for name, tensor in self.network.named_parameters()}
        frozen = {n for n, mask in still(self.spec.network.frozen, weights).items() if mask.all()}
        moved = {name: terms for name, terms in updates.items() if name not in frozen}
        return measure(self.network, self._train[0], moved)

    def proposed(self) -> dict[str, Terms]:
        """What the optimizer makes of the gradients of the next minibatch; moves nothing."""
        self.gradients()
        parameters = self.network.named_parameters()
        grads = {name: tensor.grad for name, tensor in parameters if tensor.grad is not None}
        weights = {name: tensor.data for name, tensor in parameters}
        return propose(self.spec, weights, grads, self.memory, self.factor)[0]

    def set_parameter(self, name: str, index: tuple[int, ...], value: float) -> None:
        """Give one element of a parameter another value.

        Raises:
            SpecError: there is no such element, or the value is not a finite number.
        """
        self.network.edit(name, index, value)
        self._forget()

    def set_parameters(self, parameters: dict[str, Array], buffers: dict[str, Array]) -> None:
        """Give all parameters, and all that is measured, other values of the same shapes."""
        self._terms = self.terms  # of the step that led here
        for name, tensor in self.network.named_parameters():
            tensor.data = parameters[name].astype(tensor.data.dtype)
        self.network.buffers = {name: array.copy() for name, array in buffers.items()}
        self._forget()

    def snapshot(self) -> Snapshot:
        named = self.network.named_parameters()
        parameters = {name: tensor.data.copy() for name, tensor in named}
        return Snapshot(
            self.spec,
            self.step_count,
            parameters,
            self.memory,
            self._batches.snapshot(),
            self.network.buffers,
            self._watched,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go to a moment of this run: its weights, memory, batch order and settings."""
        other = snapshot.spec is not self.spec  # comparing them takes as long as several steps
        if other and not snapshot.spec.live_change_from(self.spec):
            raise ValueError("this snapshot belongs to another net or other data")
        self._terms = {}
        for name, tensor in self.network.named_parameters():
            tensor.data = snapshot.parameters[name].copy()
        self.step_count, self.memory = snapshot.step_count, snapshot.memory
        self.network.buffers, self._watched = snapshot.buffers, snapshot.watched
        self.overflow = None
        self._use(snapshot.spec)
        self._batches.restore(snapshot.batches)  # of its own data, which are there now

    def apply(self, spec: Spec) -> None:
        """Go on with other settings. Another optimizer starts with an empty memory."""
        if not spec.live_change_from(self.spec):
            raise ValueError("these settings need a new net or new data: start a new trainer")
        if type(spec.optimizer) is not type(self.optimizer):
            self.memory = Memory()
        self._use(spec)
