"""Frames and data as safetensors: an 8-byte length, a JSON header with text metadata, then the
arrays, little-endian. One standard layout that any language reads without our code.

``data`` is the set the net learns, sent once per change; a ``frame`` is one moment of training.
"""

import json
import math
import sys
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from safetensors import TensorSpec, serialize

from app.messages import View
from app.sessions.pictures import Arrays, Grids
from app.sessions.session import TrainingSession
from engine.datasets import Dataset
from engine.training import Trainer


def encode(metadata: Mapping[str, Any], arrays: Arrays) -> bytes:
    """One message. Metadata that is not text travels as JSON, where what is not finite is null."""
    text = {
        key: value if isinstance(value, str) else _write(without_infinity(value))
        for key, value in metadata.items()
    }
    # The writer copies raw memory, so transposed and sliced arrays must be laid out first.
    laid_out = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    specs = {
        name: TensorSpec(
            dtype=_KINDS[array.dtype],
            shape=array.shape,
            data_ptr=array.ctypes.data,
            data_len=array.nbytes,
        )
        for name, array in laid_out.items()
    }
    return bytes(serialize(specs, text))


_write = json.JSONEncoder(allow_nan=False).encode  # `dumps` would make one for each value

# What arrays may be made of. The package's own `save` asks NumPy for each name, which takes longer
# than all the writing.
_KINDS = {np.dtype(name): name for name in ("float64", "float32", "int16", "uint8")}
assert sys.byteorder == "little", "safetensors is little-endian: arrays would have to be swapped"


class Shown(Protocol):
    """What learns a set of data that can be shown."""

    @property
    def trainer(self) -> Trainer: ...

    grids: Grids
    revision: int


def data(shown: Shown, view: View) -> bytes:
    """Targets, the split, and with one or two raw inputs the points and what each input looks
    like."""
    dataset, grids = shown.trainer.dataset, shown.grids
    metadata = {
        "kind": "data",
        "revision": shown.revision,
        "name": dataset.name,
        "task": dataset.task,
        "classes": dataset.classes,
        "dimensions": grids.dimensions or max(3, dataset.x.shape[1]),  # 3: no picture
        "bounds": [[float(low), float(high)] for low, high in dataset.bounds],
        "axes": list(dataset.axes),
        "inputs": list(dataset.inputs),
        "target": dataset.target,
        "target_units": list(dataset.target_units),
        "class_names": list(dataset.class_names),
    }
    arrays: Arrays = {"y": dataset.y.astype(np.float32), "train": dataset.train.astype(np.uint8)}
    if shown.trainer.validates:
        arrays["validation"] = dataset.validation.astype(np.uint8)
    if dataset.points is not None:
        arrays["points"] = dataset.points.astype(np.float32)
    arrays |= grids.of_inputs(view.neuron_resolution, view.output_resolution)
    return encode(metadata, arrays)


@np.errstate(all="ignore")  # near an overflow: what is not finite is shown as it is
def frame(session: TrainingSession, view: View, number: int, since: int) -> bytes:
    """This moment as ``view`` wants it, with the loss points of steps later than ``since``.

    Parameters and gradients keep the session's precision: a reader may check them by hand. The
    gradients are those of the coming minibatch, so weight - learning rate * gradient is what comes.
    """
    trainer = session.trainer
    batch_loss = session.at_this_version("gradients", trainer.gradients)
    index = probe_index(session, view)
    dataset = trainer.dataset
    metadata = {
        "kind": "frame",
        "frame": number,
        "revision": session.revision,
        "run": session.run.id,
        "head": session.run.head,
        "step": session.step,
        "epoch": trainer.epoch,
        "state": session.state,
        "metrics": session.metrics(),
        "batch_loss": batch_loss,
        "probe": {
            "index": index,
            "split": split_of(dataset, index),
            "target": dataset.y[index].item(),
        },
    }
    points = session.losses.after(since)
    width = 3 + trainer.validates  # step, train, test, and validation where there is one
    arrays: Arrays = {"loss": np.array(points, dtype=np.float64).reshape(-1, 4)[:, :width]}
    for name, parameter in trainer.network.named_parameters():
        arrays[name] = parameter.data
        grad = parameter.grad  # None: nothing flowed back, as after an overflow on the way forward
        arrays[f"grad.{name}"] = np.zeros_like(parameter.data) if grad is None else grad
    arrays |= _probe(session, index)
    arrays |= session.at_this_version(
        ("pictures", view.neuron_resolution, view.output_resolution),
        lambda: session.grids.of_network(
            trainer.answering, trainer.loss, view.neuron_resolution, view.output_resolution
        ),
    )
    return encode(metadata, arrays)


def split_of(dataset: Dataset, index: int) -> str:
    """Which part of the data a row is in."""
    if dataset.train[index]:
        return "train"
    return "validation" if dataset.validation[index] else "test"


def probe_index(session: TrainingSession, view: View) -> int:
    """The row looked at: the one asked for, else (or when the data has no such row) the first of
    the test set."""
    train = session.trainer.dataset.train
    if view.probe is not None and view.probe < len(train):
        return view.probe
    return int(np.argmax(session.trainer.dataset.test))


def _probe(session: TrainingSession, index: int) -> Arrays:
    """What flows through the net for one row: its inputs, every layer's output, the prediction."""
    trainer = session.trainer
    row = trainer.dataset.x[index : index + 1]
    outputs = trainer.answering(("row", index), lambda: row)
    arrays = {f"probe.layers.{i}": values[0] for i, values in enumerate(outputs)}
    arrays |= {"probe.input": row[0], "probe.prediction": trainer.loss.prediction(outputs[-1])[0]}
    return {name: values.astype(np.float32) for name, values in arrays.items()}


def without_infinity(value: Any) -> Any:
    """``value`` with None for each NaN or infinity in it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_infinity(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_infinity(item) for item in value]
    return value
