"""Nets that train side by side: the same data, first weights and order of samples, a lane each.
Sans-IO, as a session: `handle` takes a command, `advance` trains, `app.runner` says when.

All lanes are at the same step whenever somebody may look, but for those that have diverged: they
stay where they were, and the others go on.
"""

import math
from collections.abc import Callable, Hashable
from typing import NamedTuple

from app import messages as wire
from app.errors import Diverged, Internal, Interrupted, Invalid
from app.races.net_lane import Clock, Dealt, Kept, NetLane
from app.races.nets import Nets, lane_json
from app.sessions.history import Thinned
from app.sessions.jobs import Jobs, Letter
from app.sessions.pictures import Grids
from app.sessions.runs import LossPoint, size_of
from app.sessions.watching import Watched
from engine.training import Trainer

MOST_AHEAD = 10_000_000  # steps that a race may be sent on: it can be as old as that
_ALL_DIVERGED = "Every lane has diverged."
_POINTS = 256  # of a curve; with more of them every second one goes
_MANY_ROWS = 500  # of which a loss takes as long as an epoch: then there is one for each
_KEYFRAMES, _KEYFRAME_INTERVAL, _KEYFRAME_BYTES = 200, 256, 16e6


class Goal(NamedTuple):
    """A step to go to, and who is waiting for it."""

    sender: Hashable
    command: wire.RaceSeek


