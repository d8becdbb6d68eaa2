"""Frames of a race of nets, as safetensors: where every lane is, the points of its curve that are
new to the reader, and what its net answers over the plane."""

from typing import Any

import numpy as np

from app import messages as wire
from app.messages import RaceView
from app.races.net_lane import NetLane
from app.races.net_race import NetRace
from app.sessions import frames
from app.sessions.pictures import Arrays
from app.sessions.watching import Watching


class RaceViewer(Watching[RaceView, int]):
    """One connection's view of a race. It certainly has the points before the step it knows."""

    def __init__(self, race: NetRace) -> None:
        super().__init__(race, RaceView())
        self.race = race
        self._known = 0

    def change(self, command: RaceView) -> bool:
        self._look(command)
        return False

    def _arrived(self, mark: int) -> None:
        self._known = max(self._known, mark)

    def data(self) -> bytes:
        return frames.data(self.race, wire.View())

    def frame(self) -> bytes:
        resolution, since = self.view.output_resolution, self._known
        return self._share(
            ("frame", resolution, since),
            lambda number: frame(self.race, resolution, number, since),
            self.race.head,
        )


@np.errstate(all="ignore")  # near an overflow: what is not finite is shown as it is
def frame(race: NetRace, resolution: int, number: int, since: int) -> bytes:
    """This moment of all lanes, with the points of their curves from step ``since`` on."""
    metadata = {
        "kind": "frame",
        "frame": number,
        "step": race.step,
        "epoch": race.epoch,
        "head": race.head,
        "state": race.state,
        "same_batches": race.same_batches,
        "interval": race.points.interval,
        "steps_per_epoch": race.steps_per_epoch,
        "lanes": [lane_state(lane) for lane in race.lanes],
    }
    width = 3 + race.trainer.validates  # step, train, test, and validation where there is one
    arrays: Arrays = {}
    for i, lane in enumerate(race.lanes):
        points = np.array(race.curve(i, since), dtype=np.float64).reshape(-1, 4)
        arrays[f"loss.{i}"] = points[:, :width]
        picture = race.grids.of_output(lane.trainer.answering, lane.trainer.loss, resolution)
        if picture is not None:
            arrays[f"{'picture' if picture.ndim > 1 else 'curve'}.{i}"] = picture
    return frames.encode(metadata, arrays)


def lane_state(lane: NetLane) -> dict[str, Any]:
    """Where a lane is. What is not finite stays so: whoever writes it makes null of it."""
    return {
        "step": lane.step,
        "epoch": lane.trainer.epoch,
        "metrics": lane.metrics(),
        "diverged": lane.end if lane.ended else None,
        "microseconds": lane.microseconds,
        "batches": lane.dealt.hex(),
        "epochs": lane.epochs,
    }
