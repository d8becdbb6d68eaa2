"""A trainer on its timeline: it plays, stands still or has diverged, and records what it comes by.
What can be asked of it is in ``session``."""

from collections.abc import Callable, Hashable

from app import messages as wire
from app.errors import Diverged, Interrupted
from app.sessions.history import Thinned
from app.sessions.jobs import DataChanged, Jobs, Letter
from app.sessions.pictures import Grids
from app.sessions.runs import LossPoint, Place, Run, loss_point
from app.sessions.timeline import Timeline
from app.sessions.travel import Settings
from app.sessions.watching import Watched
from engine.spec import Spec
from engine.stretch import Made, Mark, Stretch
from engine.training import Snapshot, Trainer


def describe(run: Run) -> wire.RunBody:
    """A run as it is told of."""
    return wire.RunBody(
        id=run.id,
        name=run.name,
        parent=None if run.parent is None else run.parent.run,
        start=run.first_step,
        head=run.head,
        because=run.because,
    )


class Training(Watched):
    """A trainer, whether it plays, and how it came here.

    ``revision`` grows with the spec, ``version`` with whatever a frame could show.
    """

    def __init__(self, trainer: Trainer, timeline: Timeline | None = None) -> None:
        """A session at its beginning, or at the moment of a timeline where the trainer is."""
        super().__init__()
        self.state: wire.State = "paused"
        self.speed: float | None = 1500.0
        self.revision = 0
        self._jobs = Jobs()
        self.trainer, self.grids = trainer, Grids(trainer.dataset)
        self.timeline = timeline or Timeline()
        if timeline is None:
            self.timeline.begin(trainer)
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

    @property
    def run(self) -> Run:
        return self.timeline.run

    @property
    def losses(self) -> Thinned[LossPoint]:
        return self.run.losses

    def metrics(self) -> dict[str, float]:
        """Losses and accuracies at this step."""
        return self.at_this_version("metrics", self.trainer.evaluate)

    def status(self) -> wire.Status:
        overflow, diverged = self.trainer.overflow, self.state == "diverged"
        return wire.Status(
            state=self.state,
            speed=self.speed,
            step=self.step,
            run=self.run.id,
            head=self.run.head,
            undo=self.timeline.undo_kind,
            redo=self.timeline.redo_kind,
            overflow=None
            if overflow is None
            else wire.FirstOverflow(
                step=overflow.step,
                kind=overflow.kind,
                name=overflow.name,
                layer=overflow.layer,
                op=overflow.op,
            ),
            rewind_to=self.run.last_good_step() if diverged else None,
            stopped=self._stop() if self.state == "paused" else None,
        )

    def _stop(self) -> wire.Stop | None:
        stopped = self.trainer.stopped
        return None if stopped is None else wire.Stop(**stopped._asdict())

    def runs_message(self) -> wire.Runs:
        """Every run that is kept, and the one it is in."""
        return wire.Runs(
            current=self.run.id,
            runs=[describe(run) for run in self.timeline.runs.values()],
        )

    def spec_message(self, *, reset: bool = False) -> wire.SpecChanged:
        return wire.SpecChanged(
            revision=self.revision, spec=self.spec.to_json(), reset=reset, step=self.step
        )

    # --- training ---

    def advance(self, steps: int, wanted: Callable[[], bool] | None = None) -> list[Letter]:
        """Train up to ``steps`` minibatches: first those asked for by Step, else playing.

        Stops early when it is to stand still, when it plays and the settings say that it is to
        stop here, when a number overflows, and after a step when
        somebody else is ``wanted`` in; None where nobody could be, which saves asking.
        """
        letters: list[Letter] = []
        end = self.step + steps
        while self.step < end and self.training and not (wanted and wanted()):
            letters += self._follow()
            before = self.step
            most = min(end - before, self.run.until_due(before), self._jobs.next or steps)
            self.trainer.run(1 if wanted else most, stops=self._jobs.owed == 0)
            done = self.step - before
            self.version += 1
            self.run.head = max(self.run.head, self.step)
            if self.trainer.overflow is not None:
                self._jobs.count(done, self.step)
                return letters + self._diverge()
            self._record()
            if self.state == "playing" and self.trainer.stopped:
                self.state = "paused"
                letters.append(Letter(None, self.status()))
            letters += self._jobs.count(done, self.step)
        return letters

    @property
    def goes_straight_on(self) -> bool:
        """Whether it plays, and nothing that was asked for or done before comes in between."""
        changes = self.timeline.leaves or self.timeline.edits < len(self.run.edits)
        return self.state == "playing" and not self.stepping and not changes

    def stretch(self, steps: int, key: Hashable, *, known: bool) -> Stretch:
        """All but the last of so many minibatches, straight on, to be made in another process.
        ``known``: the last one made there ended a step before.

        The last step is `take`'s: what it computes on the way is then there to be looked at.
        """
        first, end = self.step + 1, self.step + steps - 1
        losses, keyframes = (record.due_between(first, end) for record in self.run.records)
        marks = [
            Mark(step, step in losses, step in keyframes) for step in sorted({*losses, *keyframes})
        ]
        start = None if known else self.trainer.snapshot()
        return Stretch(key, start, end, tuple(marks))

    def take(self, made: Made) -> list[Letter]:
        """Be where a stretch has come to, with what was recorded on the way, and go on by a step.

        What stops there, or overflows next, does so as if it had been trained here.
        """
        if made.stopped:
            return self.advance(
                made.state[0] - self.step
            )  # so the step it stops after is made here
        losses, keyframes = self.run.records
        for step, metrics, state in made.records:
            if metrics is not None and losses.due(step):
                losses.add(step, loss_point(step, metrics))
            if state is not None and keyframes.due(step):
                keyframes.add(step, Snapshot(self.spec, *state))
        self.trainer.restore(Snapshot(self.spec, *made.state))
        self.version += 1
        self.run.head = max(self.run.head, self.step)
        return self.advance(1)

    def catch_up(self, place: Place) -> None:
        """Go on to a later place of this run: what was done there once is done again."""
        while self.step < place.step and self.trainer.overflow is None:
            self._follow()
            before = self.step
            self.trainer.run(min(place.step - before, self.run.until_due(before)))
            self.version += 1  # what was measured before is measured anew
            self._record()
        while self.timeline.edits < place.edits:
            self.run.edits[self.timeline.edits][1].apply(self.trainer)
            self.timeline.edits += 1
        self.version += 1

    def play_on(self, state: wire.State, speed: float | None) -> None:
        """Be what it was when it was kept. A number that overflowed does so again."""
        self.state, self.speed = state, speed
        if state == "diverged":
            self.trainer.run(1)
            self.state = "paused" if self.trainer.overflow is None else state

    def _follow(self) -> list[Letter]:
        """Change again what was changed here when the run came by before; or leave the run, if that
        was undone."""
        letters: list[Letter] = []
        if self.timeline.leaves and self.timeline.make_way(self.step):
            letters += [Letter(None, self.runs_message()), Letter(None, self.status())]
        while (edit := self.timeline.next_edit(self.step)) is not None:
            data = self.spec.data
            edit.apply(self.trainer)
            self.timeline.edits += 1
            self.revision += isinstance(edit, Settings)
            letters += [Letter(None, self.spec_message())] if isinstance(edit, Settings) else []
            letters += self.data_letters(self.spec.data != data)
        return letters

    def data_letters(self, other: bool) -> list[Letter]:
        """What every viewer is told if the data are others than before."""
        if not other:
            return []
        self.grids = Grids(self.trainer.dataset)
        return [Letter(None, DataChanged())]

    def _diverge(self) -> list[Letter]:
        self.state = "diverged"
        letters = self._jobs.refuse(Diverged, self._overflow_sentence())
        return [*letters, Letter(None, self.status())]

    def _record(self) -> None:
        """Take the loss point of this step and a keyframe, where they are due."""
        step, (losses, keyframes) = self.step, self.run.records
        if losses.due(step):
            losses.add(step, loss_point(step, self.metrics()))
        if keyframes.due(step):
            keyframes.add(step, self.trainer.snapshot())

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
