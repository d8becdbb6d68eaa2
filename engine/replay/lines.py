"""A program without branches: NumPy calls into arrays that exist already.

`Lines` is filled one call after another. It works out at once what depends on constants alone,
drops calls whose results nobody reads, and turns the rest into the source of a Python function,
one line per call, in which every function and array is bound to a short name. `source` shows it;
for a net 2-4-1 it begins

    x_1_T = x_1.T                            # the batch and a row of ones
    layers_0_T_dot(x_1_T, affine_1_T)        # weights and bias of layer 0, times both
    tanh(affine_1, tanh_1)
    layers_1_T_dot(tanh_1_ones_T, affine_2)

Measured: such a line costs its call and nothing else, a loop over a list of calls 6-24 % more, and
an array made anew costs more than most arithmetic on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from engine.ops import Array

Order = Literal["C", "F"]

# their third positional argument is about to change its meaning in NumPy
_KEYWORD_OUT = {np.maximum, np.minimum}


@dataclass(frozen=True)
class Call:
    """`function(*arguments, **keywords)`, which writes into `target`."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    target: Array
    reads: tuple[Array, ...]
    receiver: Array | None = None  # of the method `dot`

    def run(self) -> None:
        self.function(*self.arguments, **self.keywords)


def root(array: Array) -> Array:
    """The array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


class Lines:
    """Calls, the arrays they need, and the function they make."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.arguments: list[tuple[str, Array]] = []  # what changes from batch to batch
        self._constant: dict[int, Array] = {}  # memory that never changes
        self._names: dict[Any, tuple[str, Any]] = {}
        self._taken: dict[str, int] = {}
        self._scalars: dict[tuple[float, Any], Array] = {}
        self.source = ""

    # --- arrays ---

    def argument(self, name: str, example: Array) -> Array:
        """An array that is passed at each run; `example` is one of its kind."""
        self.arguments.append((name, example))
        return example

    def constant(self, array: Array) -> Array:
        """An array that stays as it is."""
        self._constant[id(root(array))] = root(array)
        return array

    def is_constant(self, array: Array) -> bool:
        return id(root(array)) in self._constant

    def scalar(self, value: float, dtype: Any) -> Array:
        """A number as an array: a Python number would be converted at each call."""
        key = (value, np.dtype(dtype))
        if key not in self._scalars:
            self._scalars[key] = self.constant(np.array(value, dtype))
        return self._scalars[key]

    def empty(self, like: Array, dtype: Any = None) -> Array:
        """Room for a result, laid out like another array."""
        order: Order = "F" if like.flags.f_contiguous and not like.flags.c_contiguous else "C"
        return np.empty(like.shape, dtype or like.dtype, order)

    def name(self, label: str, array: Array) -> str:
        """What the array is called in the source; transposed it is called `label_T`."""
        if _key(array) not in self._names:
            name = self._name(array, label)
            if array.ndim > 1 and _key(array.T) != _key(array):
                self._names[_key(array.T)] = (f"{name}_T", array.T)
        return self._names[_key(array)][0]

    # --- calls ---

    def call(self, function: Callable[..., Any], *inputs: Any, into: Array) -> Array:
        """A ufunc, or another function that ends its arguments with the array to fill."""
        dtype = next((i.dtype for i in inputs if isinstance(i, np.ndarray)), into.dtype)
        given = tuple(self.scalar(i, dtype) if isinstance(i, int | float) else i for i in inputs)
        reads = tuple(i for i in given if isinstance(i, np.ndarray))
        if function in _KEYWORD_OUT:
            return self._add(Call(function, given, {"out": into}, into, reads))
        return self._add(Call(function, (*given, into), {}, into, reads))

    def copy(self, into: Array, source: Array) -> Array:
        return self._add(Call(np.copyto, (into, source), {}, into, (source,)))

    def set_where(self, into: Array, condition: Array, source: Array) -> Array:
        """Change `into` where the condition holds."""
        reads, keywords = (into, condition, source), {"where": condition}
        return self._add(Call(np.copyto, (into, source), keywords, into, reads))

    def reduce(self, function: np.ufunc, x: Array, axis: Any, keepdims: bool, into: Array) -> Array:
        arguments = (x, axis, None, into, keepdims)
        return self._add(Call(function.reduce, arguments, {}, into, (x,)))

    def dot(self, x: Array, y: Array, into: Array) -> Array:
        """A matrix product. NumPy wants the result in rows, so the transposed product fills
        columns: (X Y)^T = Y^T X^T.
        """
        target = into
        if into.ndim == 2 and not into.flags.c_contiguous:
            x, y, target = y.T, x.T, into.T
        self._add(Call(x.dot, (y, target), {}, target, (x, y), receiver=x))
        return into

    def _add(self, call: Call) -> Array:
        whole = call.target.size == root(call.target).size
        if whole and all(self.is_constant(array) for array in call.reads):
            call.run()
            self.constant(call.target)
        else:
            self._thaw(call.target)
            self.calls.append(call)
        return call.target

    def _thaw(self, target: Array) -> None:
        """What was constant so far is about to be changed: each run has to begin with it anew."""
        owner = self._constant.pop(id(root(target)), None)
        if owner is not None:
            start = self.constant(owner.copy(order="K"))
            self.calls.insert(0, Call(np.copyto, (owner, start), {}, owner, (start,)))

    # --- the function ---

    def drop_unread(self, *results: Array) -> None:
        """Keep only the calls that `results` depend on."""
        wanted = {id(root(array)) for array in results}
        kept = []
        for call in reversed(self.calls):
            if id(root(call.target)) in wanted:
                wanted.update(id(root(array)) for array in call.reads)
                kept.append(call)
        self.calls = kept[::-1]

    def bind(self) -> Callable[..., None]:
        """The function that runs all calls. It takes the arguments in their order."""
        before: dict[str, None] = {}  # views of an argument, made at each run
        body = [self._line(call, before) for call in self.calls]
        names = [name for name, _ in self.arguments]
        lines = [*before, *body] or ["pass"]
        self.source = f"def run({', '.join(names)}):\n" + "".join(f"    {x}\n" for x in lines)
        used = set(re.findall(r"\w+", self.source)) - set(names)
        bound = {name: item for name, item in self._names.values() if name in used}
        inner = "".join(f"    {line}\n" for line in self.source.splitlines())
        space: dict[str, Any] = {}
        exec(f"def bind({', '.join(bound)}):\n{inner}    return run\n", space)
        function: Callable[..., None] = space["bind"](**bound)
        return function

    def _line(self, call: Call, before: dict[str, None]) -> str:
        arguments = [self._text(item, before) for item in call.arguments]
        arguments += [f"{key}={self._text(item, before)}" for key, item in call.keywords.items()]
        if call.receiver is None:
            function = self._name(call.function, _label(call.function))
        elif self._argument(call.receiver) is None:
            function = self._name(call.function, self._name(call.receiver, "t") + "_dot")
        else:
            function = self._text(call.receiver, before) + ".dot"
        return f"{function}({', '.join(arguments)})"

    def _text(self, item: Any, before: dict[str, None]) -> str:
        if not isinstance(item, np.ndarray):
            return (
                repr(item)
                if item is None or isinstance(item, bool | int | tuple)
                else (self._name(item, _label(item)))
            )
        place = self._argument(item)
        if place is None:
            return self._name(item, "t")
        name, example = place
        for suffix, text, view in (
            ("", "", example),
            ("_T", ".T", example.T),
            ("_values", "[:, :-1]", example[:, :-1] if example.ndim == 2 else example),
            ("_column", "[:, None]", example[:, None]),
        ):
            if _key(item) == _key(view):
                if text:
                    before[f"{name}{suffix} = {name}{text}"] = None
                return name + suffix
        raise AssertionError(f"a view of the argument {name} that has no text")

    def _argument(self, array: Array) -> tuple[str, Array] | None:
        for name, example in self.arguments:
            if root(array) is root(example):
                return name, example
        return None

    def _name(self, item: Any, label: str) -> str:
        key = _key(item)
        if key not in self._names:
            label = re.sub(r"\W", "_", label)
            label = f"p{label}" if label[0].isdigit() else label
            count = self._taken[label] = self._taken.get(label, 0) + 1
            self._names[key] = (label if count == 1 else f"{label}_{count}", item)
        return self._names[key][0]


def _key(item: Any) -> Any:
    """The same for all views of the same numbers in the same order."""
    if isinstance(item, np.ndarray):
        strides = [
            0 if n == 1 else stride for n, stride in zip(item.shape, item.strides, strict=True)
        ]
        return (item.__array_interface__["data"][0], item.shape, *strides)
    owner = getattr(item, "__self__", None)
    return (_key(owner), item.__name__) if isinstance(owner, np.ndarray) else item


def _label(item: Any) -> str:
    name = getattr(item, "__name__", type(item).__name__)
    owner = getattr(item, "__self__", None)
    if isinstance(owner, np.ufunc):
        name = f"{owner.__name__}_{name}"
    return str(name)
