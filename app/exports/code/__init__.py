"""A step as a program in NumPy, PyTorch or micrograd that prints the same numbers."""

from __future__ import annotations

from typing import Any

from app.errors import Invalid
from app.exports.code import expressions, network_micrograd, network_numpy, network_pytorch

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
