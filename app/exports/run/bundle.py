"""A saved run as one file: what can be read elsewhere, packed together."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress

from app.errors import Invalid
from app.exports.run.history import History, losses_csv
from app.exports.run.program import program
from app.exports.run.weights import write_weights
from engine.training import Trainer


def bundle(trainer: Trainer, history: History) -> bytes:
    """Settings, weights and curves of a run, and the programs that train it anew where there can
    be some."""
    files = {
        "spec.json": json.dumps(trainer.spec.to_json(), indent=2).encode(),
        "weights.safetensors": write_weights(trainer),
        "losses.csv": losses_csv(history, trainer).encode(),
    }
    for format in ("numpy", "pytorch"):
        with suppress(Invalid):
            files[f"train_{format}.py"] = program(trainer, history, format).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return target.getvalue()
