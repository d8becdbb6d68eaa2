"""Races of nets to begin with: each net is one of the gallery's, each optimizer has a rate that
suits it there."""

from typing import Any, NamedTuple

from app.gallery.presets import PRESETS, layers
from app.races.nets import Nets

Named = dict[str, Any]


class NetPreset(NamedTuple):
    """A race, for how many steps it is worth watching, and a test loss that tells lanes apart."""

    given: Named
    steps: int
    target: float

    @property
    def nets(self) -> Nets:
        return Nets.parse(self.given)


def _lanes(**rates: float) -> list[Named]:
    return [{"optimizer": {"name": name, "learning_rate": rate}} for name, rate in rates.items()]


def _spec(name: str) -> Named:
    return {key: value for key, value in PRESETS[name].given.items() if key != "optimizer"}


NET_PRESETS: dict[str, NetPreset] = {
    "xor": NetPreset(
        {
            "spec": _spec("xor_hidden"),
            "lanes": _lanes(sgd=0.1, momentum=0.01, rmsprop=0.01, adam=0.03),
        },
        2000,
        0.1,
    ),
    "circle": NetPreset(
        {
            "spec": {"data": {"name": "circle"}, "network": layers(4, 2)},
            "lanes": _lanes(sgd=0.1, momentum=0.01, adagrad=0.1, adam=0.03),
        },
        1500,
        0.05,
    ),
    "spiral": NetPreset(
        {
            "spec": _spec("spiral"),
            "lanes": _lanes(sgd=0.1, momentum=0.01, rmsprop=0.01, adam=0.01),
        },
        8000,
        0.5,
    ),
    "digits": NetPreset(
        {
            "spec": {"data": {"name": "digits"}, "network": layers(32, output={})},
            "lanes": _lanes(sgd=0.1, momentum=0.02, rmsprop=0.002, adam=0.003),
        },
        1500,
        0.2,
    ),
    "stocks": NetPreset(
        {
            "spec": {"data": {"name": "stocks"}, "network": layers(10, output={})},
            "lanes": _lanes(sgd=0.01, momentum=0.001, rmsprop=0.001, adam=0.001),
        },
        3000,
        1.5,
    ),
    "weather": NetPreset(
        {
            "spec": {"data": {"name": "weather"}, "network": layers(10, output={})},
            "lanes": _lanes(sgd=0.01, momentum=0.001, rmsprop=0.001, adam=0.001),
        },
        2000,
        0.125,
    ),
}


def menu() -> list[Named]:
    """Every preset as a whole race."""
    return [
        {
            "name": name,
            "race": preset.nets.to_json(),
            "steps": preset.steps,
            "target": preset.target,
        }
        for name, preset in NET_PRESETS.items()
    ]
