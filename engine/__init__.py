"""A small autograd engine and the nets it trains, written to be read. NumPy and nothing else."""

from engine.fields import SpecError
from engine.network import Network
from engine.spec import Spec
from engine.tape import ShapeError, no_grad
from engine.tensor import Tensor, concat, stack, where
from engine.training import Trainer

__all__ = [
    "Network",
    "ShapeError",
    "Spec",
    "SpecError",
    "Tensor",
    "Trainer",
    "concat",
    "no_grad",
    "stack",
    "where",
]
