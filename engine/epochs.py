"""What a run watches from epoch to epoch: the loss on samples that it does not learn from, by which
it reduces its learning rate and stops early."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from engine.schedules import ReduceOnPlateau, Watch
from engine.spec import Spec
from engine.stopping import Progress, Stopping


@dataclass(frozen=True)
class Watched:
    """What has been seen so far: for the learning rate, and for stopping."""

    watch: Watch = field(default_factory=Watch)
    progress: Progress = field(default_factory=Progress)


class Stopped(NamedTuple):
    """Why a run stands still by itself, and at which step the loss was best, if it was watched."""

    reason: str  # "epoch" | "patience"
    best_step: int | None


def stopped(spec: Spec, epoch: float, watched: Watched) -> Stopped | None:
    """Whether a run is to stand still at the end of this epoch."""
    reason = spec.stopping.reason(epoch, watched.progress)
    best = watched.progress.best_step if spec.stopping.patience else None
    return None if reason is None else Stopped(reason, best)


def watches(spec: Spec) -> bool:
    """Whether the end of an epoch means anything."""
    return spec.stopping != Stopping() or isinstance(spec.schedule, ReduceOnPlateau)


def kept(spec: Spec, watched: Watched) -> Watched:
    """With other settings: what is no longer watched is forgotten."""
    return Watched(
        watched.watch if isinstance(spec.schedule, ReduceOnPlateau) else Watch(),
        watched.progress if spec.stopping.patience is not None else Progress(),
    )


def after_epoch(spec: Spec, watched: Watched, loss: float, step: int) -> Watched:
    """One epoch more, that ended at `step` with this loss."""
    watch, progress = watched.watch, watched.progress
    if isinstance(spec.schedule, ReduceOnPlateau):
        watch = spec.schedule.after(loss, watch)
    if spec.stopping.patience is not None:
        progress = spec.stopping.after(loss, step, progress)
    return Watched(watch, progress)


def rate_factor(spec: Spec, step: int, watched: Watched) -> float:
    """What the schedule multiplies the learning rate by after `step` updates."""
    if isinstance(spec.schedule, ReduceOnPlateau):
        return watched.watch.factor
    return spec.schedule.factor(step)
