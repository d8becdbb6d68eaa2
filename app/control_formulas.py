"""The formula behind each control of the form, as MathML: of every choice of a menu, and of the
fields that have one. The words beside them are in ``locales``, under ``help``."""

from collections.abc import Mapping
from typing import Any

from app.formulas import from_latex, op_formulas, optimizer_formulas
from engine.layers import ACTIVATIONS
from engine.optimizers import OPTIMIZERS

Row = dict[str, Any]

LATEX: dict[str, dict[str, str]] = {
    # y: output or logit, t: target; each is of one sample
    "losses": {
        "mse": r"L = (y - t)^2",
        "mae": r"L = |y - t|",
        "huber": r"L = \frac{1}{2} c^2 + \delta (|y - t| - c), \; c = \min(|y - t|, \delta)",
        "bce_with_logits": r"L = \ln(1 + e^{-t y})",
        "hinge": r"L = \max(0, 1 - t y)",
        "cross_entropy": r"L = -\ln \frac{e^{y_t}}{\sum_k e^{y_k}}",
    },
    # s: a factor on the learning rate after k updates of T
    "schedules": {
        "constant": r"s = 1",
        "linear": r"s = 1 + (s_T - 1) \min(k / T, 1)",
        "step": r"s = \gamma^{\lfloor k / T \rfloor}",
        "exponential": r"s = \gamma^k",
        "cosine": r"s = s_{min} + (1 - s_{min}) \frac{1 + \cos(\pi k / T)}{2}",
        "cosine_restarts": r"s = s_{min} + (1 - s_{min}) \frac{1 + \cos(\pi k_i / T_i)}{2}",
        "warmup": r"s = s_0 + (1 - s_0) \min(k / T, 1)",
        "one_cycle": r"s : \frac{1}{d} \to 1 \to \frac{1}{d \, d_T}",
        "cyclic": r"s = s_{min} + (1 - s_{min}) (1 - |(k / T) \bmod 2 - 1|)",
        "reduce_on_plateau": r"s \gets \max(s \cdot f, s_{min})",
    },
    "clippings": {
        "none": r"g",
        "value": r"g_i \gets \min(\max(g_i, -c), c)",
        "norm": r"g \gets g \cdot \min(1, \frac{c}{\|g\|})",
    },
    "regularizations": {
        "none": r"R = 0",
        "l1": r"R = \lambda \sum |w|",
        "l2": r"R = \frac{\lambda}{2} \sum w^2",
        "elastic_net": r"R = \lambda \sum (a |w| + \frac{1 - a}{2} w^2)",
    },
    # n: inputs of a neuron, m: neurons of the layer
    "initializers": {
        "orthogonal": r"W^T W = I",
        "xavier": r"w \sim U(-a, a), \; a^2 = \frac{6}{n + m}",
        "xavier_normal": r"w \sim N(0, \frac{2}{n + m})",
        "he": r"w \sim N(0, \frac{2}{n})",
        "he_uniform": r"w \sim U(-a, a), \; a^2 = \frac{6}{n}",
        "normal": r"w \sim N(0, \frac{1}{n})",
        "uniform": r"w \sim U(-\frac{1}{2}, \frac{1}{2})",
        "constant": r"w = \frac{1}{2}",
        "zeros": r"w = 0",
    },
    "normalizations": {
        "none": r"n = z",
        "batch": r"n = \gamma \frac{z - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} + \beta",
        "layer": r"n = \gamma \frac{z - \mu_n}{\sqrt{\sigma_n^2 + \epsilon}} + \beta",
    },
    "reductions": {"mean": r"L = \frac{1}{N} \sum_i L_i", "sum": r"L = \sum_i L_i"},
    "fields": {
        "learning_rate": r"\Delta w = -\eta \cdot g",
        "weight_decay": r"w \gets w - \eta \lambda w",
        "dropout": r"d = a \cdot \frac{m}{1 - p}, \; m \in \{0, 1\}",
        "residual": r"y = x + f(x)",
        "class_weights": r"w_k = \frac{N}{K \, n_k}",
        "batch_size": r"g = \frac{1}{B} \sum_{i \in B} g_i",
        "delta": r"|y - t| \le \delta",
        "patience": r"L_{test} \ge L_{best} - m",
        "epoch": r"e = N",
        "eps": r"\frac{1}{\sqrt{v} + \epsilon}",
        "momentum": r"v \gets \mu v + g",
        "beta1": r"m \gets \beta_1 m + (1 - \beta_1) g",
        "beta2": r"v \gets \beta_2 v + (1 - \beta_2) g^2",
        "rho": r"s \gets \rho s + (1 - \rho) g^2",
        "features": r"x_1^2, \; x_1 x_2, \; \sin x_1",
        "train_fraction": r"N_{train} = f \cdot N",
        "l1_share": r"a",
    },
}


def control_formulas() -> dict[str, Mapping[str, list[str]]]:
    """By menu and name. An optimizer has one for each thing it computes, in order."""
    found: dict[str, Mapping[str, list[str]]] = {
        menu: {name: [from_latex(latex)] for name, latex in names.items()}
        for menu, names in LATEX.items()
    }
    found["activations"] = {
        name: [op_formulas(op)["value"] if op is not None else from_latex("z = x")]
        for name, op in ACTIVATIONS.items()
    }
    found["optimizers"] = {
        name: list(optimizer_formulas(rule(), 1, {}).values()) for name, rule in OPTIMIZERS.items()
    }
    return found
