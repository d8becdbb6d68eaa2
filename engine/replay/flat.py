"""All parameters of a net in one array, and all their gradients in another.

The tensors become views: whoever reads or edits `tensor.data` reads and edits the long array, and
an optimizer moves every weight with a few calls in all. Parameters lie in the order in which a
forward pass uses them, so a weight (F, K) and the bias (K,) right behind it are also one matrix
(F + 1, K), which a single product uses (see `engine/replay/fuse.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.ops import Array
from engine.tape import Node
from engine.tensor import Tensor


class Flat:
    """`data` and `grad` hold everything; `view` is the piece of one parameter."""

    def __init__(self, parameters: list[tuple[str, Tensor]]) -> None:
        self.parameters = parameters
        self.dtype = np.result_type(*[tensor.data for _, tensor in parameters])
        self.names: dict[Node, str] = {tensor: name for name, tensor in parameters}
        self.places: dict[Node, slice] = {}
        end = 0
        for _, tensor in parameters:
            self.places[tensor] = slice(end, end + tensor.data.size)
            end += tensor.data.size
        self.data, self.grad = np.zeros(end, self.dtype), np.zeros(end, self.dtype)
        self.owned: list[tuple[Tensor, Array, Array]] = [
            (tensor, self.view(self.data, tensor), self.view(self.grad, tensor))
            for _, tensor in parameters
        ]
        self.adopt()

    def view(self, flat: Array, tensor: Node) -> Array:
        """The piece of a long array that belongs to one parameter."""
        return flat[self.places[tensor]].reshape(tensor.data.shape)

    def views(self, flat: Array) -> Iterator[tuple[str, Array]]:
        for name, tensor in self.parameters:
            yield name, self.view(flat, tensor)

    def joined(self, flat: Array, weight: Node, bias: Node) -> Array | None:
        """Weight (F, K) and bias (K,) as one matrix (F + 1, K), if they are neighbours."""
        first, second = self.places.get(weight), self.places.get(bias)
        if first is None or second is None or first.stop != second.start:
            return None
        rows, columns = weight.data.shape
        return flat[first.start : second.stop].reshape(rows + 1, columns)

    def adopt(self) -> bool:
        """Take over values that were assigned (`tensor.data = array`); whether there were any."""
        assigned = False
        for tensor, data, _ in self.owned:
            if tensor.data is not data:
                data[...] = tensor.data
                tensor.data = data
                assigned = True
        return assigned

    def hidden(self) -> bool:
        """Whether the tensors have gradients from elsewhere: the tape gives to all or none."""
        tensor, _, grad = self.owned[-1]
        return tensor.grad is not grad

    def show_gradients(self) -> None:
        """Let every `tensor.grad` be its piece of the long gradient."""
        for tensor, _, grad in self.owned:
            tensor.grad = grad
