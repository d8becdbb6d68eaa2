"""What a net answers for rows that stay the same, asked again and again: the forward pass traced
once, as in `trace.py`, without gradients. It computes with its own copy of the parameters, so
pictures may be worked out in single precision, which takes a third of the time of double.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import DTypeLike

from engine.network import Network
from engine.ops import Array
from engine.replay.kernels import FORWARD, UFUNCS, Forward, forward_by_rule
from engine.replay.lines import Lines
from engine.replay.rows import Unreplayable
from engine.tape import Node, tape
from engine.tensor import Tensor

_KEPT = 4  # sets of rows: what is evaluated, what two viewers look at
_MOST = 1 << 18  # numbers an answer may keep; beyond that a call is cheap beside what it computes


class Answers:
    """Every layer's output for the same rows, in evaluation.

    Features lie in rows of memory, samples in columns: so a bias is added along the samples, many
    at a time. The arrays that a call returns are filled anew by the next one.

    Raises:
        Unreplayable: a layer computes otherwise in evaluation, or there are too many numbers.
    """

    def __init__(self, network: Network, rows: Array, dtype: DTypeLike | None = None) -> None:
        if network.depends_on_mode:
            raise Unreplayable("a layer computes otherwise in evaluation")
        kind = np.dtype(dtype or network.dtype)
        self.rows = np.asarray(rows, kind, "F")
        x = value = Tensor(self.rows)  # asks for a gradient, or not all that is made is recorded
        layers: list[Node] = []
        for layer in network.layers:
            value = layer.forward(value)
            layers.append(value)
        self._copies = [(p, np.empty(p.shape, kind)) for p in network.parameters()]
        lines, arrays = Lines(), dict[Node, Array](self._copies) | {x: self.rows}
        for (name, _), (_, copy) in zip(network.named_parameters(), self._copies, strict=True):
            lines.name(name, copy)
        nodes = tape(value)
        uses = Counter(source for node in nodes for source in node.inputs)
        lasting = {x, *layers}
        for node in nodes:
            for source in node.inputs:
                if source not in arrays:
                    arrays[source] = lines.constant(_as(source.data, kind))
            inputs, first = [arrays[source] for source in node.inputs], node.inputs[0]
            passing = first.op is not None and uses[first] == 1 and first not in lasting
            if passing and type(node.op) in UFUNCS and first.data.shape == node.data.shape:
                out = inputs[0]
            else:
                out = np.empty(node.data.shape, kind, "F")
            kernel: Forward = FORWARD.get(type(node.op), forward_by_rule)
            kernel(lines, node.op, out, *inputs)
            arrays[node] = out
        self.outputs = [arrays[layer] for layer in layers]
        size = sum({id(array): array.size for array in arrays.values()}.values())
        if size > _MOST:
            raise Unreplayable(f"{size} numbers are too many to be kept")
        self._run, self.source = lines.bind(), lines.source

    def __call__(self) -> list[Array]:
        """Every layer's output (N, units) with the weights of now."""
        for tensor, copy in self._copies:
            copy[...] = tensor.data
        self._run()
        return self.outputs


def _as(data: Array, kind: np.dtype[np.generic]) -> Array:
    """Numbers in this precision; indices stay what they are."""
    return data.astype(kind) if data.dtype.kind == "f" else data


class Answering:
    """Answers of one net for several sets of rows, the latest used ones kept ready."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._settings: object = None
        self._ready: dict[Hashable, Answers | None] = {}

    def __call__(
        self, key: Hashable, rows: Callable[[], Array], dtype: DTypeLike | None = None
    ) -> list[Array]:
        """Every layer's output for `rows()`, which are the same each time for a key.

        What cannot be traced is computed on its own, in the precision of the net; whether it can is
        the same for all nets with these layers, and so are the last bits of what it says.
        """
        if self._settings is not self.network.settings:
            self._settings = self.network.settings
            self._ready.clear()
        if key in self._ready:
            answers = self._ready.pop(key)
        else:
            try:
                answers = Answers(self.network, rows(), dtype)
            except Unreplayable:
                answers = None
        self._ready[key] = answers
        if len(self._ready) > _KEPT:
            del self._ready[next(iter(self._ready))]
        return self.network.activations(rows()) if answers is None else answers()
