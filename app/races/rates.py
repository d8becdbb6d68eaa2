"""Whether a race was fair: what each lane would have come to with other learning rates."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.races.descents import Asked
from app.races.numbers import finite
from engine.convergence import final_values
from engine.fields import Number, SpecError, kinds, mapping
from engine.optimizers import Optimizer

MOST_RATES, MOST_SEEDS, MOST_WORK = 60, 9, 600_000
_SEEDS = Number(1, MOST_SEEDS, False, False, "integer")


@dataclass(frozen=True)
class Rates:
    """A race, the rates that every lane is tried with, and how many seeds of noise."""

    asked: Asked
    rates: tuple[float, ...]
    seeds: int

    @classmethod
    def parse(cls, given: Any) -> "Rates":
        """Raises SpecError."""
        given = mapping(given, "")
        asked = Asked.parse({k: v for k, v in given.items() if k not in ("rates", "seeds")})
        usual = np.logspace(-4, 0, 25).tolist()
        rates = given.get("rates", usual)
        if not isinstance(rates, list | tuple) or not 1 <= len(rates) <= MOST_RATES:
            allowed = {"type": "array", "minimum": 1, "maximum": MOST_RATES}
            raise SpecError("rates", rates, allowed, f"must be a list of 1 to {MOST_RATES} rates")
        rate = kinds(Optimizer)["learning_rate"]
        checked = tuple(rate.check(each, f"rates[{i}]") for i, each in enumerate(rates))
        seeds = _SEEDS.check(given.get("seeds", 3), "seeds")
        seeds = seeds if asked.descent.surface.noise else 1
        lanes = len(asked.descent.lanes)
        most = MOST_WORK // (lanes * len(rates) * seeds)
        if asked.steps > most:
            allowed = {"type": "integer", "minimum": 1, "maximum": most}
            reason = f"must be at most {most} for so many lanes, rates and seeds"
            raise SpecError("steps", asked.steps, allowed, reason)
        return cls(asked, checked, seeds)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Lane by lane: the final values, null where it left for good."""
        descent = self.asked.descent
        seeds = [descent.seed + i for i in range(self.seeds)]
        for i, lane in enumerate(descent.lanes):
            found = final_values(
                descent.surface, descent.start, lane, self.rates, self.asked.steps, seeds
            )
            yield {
                "lane": i,
                "lanes": len(descent.lanes),
                "rates": list(self.rates),
                "median": finite(np.median(found, axis=0)),
                "low": finite(found.min(axis=0)),
                "high": finite(found.max(axis=0)),
            }
