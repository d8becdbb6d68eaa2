"""One number of a walk held against finite differences, on the tape of the walk itself."""

from __future__ import annotations

from typing import Any

from app.bodies.explanations import CheckBody
from engine.fields import Number
from engine.rerun import Rerun, check
from engine.walkthrough import Walk


def checked(walk: Walk, node: Any) -> CheckBody:
    """The check of a node, which the request names by its id. Raises SpecError."""
    vertices = walk.graph.vertices
    bounds = Number(0, len(vertices) - 1, False, False, "integer")
    vertex = vertices[bounds.check(node, "node")]
    return CheckBody.of(
        vertex.id, check(Rerun(walk.graph.loss), vertex.tensor, learns=vertex.learns)
    )
