"""Random expressions, and Python as the judge of what a text is worth."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine.expression import FUNCTIONS, Binary, Call, Function, Name, Node, Number, Unary

X, Y, Z = Name("x"), Name("y"), Name("z")


def negative(x: Node) -> Node:
    """As the grammar has it: the minus of a plain number belongs to it."""
    if isinstance(x, Number) and math.copysign(1.0, x.value) > 0:
        return Number(-x.value)
    return Unary("-", x)


def larger_nodes(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    one = [name for name, function in FUNCTIONS.items() if function.arguments == ("x",)]
    bounds = st.integers(-16, 16).map(lambda n: n / 8)
    return st.one_of(
        inner.map(negative),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.builds(lambda x, n: Binary("**", x, Number(n)), inner, st.integers(-3, 3).map(float)),
        st.builds(lambda x, y: Binary("**", x, y), inner, st.sampled_from([X, Unary("-", Y)])),
        st.builds(lambda name, x: Call(name, (x,)), st.sampled_from(one), inner),
        st.builds(
            lambda name, x, y: Call(name, (x, y)),
            st.sampled_from(["maximum", "minimum"]),
            inner,
            inner,
        ),
        st.builds(lambda x, a, b: Call("clip", (x, Number(a), Number(b))), inner, bounds, bounds),
    )


PLAIN = st.sampled_from([X, Y, Z, *map(Number, (0.0, 0.1, 0.5, 1.0, 2.0, 17.0, -3.0))])
ANY = PLAIN | st.floats(0, allow_infinity=False).map(Number)

NODES = st.recursive(ANY, larger_nodes, max_leaves=12)
PLAIN_NODES = st.recursive(PLAIN, larger_nodes, max_leaves=12)  # numbers of few digits only


def in_python(function: Function) -> Callable[..., Any]:
    split = len(function.arguments) - function.constants
    assert function.op is not None
    make = function.op
    return lambda *args: make(*map(float, args[split:])).forward(*args[:split])


# the operators are Python's, the functions the engine's: what is compared is how a text is read
PYTHON = {
    **{"__builtins__": {}, "float64": np.float64},  # Python's own 0 has no sign, its 1/0 no value
    **{name: in_python(function) for name, function in FUNCTIONS.items()},
}
NUMBER = re.compile(r"\d+\.?\d*(?:e[-+]?\d+)?")  # in a text we wrote: no name of ours has a digit
