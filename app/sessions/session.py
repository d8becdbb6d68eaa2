"""One learner's net and all that can be asked of it. Sans-IO: `handle` takes a command and returns
the letters to be delivered, `advance` trains; when and where that happens is the runner's
business."""

import math
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar, cast

from app import messages as wire
from app.errors import Diverged, Interrupted
from app.sessions.history import Fading, Thinned
from app.sessions.jobs import DataChanged, Jobs, Letter
from app.sessions.pictures import Grids
from engine.spec import Spec
from engine.training import Snapshot, Trainer

LossPoint = tuple[int, float, float]  # step, train loss, test loss
T = TypeVar("T")

# A loss point costs as much as five steps, so a long run takes fewer: the interval doubles whenever
# there are more than a curve on a screen can show.
_POINTS = 128

# Commands that change nothing a frame shows: they may be handled while one is being made.
UNSEEN_COMMANDS = (wire.Play, wire.Pause, wire.Step)


class Keyframe(NamedTuple):
    """A state to go back to, and the train loss there."""

    train_loss: float
    snapshot: Snapshot


class TrainingSession:
    """A trainer, whether it plays, and how it came here.

    ``version`` grows with whatever a frame could show; ``revision`` with the spec; ``branch`` with
    every return to an earlier step, which makes loss points already sent void.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.state: wire.State = "paused"
        self.speed: float | None = 1500.0
        self.version = self.revision = self.branch = 0
        self._frames = 0
        self._jobs = Jobs()
        self._memo: dict[Hashable, Any] = {}
        self._memo_version = 0
        self._start(trainer)

    def _start(self, trainer: Trainer) -> None:
        """Begin the record of a trainer at step 0."""
        self.trainer = trainer
        self.grids = Grids(trainer.dataset)
        rows, batch = len(trainer.dataset.y_train), trainer.spec.batch_size
        interval = max(1, math.ceil(rows / batch) // 5)
        self.losses: Thinned[LossPoint] = Thinned(interval, _POINTS)
        self.keyframes: Fading[Keyframe] = Fading()
        self.changes: list[tuple[int, Spec]] = []  # settings from a step on, in their order
        self._record()

    # --- what it is ---

    @property
    def spec(self) -> Spec:
        return self.trainer.spec

    @property
    def step(self) -> int:
        return self.trainer.step_count

    @property
    def stepping(self) -> int:
        """How many steps are still owed to Step commands."""
        return self._jobs.owed

    @property
    def training(self) -> bool:
        return self.state == "playing" or self.stepping > 0

    def metrics(self) -> dict[str, float]:
        """Losses and accuracies at this step."""
        return self.at_this_version("metrics", self.trainer.evaluate)

    def at_this_version(self, key: Hashable, make: Callable[[], T]) -> T:
        """``make()``, done once however many viewers look at the same moment."""
        if self._memo_version != self.version:
            self._memo.clear()
            self._memo_version = self.version
        if key not in self._memo:
            self._memo[key] = make()
        return cast(T, self._memo[key])

    def next_frame_number(self) -> int:
        """1, 2, 3 ...: one count for all viewers, so that frames can be shared."""
        self._frames += 1
        return self._frames

    def rewind_to(self) -> int:
        """The step a rewind leads to, before a run went wrong: the latest keyframe whose loss is at
        most twice the smallest there was."""
        losses = {step: kept.train_loss for step, kept in self.keyframes.rows()}
        most = 2 * min(filter(math.isfinite, losses.values()), default=0.0)
        return max(step for step, loss in losses.items() if step == 0 or loss <= most)

    def status(self) -> wire.Status:
        overflow, diverged = self.trainer.overflow, self.state == "diverged"
        return wire.Status(
            state=self.state,
            speed=self.speed,
            step=self.step,
            overflow=None
            if overflow is None
            else wire.FirstOverflow(
                step=overflow.step,
                kind=overflow.kind,
                name=overflow.name,
                layer=overflow.layer,
                op=overflow.op,
            ),
            rewind_to=self.rewind_to() if diverged else None,
        )

    def spec_message(self, *, reset: bool = False) -> wire.SpecChanged:
        return wire.SpecChanged(
            revision=self.revision, spec=self.spec.to_json(), reset=reset, step=self.step
        )

    # --- commands ---

    def trainer_needed(self, command: wire.Command) -> Spec | None:
        """The spec whose Trainer must be built before ``command`` is handled; None for most.

        Building loads data and draws weights; the runner does it where it holds nobody up.

        Raises:
            SpecError: the changes of a Set do not make a spec.
        """
        if isinstance(command, wire.Reset):
            return self.spec
        if isinstance(command, wire.Set):
            spec = self.spec.merged(command.changes)
            return None if spec.live_change_from(self.spec) else spec
        return None

    def handle(
        self, command: wire.Command, sender: Hashable, trainer: Trainer | None = None
    ) -> list[Letter]:
        """Carry out a command; ``trainer`` is the one `trainer_needed` asked for.

        Returns the answer (none yet for a Step, which is answered by `advance`) and what every
        viewer is told.

        Raises:
            Refusal, SpecError: it cannot be carried out, and nothing has changed.
        """
        ack = not isinstance(command, wire.Step)
        match command:
            case wire.Play():
                letters = self._play(command)
            case wire.Pause():
                letters = self._stand_still("a pause")
            case wire.Step():
                letters = self._step(command, sender)
            case wire.Reset():
                assert trainer is not None
                letters = self._replace(trainer, "a reset", "paused")
            case wire.Set():
                letters = self._set(command, trainer)
            case wire.Rewind():
                letters = self._rewind()
            case _:
                raise TypeError(f"{type(command).__name__} is for the connection, not the session")
        if ack:
            letters.insert(0, Letter(sender, wire.Ack(id=command.id, step=self.step)))
        return letters

    def leave(self, sender: Hashable) -> None:
        """A viewer is gone; nobody waits for its steps."""
        self._jobs.leave(sender)

    def _play(self, command: wire.Play) -> list[Letter]:
        self._refuse_if_diverged()
        if "speed" in command.model_fields_set:
            self.speed = command.speed
        self.state = "playing"
        return [Letter(None, self.status())]

    def _step(self, command: wire.Step, sender: Hashable) -> list[Letter]:
        self._refuse_if_diverged()
        self._jobs.add(command, sender)
        was_playing, self.state = self.state == "playing", "paused"
        return [Letter(None, self.status())] if was_playing else []

    def halt(self) -> list[Letter]:
        """Stop training because something went wrong that is not the learner's doing."""
        return self._stand_still("an error of the server")

    def _stand_still(self, reason: str) -> list[Letter]:
        letters = self._interrupt(reason)
        if self.state == "playing":
            self.state = "paused"
            letters.append(Letter(None, self.status()))
        return letters

    def _set(self, command: wire.Set, trainer: Trainer | None) -> list[Letter]:
        if trainer is not None:
            state: wire.State = "playing" if self.state == "playing" else "paused"
            return self._replace(trainer, "a change that starts again", state)
        self._apply(self.spec.merged(command.changes))
        self.version += 1
        self.revision += 1
        return [Letter(None, self.spec_message()), Letter(None, self.status())]

    def _apply(self, spec: Spec) -> None:
        """Go on with these settings, and remember since when."""
        before = self.changes[-1] if self.changes else None
        # Of a slider's many values at one step the last will do; another optimizer forgets.
        if before and before[0] == self.step and before[1].optimizer.name == spec.optimizer.name:
            self.changes.pop()
        self.trainer.apply(spec)
        self.changes.append((self.step, spec))

    def _replace(self, trainer: Trainer, reason: str, state: wire.State) -> list[Letter]:
        letters = self._interrupt(reason)
        before, after = self.spec, trainer.spec
        self.state = state
        self._moved()
        self.revision += 1
        self._start(trainer)
        letters.append(Letter(None, self.spec_message(reset=True)))
        if (before.data, before.seed, before.dtype) != (after.data, after.seed, after.dtype):
            letters.append(Letter(None, DataChanged()))
        letters.append(Letter(None, self.status()))
        return letters

    def _rewind(self) -> list[Letter]:
        letters = self._interrupt("a rewind")
        step, settings = self.rewind_to(), self.spec
        self.losses.drop_after(step)
        self.keyframes.drop_after(step)
        _, keyframe = self.keyframes.rows()[-1]
        self.trainer.restore(keyframe.snapshot)
        self.changes = [change for change in self.changes if change[0] < step]
        # Weights go back, settings stay: who rewinds a diverged net may just have mended them.
        self._apply(settings)
        self.state = "paused"
        self._moved()
        letters.append(Letter(None, self.status()))
        return letters

    def _moved(self) -> None:
        """The step is not one more than before: what was sent of later steps no longer holds."""
        self.version += 1
        self.branch += 1

    def _refuse_if_diverged(self) -> None:
        if self.state == "diverged":
            raise Diverged(self._overflow_sentence() + " Rewind or reset first.")

    def _overflow_sentence(self) -> str:
        overflow = self.trainer.overflow
        assert overflow is not None
        return f"The {overflow.kind} {overflow.name} overflowed at step {overflow.step}."

    def _interrupt(self, reason: str) -> list[Letter]:
        """Answer the steps still owed: they will not be done."""
        return self._jobs.refuse(Interrupted, f"{reason.capitalize()} came first.")

    # --- training ---

    def advance(self, steps: int, wanted: Callable[[], bool] | None = None) -> list[Letter]:
        """Train up to ``steps`` minibatches: first those asked for by Step, else playing.

        Stops early when it is to stand still, when a number overflows, and after a step when
        somebody else is ``wanted`` in; None where nobody could be, which saves asking.
        """
        letters: list[Letter] = []
        end = self.step + steps
        while self.step < end and self.training and not (wanted and wanted()):
            before = self.step
            to_point = self.losses.interval - before % self.losses.interval
            self.trainer.run(1 if wanted else min(end - before, to_point, self._jobs.next or steps))
            done = self.step - before
            self.version += 1
            if self.trainer.overflow is not None:
                self._jobs.count(done, self.step)
                return letters + self._diverge()
            if self.losses.due(self.step):
                self._record()
            letters += self._jobs.count(done, self.step)
        return letters

    def _diverge(self) -> list[Letter]:
        self.state = "diverged"
        letters = self._jobs.refuse(Diverged, self._overflow_sentence())
        return [*letters, Letter(None, self.status())]

    def _record(self) -> None:
        """Take the loss point of this step, and a keyframe."""
        step, metrics = self.step, self.metrics()
        train_loss = float(metrics["train_loss"])
        self.losses.add(step, (step, train_loss, float(metrics["test_loss"])))
        self.keyframes.add(step, Keyframe(train_loss, self.trainer.snapshot()))
