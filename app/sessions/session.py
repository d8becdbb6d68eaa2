"""One learner's net and all that can be asked of it. Sans-IO: `handle` takes a command and returns
the letters to be delivered, `advance` trains; when and where that happens is the runner's
business."""

from collections.abc import Callable, Hashable

from app import messages as wire
from app.sessions.changes import RESET, REWIND, WEIGHTS, kind_of, kind_of_set
from app.sessions.jobs import Letter
from app.sessions.runs import Place, Run
from app.sessions.training import Training
from app.sessions.travel import AllWeights, Edit, Settings, WeightEdit, trainer_at
from engine.spec import Spec
from engine.training import Trainer


class TrainingSession(Training):
    """Training that takes commands."""

    def preparation(self, command: wire.Command) -> Callable[[], Trainer] | None:
        """What makes the trainer that is needed before ``command`` is handled; None for most.

        That may take long - data are built, weights drawn, steps made again - so the runner does it
        where it holds nobody up.

        Raises:
            Invalid, SpecError: the command asks for what there is not.
        """
        match command:
            case wire.Reset():
                return self._maker(self.spec)
            case wire.Set():
                spec = self.spec.merged(command.changes)
                return None if self._goes_on_with(spec) else self._maker(spec)
        place = self._place_of(command)
        if place is None:
            return None
        way = self.timeline.runs[place.run].way_to(place)
        return lambda: trainer_at(way)

    def _goes_on_with(self, spec: Spec) -> bool:
        """Whether the net stays. With other data at the beginning it may as well begin with them:
        then the run can be written as a program."""
        return spec.live_change_from(self.spec) and (spec.data == self.spec.data or self.step > 0)

    @staticmethod
    def _maker(spec: Spec) -> Callable[[], Trainer]:
        return lambda: Trainer(spec)

    def _place_of(self, command: wire.Command) -> Place | None:
        """Where a command leads, if it leads elsewhere. Raises Invalid."""
        match command:
            case wire.Seek():
                return self.timeline.find(command.step, command.run)
            case wire.Rewind():
                return self.timeline.find(self.run.last_good_step(), None)
            case wire.Undo():
                return self.timeline.undo_place()
            case wire.Redo():
                return self.timeline.redo_place()
        return None

    def handle(
        self, command: wire.Command, sender: Hashable, trainer: Trainer | None = None
    ) -> list[Letter]:
        """Carry out a command; ``trainer`` is what `preparation` made.

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
                letters = self._replace(trainer, "a reset", RESET, "paused")
            case wire.Set():
                letters = self._set(command, trainer)
            case wire.Edit():
                letters = self._edit(command)
            case wire.Seek() | wire.Rewind() | wire.Undo() | wire.Redo():
                assert trainer is not None
                letters = self._travel(command, trainer)
            case wire.NameRun():
                letters = self._name(command)
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
        spec = self.spec.merged(command.changes)
        kind = kind_of_set(command.changes, self.spec, spec)
        if trainer is not None:
            state: wire.State = "playing" if self.state == "playing" else "paused"
            return self._replace(trainer, "a change that starts again", kind, state)
        other = spec.data != self.spec.data
        # each stroke of a brush is a change of its own
        letters = self._change(Settings(spec), kind, f"data {self.revision}" if other else None)
        letters.append(Letter(None, self.spec_message()))
        return [*letters, *self.data_letters(other), Letter(None, self.status())]

    def _edit(self, command: wire.Edit) -> list[Letter]:
        edit = WeightEdit(command.parameter, tuple(command.index), command.value)
        letters = self._change(edit, kind_of(edit), command.gesture)
        return [*letters, Letter(None, self.status())]

    def load_weights(self, weights: AllWeights) -> list[Letter]:
        """Other values for all parameters; what every viewer is told. They must fit this net.

        Raises:
            Diverged: it must go back first.
        """
        self._refuse_if_diverged()
        return [*self._change(weights, WEIGHTS), Letter(None, self.status())]

    def _change(self, edit: Edit, kind: str, gesture: str | None = None) -> list[Letter]:
        """Change something here and now; where the run has gone on already, on a run of its own.

        Raises:
            SpecError: it cannot be made, and nothing has changed.
        """
        before = self.timeline.place(self.step)
        edit.apply(self.trainer)
        forked = self.timeline.make_way(self.step)
        if forked:
            self.run.because = kind
        self.timeline.remember(before, kind, gesture)
        self.timeline.add(self.step, edit)
        self.version += 1
        self.revision += isinstance(edit, Settings)
        return [Letter(None, self.runs_message())] if forked else []

    def _replace(self, trainer: Trainer, reason: str, kind: str, state: wire.State) -> list[Letter]:
        """Another net or other data, from the beginning: a run of its own."""
        letters = self._interrupt(reason)
        self.timeline.remember(self.timeline.place(self.step), kind)
        self.timeline.begin(trainer)
        self.run.because = kind
        before, self.trainer, self.state = self.spec, trainer, state
        return letters + self._tell(before, self.revision, reset=True)

    def _travel(self, command: wire.Command, trainer: Trainer) -> list[Letter]:
        """To another place, and stand still there."""
        letters = self._interrupt(f"a {command.type}")  # type: ignore[attr-defined]
        place, before, revision = self._place_of(command), self.spec, self.revision
        assert place is not None
        left = self.timeline.place(self.step)
        self.timeline.go(place)
        self.trainer, self.state = trainer, "paused"
        if isinstance(command, wire.Undo):
            self.timeline.undone(left)
        elif isinstance(command, wire.Redo):
            self.timeline.redone()
        elif isinstance(command, wire.Rewind) and before != self.spec:
            # Weights go back, settings stay: who rewinds a diverged net may just have mended them.
            self._change(Settings(before), REWIND)
        return letters + self._tell(before, revision, reset=not self.spec.live_change_from(before))

    def _tell(self, before: Spec, revision: int, *, reset: bool) -> list[Letter]:
        """Everyone of the place it is at now, and of its settings and data if they are others
        than those told last, which were ``before`` and had that revision."""
        after = self.spec
        self.version += 1
        letters: list[Letter] = []
        self.revision += reset or after != before
        if self.revision != revision:
            letters.append(Letter(None, self.spec_message(reset=reset)))
        other = (before.data, before.seed, before.dtype) != (after.data, after.seed, after.dtype)
        letters += self.data_letters(other)
        self._record()
        return [*letters, Letter(None, self.runs_message()), Letter(None, self.status())]

    def _name(self, command: wire.NameRun) -> list[Letter]:
        self.timeline.find_run(command.run).name = command.name.strip()
        return [Letter(None, self.runs_message())]

    def take_in(self, run: Run, trainer: Trainer, edits: int) -> list[Letter]:
        """Another run beside those that are here, at the moment of it where the trainer is, after
        so many of its edits; what every viewer is told."""
        letters = self._interrupt("another run")
        before, revision = self.spec, self.revision
        self.timeline.adopt(run, trainer.step_count, edits)
        self.trainer, self.state = trainer, "paused"
        return letters + self._tell(before, revision, reset=not self.spec.live_change_from(before))

    def drop_run(self, run_id: int) -> list[Letter]:
        """Forget a run for good; what every viewer is told. Raises Invalid."""
        self.timeline.drop(run_id)
        return [Letter(None, self.runs_message()), Letter(None, self.status())]
