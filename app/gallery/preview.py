"""The picture of a preset in the gallery: what its net has become after its steps, as numbers that
the page draws. Whatever it shows was trained for it; nothing is recorded in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from app.gallery.presets import Preset
from app.sessions.pictures import Grids, probability_bytes, signed_bytes
from engine.datasets.windows import Windows
from engine.spec import Spec
from engine.training import Trainer

Picture = dict[str, Any]
Floats = Any  # numpy arrays of any float type

RESOLUTION = 32
_POINTS = 80
_DIGITS = 12
_CURVE = 50  # points of a loss curve
_BATCHES = {"1": 1, "10": 10, "all": "all"}
_EPOCHS = 10


def _plane(trainer: Trainer) -> Picture:
    """The net's answer over the plane, -1 to 1 as bytes by rows, and some training points."""
    answers = _answers(trainer, Grids(trainer.dataset).inputs(RESOLUTION))
    return {"field": signed_bytes(answers).tolist(), **_points(trainer)}


def _classes(trainer: Trainer) -> Picture:
    """The probability of each class over the plane as bytes, class by class."""
    answers = _answers(trainer, Grids(trainer.dataset).inputs(RESOLUTION))
    return {"fields": probability_bytes(answers.T).tolist(), **_points(trainer)}


def _line(trainer: Trainer) -> Picture:
    """A curve of one input, over the points, both as shares of the picture."""
    dataset = trainer.dataset
    answers = _answers(trainer, Grids(dataset).inputs(_CURVE))
    low, high = float(dataset.y.min()), float(dataset.y.max())
    margin = 0.05 * (high - low)

    def up(values: Floats) -> list[float]:
        return _share(values, low - margin, high + margin)

    assert dataset.points is not None
    some = _some(dataset.train)
    return {
        "line": list(zip(_rounded(np.linspace(0, 1, _CURVE)), up(answers), strict=True)),
        "points": list(
            zip(
                _share(dataset.points[some, 0], *dataset.bounds[0]),
                up(dataset.y[some]),
                strict=True,
            )
        ),
    }


def _gradients(trainer: Trainer) -> Picture:
    """How long the gradient of each layer is."""
    return {"bars": [float(f"{row.gradient_norm:.3g}") for row in trainer.health()], "log": True}


def _dead(trainer: Trainer) -> Picture:
    """The share of dead neurons in each hidden layer."""
    return {"bars": [round(row.dead_share or 0.0, 3) for row in trainer.health()[:-1]]}


def _weights(trainer: Trainer) -> Picture:
    """Every weight of the first layer, neuron by neuron."""
    return {"bars": _rounded(trainer.network.layers[0].weight.data.T.ravel())}


def _digits(trainer: Trainer) -> Picture:
    """Some test digits, 0 to 16 for each pixel, and what they are taken for."""
    dataset = trainer.dataset
    (test,) = np.nonzero(~dataset.train)
    rows = test[:_DIGITS]
    assert dataset.original is not None
    taken = _answers(trainer, dataset.x[rows]).argmax(axis=1)
    return {
        "images": dataset.original[rows].astype(int).tolist(),
        "taken": taken.tolist(),
        "truth": dataset.y[rows].tolist(),
    }


def _series(trainer: Trainer) -> Picture:
    """Prices and what the net expected, in order of time; from where on it had seen none."""
    dataset = trainer.dataset
    answers = _answers(trainer, dataset.x)
    low, high = min(dataset.y.min(), answers.min()), max(dataset.y.max(), answers.max())
    return {
        "truth": _share(dataset.y, low, high),
        "answers": _share(answers, low, high),
        "seen": int(dataset.train.sum()),
    }


def _scatter(trainer: Trainer) -> Picture:
    """What was measured against what the net answers, for test rows."""
    dataset = trainer.dataset
    rows = _some(~dataset.train)
    answers, truth = _answers(trainer, dataset.x[rows]), dataset.y[rows]
    low, high = min(truth.min(), answers.min()), max(truth.max(), answers.max())
    return {"points": list(zip(_share(truth, low, high), _share(answers, low, high), strict=True))}


