"""Numbers of one's own: the same exercise with other values, friendly ones, decided by a seed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from app.walks.source import ExpressionSource, NetworkSource, SessionSource, Source
from engine.fields import parse
from engine.spec import Settings
from engine.walkthrough import Walk, walk_expression
from engine.walkthrough.expressions import Formula, FormulaTrainer

TRIES = 40
SMALLEST = 0.005  # a gradient that four decimals still tell something of
LARGEST = 1000.0


def with_seed(source: Source, seed: int) -> Source:
    """The source with the numbers of a seed. An expression begins at step 0, with one decimal each,
    chosen such that gradients are worth computing; a net is drawn anew; what a session went through
    stays as it was."""
    match source:
        case ExpressionSource():
            return replace(source, step=0, formula=_friendly(source, seed))
        case NetworkSource():
            settings = parse(Settings, {"seed": seed, "dtype": source.spec.dtype}, "")
            return replace(source, spec=replace(source.spec, settings=settings))
        case SessionSource():
            return source


def _friendly(source: ExpressionSource, seed: int) -> Formula:
    """The first values a seed draws that make a good exercise; else the first finite ones."""
    rng = np.random.default_rng([seed, 5])
    formula, second_best = source.formula, None
    for _ in range(TRIES):
        drawn = replace(formula, values=_draw(formula, rng))
        walk = walk_expression(FormulaTrainer(drawn, source.spec))
        if _finite(walk):
            second_best = second_best or drawn
            if _worth_it(walk):
                return drawn
    return second_best or formula


def _draw(formula: Formula, rng: np.random.Generator) -> Mapping[str, float]:
    """Every value between half and one and a half of itself. Targets stay what they are."""
    values = {}
    for name, value in formula.values.items():
        drawn = value * rng.uniform(0.5, 1.5) if value else rng.uniform(-1.0, 1.0)
        drawn = round(float(drawn), 1) or math.copysign(0.1, drawn)
        values[name] = value if name in formula.constants else drawn
    return values


def _finite(walk: Walk) -> bool:
    return math.isfinite(walk.update.loss) and all(
        math.isfinite(vertex.value) and abs(vertex.value) < LARGEST
        for vertex in walk.graph.vertices
    )


def _worth_it(walk: Walk) -> bool:
    """Whether every parameter has a gradient that is more than a rounding error."""
    gradients = [vertex.tensor.grad for vertex in walk.graph.parameters]
    return all(g is not None and SMALLEST <= abs(float(g)) < LARGEST for g in gradients)
