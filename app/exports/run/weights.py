"""The numbers of a net as a safetensors file, and such a file read back into a net: parameters, and
what a norm has measured, by their names."""

from __future__ import annotations

from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from app.errors import Invalid
from app.sessions.frames import encode
from app.sessions.travel import AllWeights
from engine.network import Network
from engine.ops import Array
from engine.training import Trainer

Arrays = dict[str, Array]

_KINDS = {"F64": np.float64, "F32": np.float32, "F16": np.float16}


def numbers_of(network: Network) -> Arrays:
    """Everything that a file of weights holds."""
    return {**{name: each.data for name, each in network.named_parameters()}, **network.buffers}


def write_weights(trainer: Trainer) -> bytes:
    """The file. Its metadata say what net it is, and which step of its training."""
    metadata = {
        "format": "backprop-lab",
        "spec": trainer.spec.to_json(),
        "step": trainer.step_count,
        "seed": trainer.spec.seed,
    }
    return encode(metadata, numbers_of(trainer.network))


def read_weights(file: bytes) -> Arrays:
    """The arrays of a file. Raises Invalid: it is none, or holds something other than numbers."""
    try:
        found = deserialize(file)  # type: ignore[no-untyped-call]
    except SafetensorError:
        raise _unfit("This is no safetensors file.", "file") from None
    arrays: Arrays = {}
    for name, each in found:
        kind = each["dtype"]
        if kind not in _KINDS:
            sentence = f"{name} must be of type {', '.join(_KINDS)}."
            raise _unfit(sentence, "type", kind, name=name, choices=list(_KINDS))
        array = np.frombuffer(each["data"], _KINDS[kind]).reshape(each["shape"])
        arrays[name] = array.astype(np.float64)
    return arrays


def fit_weights(network: Network, arrays: Arrays) -> AllWeights:
    """A file's arrays for a net. Raises Invalid: they are not those of this net."""
    wanted = numbers_of(network)
    for name in wanted:
        if name not in arrays:
            sentence = f"{name} is missing: the file must hold {', '.join(wanted)}."
            raise _unfit(sentence, "missing", name=name, names=list(wanted))
    for name in arrays:
        if name not in wanted:
            sentence = f"This net has no {name}, only {', '.join(wanted)}."
            raise _unfit(sentence, "unknown", name=name, names=list(wanted))
    for name, array in wanted.items():
        if arrays[name].shape != array.shape:
            found, needed = list(arrays[name].shape), list(array.shape)
            sentence = f"{name} must have the shape {needed}, got {found}."
            raise _unfit(sentence, "shape", found, name=name, shape=needed)
        with np.errstate(over="ignore"):  # too large for 32 bits
            numbers = arrays[name].astype(array.dtype)
        if not np.isfinite(numbers).all():
            sentence = f"{name} holds a number that is not finite."
            raise _unfit(sentence, "not_finite", name=name)
    parameters = {name: arrays[name] for name, _ in network.named_parameters()}
    dtype = network.dtype
    buffers = {name: arrays[name].astype(dtype) for name in network.buffers}
    return AllWeights({name: each.astype(dtype) for name, each in parameters.items()}, buffers)


def _unfit(sentence: str, reason: str, value: Any = None, **facts: Any) -> Invalid:
    return Invalid(sentence, field="weights", value=value, allowed={"reason": reason, **facts})
