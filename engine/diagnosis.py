"""What is wrong with a run, and the number that shows it: of each layer's health (`measure`), of
the loss points on the way, of an overflow. Pure functions from numbers to findings.

Every threshold stands here with its reason. The words belong to the page; what to try next is in
`engine/remedies.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.diagnostics import LayerHealth, Overflow
from engine.ops import Array
from engine.remedies import (
    Change,
    carrying,
    centered,
    clipped,
    faster,
    leaky,
    regularized,
    slower,
)
from engine.spec import Spec

# step, train loss, loss of rows held out: for validation where there are some, else for the test
LossPoint = tuple[int, float, float]

# Gradients shrink by a factor per layer: at a thousandth of the last layer's, the first layers
# learn a thousand times more slowly, which is as good as not at all.
VANISHING = 1e-3
# A gradient a thousand times its weight: even a rate of 0.001 would replace the weight in one step.
EXPLODING = 1e3
# Half of a layer: what is left of it is a layer of half the size.
DEAD = 0.5
SATURATED = 0.5
# A step that changes a weight by a third forgets it within three; about 1e-3 is healthy. Only asked
# while there are too few loss points to tell.
LARGE_STEP = 0.3
# A tenth of the healthy 1e-3: with it, a weight needs ten thousand steps to become another one.
SMALL_STEP = 1e-4
# Where each weight's own gradient is below a hundredth of it, small steps are due to the gradient.
GRADIENT = 1e-2
# The rises between loss points, added up, as a share of their mean: a loss that goes down by small
# minibatches stays below one, one that jumps back and forth comes to two and more.
JAGGED = 1.25
# ... unless it goes down all the same: from one half of the latest loss points to the other by a
# fifth and more.
FALLING = 0.2
# Above its first value by a tenth the loss has been made worse by training.
WORSE = 1.1
HARDLY_FALLING = 0.01
# Above the smallest held-out loss there was by a fifth, which is more than a healthy one jitters.
OVERFITTING = 1.2
# What is left of the first loss; below a twentieth the task is learnt, its noise is no trouble, and
# neurons may be as sure as they like, though gradients hardly pass them.
LEARNT = 0.05

_RECENT = 16  # loss points are looked at together: about three epochs
_FEWEST = 8
_SMOOTH = 4


@dataclass(frozen=True)
class Finding:
    """Something a teacher would point at: what, where, the number that shows it, what to try."""

    kind: str
    layers: tuple[int, ...]  # the worst one first; none where it is about the whole run
    value: float
    threshold: float
    numbers: dict[str, float] = field(default_factory=dict)  # others that tell the same
    change: Change | None = None  # part of a spec

    @property
    def layer(self) -> int | None:
        return self.layers[0] if self.layers else None


def findings(
    health: Sequence[LayerHealth],
    spec: Spec,
    points: Sequence[LossPoint] = (),
    overflow: Overflow | None = None,
    since: int = 0,
) -> list[Finding]:
    """Everything found, what comes first as a cause first. Points are those of the whole run;
    `since` is the step of the last change of settings: what was before says nothing of them."""
    if overflow is not None:  # all else is its consequence, in numbers that are none
        return [_overflow(overflow, spec)]
    found = [*of_layers(health, spec), *of_losses(health, spec, points, since)]
    if points and points[-1][1] <= LEARNT * points[0][1]:
        found = [finding for finding in found if finding.kind not in ("saturated", "vanishing")]
    blocked = any(finding.kind in ("dead", "saturated", "vanishing") for finding in found)
    if blocked:  # steps are small because hardly any gradient comes through
        found = [finding for finding in found if finding.kind != "too_slow"]
    return sorted(found, key=lambda finding: KINDS.index(finding.kind))


# a dead layer passes no gradient, a saturated one hardly any: they come before what follows of it
KINDS = (
    *("overflow", "exploding", "too_fast", "dead", "saturated", "vanishing"),
    *("too_slow", "overfitting"),
)


def _overflow(overflow: Overflow, spec: Spec) -> Finding:
    layers = () if overflow.layer is None else (overflow.layer,)
    sizes = [link.largest for link in overflow.chain if math.isfinite(link.largest)]
    largest = max(sizes, default=math.inf)
    top = float(np.finfo(spec.dtype).max)
    return Finding("overflow", layers, largest, top, {}, slower(spec, 0.1))


# --- layers ---


def of_layers(health: Sequence[LayerHealth], spec: Spec) -> Iterator[Finding]:
    """What the health of the layers shows at one step."""
    last, hidden = health[-1], health[:-1]
    dead = _where(health, lambda row: row.dead_share, DEAD)
    if dead:
        change = leaky(spec, dead)
        yield Finding("dead", dead, health[dead[0]].dead_share or 0.0, DEAD, {}, change)
    # an output that answers with its bounds is as sure as it should be
    saturated = _where(hidden, lambda row: row.saturated_share, SATURATED)
    if saturated:
        share = health[saturated[0]].saturated_share or 0.0
        change = centered(spec, saturated)
        yield Finding("saturated", saturated, share, SATURATED, {}, change)
    # before a layer that is altogether off there is no gradient left to speak of
    off = max((row.layer for row in health if row.dead_share == 1.0), default=-1)
    if last.gradient_norm > 0.0:
        rows = [row for row in hidden if row.layer > off]
        shares = {row.layer: row.gradient_norm / last.gradient_norm for row in rows}
        vanishing = sorted((i for i in shares if shares[i] < VANISHING), key=shares.__getitem__)
        if vanishing:
            first = vanishing[0]
            norms = {"first": health[first].gradient_norm, "last": last.gradient_norm}
            change = carrying(spec, tuple(vanishing))
            value = shares[first]
            yield Finding("vanishing", tuple(vanishing), value, VANISHING, norms, change)
    exploding = _where(health, _pull, EXPLODING)
    if exploding:
        row = health[exploding[0]]
        norms = {"gradient": row.gradient_norm, "weight": row.weight_norm}
        yield Finding("exploding", exploding, _pull(row), EXPLODING, norms, clipped(spec))


def _where(
    health: Sequence[LayerHealth],
    measured: Callable[[LayerHealth], float | None],
    threshold: float,
) -> tuple[int, ...]:
    """The layers that reach a threshold, the worst first."""
    values = {row.layer: value for row in health if (value := measured(row)) is not None}
    return tuple(sorted((i for i in values if values[i] >= threshold), key=lambda i: -values[i]))


def _pull(row: LayerHealth) -> float:
    """How large a layer's gradient is beside its weight; 0 for a weight that is nothing yet."""
    return row.gradient_norm / row.weight_norm if row.weight_norm > 0.0 else 0.0


