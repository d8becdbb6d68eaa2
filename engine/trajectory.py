"""The way of a run through the space of all weights: where it was every so many steps, and the loss
there.

A run follows from its spec, so its way is found by training it anew, whenever somebody wants to see
it. Weights are kept as one vector, all parameters behind one another in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.landscape import Losses, Weights
from engine.ops import Array
from engine.spec import Spec
from engine.training import Trainer

_PIECE = 200  # steps between two looks at the progress


class Trajectory:
    """A run, gone along once: `go` takes it to its end, or to where it leaves for good."""

    def __init__(self, spec: Spec, steps: int, every: int) -> None:
        self.trainer = Trainer(spec)
        self.length, self.every = steps, every
        self.steps: list[int] = []
        self.losses: list[Losses] = []
        self.diverged: int | None = None  # where the next step would not have been finite
        self._points: list[Array] = []

    @property
    def points(self) -> Array:
        """(places, weights), in double precision."""
        return np.stack(self._points)

    def go(self) -> Iterator[int]:
        """Train, and tell now and then which step it is at."""
        trainer = self.trainer
        self._keep()
        while trainer.step_count < self.length:
            due = min(self.length, (trainer.step_count // self.every + 1) * self.every)
            while trainer.step_count < due and trainer.overflow is None:
                trainer.run(min(_PIECE, due - trainer.step_count))
                yield trainer.step_count
            if trainer.overflow is not None:
                self.diverged = trainer.step_count
                if trainer.step_count > self.steps[-1]:
                    self._keep()
                return
            self._keep()

    def _keep(self) -> None:
        named = self.trainer.network.named_parameters()
        measured = self.trainer.evaluate()
        self.steps.append(self.trainer.step_count)
        self.losses.append(Losses(measured["train_loss"], measured["test_loss"]))
        self._points.append(joined({name: tensor.data for name, tensor in named}))


def joined(weights: Mapping[str, Array]) -> Array:
    """All of it as one vector."""
    return np.concatenate([np.asarray(array, np.float64).ravel() for array in weights.values()])


def parted(vector: Array, like: Mapping[str, Array]) -> Weights:
    """A vector as weights again, of the shapes and precision of others."""
    ends = np.cumsum([array.size for array in like.values()])[:-1]
    parts = zip(like.items(), np.split(vector, ends), strict=True)
    return {name: part.reshape(array.shape).astype(array.dtype) for (name, array), part in parts}


def spread_out(length: int, most: int) -> int:
    """Every how many steps at most `most` places are met on the way, the start besides."""
    return max(1, -(-length // most))


def best(trajectories: Sequence[Trajectory]) -> int:
    """The run whose training loss is lowest at its end; one that diverged only if all did."""

    def how_bad(index: int) -> tuple[bool, float]:
        found = trajectories[index]
        loss = found.losses[-1].train
        return found.diverged is not None, loss if np.isfinite(loss) else np.inf

    return min(range(len(trajectories)), key=how_bad)
