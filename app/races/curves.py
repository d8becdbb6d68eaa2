"""The curves of a race of nets for files and notebooks, and when each lane came to a loss."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from app.races.net_lane import NetLane
from app.races.net_race import NetRace
from app.sessions.runs import LossPoint

PARTS = ("train", "test", "validation")


def curves(race: NetRace, target: float | None = None, of: str = "test") -> dict[str, Any]:
    """Every lane's losses at steps evenly apart, and exactly at its first step, where it is, and
    where it ended. ``reached`` is the first of them with a loss of ``target`` or less."""
    return {
        "interval": race.points.interval,
        "step": race.step,
        "head": race.head,
        "steps_per_epoch": race.steps_per_epoch,
        "target": target,
        "of": of,
        "lanes": [
            _curve(race, i, lane, target, PARTS.index(of)) for i, lane in enumerate(race.lanes)
        ],
    }


def points_of(race: NetRace, index: int) -> list[LossPoint]:
    """A lane's curve, with the place where it is."""
    found = {point[0]: point for point in race.curve(index)}
    here = race.lanes[index].point()
    return [point for _, point in sorted({**found, here[0]: here}.items())]


def _curve(
    race: NetRace, index: int, lane: NetLane, target: float | None, of: int
) -> dict[str, Any]:
    points = points_of(race, index)
    reached = None
    if target is not None:
        reached = next((point for point in points if point[1 + of] <= target), None)
    parts = {name: [point[1 + i] for point in points] for i, name in enumerate(PARTS)}
    return {
        "steps": [point[0] for point in points],
        "epochs": [race.epochs(point[0]) for point in points],
        **parts,
        "validation": parts["validation"] if race.trainer.validates else None,
        "diverged": lane.end,
        "reached": None
        if reached is None
        else {"step": reached[0], "epoch": race.epochs(reached[0]), "loss": reached[1 + of]},
    }


def table(race: NetRace) -> Iterator[str]:
    """The curves as lines of CSV; numbers as exact as they are, what is not finite is empty."""
    parts = PARTS if race.trainer.validates else PARTS[:2]
    yield _line(["lane", "name", "step", "epoch", *(f"{part}_loss" for part in parts)])
    for i, spec in enumerate(race.nets.lanes):
        for step, *losses in points_of(race, i):
            shown = [_number(loss) for loss in losses[: len(parts)]]
            yield _line([i + 1, spec.optimizer.name, step, repr(race.epochs(step)), *shown])


def _number(value: float) -> str:
    return repr(value) if abs(value) < float("inf") else ""


def _line(cells: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
