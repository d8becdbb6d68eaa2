"""The gallery: sessions that each show one thing, with changes to try on them. The question, its
answer and the names are in ``locales``, under ``gallery``; that each shows what its answer says is
held by ``tests/app/test_presets.py``, which trains them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.clipping import NoClipping
from engine.fields import to_json
from engine.spec import Spec
from engine.stopping import Stopping

Changes = dict[str, Any]


@dataclass(frozen=True)
class Preset:
    """A spec, the steps after which it shows what it is about, how that is drawn, and what to try
    on it from step 0."""

    given: Changes
    steps: int
    picture: str  # one of `app.gallery.preview.PICTURES`
    tries: Mapping[str, Changes] = field(default_factory=dict)

    @property
    def spec(self) -> Spec:
        return Spec.parse(self.given)

    def tried(self, name: str) -> Spec:
        """With one thing changed."""
        return self.spec.merged(self.tries[name])


def layers(*units: int, output: Changes | None = None, **each: Any) -> Changes:
    """A net of hidden layers that are alike, and its output."""
    return {"layers": [*({"units": n, **each} for n in units), output or {}]}


def rate(value: float) -> Changes:
    return {"optimizer": {"name": "sgd", "learning_rate": value}}


_ADAM = {"optimizer": {"name": "adam", "learning_rate": 0.01}}
_TEN = (8,) * 10
_XAVIER = {"initializer": "xavier"}
_SIGMOIDS = {"activation": "sigmoid", **_XAVIER}


def _carried() -> Changes:
    """Ten sigmoid layers, each but the first, which has fewer inputs, added to what it is given."""
    net = layers(*_TEN, output=_XAVIER, **_SIGMOIDS, residual=True)
    net["layers"][0] = {**net["layers"][0], "residual": False}
    return {"network": net}


PRESETS: dict[str, Preset] = {
    "xor_line": Preset(
        {"data": {"name": "xor"}, "network": layers()},
        2500,
        "plane",
        {
            "hidden": {"network": layers(4)},
            "product": {"data": {"features": ["x1", "x2", "x1_x2"]}, "network": layers()},
        },
    ),
    "xor_hidden": Preset(
        {"data": {"name": "xor"}, "network": layers(4)},
        2500,
        "plane",
        {"two": {"network": layers(2)}, "eight": {"network": layers(8)}},
    ),
    "spiral": Preset(
        {"data": {"name": "spiral"}, "network": layers(8, 8), **_ADAM},
        8000,
        "plane",
        {"shallow": {"network": layers(8)}},
    ),
    "vanishing": Preset(
        {
            "data": {"name": "circle"},
            "network": layers(*_TEN, output=_XAVIER, **_SIGMOIDS),
            "loss": "bce_with_logits",
            **rate(0.05),
        },
        2000,
        "gradients",
        {
            "relu_he": {
                "network": layers(*_TEN, output=_XAVIER, activation="relu", initializer="he")
            },
            "batch_norm": {
                "network": layers(*_TEN, output=_XAVIER, **_SIGMOIDS, normalization="batch")
            },
            "residual": _carried(),
        },
    ),
    "dead": Preset(
        {
            "data": {"name": "circle"},
            "network": layers(8, 8, activation="relu", initializer="he"),
            "loss": "bce_with_logits",
            **rate(3.0),
        },
        1000,
        "dead",
        {
            "slower": {"optimizer": {"learning_rate": 0.1}},
            "leaky": {"network": layers(8, 8, activation="leaky_relu", initializer="he")},
        },
    ),
    "overfitting": Preset(
        {
            "data": {"name": "circle", "samples": 200, "train_fraction": 0.1, "noise": 0.6},
            "network": layers(8, 8, 8),
            **_ADAM,
        },
        2000,
        "losses",
        {
            "more": {"data": {"samples": 400, "train_fraction": 0.5}},
            "l2": {"regularization": {"name": "l2", "rate": 0.1}},
            "stop": {"stopping": {"patience": 20}},
        },
    ),
    "zeros": Preset(
        {
            "data": {"name": "circle"},
            "network": layers(4, 2, output={"initializer": "zeros"}, initializer="zeros"),
        },
        2000,
        "weights",
        {
            "constant": {
                "network": layers(4, 2, output={"initializer": "constant"}, initializer="constant")
            },
            "random": {"network": layers(4, 2, output=_XAVIER, **_XAVIER)},
        },
    ),
    "batch": Preset(
        {"data": {"name": "circle"}, "batch_size": "all", "stopping": {"epoch": 10}},
        10,
        "batches",
        {"one": {"batch_size": 1}, "ten": {"batch_size": 10}},
    ),
    "iris": Preset(
        {"data": {"name": "iris"}},
        1000,
        "classes",
        {
            "four": {
                "data": {"features": ["sepal_length", "sepal_width", "petal_length", "petal_width"]}
            }
        },
    ),
    "digits": Preset(
        {"data": {"name": "digits"}}, 2000, "digits", {"linear": {"network": layers()}}
    ),
    "house": Preset(
        {
            "data": {"name": "table", "table": "houses", "target": "price", "features": ["area"]},
            "network": layers(),
        },
        1000,
        "line",
        {"rooms": {"data": {"features": ["area", "rooms", "age"]}, "network": layers()}},
    ),
    "stocks": Preset(
        {"data": {"name": "stocks"}}, 3000, "series", {"linear": {"network": layers()}}
    ),
    "diabetes": Preset(
        {"data": {"name": "diabetes"}, **rate(0.01)},
        2000,
        "scatter",
        {"linear": {"network": layers()}},
    ),
}


def changes(spec: Spec) -> Changes:
    """What makes any session one of this spec: all of it, and what that leaves unsaid."""
    unsaid: Changes = {
        "schedule": {"name": "constant"},
        "clipping": {"name": "none", **to_json(NoClipping())},
        "stopping": to_json(Stopping()),
    }
    return {**unsaid, **spec.to_json()}
