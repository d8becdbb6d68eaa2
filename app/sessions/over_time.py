"""What is measured again along a run: how its layers fared, how their numbers were spread, and one
number with its gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from app.bodies.over_time import (
    ElementOverTime,
    HistogramBody,
    HistogramsOverTime,
    LayerOverTime,
    LayersOverTime,
)
from app.errors import Invalid
from app.sessions.explanations import record
from app.sessions.sweep import Sweep
from engine.diagnostics import LayerHealth
from engine.histogram import Histogram, alike, magnitudes, spread
from engine.training import Trainer

Spread = Literal["activations", "weights", "gradients"]
BINS = 32


class Reading(NamedTuple):
    """A number and its gradient, None where it takes none."""

    value: float
    gradient: float | None


# --- at one step ---


def layers(trainer: Trainer) -> list[LayerHealth]:
    """Gradients and updates are those of the step to come."""
    return trainer.health(ahead=True)


def histograms(of: Spread) -> Callable[[Trainer], list[Histogram]]:
    """For each layer what it answers to all training rows, its parameters, or the sizes of the
    gradients of the next minibatch."""

    def look(trainer: Trainer) -> list[Histogram]:
        if of == "activations":
            x = trainer.dataset.x_train.astype(trainer.spec.dtype)
            return [spread(values, BINS) for values in trainer.network.activations(x)]
        trainer.gradients()
        return [_of_parameters(layer.named_parameters(), of) for layer in trainer.network.layers]

    return look


def _of_parameters(named: Sequence[tuple[str, Any]], of: Spread) -> Histogram:
    arrays = [tensor.data if of == "weights" else tensor.grad for _, tensor in named]
    values = np.concatenate([array.ravel() for array in arrays if array is not None])
    return spread(values, BINS) if of == "weights" else magnitudes(values)


def element(reference: str, row: int | None) -> Callable[[Trainer], Reading]:
    """One number of the pass for the next minibatch, or for one row of the data."""

    def look(trainer: Trainer) -> Reading:
        names = record(trainer, row).names
        node, index = names.find(reference)
        if row is None and names.sample(node, index) is not None:
            raise Invalid(
                f"{reference} is of a sample, which row must name: minibatches have others each.",
                field="row",
                value=None,
                allowed={"type": "integer", "minimum": 0},
            )
        gradient = None if node.grad is None else float(node.grad[index])
        return Reading(float(node.data[index]), gradient)

    return look


# --- along the run ---


def layers_body(session: str, found: Sweep[list[LayerHealth]]) -> LayersOverTime:
    steps, rows = _measured(found)
    names = [name for name in LayerOverTime.model_fields if name != "layer"]
    return LayersOverTime(
        session=session,
        run=found.run,
        steps=steps,
        left=len(found.steps) - len(steps),
        layers=[
            LayerOverTime(
                layer=i, **{name: [getattr(row[i], name) for row in rows] for name in names}
            )
            for i in range(len(rows[0]) if rows else 0)
        ],
    )


def histograms_body(session: str, of: Spread, found: Sweep[list[Histogram]]) -> HistogramsOverTime:
    """The bins of a layer are those of all its steps; sizes of gradients have the same in all
    layers, to be compared."""
    steps, rows = _measured(found)
    by_layer = [list(layer) for layer in zip(*rows, strict=True)]
    if of == "gradients" and by_layer:
        together = alike([each for layer in by_layer for each in layer], most=_MOST_DECADES)
        by_layer = [together[i : i + len(steps)] for i in range(0, len(together), len(steps))]
    else:
        by_layer = [alike(layer, BINS) for layer in by_layer]
    return HistogramsOverTime(
        session=session,
        run=found.run,
        of=of,
        steps=steps,
        left=len(found.steps) - len(steps),
        layers=[
            HistogramBody(
                layer=i,
                width=layer[0].width,
                first=layer[0].first,
                counts=[list(each.counts) for each in layer],
                zeros=[each.zeros for each in layer],
                lost=[each.lost for each in layer],
            )
            for i, layer in enumerate(by_layer)
        ],
    )


_MOST_DECADES = 160  # bins: 40 decades in quarters


def element_body(
    session: str, reference: str, row: int | None, found: Sweep[Reading]
) -> ElementOverTime:
    steps, rows = _measured(found)
    return ElementOverTime(
        session=session,
        run=found.run,
        element=reference,
        row=row,
        steps=steps,
        left=len(found.steps) - len(steps),
        values=[row.value for row in rows],
        gradients=[row.gradient for row in rows],
    )


def _measured(found: Sweep[Any]) -> tuple[list[int], list[Any]]:
    steps = [step for step in found.steps if step in found.measured]
    return steps, [found.measured[step] for step in steps]
