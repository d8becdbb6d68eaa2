"""A walk to take along: the same step as a program, or as a sheet of paper to be filled in.

Everything here is made from the walk's document alone (`app/walks/document.py`), so that it holds
for an expression, a net and a moment of a session alike.
"""

from __future__ import annotations

from typing import Any

from app.errors import Invalid
from app.exports import expressions, network_micrograd, network_numpy, network_pytorch

NETWORKS = {
    "numpy": network_numpy.program,
    "pytorch": network_pytorch.program,
    "micrograd": network_micrograd.program,
}
FORMATS = tuple(NETWORKS)


def program(document: dict[str, Any], format: str) -> str:
    """The step of a walk as a program that prints the same numbers."""
    if any(node["value"] is None for node in document["nodes"] if node["op"] is None):
        raise Invalid("A number of this step is not finite: there is nothing to compute with.")
    if document["kind"] == "network":
        return NETWORKS[format](document)
    return expressions.program(document, format)
