"""A walk through a network as a micrograd program: lists of Values, one multiplication after the
other, as in micrograd's own neuron."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.exports.code.dialects import PYTHON
from app.exports.code.micrograd import MICROGRAD
from app.exports.code.networks import Step
from app.exports.code.program import array, assemble, definitions, heading
from app.exports.code.update import Clip, Rule
from app.exports.code.writing import put_in, python
from engine.expression import Name

Row = dict[str, Any]

# weights[i][j] leads from input i to neuron j
LINEAR = """
def linear(inputs, weights, biases):
    outputs = biases
    for x, row in zip(inputs, weights):
        outputs = [z + w * x for z, w in zip(outputs, row)]
    return outputs
"""
# of one sample, from its outputs o and its target t
LOSSES = {
    "mse": ["return (o[0] - t) ** 2"],
    "mae": ["return absolute(o[0] - t)"],
    "huber": [
        "size = absolute(o[0] - t)",
        "near = clip(size, 0.0, {delta})",
        "return near**2 / 2 + {delta} * (size - near)",
    ],
    "bce_with_logits": ["return softplus(-t * o[0])"],
    "hinge": ["return (1 - t * o[0]).relu()"],
    "cross_entropy": [
        "largest = max(z.data for z in o)  # taken off so that nothing overflows",
        "total = sum((exp(z - largest) for z in o), Value(0.0))",
        "return log(total) + largest - o[t]",
    ],
}
DEEPEST = 900  # calls within calls: micrograd's backward recurses, and Python allows 1000


def program(document: Row) -> str:
    step, rule = Step.read(document), Rule.read(document)
    net = ["def net(x):", *[f"    {line}" for line in _layers(step)]]
    delta = repr(getattr(step.loss, "delta", None))
    told = [line.format(delta=delta) for line in LOSSES[step.loss.name]]
    loss = ["def sample_loss(o, t):", *[f"    {line}" for line in told]]
    body = [
        _given(step),
        ["# --- forward ---", *_forward(step)],
        ["# --- backward ---", f"{'objective' if step.penalized else 'loss'}.backward()"],
        ["# --- all parameters by name ---", *_named(step, rule)],
        [f"# --- update: {rule.name} ---", *_update(rule, Clip.read(document))],
        _shown(step),
    ]
    functions = [*map("\n".join, ([*LINEAR.strip().splitlines()], net, loss))]
    functions.append("\n".join(rule.function(PYTHON)))
    text = "\n".join([*functions, *(line for part in body for line in part)])
    functions = [*MICROGRAD.needed(text), *functions]
    imports = _imports("\n".join([text, *functions]), _depth(step))
    return assemble(heading(document, "micrograd"), imports, definitions(functions), *body)


def _imports(text: str, depth: int) -> list[str]:
    needed = [name for name in ("math", "sys") if f"{name}." in text or (name == "sys" and depth)]
    lines = [f"import {name}" for name in needed]
    lines += [*([""] if lines else []), "from micrograd.engine import Value"]
    if depth:
        lines += ["", f"sys.setrecursionlimit({depth})  # micrograd calls itself along the graph"]
    return lines


def _depth(step: Step) -> int:
    """How far micrograd's backward may recurse, if that is farther than Python lets it; else 0."""
    sums = sum(len(layer.weight) + 4 for layer in step.layers) + 2 * len(step.inputs) + 20
    weights = sum(layer.weight.size for layer in step.layers) if step.penalized else 0
    depth = sums + 2 * weights
    return depth + 1000 if depth > DEEPEST else 0


def _given(step: Step) -> list[str]:
    lines = [f"# --- what is given: a net of {step.shape} ---"]
    lines.append("# a row for each sample")
    lines += array("X", step.inputs, "", "")
    lines += array("y", step.targets, "", "")
    for name, values in step.parameters.items():
        lines += array(name, values, "", "")
        if values.ndim == 1:
            lines.append(f"{name} = [Value(b) for b in {name}]")
        else:
            lines.append(f"{name} = [[Value(w) for w in row] for row in {name}]")
    return lines


def _layers(step: Step) -> list[str]:
    """The body of a function from the inputs of one sample to the outputs."""
    lines, before = [], "x"
    for layer in step.layers:
        i = layer.number
        lines.append(f"Z{i} = linear({before}, W{i}, b{i})")
        if layer.activation != "linear":
            activated = put_in(layer.activated(), {f"Z{i}": Name("z")})
            lines.append(f"A{i} = [{python(activated, MICROGRAD)} for z in Z{i}]")
        before = layer.output
    return [*lines, f"return {before}"]


def _forward(step: Step) -> list[str]:
    lines = ["losses = [sample_loss(net(x), t) for x, t in zip(X, y)]"]
    mean = " / len(losses)" if step.loss.reduction == "mean" else ""
    lines.append(f"loss = sum(losses){mean}")
    if step.penalized:
        matrices = ", ".join(step.weights)
        lines.append(f"weights = [w for W in [{matrices}] for row in W for w in row]")
    lines += step.penalty("sum(absolute(w) for w in weights)", "sum(w**2 for w in weights)")
    return lines


def _named(step: Step, rule: Rule) -> list[str]:
    lines = ["parameters = {}"]
    pairs = ", ".join(f"(W{layer.number}, b{layer.number})" for layer in step.layers)
    lines += [
        f"for k, (W, b) in enumerate([{pairs}]):",
        "    for i, row in enumerate(W):",
        "        for j, w in enumerate(row):",
        '            parameters[f"layers.{k}.weight[{i},{j}]"] = w',
        "    for j, bias in enumerate(b):",
        '        parameters[f"layers.{k}.bias[{j}]"] = bias',
    ]
    for key in rule.remembered:
        numbers = [
            float(value)
            for layer in step.layers
            for name in layer.parameters
            for value in step.states[name][key].flat
        ]
        if any(numbers):
            lines += array(f"{key}_old", np.array(numbers), "dict(zip(parameters, ", "))")
        else:
            lines.append(f"{key}_old = dict.fromkeys(parameters, 0.0)")
    return lines


def _update(rule: Rule, clip: Clip) -> list[str]:
    lines = []
    if clip.name == "norm":
        lines.append("norm = sum(p.grad**2 for p in parameters.values()) ** 0.5")
        lines.append(f"scale = {clip.limit!r} / max({clip.limit!r}, norm)")
    grad = {
        "none": "p.grad",
        "norm": "p.grad * scale",
        "value": f"max(-{clip.limit!r}, min({clip.limit!r}, p.grad))",
    }[clip.name]
    states = {key: f"{key}_old[name]" for key in rule.remembered}
    lines += ["new = {}", "for name, p in parameters.items():"]
    return lines + [f"    {line}" for line in rule.assign("new[name]", "p.data", grad, states)]


def _shown(step: Step) -> list[str]:
    lines = ['print("loss", loss.data)']
    if step.penalized:
        lines += ['print("penalty", penalty.data)', 'print("objective", objective.data)']
    lines += ["for name, p in parameters.items():", '    print(f"{name}.grad {p.grad}")']
    lines += ["for name, value in new.items():", '    print(f"{name}.new {value}")']
    return lines
