"""Whether a race of nets was fair: what each lane would have come to with other learning rates,
over several seeds, which are the same for all."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.races.nets import FIELDS, Nets
from app.races.numbers import SEED
from engine.fields import Number, SpecError, kinds, known, mapping
from engine.optimizers import Optimizer
from engine.spec import Spec
from engine.training import Snapshot, Trainer

MOST_RATES, MOST_SEEDS, MOST_STEPS, MOST_WORK = 40, 9, 100_000, 2_000_000
USUAL = [float(f"{rate:.3g}") for rate in np.logspace(-4, 0, 13)]
_PIECE = 25  # steps between two looks at the time
_SEEDS = Number(1, MOST_SEEDS, False, False, "integer")
_STEPS = Number(1, MOST_STEPS, False, False, "integer")
_COARSE = 4  # every so many rates come first

Losses = tuple[float, float]  # of the training and the test rows


@dataclass(frozen=True)
class NetRates:
    """A race, the rates that every lane is tried with, over how many seeds and for how long."""

    nets: Nets
    rates: tuple[float, ...]
    seeds: tuple[int, ...]
    steps: int

    @classmethod
    def parse(cls, given: Any) -> "NetRates":
        """Raises SpecError."""
        given = mapping(given, "")
        known(given, [*FIELDS, "rates", "seeds", "steps"], "")
        nets = Nets.parse(given)
        rates = given.get("rates", USUAL)
        if not isinstance(rates, list | tuple) or not 1 <= len(rates) <= MOST_RATES:
            allowed = {"type": "array", "minimum": 1, "maximum": MOST_RATES}
            raise SpecError("rates", rates, allowed, f"must be a list of 1 to {MOST_RATES} rates")
        rate = kinds(Optimizer)["learning_rate"]
        checked = tuple(rate.check(each, f"rates[{i}]") for i, each in enumerate(rates))
        seeds = _SEEDS.check(given.get("seeds", 3), "seeds")
        steps = _STEPS.check(given.get("steps", 500), "steps")
        most = MOST_WORK // (len(nets.lanes) * len(checked) * seeds)
        if steps > most:
            allowed = {"type": "integer", "minimum": 1, "maximum": most}
            reason = f"must be at most {most} for so many lanes, rates and seeds"
            raise SpecError("steps", steps, allowed, reason)
        first = nets.spec.seed
        most_seed = SEED.maximum or 0
        own = tuple(int((first + i) % (most_seed + 1)) for i in range(seeds))
        return cls(nets, checked, own, steps)

    @np.errstate(all="ignore")  # a rate may be far too large: that is what is to be seen
    def lines(self) -> Iterator[dict[str, Any]]:
        """How far it is, every so often; and each lane with each rate, as it is known. Few rates
        come first, those between them later."""
        starts = [_start(self.nets.spec, seed) for seed in self.seeds]
        cells = len(self.nets.lanes) * len(self.rates) * len(self.seeds)
        done = 0
        for index in _coarse_to_fine(len(self.rates)):
            for lane, spec in enumerate(self.nets.lanes):
                found: list[Losses] = []
                tried = replace(
                    spec, optimizer=replace(spec.optimizer, learning_rate=self.rates[index])
                )
                for trainer, snapshot in starts:
                    for made in _train(trainer, snapshot, tried, self.steps):
                        yield {"progress": (done + made / self.steps) / cells}
                    found.append(_final(trainer))
                    done += 1
                yield self._cell(lane, index, found, done / cells)

    def _cell(
        self, lane: int, index: int, found: Sequence[Losses], progress: float
    ) -> dict[str, Any]:
        train, test = (np.array(values) for values in zip(*found, strict=True))
        return {
            "progress": progress,
            "lane": lane,
            "rate": self.rates[index],
            "index": index,
            "train": _spread(train),
            "test": _spread(test),
            "diverged": int(np.isinf(train).sum()),
            "seeds": list(self.seeds),
        }


def _start(spec: Spec, seed: int) -> tuple[Trainer, Snapshot]:
    """The beginning that all lanes have in common for a seed."""
    trainer = Trainer(replace(spec, settings=replace(spec.settings, seed=seed)))
    return trainer, trainer.snapshot()


def _train(trainer: Trainer, start: Snapshot, tried: Spec, steps: int) -> Iterator[int]:
    """From the beginning, with another optimizer; how many steps have been made, now and then."""
    trainer.restore(start)
    trainer.apply(replace(tried, settings=start.spec.settings))
    while trainer.step_count < steps and trainer.overflow is None:
        trainer.run(min(_PIECE, steps - trainer.step_count))
        yield trainer.step_count


def _final(trainer: Trainer) -> Losses:
    """Infinite where a number overflowed."""
    if trainer.overflow is not None:
        return math.inf, math.inf
    found = trainer.evaluate()
    train, test = float(found["train_loss"]), float(found["test_loss"])
    finite = math.isfinite(train) and math.isfinite(test)
    return (train, test) if finite else (math.inf, math.inf)


def _spread(values: Any) -> dict[str, float | None]:
    middle = {"median": np.median(values), "low": values.min(), "high": values.max()}
    return {name: float(at) if math.isfinite(at) else None for name, at in middle.items()}


def _coarse_to_fine(count: int) -> list[int]:
    """Every fourth, then those in the middle between them, then the rest."""
    steps = (range(0, count, _COARSE), range(0, count, _COARSE // 2), range(count))
    return list(dict.fromkeys(index for some in steps for index in some))
