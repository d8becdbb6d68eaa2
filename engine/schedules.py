"""Schedules: the learning rate over time, as a factor on the optimizer's own.

All but one are functions of the number of updates taken so far, with no state, so any moment of a
run can be asked for in any order. Reducing on a plateau has to watch the loss, and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.fields import Declared, integer, number

MOST_STEPS = 1_000_000


def steps(default: int) -> Any:
    """A length in updates."""
    return integer(default, 1, MOST_STEPS)


def fraction(default: float) -> Any:
    """A part of the full rate."""
    return number(default, 0, 1)


@dataclass(frozen=True)
class Schedule(Declared):
    """A factor on the learning rate for each step."""

    name: ClassVar[str]

    def factor(self, step: int) -> float:
        """What the learning rate is multiplied by after `step` updates (0 for the first one)."""
        raise NotImplementedError


# --- one shape ---


@dataclass(frozen=True)
class Constant(Schedule):
    """1."""

    name = "constant"

    def factor(self, step: int) -> float:
        return 1.0


@dataclass(frozen=True)
class Linear(Schedule):
    """A straight line from 1 to `end` over `steps` updates, level from there."""

    name = "linear"

    steps: int = steps(1000)
    end: float = fraction(0.0)

    def factor(self, step: int) -> float:
        return 1.0 + (self.end - 1.0) * min(step / self.steps, 1.0)


@dataclass(frozen=True)
class Warmup(Schedule):
    """A straight line from `start` up to 1 over `steps` updates: Adam's v needs time to settle."""

    name = "warmup"

    steps: int = steps(100)
    start: float = fraction(0.01)

    def factor(self, step: int) -> float:
        return self.start + (1.0 - self.start) * min(step / self.steps, 1.0)


@dataclass(frozen=True)
class StepDecay(Schedule):
    """gamma^(number of full `steps`): a staircase."""

    name = "step"

    steps: int = steps(500)
    gamma: float = fraction(0.5)

    def factor(self, step: int) -> float:
        return math.pow(self.gamma, step // self.steps)


@dataclass(frozen=True)
class Exponential(Schedule):
    """gamma^step: the same share is lost at every step."""

    name = "exponential"

    gamma: float = fraction(0.999)

    def factor(self, step: int) -> float:
        return math.pow(self.gamma, step)


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from 1 down to `minimum` over `steps` updates (Loshchilov & Hutter 2017).

    Level afterwards; PyTorch's CosineAnnealingLR would rise again.
    """

    name = "cosine"

    steps: int = steps(1000)
    minimum: float = fraction(0.0)

    def factor(self, step: int) -> float:
        return half_cosine(1.0, self.minimum, min(step / self.steps, 1.0))


# --- shapes that repeat ---


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """Half a cosine again and again, each `growth` times as long as the last (SGDR, same paper)."""

    name = "cosine_restarts"

    steps: int = steps(200)
    growth: int = integer(2, 1, 10)
    minimum: float = fraction(0.0)

    def factor(self, step: int) -> float:
        start, length = 0, self.steps
        if self.growth == 1:
            start = step - step % length
        while step >= start + length:
            start, length = start + length, length * self.growth
        return half_cosine(1.0, self.minimum, (step - start) / length)


@dataclass(frozen=True)
class Cyclic(Schedule):
    """Up from `minimum` to 1 in `steps` updates and down again, for ever (Smith 2017)."""

    name = "cyclic"

    steps: int = steps(100)
    minimum: float = fraction(0.1)

    def factor(self, step: int) -> float:
        phase = step % (2 * self.steps) / self.steps  # 0..2
        return self.minimum + (1.0 - self.minimum) * (1.0 - abs(phase - 1.0))


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to 1 for a part of the way, then far down, both along half a cosine (Smith & Topin 2018).

    Starts at 1/`divide` and ends at 1/(`divide` * `final_divide`), where it stays.
    """

    name = "one_cycle"

    steps: int = integer(1000, 2, MOST_STEPS)
    rise: float = number(0.3, 0, 1, exclusive_minimum=True, exclusive_maximum=True)
    divide: float = number(25.0, 1, 1e6)
    final_divide: float = number(1e4, 1, 1e9)

    def factor(self, step: int) -> float:
        top, last = self.rise * self.steps - 1, self.steps - 1
        start = 1.0 / self.divide
        if top > 0 and step <= top:
            return half_cosine(start, 1.0, step / top)
        down = min((step - max(top, 0.0)) / (last - max(top, 0.0)), 1.0)
        return half_cosine(1.0, start / self.final_divide, down)


def half_cosine(start: float, end: float, progress: float) -> float:
    """From `start` to `end`, level at both ends."""
    return end + (start - end) * (1.0 + math.cos(math.pi * progress)) / 2.0


# --- one that watches ---


@dataclass(frozen=True)
class Watch:
    """What reducing on a plateau has seen so far."""

    factor: float = 1.0
    best: float = math.inf
    waited: int = 0  # measurements without a better one
    cooling: int = 0  # measurements that do not count yet


@dataclass(frozen=True)
class ReduceOnPlateau(Declared):
    """Multiply the rate by `factor` when the loss has not improved for `patience` measurements.

    Better means below best * (1 - threshold). After a reduction `cooldown` measurements are free.
    """

    name: ClassVar[str] = "reduce_on_plateau"

    factor: float = number(0.5, 0, 1, exclusive_minimum=True, exclusive_maximum=True)
    patience: int = integer(10, 0, 10_000)
    threshold: float = number(1e-4, 0, 1, exclusive_maximum=True)
    cooldown: int = integer(0, 0, 10_000)
    minimum: float = fraction(0.0)

    def after(self, loss: float, watch: Watch) -> Watch:
        """The state after one more measurement; its `factor` is what the rate is multiplied by."""
        better = loss < watch.best * (1.0 - self.threshold)
        cooling = max(watch.cooling - 1, 0)
        waited = 0 if better or watch.cooling > 0 else watch.waited + 1
        factor = watch.factor
        if waited > self.patience:
            factor, waited, cooling = max(factor * self.factor, self.minimum), 0, self.cooldown
        return Watch(factor, loss if better else watch.best, waited, cooling)


SCHEDULES: dict[str, type[Schedule] | type[ReduceOnPlateau]] = {
    "constant": Constant,
    "linear": Linear,
    "step": StepDecay,
    "exponential": Exponential,
    "cosine": Cosine,
    "cosine_restarts": CosineRestarts,
    "warmup": Warmup,
    "one_cycle": OneCycle,
    "cyclic": Cyclic,
    "reduce_on_plateau": ReduceOnPlateau,
}
