"""The update as part of a program: an optimizer's own formulas, as a function of one parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.exports.code.writing import Dialect, python
from engine.expression import Name, Node, formula, parts
from engine.optimizers import OPTIMIZERS

Row = dict[str, Any]
ROOM = 90  # characters of a line


@dataclass(frozen=True)
class Rule:
    """How one parameter is moved: what must be known, and what is computed from it."""

    name: str
    t: int
    settings: dict[str, float]  # those that the formulas need
    terms: dict[str, Node]  # in order, the last one the update
    remembered: tuple[str, ...]  # names of the state from before the step that the formulas need
    schedule: float  # a factor on the update

    @classmethod
    def read(cls, document: Row) -> Rule:
        """The rule of a walk."""
        changes = [p for p in document["positions"] if p["phase"] == "update"]
        given = document["update"]
        state = remembered(changes[0]) if changes else {}
        optimizer = OPTIMIZERS[given["optimizer"]](**given["settings"])
        arrays = {key: np.asarray(value) for key, value in state.items()}
        texts = optimizer.formulas(given["t"], arrays)
        terms = _needed({name: formula(text) for name, text in texts.items()})
        names = {
            part.name for node in terms.values() for part in parts(node) if isinstance(part, Name)
        }
        factors = [t["value"] for p in changes[:1] for t in p["terms"] if t["name"] == "schedule"]
        return cls(
            given["optimizer"],
            given["t"],
            {key: value for key, value in given["settings"].items() if key in names},
            terms,
            tuple(key for key in state if f"{key}_old" in names),
            factors[0] if factors else 1.0,
        )

    @property
    def rate(self) -> float | None:
        """Of plain gradient descent, which needs no function; None for every other rule."""
        plain = list(self.terms) == ["update"] and self.name == "sgd"
        return self.settings["learning_rate"] * self.schedule if plain else None

    def assign(self, new: str, weight: str, grad: str, states: dict[str, str]) -> list[str]:
        """The lines that compute the new value of a parameter from what these names stand for."""
        if self.rate is not None:
            return [f"{new} = {weight} - {self.rate!r} * {grad}"]
        arguments = [weight, grad, *(f"{key}_old={states[key]}" for key in self.remembered)]
        line = f"{new} = {self.name}({', '.join(arguments)})"
        if len(line) <= ROOM:
            return [line]
        return [f"{new} = {self.name}(", *(f"    {each}," for each in arguments), ")"]

    def function(self, dialect: Dialect) -> list[str]:
        """The lines that define it; none where the update is one line itself."""
        if self.rate is not None:
            return []
        uses_t = any(part == Name("t") for node in self.terms.values() for part in parts(node))
        old = [f"{key}_old" for key in self.remembered]
        factor = "" if self.schedule == 1.0 else f"{self.schedule!r} * "
        return [
            f"def {self.name}({', '.join(['w', 'g', *old])}):",
            *([f"    t = {self.t}  # the number of this step"] if uses_t else []),
            *[f"    {key} = {value!r}" for key, value in self.settings.items()],
            *[f"    {name} = {python(node, dialect)}" for name, node in self.terms.items()],
            f"    return w + {factor}update" + ("  # the schedule's factor" if factor else ""),
        ]


def remembered(change: Row) -> dict[str, float]:
    """What the optimizer kept of a parameter until its update."""
    return {
        term["name"].removesuffix("_old"): term["value"]
        for term in change["terms"]
        if term["name"].endswith("_old")
    }


@dataclass(frozen=True)
class Clip:
    """What is done to the gradients before the rule sees them."""

    name: str  # none, value or norm
    limit: float

    @classmethod
    def read(cls, document: Row) -> Clip:
        """The clipping of a walk."""
        rules = document.get("spec") or document["source"]
        given = rules.get("clipping", {"name": "none", "limit": 1.0})
        return cls(given["name"], given["limit"])


def _needed(terms: dict[str, Node]) -> dict[str, Node]:
    """The terms that the update is computed from, directly or by way of others."""
    wanted, kept = {"update"}, {}
    for name, node in reversed(terms.items()):
        if name in wanted:
            kept[name] = node
            wanted |= {part.name for part in parts(node) if isinstance(part, Name)}
    return dict(reversed(kept.items()))