# --- the loss on the way ---


def of_losses(
    health: Sequence[LayerHealth], spec: Spec, points: Sequence[LossPoint], since: int = 0
) -> Iterator[Finding]:
    """What the loss points up to one step show, together with the steps that are being made."""
    ratios = {row.layer: row.update_ratio for row in health if row.update_ratio is not None}
    ratios = {layer: ratio for layer, ratio in ratios.items() if math.isfinite(ratio)}
    first, points = points[:1], [point for point in points if point[0] >= since]
    train, held = (np.array([point[i] for point in points], dtype=float) for i in (1, 2))
    if len(points) < _FEWEST or not np.isfinite([*train, *held]).all():
        worst = max(ratios, key=ratios.__getitem__, default=None)
        if worst is not None and ratios[worst] > LARGE_STEP:
            change = slower(spec, 0.1)
            yield Finding("too_fast", (worst,), ratios[worst], LARGE_STEP, {}, change)
        return
    (_, start, held_start), recent = first[0], train[-_RECENT:]
    half = len(recent) // 2
    mean, fall = float(recent.mean()), 1.0 - float(recent[half:].mean() / recent[:half].mean())
    if mean <= LEARNT * start:
        yield from _overfitting(points, smooth(train), smooth(held), spec, held_start)
    elif mean > WORSE * start:
        numbers = {"start": start, "now": mean}
        value, change = mean / start, slower(spec, 0.1)
        yield Finding("too_fast", (), value, WORSE, numbers, change)
    elif (rises := jaggedness(recent)) > JAGGED and fall < FALLING:
        numbers = {"rises": rises, "lowest": float(recent.min()), "highest": float(recent.max())}
        yield Finding("too_fast", (), rises, JAGGED, numbers, slower(spec, 0.3))
    elif ratios and max(ratios.values()) < SMALL_STEP and max(map(_pull, health)) > GRADIENT:
        if abs(fall) < HARDLY_FALLING:
            value, change = max(ratios.values()), faster(spec)
            yield Finding("too_slow", (), value, SMALL_STEP, {"fall": fall}, change)
    else:  # of losses that jump or stand still nothing of the kind can be told
        yield from _overfitting(points, smooth(train), smooth(held), spec, held_start)


def _overfitting(
    points: Sequence[LossPoint], train: Array, held: Array, spec: Spec, start: float
) -> Iterator[Finding]:
    """The held-out loss has risen since it was smallest, while the train loss went on falling."""
    best = int(held.argmin())
    now, lowest = float(held[-1]), float(held[best])
    has_risen = lowest > 0.0 and now > OVERFITTING * lowest and now > OVERFITTING * train[-1]
    if has_risen and train[-1] < train[best] and now > LEARNT * start:
        numbers = {
            "best_step": float(points[best + _SMOOTH - 1][0]),
            "held_best": lowest,
            "held_now": now,
            "train_best": float(train[best]),
            "train_now": float(train[-1]),
        }
        change = regularized(spec)
        yield Finding("overfitting", (), now / lowest, OVERFITTING, numbers, change)


def jaggedness(losses: Array) -> float:
    """All rises from one point to the next, added up, as a share of the mean."""
    return float(np.maximum(np.diff(losses), 0.0).sum() / losses.mean())


def smooth(losses: Array) -> Array:
    """Means of a few neighbours: one lucky minibatch is no best loss."""
    return np.convolve(losses, np.full(_SMOOTH, 1.0 / _SMOOTH), "valid")
