"""The exercise sheet of a walk, whatever it is a walk through."""

from __future__ import annotations

from typing import Any

from app.exports.paper.networks import network_sheet
from app.exports.paper.sheet import MOST_OPS, Sheet, Unprintable, expression_sheet


def sheet(document: dict[str, Any]) -> Sheet:
    """The exercise and its answers. Raises Unprintable."""
    kinds = {group["id"]: group["kind"] for group in document["groups"]}
    nodes = [node for node in document["nodes"] if kinds[node["group"]] != "penalty"]
    ops = sum(node["op"] is not None for node in nodes)
    if ops > MOST_OPS:
        raise Unprintable("too_many", ops=ops, most=MOST_OPS)
    if any(node["value"] is None for node in nodes):
        raise Unprintable("not_finite")
    return network_sheet(document) if document["kind"] == "network" else expression_sheet(document)
