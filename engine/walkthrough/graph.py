"""The computation of a loss as a graph of single numbers: each with a name, a role and a place
among samples, layers and neurons.

A graph is read off a tape, so its numbers are the engine's own; what this module adds is what a
reader calls them. Who makes one labels the tensors it knows (`Labels`); the rest get names in the
order of computation: v1, v2, ... for results, its own digits for a constant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from engine.ops import Op
from engine.tape import Node, tape
from engine.tensor import Tensor

ROOT = 0
Address = tuple[str, tuple[int, ...]]  # an array of the network and an index into it


@dataclass(frozen=True)
class Vertex:
    """One number of the graph."""

    id: int
    name: str
    role: str  # parameter, input, target, constant or op
    tensor: Tensor
    inputs: tuple[int, ...]  # in the order of the op; one used twice is there twice
    group: int
    learns: bool  # whether it takes a gradient
    address: Address | None = None  # where the same number is in the network

    @property
    def op(self) -> Op | None:
        return self.tensor.op

    @property
    def value(self) -> float:
        return float(self.tensor.data)

    @property
    def element(self) -> str | None:
        """Its name among all numbers of a run, such as layers.0.weight[1,2]."""
        if self.address is None:
            return None
        name, index = self.address
        return f"{name}[{','.join(map(str, index))}]" if index else name


@dataclass(frozen=True)
class Group:
    """What belongs together: a sample, a layer, a neuron, the loss, ..."""

    id: int
    kind: str  # root, parameters, sample, layer, neuron, loss or penalty
    parent: int | None
    index: int
    activation: str | None = None
    outputs: tuple[int, ...] = ()  # what it gives: what is used outside, or is the loss


@dataclass(frozen=True)
class Graph:
    """Vertices in an order in which they can be computed, the loss last."""

    kind: str  # expression or network
    vertices: tuple[Vertex, ...]
    groups: tuple[Group, ...]

    @property
    def loss(self) -> Tensor:
        return self.vertices[-1].tensor

    @property
    def parameters(self) -> list[Vertex]:
        """What an optimizer moves."""
        return [vertex for vertex in self.vertices if vertex.role == "parameter"]

    def recompute(self, values: dict[int, float]) -> float:
        """The loss with other numbers in some leaves; nothing is recorded."""
        data = {}
        for vertex in self.vertices:
            known = vertex.tensor.data
            if vertex.op is None:
                value = values.get(vertex.id)
                data[vertex.id] = known if value is None else known.dtype.type(value)
            else:
                data[vertex.id] = vertex.op.forward(*[data[i] for i in vertex.inputs])
        return float(data[self.vertices[-1].id])


@dataclass(frozen=True)
class _Label:
    name: str | None
    role: str | None
    group: int | None
    address: Address | None


class Labels:
    """What is known of the tensors on a tape before it is read."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.groups = [Group(ROOT, "root", None, 0)]
        self.constants: set[Tensor] = set()  # that take no gradient though they could
        self._labels: dict[Tensor, _Label] = {}

    def group(
        self, kind: str, parent: int = ROOT, index: int = 0, activation: str | None = None
    ) -> int:
        """A new group within another."""
        self.groups.append(Group(len(self.groups), kind, parent, index, activation))
        return len(self.groups) - 1

    def label(
        self,
        tensor: Tensor,
        name: str | None = None,
        group: int | None = None,
        role: str | None = None,
        address: Address | None = None,
    ) -> None:
        """What a tensor is called and where it belongs. What is said later does not undo what was
        said before; an unlabelled tensor is one of the group of the first that uses it."""
        old = self._labels.get(tensor, _Label(None, None, None, None))
        self._labels[tensor] = _Label(
            name if old.name is None else old.name,
            role if old.role is None else old.role,
            group if old.group is None else old.group,
            address if old.address is None else old.address,
        )

    def rename(self, tensor: Tensor, name: str) -> None:
        self._labels[tensor] = replace(self._labels[tensor], name=name)

    def claim(self, result: Tensor, group: int) -> None:
        """All of the way to `result` that belongs nowhere yet is of this group."""
        self.label(result, group=group)
        seen: set[Node] = {result}
        waiting: list[Node] = [result]
        while waiting:
            for tensor in waiting.pop().inputs:
                assert isinstance(tensor, Tensor)
                known = self._labels.get(tensor)
                home = None if known is None else known.group
                if tensor not in seen and home in (None, group):
                    seen.add(tensor)
                    self.label(tensor, group=group)
                    waiting.append(tensor)

    def read(self, loss: Tensor) -> Graph:
        """The graph of a loss."""
        ordered: dict[Tensor, None] = {}
        for node in tape(loss):
            ordered.update(dict.fromkeys(s for s in node.inputs if s.op is None))  # type: ignore[misc]
            ordered[node] = None  # type: ignore[index]
        taken = {label.name for label in self._labels.values()}
        names: dict[int, count[int]] = {}
        ids: dict[Tensor, int] = {}
        vertices: list[Vertex] = []
        for tensor in ordered:
            label = self._labels.get(tensor, _Label(None, None, None, None))
            group = ROOT if label.group is None else label.group
            inputs = tuple(ids[source] for source in tensor.inputs)  # type: ignore[index]
            name = label.name
            if name is None and tensor.op is None:
                name = digits(float(tensor.data))
            while name is None or (label.name is None and name in taken):
                name = f"v{next(names.setdefault(group, count(1)))}"
            if tensor.op is None:
                learns = tensor.requires_grad and tensor not in self.constants
            else:
                learns = any(vertices[i].learns for i in inputs)
            role = "op" if tensor.op is not None else label.role or "constant"
            ids[tensor] = len(vertices)
            vertices.append(
                Vertex(len(vertices), name, role, tensor, inputs, group, learns, label.address)
            )
        return Graph(self.kind, tuple(vertices), self._with_outputs(vertices))

    def _with_outputs(self, vertices: list[Vertex]) -> tuple[Group, ...]:
        """The groups, each with what it gives: what it computes that is used outside of it. Its
        parameters are used outside too where there is a penalty; they are given only by a group
        that computes nothing."""
        outputs: dict[int, dict[int, None]] = {group.id: {} for group in self.groups}
        for vertex in vertices:
            inside = set(self._line(vertex.group))
            for source in vertex.inputs:
                for group in self._line(vertices[source].group):
                    if group not in inside:
                        outputs[group][source] = None
        for group in self._line(vertices[-1].group):
            outputs[group][vertices[-1].id] = None

        def given(group: Group) -> tuple[int, ...]:
            used = sorted(outputs[group.id])
            return tuple([i for i in used if vertices[i].op is not None] or used)

        return tuple(replace(group, outputs=given(group)) for group in self.groups)

    def _line(self, group: int | None) -> list[int]:
        """A group and all that it is in."""
        line = []
        while group is not None:
            line.append(group)
            group = self.groups[group].parent
        return line


def digits(value: float) -> str:
    """A constant as one writes it: 2 rather than 2.0."""
    return f"{value:.6g}"
