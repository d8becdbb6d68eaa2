"""Data sets, synthetic, recorded or brought: frozen dataclasses whose fields are their form."""

from engine.datasets.own import Function, Points
from engine.datasets.recorded import IRIS_FEATURES, Diabetes, Digits, Iris
from engine.datasets.rows import Rows
from engine.datasets.source import PLANE_FEATURES, Dataset, Source, Split
from engine.datasets.stocks import Stocks
from engine.datasets.synthetic import Circle, Gauss, Moons, Plane, Spiral, Wave, Xor
from engine.datasets.weather import Weather

__all__ = [
    "DATASETS",
    "IRIS_FEATURES",
    "PLANE_FEATURES",
    "Circle",
    "Dataset",
    "Diabetes",
    "Digits",
    "Function",
    "Gauss",
    "Iris",
    "Moons",
    "Plane",
    "Points",
    "Rows",
    "Source",
    "Spiral",
    "Split",
    "Stocks",
    "Wave",
    "Weather",
    "Xor",
    "load",
]


def load(source: Source, seed: int, split: Split | None = None) -> Dataset:
    """The samples a source gives for a seed, dealt out as its settings say, or as one wishes."""
    return source.load(seed, split)


DATASETS: dict[str, type[Source]] = {
    "circle": Circle,
    "xor": Xor,
    "gauss": Gauss,
    "spiral": Spiral,
    "moons": Moons,
    "plane": Plane,
    "wave": Wave,
    "iris": Iris,
    "digits": Digits,
    "diabetes": Diabetes,
    "stocks": Stocks,
    "weather": Weather,
    "points": Points,
    "function": Function,
    "table": Rows,
}