PICTURES: dict[str, Callable[[Trainer], Picture]] = {
    "plane": _plane,
    "classes": _classes,
    "line": _line,
    "gradients": _gradients,
    "dead": _dead,
    "weights": _weights,
    "digits": _digits,
    "series": _series,
    "scatter": _scatter,
}


# --- pictures that take the way there ---


def _losses(spec: Spec, steps: int) -> Iterator[Picture]:
    """Training and test loss along the run."""
    trainer, every = Trainer(spec), max(1, steps // _CURVE)
    lines: dict[str, list[tuple[int, float]]] = {"train": [], "test": []}
    while trainer.step_count <= steps:
        metrics = trainer.evaluate()
        for name, line in lines.items():
            line.append((trainer.step_count, float(f"{metrics[f'{name}_loss']:.3g}")))
        trainer.run(every)
        yield {"lines": lines}


def _batches(spec: Spec, _: int) -> Iterator[Picture]:
    """The test loss over the same epochs with batches of several sizes."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for name, size in _BATCHES.items():
        trainer = Trainer(spec.merged({"batch_size": size}))
        rows = trainer.spec.data.train_rows
        every = max(1, _EPOCHS * -(-rows // trainer.spec.batch_size) // _CURVE)
        lines[name] = []
        while trainer.epoch <= _EPOCHS:
            loss = float(f"{trainer.evaluate()['test_loss']:.3g}")
            lines[name].append((round(trainer.epoch, 3), loss))
            trainer.run(every)
            yield {"lines": lines}


COURSES: dict[str, Callable[[Spec, int], Iterator[Picture]]] = {
    "losses": _losses,
    "batches": _batches,
}


def drawn(preset: Preset) -> Iterator[Picture]:
    """A preset's picture, which is the last one; between two of them others may have their turn."""
    kind = preset.picture
    if kind in COURSES:
        for picture in COURSES[kind](preset.spec, preset.steps):
            yield {"kind": kind, **picture}
        return
    trainer = Trainer(preset.spec)
    while trainer.step_count < preset.steps and trainer.overflow is None:
        yield {}
        trainer.run(min(_TURN, preset.steps - trainer.step_count))
    yield {"kind": kind, **PICTURES[kind](trainer)}


_TURN = 250  # steps


# --- numbers ---


def repeated(spec: Spec) -> float | None:
    """What it costs to answer with the last week's number, where the next one is asked for: the
    loss on the test rows."""
    if not isinstance(spec.data, Windows):
        return None
    dataset = spec.data.load(spec.seed)
    return float(np.mean((dataset.x_test[:, -1] - dataset.y_test) ** 2))


def _answers(trainer: Trainer, inputs: Floats) -> Floats:
    """What the net answers, as its loss reads it: (N,), of several classes (N, K)."""
    outputs = trainer.network.activations(inputs.astype(trainer.spec.dtype))[-1]
    answers = trainer.loss.prediction(outputs)
    return answers.reshape(len(inputs), -1) if trainer.dataset.classes > 2 else answers.ravel()


def _points(trainer: Trainer) -> Picture:
    """Some training points, as shares of the picture from its lower left corner, and their
    targets."""
    dataset = trainer.dataset
    some = _some(dataset.train)
    assert dataset.points is not None
    across, up = (_share(dataset.points[some, at], *dataset.bounds[at]) for at in (0, 1))
    return {
        "points": list(zip(across, up, strict=True)),
        "targets": [int(target) for target in dataset.y[some]],
    }


def _some(chosen: Floats) -> Floats:
    """A few of the rows that are chosen."""
    (rows,) = np.nonzero(chosen)
    return rows[np.linspace(0, len(rows) - 1, min(_POINTS, len(rows))).astype(int)]


def _share(values: Floats, low: float, high: float) -> list[float]:
    return _rounded((values - low) / (high - low))


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 3) for value in values]
