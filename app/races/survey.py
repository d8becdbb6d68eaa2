"""The loss around a race of nets, worked out in a process of its own, which is asked on its
standard input and tells line by line: `python -m app.races.survey around` or `curvature`."""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from app.races.around import Around, Curved, Race
from app.races.nets import lane_json
from app.races.numbers import finite
from engine.clipping import NoClipping
from engine.curvature import SlopeOf, largest_curvature, stability_limit
from engine.landscape import LossAround, Losses, Weights, filter_normalized, line, plane
from engine.network import Network
from engine.ops import Array
from engine.spec import Spec
from engine.subspace import Subspace, places_through_nought, principal_space
from engine.training import Trainer
from engine.trajectory import Trajectory, best, joined, parted, spread_out

Line = dict[str, Any]

_CHUNK = 16  # losses told of together along a line; of a plane it is a row
_TOLD, _MOST_TOLD = 0.02, 500  # of the training of a lane, between two lines of progress; steps
_MARGIN, _FLATTEST = 0.2, 0.05  # shares of the ways' width, of the wider direction's


# --- the loss around it ---


@np.errstate(all="ignore")
def around(asked: Around) -> Iterator[Line]:
    """What was asked for; how far the training is; the ways of all lanes; the losses; `done`."""
    yield {"kind": "begin", "asked": asked.to_json()}
    race = asked.race
    every = asked.every(_weights(race))
    ways: list[Trajectory] = []
    for lane, spec in enumerate(race.lanes):
        ways.append(Trajectory(spec, race.steps, every))
        yield from _training(ways[-1], lane, race)
    chosen = asked.centre if isinstance(asked.centre, int) else best(ways)
    arrived = [way.points[-1] for way in ways if way.diverged is None]
    is_mean = asked.centre == "mean" and arrived
    loss, step = _centred(ways[chosen], race.lanes[chosen])
    origin = np.mean(arrived, axis=0) if is_mean else joined(loss.centre)
    centre = parted(origin, loss.centre)
    space = _space(asked, ways, origin, centre)
    sides = asked.bounds or _sides(asked, ways, space)
    at = [places_through_nought(*side, asked.resolution) for side in sides]
    count = asked.resolution**asked.dimensions
    now = loss(centre)
    yield {
        "kind": "paths",
        "every": every,
        "weights": len(origin),
        "centre": {
            "lane": None if is_mean else chosen,
            "step": None if is_mean else step,
            **_losses([now], one=True),
        },
        "explained": None if space.explained is None else list(space.explained),
        "at": at,
        "count": count,
        "lanes": [_told(way, space) for way in ways],
    }
    first, *rest = (parted(direction, loss.centre) for direction in space.directions)
    losses = plane(loss, centre, first, rest[0], *at) if rest else line(loss, centre, first, at[0])
    done = 0
    while some := list(islice(losses, asked.resolution if rest else _CHUNK)):
        yield {"kind": "values", "from": done, **_losses(some)}
        done += len(some)
    yield {"kind": "done"}


def _training(way: Trajectory, lane: int, race: Race) -> Iterator[Line]:
    told = -1.0
    for step in way.go():
        if step - told >= min(_TOLD * race.steps, _MOST_TOLD):
            told = step
            yield _progress(lane, race, step)


def _progress(lane: int, race: Race, step: int) -> Line:
    lanes = len(race.lanes)
    return {"kind": "progress", "lane": lane, "lanes": lanes, "step": step, "steps": race.steps}


def _weights(race: Race) -> int:
    spec = race.nets.spec
    network = Network(spec.network, spec.data.inputs)
    return sum(tensor.data.size for tensor in network.parameters())


def _centred(way: Trajectory, spec: Spec) -> tuple[LossAround, int]:
    """Around the end of a lane. One that diverged ends where there is nothing to be seen: there it
    is the place where it was best."""
    if way.diverged is None:
        return LossAround(way.trainer), way.trainer.step_count
    found = [loss.train if np.isfinite(loss.train) else np.inf for loss in way.losses]
    step = way.steps[int(np.argmin(found))]
    trainer = Trainer(spec)
    trainer.run(step)
    return LossAround(trainer), step


