"""An example of every command and message of the streams, and what is in a frame, from one that was
made."""

import json
from typing import Any

from app import messages as wire
from app.races.net_frames import RaceViewer
from app.races.net_race import NetRace
from app.races.nets import Nets
from app.reference.operations import RACE
from app.sessions.session import TrainingSession
from app.sessions.viewer import Viewer
from engine.spec import Spec
from engine.training import Trainer

COMMANDS: dict[str, dict[str, Any]] = {
    "play": {"id": 1, "type": "play", "speed": 1500},
    "pause": {"id": 2, "type": "pause"},
    "step": {"id": 3, "type": "step", "count": 10},
    "reset": {"id": 4, "type": "reset"},
    "set": {"id": 5, "type": "set", "changes": {"optimizer": {"learning_rate": 0.1}}},
    "rewind": {"id": 6, "type": "rewind"},
    "seek": {"id": 7, "type": "seek", "step": 120},
    "undo": {"id": 8, "type": "undo"},
    "redo": {"id": 9, "type": "redo"},
    "edit": {
        "id": 10,
        "type": "edit",
        "parameter": "layers.0.weight",
        "index": [1, 2],
        "value": 0.5,
        "gesture": "drag 1",
    },
    "name_run": {"id": 11, "type": "name_run", "run": 0, "name": "the first"},
    "view": {"id": 12, "type": "view", "rate": 10, "neuron_resolution": 16, "probe": None},
    "seen": {"type": "seen", "frame": 17},
}
RACE_COMMANDS: dict[str, dict[str, Any]] = {
    **{name: COMMANDS[name] for name in ("play", "pause", "step", "reset", "seen")},
    "seek": {"id": 7, "type": "seek", "step": 120},
    "view": {"id": 12, "type": "view", "rate": 10, "output_resolution": 48},
}


def session() -> TrainingSession:
    """One to take messages and a frame from."""
    return TrainingSession(Trainer(Spec.parse(RACE["spec"])))


def race() -> NetRace:
    return NetRace(Nets.parse(RACE), lambda: 0.0)


def messages() -> list[wire.Message]:
    """One of each kind, as a session or a race would send it."""
    one, other = session(), race()
    return [
        wire.Welcome(version="3f9a1c04b7de", life="kQ2x-7mWcA1p", whole=True),
        wire.Ack(id=3, step=10),
        wire.Error(
            id=3,
            code="invalid",
            message="count: input should be greater than or equal to 1.",
            field="count",
            value=0,
            allowed={"type": "integer", "minimum": 1, "maximum": 1_000_000},
        ),
        one.spec_message(),
        one.status(),
        one.runs_message(),
        wire.Storage(trouble="full"),
        other.made("pW3k0cJH5uVb2rT8yLqN1g"),
        other.status(),
    ]


def binaries() -> dict[str, dict[str, Any]]:
    """The header of every kind of binary message: its metadata, and its arrays with their kinds and
    shapes."""
    viewer, racing = Viewer(session()), RaceViewer(race())
    made = {
        "data": viewer.data(),
        "frame": viewer.frame(),
        "data of a race": racing.data(),
        "frame of a race": racing.frame(),
    }
    return {name: _header(message) for name, message in made.items()}


def _header(message: bytes) -> dict[str, Any]:
    length = int.from_bytes(message[:8], "little")
    header: dict[str, Any] = json.loads(message[8 : 8 + length])
    return header
