"""Pictures of functions over the input plane: what each neuron, and the whole net, answers
everywhere. All of them come from one batched forward pass over the pixels, as small integers: bytes
ready to be drawn, and for a single output 16 bits, whose contours are smooth.

A pixel shows the value at its centre, and row 0 is the top (the largest x2), which is how a browser
scales an image. With one raw input the plane is a line and a picture is a curve, ends included.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets import Dataset
from engine.losses import Loss
from engine.replay import Answering

Floats = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]
Shorts = NDArray[np.int16]
Arrays = dict[str, NDArray[Any]]


_KEPT = 4  # resolutions whose pixels are kept: what two viewers look at


def signed_bytes(values: Floats) -> Bytes:
    """-1..+1 to 0..255, clipped; what is not a number becomes 127, the middle."""
    scaled = np.clip(values, -1.0, 1.0)
    scaled *= 127.5
    scaled += 127.5
    return _whole(scaled, 127.0).astype(np.uint8)


def signed_shorts(values: Floats) -> Shorts:
    """-1..+1 to -32767..32767, clipped; what is not a number becomes 0, the middle."""
    scaled = np.clip(values, -1.0, 1.0)
    scaled *= 32767.0
    return _whole(scaled, 0.0).astype(np.int16)


def probability_bytes(values: Floats) -> Bytes:
    """0..1 to 0..255; what is not a number becomes 127."""
    return _whole(np.clip(values, 0.0, 1.0) * 255.0, 127.0).astype(np.uint8)


def _whole(scaled: Floats, not_a_number: float) -> Floats:
    np.rint(scaled, out=scaled)
    if np.isnan(scaled.sum()):
        np.nan_to_num(scaled, copy=False, nan=not_a_number)
    return scaled


class Grids:
    """The pixels of one data set's plane or line as inputs of the net, kept per resolution."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.dimensions = 0 if dataset.points is None else int(dataset.points.shape[1])
        self._inputs: dict[int, Floats] = {}

    def inputs(self, resolution: int) -> Floats:
        """(pixels, inputs): ``resolution``² pixels of a plane by rows, or ``resolution`` of a
        line."""
        inputs = self._inputs.pop(resolution, None)
        if inputs is None:
            inputs = self.dataset.encode(self._points(resolution))
        self._inputs[resolution] = inputs  # the latest comes last
        if len(self._inputs) > _KEPT:
            del self._inputs[next(iter(self._inputs))]
        return inputs

    def _points(self, resolution: int) -> Floats:
        if self.dimensions == 1:
            low, high = self.dataset.bounds[0]
            return np.linspace(low, high, resolution)[:, np.newaxis]
        (left, right), (bottom, top) = self.dataset.bounds
        centres = (np.arange(resolution) + 0.5) / resolution
        x1, x2 = np.meshgrid(left + centres * (right - left), top - centres * (top - bottom))
        return np.column_stack([x1.ravel(), x2.ravel()])

    def of_inputs(self, neuron_resolution: int, output_resolution: int) -> Arrays:
        """``picture.inputs`` u8 (inputs, r, r), ``curve.inputs`` f32 (inputs, R), or neither. Each
        input is scaled to its own largest value, so that x1 is a ramp and not a step."""
        if self.dimensions == 2:
            values = _scaled(self.inputs(neuron_resolution))
            return {"picture.inputs": _images(signed_bytes(values), neuron_resolution)}
        if self.dimensions == 1:
            return {"curve.inputs": _curves(_scaled(self.inputs(output_resolution)))}
        return {}

    def of_network(
        self, answering: Answering, loss: Loss, neuron_resolution: int, output_resolution: int
    ) -> Arrays:
        """Every hidden neuron, and the output as the loss reads it; {} with more raw inputs than
        two.

        A plane gives ``picture.layers.i`` u8 (units, r, r) and ``picture.output`` i16 (R, R), or u8
        (classes, R, R) with several classes; a line ``curve.layers.i`` f32 (units, R) and
        ``curve.output`` f32 (R).
        """
        if self.dimensions == 0:
            return {}
        r, big = neuron_resolution, output_resolution
        if self.dimensions == 1:
            *hidden, output = self._answers(answering, big)
            curves: Arrays = {f"curve.layers.{i}": _curves(h) for i, h in enumerate(hidden)}
            return curves | {"curve.output": _curves(loss.prediction(output))[0]}
        # Both sizes go through the net as one batch: a call costs more than these few rows.
        *hidden, output = self._answers(answering, *dict.fromkeys((r, big)))
        answers = loss.prediction(output[-big * big :])
        pictures: Arrays = {
            f"picture.layers.{i}": _images(signed_bytes(h[: r * r]), r)
            for i, h in enumerate(hidden)
        }
        if self.dataset.task == "multiclass":
            return pictures | {"picture.output": _images(probability_bytes(answers), big)}
        return pictures | {"picture.output": signed_shorts(answers).reshape(big, big)}

    def of_output(self, answering: Answering, loss: Loss, resolution: int) -> NDArray[Any] | None:
        """The output alone, small: a plane as u8 (r, r), or (classes, r, r) with several classes;
        a line as f32 (r); None with more raw inputs than two."""
        if self.dimensions == 0:
            return None
        answers: Floats = loss.prediction(self._answers(answering, resolution)[-1])
        if self.dimensions == 1:
            return _curves(answers.reshape(resolution, 1)).reshape(resolution)
        if self.dataset.task == "multiclass":
            return _images(probability_bytes(answers), resolution)
        return _images(signed_bytes(answers), resolution).reshape(resolution, resolution)

    def _answers(self, answering: Answering, *resolutions: int) -> list[Floats]:
        """Every layer's output for the pixels of these resolutions. Single precision is 256 times
        finer than 16 bits; only numbers near its ends need more."""

        def rows() -> Floats:
            return np.concatenate([self.inputs(resolution) for resolution in resolutions])

        outputs = answering(("pixels", resolutions), rows, np.float32)
        if np.isfinite(outputs[-1].sum()):
            return outputs
        return answering.network.activations(rows())


def _scaled(values: Floats) -> Floats:
    """(pixels, n), each column divided by its largest absolute value."""
    largest = np.abs(values).max(axis=0)
    return np.asarray(values / np.where(largest > 0, largest, 1.0))


def _images(pixels: Bytes, resolution: int) -> Bytes:
    """(pixels, n) by rows to n images, (n, resolution, resolution)."""
    return np.ascontiguousarray(pixels.T).reshape(-1, resolution, resolution)


def _curves(values: Floats) -> NDArray[np.float32]:
    """(R, n) to n curves, (n, R)."""
    return np.ascontiguousarray(values.T, dtype=np.float32)