class NetRace(Watched):
    """All lanes of a race, how far they are, and what is remembered of the way."""

    revision = 0  # of the data: they never change

    def __init__(self, nets: Nets, clock: Clock) -> None:
        """``clock`` measures the seconds that steps take."""
        super().__init__()
        self.nets, self._clock = nets, clock
        self.lanes = [NetLane(spec) for spec in nets.lanes]
        self.grids = Grids(self.trainer.dataset)
        self.speed: float | None = 1500.0
        self.step = self.head = self._turn = 0
        self.same_start = len({lane.start for lane in self.lanes}) == 1
        self.same_batches = len({lane.dealt for lane in self.lanes}) == 1
        self._playing = False
        self._goal: Goal | None = None
        self._jobs = Jobs()
        rows = len(self.trainer.dataset.y_train)
        self.steps_per_epoch = math.ceil(rows / nets.spec.batch_in(rows))
        apart = self.steps_per_epoch if rows > _MANY_ROWS else max(1, self.steps_per_epoch // 5)
        self.points: Thinned[tuple[LossPoint | None, ...]] = Thinned(apart, _POINTS)
        bytes_each = size_of(self.trainer.snapshot()) * len(self.lanes)
        most = max(8, min(_KEYFRAMES, int(_KEYFRAME_BYTES / bytes_each)))
        self.keyframes: Thinned[tuple[Kept, ...]] = Thinned(_KEYFRAME_INTERVAL, most)
        # seconds that the losses of all lanes took: the last ones; those of the latest advance
        self.measuring = self.measured = 0.0
        self._record()

    # --- what it is ---

    @property
    def trainer(self) -> Trainer:
        """That of the first lane: data are the same for all."""
        return self.lanes[0].trainer

    @property
    def epoch(self) -> float:
        """Of the lanes that have come furthest."""
        return self.epochs(self.step)

    def epochs(self, step: int) -> float:
        """How often the training rows have been seen after so many steps."""
        whole, part = divmod(step, self.steps_per_epoch)
        rows = len(self.trainer.dataset.y_train)
        return whole + part * self.nets.spec.batch_in(rows) / rows

    @property
    def ended(self) -> bool:
        return all(lane.ended for lane in self.lanes)

    @property
    def state(self) -> wire.RaceState:
        if self._goal is not None:
            return "seeking"
        return "ended" if self.ended else "playing" if self._playing else "paused"

    @property
    def stepping(self) -> int:
        """Steps that are to be made as soon as possible."""
        return self._jobs.owed + (self._goal.command.step - self.step if self._goal else 0)

    @property
    def training(self) -> bool:
        return self._playing or self.stepping > 0

    def made(self, race_id: str) -> wire.RaceMade:
        return wire.RaceMade(
            id=race_id,
            spec=self.nets.spec.to_json(),
            lanes=[lane_json(lane) for lane in self.nets.lanes],
            starts=[lane.start for lane in self.lanes],
            same_start=self.same_start,
        )

    def status(self) -> wire.RaceStatus:
        return wire.RaceStatus(
            state=self.state,
            speed=self.speed,
            step=self.step,
            head=self.head,
            diverged=[lane.end for lane in self.lanes],
        )

    def curve(self, lane: int, since: int = 0) -> list[LossPoint]:
        """What is remembered of a lane's losses, from a step on: at steps evenly apart, and at its
        end if it has one."""
        found = [point for points in self.points.after(since - 1) if (point := points[lane])]
        last = self.lanes[lane].last_point
        if last is not None and last[0] >= since and not (found and found[-1][0] == last[0]):
            found.append(last)
        return found

    # --- training ---

    def advance(self, steps: int, wanted: Callable[[], bool] | None = None) -> list[Letter]:
        """Up to ``steps`` steps of all lanes. Stops early when it is to stand still, when all have
        diverged, and after a step when somebody else is ``wanted`` in; None where nobody could be.
        """
        letters: list[Letter] = []
        end, self.measured = self.step + steps, 0.0
        while self.step < end and self.training and not (wanted and wanted()):
            letters += self._move(1 if wanted else self._stretch(end - self.step))
        return letters

    def _stretch(self, most: int) -> int:
        """How many steps until something is due."""
        records = (self.points, self.keyframes)
        ahead = [record.interval - self.step % record.interval for record in records]
        asked = [self._jobs.next] if self._jobs.next else []
        left = [self._goal.command.step - self.step] if self._goal else []
        return min([most, *ahead, *asked, *left])

    def _move(self, steps: int) -> list[Letter]:
        before, ends = self.step, [lane.end for lane in self.lanes]
        seen: Dealt = {}
        # Who begins finds cold caches: another one each time, so that times can be compared.
        self._turn = (self._turn + 1) % len(self.lanes)
        for lane in self.lanes[self._turn :] + self.lanes[: self._turn]:
            self.same_batches &= lane.run(steps, self._clock, seen)
        self.step = max(lane.step for lane in self.lanes)
        made = self.step - before
        is_known = self._goal is not None and self._goal.command.step <= self.head
        self.head = max(self.head, self.step)
        self._record()
        letters = self._jobs.count(made, self.step) if made else []
        is_news = ends != [lane.end for lane in self.lanes]
        if self._goal is not None and self._goal.command.step == self.step:
            letters.append(self._arrived())
            is_news = True
        if self.ended and self.training:
            letters += self._stop(Diverged, _ALL_DIVERGED)
            is_news = True
        if not (is_known and self._goal):  # on the way back to a step nobody needs to look
            self.version += 1
        return [*letters, Letter(None, self.status())] if is_news else letters

    def _record(self) -> None:
        """Take the losses of this step, and a keyframe, where they are due."""
        begun = self._clock()
        if is_due := self.points.due(self.step):
            here = (lane.step == self.step for lane in self.lanes)
            pairs = zip(self.lanes, here, strict=True)
            self.points.add(self.step, tuple(lane.point() if is_ else None for lane, is_ in pairs))
        if self.keyframes.due(self.step):
            self.keyframes.add(self.step, tuple(lane.keep() for lane in self.lanes))
        if is_due:
            self.measuring = self._clock() - begun
            self.measured += self.measuring

    def due_within(self, steps: int) -> bool:
        """Whether the losses of all lanes are to be measured on the way."""
        next_due = self.step + self.points.interval - self.step % self.points.interval
        return next_due <= self.step + steps and self.points.due(next_due)

    # --- commands ---

    def preparation(self, command: wire.Command) -> None:
        """Nothing takes long before a command is handled."""

    def handle(
        self, command: wire.Command, sender: Hashable, prepared: None = None
    ) -> list[Letter]:
        """Carry out a command; the answer, unless it comes when steps are done, and what every
        viewer is told.

        Raises:
            Refusal: it cannot be carried out, and nothing has changed.
        """
        match command:
            case wire.Play():
                self._refuse_if_ended()
                letters = self._interrupt("playing") if self._goal else []
                if "speed" in command.model_fields_set:
                    self.speed = command.speed
                self._playing = True
                self.version += 1
            case wire.Pause():
                letters = self.halt("a pause")[:-1]
            case wire.Step():
                self._refuse_if_ended()
                goal = self._interrupt("a step") if self._goal else []
                self._jobs.add(command, sender)
                self._playing = False
                return [*goal, Letter(None, self.status())]
            case wire.Reset():
                letters = self._travel(0, "a reset")
            case wire.RaceSeek():
                self.check(command.step)
                letters = self._travel(command.step, "a seek")
                if self.step < command.step:
                    self._goal = Goal(sender, command)
                    return [*letters, Letter(None, self.status())]
            case _:
                raise TypeError(f"{type(command).__name__} is for the connection, not the race")
        ack = Letter(sender, wire.Ack(id=command.id, step=self.step))
        return [ack, *letters, Letter(None, self.status())]

    def leave(self, sender: Hashable) -> None:
        """Nobody waits for what ``sender`` asked for."""
        self._jobs.leave(sender)
        if self._goal is not None and self._goal.sender == sender:
            self._goal = None
            self.version += 1

    def halt(self, reason: str = "an error of the server") -> list[Letter]:
        """Stand still."""
        self._playing = False
        self.version += 1  # a frame that was made before still says that it plays
        return [*self._interrupt(reason), Letter(None, self.status())]

    def _interrupt(self, reason: str) -> list[Letter]:
        return self._stop(Interrupted, f"{reason.capitalize()} came first.", playing=self._playing)

    def _stop(
        self, kind: type[Interrupted | Diverged], why: str, playing: bool = False
    ) -> list[Letter]:
        """Answer what was asked for and will not be done."""
        letters = self._jobs.refuse(kind, why)
        if self._goal is not None:
            sender, command = self._goal
            refusal = kind(f"Step {command.step} was not reached. {why}")
            letters.append(Letter(sender, wire.Error.of(refusal, command.id)))
            self._goal = None
            self.version += 1
        self._playing = playing
        return letters

    def _arrived(self) -> Letter:
        if self._goal is None:
            raise Internal
        sender, command = self._goal
        self._goal = None
        return Letter(sender, wire.Ack(id=command.id, step=self.step))

    def check(self, step: int, ahead: int = MOST_AHEAD) -> None:
        """Raises Invalid where no lane comes to a step, or it is too far away."""
        ends = [lane.end for lane in self.lanes if lane.end is not None]
        most = max(ends) if len(ends) == len(self.lanes) else self.head + ahead
        if step > most:
            raise Invalid(
                f"step must be at most {most}.",
                field="step",
                value=step,
                allowed={"type": "integer", "minimum": 0, "maximum": most},
            )

    def _travel(self, step: int, reason: str) -> list[Letter]:
        """To the nearest moment before a step that is remembered, or stay where that is nearer."""
        letters = self._interrupt(reason)
        self._playing = False
        start = self.keyframes.latest(step)
        at = max(kept.snapshot.step_count for kept in start)
        if step < self.step or at > self.step:
            for lane, kept in zip(self.lanes, start, strict=True):
                lane.go_back_to(kept)
            self.step = at
        if self.step == step:
            self.version += 1
        return letters

    def _refuse_if_ended(self) -> None:
        if self.ended:
            raise Diverged(f"{_ALL_DIVERGED} Seek or reset first.")
