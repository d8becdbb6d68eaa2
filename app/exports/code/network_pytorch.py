"""A walk through a network as a PyTorch program; autograd goes back."""

from __future__ import annotations

from typing import Any

from app.exports.code.dialects import PYTORCH, PYTORCH_UPDATE
from app.exports.code.networks import Step, full_name
from app.exports.code.program import array, assemble, definitions, heading
from app.exports.code.update import Clip, Rule

Row = dict[str, Any]

SHOW = """
def show(name, values, what):
    for index in itertools.product(*map(range, values.shape)):
        print(f"{name}[{','.join(map(str, index))}].{what} {values[index].item()}")
"""

LOSSES = {
    "mse": 'F.mse_loss({o}, y, reduction="{mean}")',
    "mae": 'F.l1_loss({o}, y, reduction="{mean}")',
    "huber": 'F.huber_loss({o}, y, delta={delta}, reduction="{mean}")',
    "bce_with_logits": "F.softplus(-y * {o}, threshold=40).{mean}()",
    "hinge": "torch.relu(1 - y * {o}).{mean}()",
    "cross_entropy": 'F.cross_entropy({o}, y, reduction="{mean}")',
}


def program(document: Row) -> str:
    step, rule = Step.read(document), Rule.read(document)
    body = [
        _given(step, rule),
        ["# --- forward ---", *_forward(step)],
        ["# --- backward ---", f"{'objective' if step.penalized else 'loss'}.backward()"],
        [f"# --- update: {rule.name} ---", *_update(step, rule, Clip.read(document))],
        _shown(step),
    ]
    text = "\n".join(line for part in body for line in part)
    functional = ["from torch.nn import functional as F"] if "F." in text else []
    imports = ["import itertools", "", "import torch", *functional, ""]
    imports.append("torch.set_default_dtype(torch.float64)")
    functions = ["\n".join(rule.function(PYTORCH_UPDATE)), SHOW.strip()]
    return assemble(heading(document, "PyTorch"), imports, definitions(functions), *body)


def _given(step: Step, rule: Rule) -> list[str]:
    lines = [f"# --- what is given: a net of {step.shape} ---"]
    lines.append("# a row for each sample")
    lines += array("X", step.inputs, "torch.tensor(", ")")
    if step.loss.name == "cross_entropy":
        lines.append("# the right class of each sample")
        lines += array("y", step.targets, "torch.tensor(", ")")
    else:
        lines += array("y", step.targets.reshape(-1, 1), "torch.tensor(", ")")
    for name, values in step.parameters.items():
        zeros = "torch.zeros({}, requires_grad=True)"
        lines += array(name, values, "torch.tensor(", ", requires_grad=True)", zeros)
        for key in rule.remembered:
            state = step.states[name][key]
            lines += array(f"{key}_{name}", state, "torch.tensor(", ")", "torch.zeros({})")
    return lines


def _forward(step: Step) -> list[str]:
    lines = step.chain(PYTORCH)
    delta, mean = repr(getattr(step.loss, "delta", None)), step.loss.reduction
    loss = LOSSES[step.loss.name].format(o=step.output, mean=mean, delta=delta)
    lines.append(f"loss = {loss}".replace(', reduction="mean"', ""))  # as it is by itself
    lines += step.penalty("sum(W.abs().sum() for W in {})", "sum((W**2).sum() for W in {})")
    return lines


def _update(step: Step, rule: Rule, clip: Clip) -> list[str]:
    lines = []
    if clip.name == "norm":
        parameters = ", ".join(step.parameters)
        lines.append(f"norm = sum((p.grad**2).sum() for p in [{parameters}]) ** 0.5")
        lines.append(f"scale = {clip.limit!r} / max({clip.limit!r}, norm)")
    for name in step.parameters:
        grad = {
            "none": f"{name}.grad",
            "norm": f"{name}.grad * scale",
            "value": f"{name}.grad.clamp(-{clip.limit!r}, {clip.limit!r})",
        }[clip.name]
        states = {key: f"{key}_{name}" for key in rule.remembered}
        lines += rule.assign(f"new_{name}", name, grad, states)
    return ["with torch.no_grad():", *[f"    {line}" for line in lines]]


def _shown(step: Step) -> list[str]:
    lines = ['print("loss", loss.item())']
    if step.penalized:
        lines += ['print("penalty", penalty.item())', 'print("objective", objective.item())']
    for name in step.parameters:
        lines.append(f'show("{full_name(name)}", {name}.grad, "grad")')
    for name in step.parameters:
        lines.append(f'show("{full_name(name)}", new_{name}, "new")')
    return lines
