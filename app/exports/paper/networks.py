"""A net as an exercise on paper: one sample, neuron by neuron, as one would compute it by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.exports.code.networks import Layer, Step
from app.exports.code.writing import put_in, simple
from app.exports.paper.notation import (
    decimals,
    drawn,
    given,
    indexed,
    math_of,
    rounded,
    slope,
    sum_of,
)
from app.exports.paper.sheet import Given, Line, Sheet, arrival, losses, operation, phase, update
from app.formulas import symbol
from engine.expression import Name, Node, Number, formula
from engine.layers import ACTIVATIONS

Row = dict[str, Any]
Rows = str | list[str]
LOSS = symbol("L")
TIMES, PLUS = "<mo>·</mo>", "<mo>+</mo>"
BY_SAMPLE = ("input", "output", "z", "product")


def network_sheet(document: Row) -> Sheet:
    """The exercise of one sample of a net."""
    return _Paper(document).sheet()


class _Paper:
    """The numbers of a walk by what they are called on paper: the second weight into the first
    neuron of layer 1 is a w with 2,1 below and (1) above."""

    def __init__(self, document: Row) -> None:
        self.document, self.nodes = document, document["nodes"]
        self.step = Step.read(document)
        self.kinds: dict[int, str] = {g["id"]: g["kind"] for g in document["groups"]}
        self.at: dict[str, Row] = {
            _alone(n["element"]): n for n in self.nodes if n["element"] is not None
        }
        self.names = {node["id"]: symbol(node["name"]) for node in self.nodes}
        for layer in self.step.layers:
            inputs, units = layer.weight.shape
            letter = "z" if layer.activation == "linear" else "a"
            for j in range(units):
                for i in range(inputs):
                    self._call(layer, "weight", f"{i},{j}", "w", f"{i + 1},{j + 1}")
                self._call(layer, "bias", str(j), "b", str(j + 1))
                self._call(layer, "output", str(j), letter, str(j + 1))
                if layer.activation != "linear":
                    self._call(layer, "z", str(j), "z", str(j + 1))

    def _call(self, layer: Layer, array: str, index: str, letter: str, below: str) -> None:
        node = self.at[f"layers.{layer.number - 1}.{array}[{index}]"]
        self.names[node["id"]] = indexed(letter, below, layer.number)

    def node(self, layer: Layer, array: str, index: str) -> Row:
        return self.at[f"layers.{layer.number - 1}.{array}[{index}]"]

    def inputs(self, layer: Layer) -> list[Row]:
        """What goes into the neurons of a layer."""
        if layer.number == 1:
            return [self.at[f"input[{i}]"] for i in range(len(layer.weight))]
        before = self.step.layers[layer.number - 2]
        return [self.node(before, "output", str(i)) for i in range(len(layer.weight))]

    def sum(self, layer: Layer, j: int) -> Row:
        """What goes into the activation of a neuron; its output where there is none."""
        return self.node(layer, "output" if layer.activation == "linear" else "z", str(j))

    # --- the sheet ---

    def sheet(self) -> Sheet:
        arrivals = [
            arrival(self.nodes, position, self.names)
            for position in phase(self.document, "backward")
            if self._kind(self.nodes[position["from"]]) in ("loss", "root")
        ]
        return Sheet(
            kind="network",
            statements=[],
            given=list(self._given()),
            forward=[*self._forward(), *self._to_the_loss()],
            arrivals=arrivals,
            backward=[line for layer in reversed(self.step.layers) for line in self._back(layer)],
            update=update(self.document, self.names),
            loss=losses(self.document),
            shape=self.step.shape,
            loss_name=self.step.loss.name,
            rules=list(self._rules()),
        )

    def _kind(self, node: Row) -> str:
        return self.kinds[node["group"]]

    def _given(self) -> Iterator[Given]:
        for role in ("input", "target", "parameter"):
            found = [n for n in self.nodes if n["role"] == role]
            if found:
                yield role, [(math_of(self.names[n["id"]]), given(n["value"])) for n in found]
        if self.step.loss.name == "cross_entropy":
            right = self.node(self.step.layers[-1], "output", str(int(self.step.targets[0])))
            yield "class", [(math_of(self.names[right["id"]]), "")]

    # --- forward ---

    def _forward(self) -> Iterator[Line]:
        for layer in self.step.layers:
            for j in range(len(layer.bias)):
                yield self._weighted(layer, j)
                if layer.activation != "linear":
                    output = self.node(layer, "output", str(j))
                    yield operation(self.nodes, output, self.names)

    def _weighted(self, layer: Layer, j: int) -> Line:
        """z = w x + w x + b"""
        pairs = [
            (self.node(layer, "weight", f"{i},{j}"), x) for i, x in enumerate(self.inputs(layer))
        ]
        bias, total = self.node(layer, "bias", str(j)), self.sum(layer, j)
        return self._line(
            math_of(self.names[total["id"]]),
            [*(self._product(*pair) for pair in pairs), self.names[bias["id"]]],
            [*(_times(w["value"], x["value"]) for w, x in pairs), _bracketed(bias["value"])],
            total["value"],
        )

    def _product(self, x: Row, y: Row) -> str:
        return self.names[x["id"]] + TIMES + self.names[y["id"]]

    def _to_the_loss(self) -> Iterator[Line]:
        penalty = self.at.get("penalty")
        for node in self.nodes:
            if penalty is not None and node is penalty:
                name = math_of(self.names[node["id"]])
                yield self._line(name, self._penalty(), "", node["value"])
            elif node["op"] is not None and self._kind(node) in ("loss", "root"):
                yield operation(self.nodes, node, self.names)

    def _penalty(self) -> str:
        """The formula of the penalty, over all weights."""
        lines = self.step.penalty("absolute", "square")
        written = formula(lines[-2].removeprefix("penalty = "))
        w = symbol("w")
        sizes = f"<mo>∑</mo><mo>|</mo>{w}<mo>|</mo>"
        squares = f"<mo>∑</mo><msup>{w}<mn>2</mn></msup>"
        return drawn(written, {"sizes": sizes, "squares": squares})

    # --- backward ---

    def _back(self, layer: Layer) -> Iterator[Line]:
        """Back through the neurons of a layer, to what goes into their activations."""
        for j in range(len(layer.bias)):
            output, total = self.node(layer, "output", str(j)), self.sum(layer, j)
            if layer.number < len(self.step.layers):
                yield self._from_above(layer, j, output)
            if layer.activation != "linear":
                yield from self._through(layer, output, total)

    def _from_above(self, layer: Layer, j: int, output: Row) -> Line:
        """Every neuron of the next layer sends its gradient back along its weight."""
        above = self.step.layers[layer.number]
        pairs = [
            (self.node(above, "weight", f"{j},{m}"), self.sum(above, m))
            for m in range(len(above.bias))
        ]
        return self._line(
            self._gradient(output),
            [self.names[w["id"]] + TIMES + _slope(self.names[z["id"]]) for w, z in pairs],
            [_times(w["value"], z["grad"]) for w, z in pairs],
            output["grad"],
        )

    def _through(self, layer: Layer, output: Row, total: Row) -> Iterator[Line]:
        """Through the activation: its derivative, then the product."""
        a, z = self.names[output["id"]], self.names[total["id"]]
        op = ACTIVATIONS[layer.activation]
        assert op is not None
        constants: dict[str, Node] = {key: Number(value) for key, value in vars(op).items()}
        derivative = simple(put_in(formula(op.derivatives[0]), constants))
        numbers: dict[str, Node] = {
            "x": Number(rounded(total["value"])),
            "z": Number(rounded(output["value"])),
        }
        local = slope(a, z)
        yield self._line(
            math_of(local),
            drawn(put_in(derivative, {"x": Name("n0"), "z": Name("n1")}), {"n0": z, "n1": a}),
            drawn(put_in(derivative, numbers), {}),
            output["locals"][0],
        )
        yield self._line(
            self._gradient(total),
            _slope(a) + TIMES + local,
            _times(output["grad"], output["locals"][0]),
            total["grad"],
        )

    def _rules(self) -> Iterator[str]:
        """What the gradient of any weight and of any bias is, from that of its neuron's sum."""
        w, b, z, x = map(symbol, "wbzx")
        row = _slope(w) + "<mo>=</mo>" + _slope(z) + TIMES + x
        if self.step.penalized:
            pull = formula(self.step.pull("sign(w)", "w"))
            row += PLUS + drawn(pull, {"w": w})
        yield math_of(row)
        yield math_of(_slope(b) + "<mo>=</mo>" + _slope(z))

    def _gradient(self, node: Row) -> str:
        return math_of(_slope(self.names[node["id"]]))

    def _line(self, name: str, row: Rows, numbers: Rows, value: float | None) -> Line:
        """A line of the sheet; a list is a sum, which may be long."""
        written = [
            sum_of([each] if isinstance(each, str) else each) if each else ""
            for each in (row, numbers)
        ]
        return Line(name, written[0], written[1], decimals(value))


def _alone(element: str) -> str:
    """The name of an element without the number of the only sample: layers.0.z[1]."""
    name, _, index = element.partition("[")
    by_sample = name.rpartition(".")[2] in BY_SAMPLE and index
    return f"{name}[{index.partition(',')[2]}" if by_sample else element


def _slope(by: str) -> str:
    return slope(LOSS, by)


def _times(x: float | None, y: float | None) -> str:
    return _bracketed(x) + TIMES + _bracketed(y)


def _bracketed(value: float | None) -> str:
    """A number among others: in brackets if it has a sign."""
    number = drawn(Number(rounded(value)), {})
    return f"<mo>(</mo>{number}<mo>)</mo>" if value is not None and value < 0 else number
