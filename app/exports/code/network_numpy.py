"""A walk through a network as a NumPy program: matrices with one row for each sample, and the
backward pass by hand, as one would write it to have written it once."""

from __future__ import annotations

from typing import Any

from app.exports.code.dialects import NUMPY
from app.exports.code.networks import Step, full_name
from app.exports.code.program import array, assemble, definitions, heading
from app.exports.code.update import Clip, Rule
from app.exports.code.writing import python, simple
from engine.expression import Binary, Name

Row = dict[str, Any]

SHOW = """
def show(name, values, what):
    for index in np.ndindex(values.shape):
        print(f"{name}[{','.join(map(str, index))}].{what} {values[index]}")
"""


def program(document: Row) -> str:
    step, rule = Step.read(document), Rule.read(document)
    body = [
        _given(step, rule),
        ["# --- forward ---", *_forward(step)],
        ["# --- backward: dA is dL/dA, as an array of the shape of A ---", *_backward(step)],
        [f"# --- update: {rule.name} ---", *_update(step, rule, Clip.read(document))],
        _shown(step),
    ]
    text = "\n".join(line for part in body for line in part)
    functions = [*NUMPY.needed(text), "\n".join(rule.function(NUMPY)), SHOW.strip()]
    imports = ["import numpy as np"]
    return assemble(heading(document, "NumPy"), imports, definitions(functions), *body)


def _given(step: Step, rule: Rule) -> list[str]:
    lines = [f"# --- what is given: a net of {step.shape} ---"]
    lines.append("# a row for each sample")
    lines += array("X", step.inputs, "np.array(", ")")
    if step.loss.name == "cross_entropy":
        lines.append("# the right class of each sample")
        lines += array("y", step.targets, "np.array(", ")")
    else:
        lines += array("y", step.targets.reshape(-1, 1), "np.array(", ")")
    for name, values in step.parameters.items():
        zeros = "np.zeros({})" if values.ndim == 1 else "np.zeros(({}))"
        lines += array(name, values, "np.array(", ")", zeros)
        for key in rule.remembered:
            lines += array(f"{key}_{name}", step.states[name][key], "np.array(", ")", zeros)
    return lines


# --- forward ---


def _forward(step: Step) -> list[str]:
    lines = step.chain(NUMPY)
    lines += _loss(step, 0)
    lines += step.penalty("sum(np.abs(W).sum() for W in {})", "sum((W**2).sum() for W in {})")
    return lines


# by name: how the loss is computed from the outputs, and its derivative by them; whether the losses
# of the samples are added up or their mean is taken is put in
LOSSES: dict[str, tuple[list[str], list[str]]] = {
    "mse": (
        ["E = {o} - y", "loss = (E**2).{mean}()"],
        ["d{o} = 2 * E{over_n}"],
    ),
    "mae": (
        ["E = {o} - y", "loss = np.abs(E).{mean}()"],
        ["d{o} = np.sign(E){over_n}"],
    ),
    "huber": (
        [
            "delta = {delta}",
            "E = {o} - y",
            "near = np.minimum(np.abs(E), delta)",
            "loss = (near**2 / 2 + delta * (np.abs(E) - near)).{mean}()",
        ],
        ["d{o} = np.clip(E, -delta, delta){over_n}"],
    ),
    "bce_with_logits": (
        ["M = y * {o}", "loss = softplus(-M).{mean}()"],
        ["d{o} = -y * sigmoid(-M){over_n}"],
    ),
    "hinge": (
        ["M = y * {o}", "loss = np.maximum(0, 1 - M).{mean}()"],
        ["d{o} = -y * (M < 1){over_n}"],
    ),
    "cross_entropy": (
        [
            "S = {o} - {o}.max(axis=1, keepdims=True)  # so that nothing overflows",
            "Q = np.exp(S)",
            "P = Q / Q.sum(axis=1, keepdims=True)  # probabilities",
            "right = np.arange(len(X)), y  # of each row the right class",
            "loss = (np.log(Q.sum(axis=1)) - S[right]).{mean}()",
        ],
        ["d{o} = P{over_n}", "d{o}[right] -= 1{over_n}"],
    ),
}


def _loss(step: Step, which: int) -> list[str]:
    """The lines of the loss, or of its derivative."""
    mean = step.loss.reduction == "mean"
    holes = {
        "o": step.output,
        "mean": step.loss.reduction,
        "over_n": " / len(X)" if mean else "",
        "delta": repr(getattr(step.loss, "delta", None)),
    }
    return [line.format(**holes) for line in LOSSES[step.loss.name][which]]


# --- backward ---


def _backward(step: Step) -> list[str]:
    lines = _loss(step, 1)
    for layer in reversed(step.layers):
        i = layer.number
        before = "X" if i == 1 else step.layers[i - 2].output
        lines.append(f"# layer {i}: {layer.activation}")
        if layer.activation != "linear":
            product = simple(Binary("*", Name(f"dA{i}"), layer.slope()))
            lines.append(f"dZ{i} = {python(product, NUMPY)}")
        lines += [f"dW{i} = {before}.T @ dZ{i}", f"db{i} = dZ{i}.sum(axis=0)"]
        if i > 1:
            lines.append(f"d{before} = dZ{i} @ W{i}.T")
    if step.penalized:
        lines.append("# the penalty pulls at the weights, not at the biases")
        lines += [f"d{w} += {step.pull(f'np.sign({w})', w)}" for w in step.weights]
    return lines


# --- update ---


def _update(step: Step, rule: Rule, clip: Clip) -> list[str]:
    lines = []
    if clip.name == "norm":
        grads = ", ".join(f"d{name}" for name in step.parameters)
        lines.append(f"norm = np.sqrt(sum((g**2).sum() for g in [{grads}]))")
        lines.append(f"scale = {clip.limit!r} / max({clip.limit!r}, norm)")
    for name in step.parameters:
        grad = {
            "none": f"d{name}",
            "norm": f"d{name} * scale",
            "value": f"np.clip(d{name}, -{clip.limit!r}, {clip.limit!r})",
        }[clip.name]
        states = {key: f"{key}_{name}" for key in rule.remembered}
        lines += rule.assign(f"new_{name}", name, grad, states)
    return lines


def _shown(step: Step) -> list[str]:
    lines = ['print("loss", loss)']
    if step.penalized:
        lines += ['print("penalty", penalty)', 'print("objective", objective)']
    for name in step.parameters:
        lines.append(f'show("{full_name(name)}", d{name}, "grad")')
    for name in step.parameters:
        lines.append(f'show("{full_name(name)}", new_{name}, "new")')
    return lines