def _space(asked: Around, ways: Sequence[Trajectory], origin: Array, centre: Weights) -> Subspace:
    if asked.directions == "random":
        rng = np.random.default_rng(asked.seed)
        found = [joined(filter_normalized(centre, rng)) for _ in range(asked.dimensions)]
        return Subspace(origin, np.stack(found))
    return principal_space(origin, _ways_on_the_map(ways), asked.dimensions, asked.seed)


def _ways_on_the_map(ways: Sequence[Trajectory]) -> Array:
    """The places of all lanes that do not diverge. Where all do, those before it shows: one that
    has gone a million times as far would be all that there is to see."""
    arrived = [way.points for way in ways if way.diverged is None]
    if arrived:
        return np.concatenate(arrived)
    return np.concatenate([way.points[: _shown(way.losses)] for way in ways])


def _shown(losses: Sequence[Losses]) -> int:
    """How many places there are before the loss has grown tenfold; the first is always shown."""
    grown = [not loss.train <= 10 * losses[0].train for loss in losses[1:]]
    return grown.index(True) + 1 if True in grown else len(losses)


def _sides(
    asked: Around, ways: Sequence[Trajectory], space: Subspace
) -> tuple[tuple[float, float], ...]:
    """Random directions are as long as the weights: one length each way. Others as far as paths go
    along them, and a margin."""
    if asked.directions == "random":
        return ((-1.0, 1.0),) * asked.dimensions
    feet = np.vstack([space.of(_ways_on_the_map(ways)), np.zeros(asked.dimensions)])
    low, high = feet.min(axis=0), feet.max(axis=0)
    widest = float((high - low).max()) or float(np.linalg.norm(space.origin)) or 1.0
    least = _FLATTEST * widest
    middle, width = (low + high) / 2, np.maximum(high - low, least) * (0.5 + _MARGIN)
    pairs = zip((middle - width).tolist(), (middle + width).tolist(), strict=True)
    return tuple(pairs)


def _told(way: Trajectory, space: Subspace) -> Line:
    points = way.points
    return {
        **lane_json(way.trainer.spec),
        "steps": way.steps,
        "diverged": way.diverged,
        **_losses(way.losses),
        "points": finite(space.of(points)),
        "away": finite(space.away(points)),
        "held": _number(space.held(points)),
    }


def _losses(some: Sequence[Losses], *, one: bool = False) -> Line:
    train, test = (finite(np.array(each)) for each in zip(*some, strict=True))
    return {"train": train[0], "test": test[0]} if one else {"train": train, "test": test}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# --- how sharply it bends ---


@np.errstate(all="ignore")
def curvature(asked: Curved) -> Iterator[Line]:
    """Lane by lane and step by step: the largest curvature there, and the largest that steps of
    this length would bear."""
    race, slope = asked.race, SlopeOf(asked.race.nets.spec)
    every = spread_out(race.steps, asked.places)
    yield {"kind": "begin", "asked": asked.to_json(), "steps": _stops(race.steps, every)}
    for lane, spec in enumerate(race.lanes):
        trainer, direction = Trainer(spec), None
        for step in _stops(race.steps, every):
            trainer.run(step - trainer.step_count)
            if trainer.step_count < step:
                break
            at = slope.stand(trainer)
            found = largest_curvature(slope, at, start=direction, seed=lane)
            direction = found.direction
            is_limited = isinstance(spec.clipping, NoClipping)
            limit = stability_limit(spec.optimizer, trainer.factor) if is_limited else None
            yield {
                "kind": "curvature",
                "lane": lane,
                "step": step,
                "largest": _number(found.largest),
                "residual": _number(found.residual),
                "rounds": found.rounds,
                "limit": limit,
            }
        yield {"kind": "lane", "lane": lane, "diverged": _diverged(trainer)}
    yield {"kind": "done"}


def _stops(steps: int, every: int) -> list[int]:
    return sorted({*range(0, steps + 1, every), steps})


def _diverged(trainer: Trainer) -> int | None:
    return None if trainer.overflow is None else trainer.step_count


def main() -> None:
    """Tell what was asked for, line by line, as soon as it is known."""
    given = json.loads(sys.stdin.buffer.read())
    what = {"around": lambda: around(Around.parse(given))}
    what["curvature"] = lambda: curvature(Curved.parse(given))
    for told in what[sys.argv[1]]():
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
