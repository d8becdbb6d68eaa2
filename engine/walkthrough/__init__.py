"""One training step gone through slowly: the computation as a graph of single numbers, the walk
forward and back through it, edge by edge, and the update that follows.

`walk_expression` and `walk_network` make the whole of it; what they return holds nothing but what
the engine computed.
"""

from engine.walkthrough.expressions import Formula, FormulaTrainer, expression_graph
from engine.walkthrough.graph import Graph, Group, Labels, Vertex
from engine.walkthrough.networks import MOST_OPS, NotInScalars, TooManyOps, network_graph
from engine.walkthrough.positions import Arrival, Backward, backward
from engine.walkthrough.update import Change, Moment, Update
from engine.walkthrough.walk import Walk, walk_expression, walk_network

__all__ = [
    "MOST_OPS",
    "Arrival",
    "Backward",
    "Change",
    "Formula",
    "FormulaTrainer",
    "Graph",
    "Group",
    "Labels",
    "Moment",
    "NotInScalars",
    "TooManyOps",
    "Update",
    "Vertex",
    "Walk",
    "backward",
    "expression_graph",
    "network_graph",
    "walk_expression",
    "walk_network",
]
