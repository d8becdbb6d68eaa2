"""One lane of a race of nets: a trainer, fingerprints of what it began with and of what it was
dealt, and how long its steps take."""

from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from statistics import median
from typing import NamedTuple

from app.sessions.runs import LossPoint, loss_point
from engine.diagnostics import Overflow
from engine.spec import Spec
from engine.training import Snapshot, Trainer

Clock = Callable[[], float]
Dealt = dict[int, bytes]

_BYTES = 16  # of a fingerprint
_MEASURED = 99  # stretches of steps whose time is remembered


class Kept(NamedTuple):
    """A moment of a lane, to come back to."""

    snapshot: Snapshot
    dealt: bytes
    epochs: int


class NetLane:
    """A net on its way. Where a number overflows it stays, and the others go on."""

    def __init__(self, spec: Spec) -> None:
        self.trainer = Trainer(spec)
        self.start = self.now
        self.end: int | None = None  # the step after which a number overflows, once it has
        self.overflow: Overflow | None = None
        self.last_point: LossPoint | None = None  # of its end
        self.dealt, self.epochs = spec.batch_size.to_bytes(8, "little"), 0
        self._deal()
        self._seconds: deque[float] = deque(maxlen=_MEASURED)
        self._metrics: tuple[int, dict[str, float]] | None = None

    @property
    def step(self) -> int:
        return self.trainer.step_count

    @property
    def ended(self) -> bool:
        """Whether it goes no further."""
        return self.step == self.end

    @property
    def now(self) -> str:
        """A fingerprint of all parameters: of their bytes, one after the other."""
        whole = blake2b(digest_size=_BYTES)
        for _, parameter in self.trainer.network.named_parameters():
            whole.update(parameter.data.tobytes())
        return whole.hexdigest()

    @property
    def microseconds(self) -> float | None:
        """What a step takes, the median of all that was measured lately."""
        return median(self._seconds) * 1e6 if self._seconds else None

    def metrics(self) -> dict[str, float]:
        """Losses and accuracies where it is."""
        if self._metrics is None or self._metrics[0] != self.step:
            self._metrics = self.step, self.trainer.evaluate()
        return self._metrics[1]

    def point(self) -> LossPoint:
        return loss_point(self.step, self.metrics())

    def run(self, steps: int, clock: Clock, seen: Dealt) -> bool:
        """Up to so many steps. ``seen`` has the fingerprint of what was dealt by the number of
        epochs; the answer is whether this lane was dealt the same as those that came before it.
        """
        trainer, before, agrees = self.trainer, self.step, True
        end = before + steps if self.end is None else min(before + steps, self.end)
        begun = clock()
        while self.step < end and trainer.overflow is None:
            at, left = self.step, trainer.left_in_epoch
            trainer.run(min(left, end - at))
            if self.step - at == left:
                self._deal()
                agrees &= seen.setdefault(self.epochs, self.dealt) == self.dealt
        if self.step > before:
            self._seconds.append((clock() - begun) / (self.step - before))
        if trainer.overflow is not None and self.end is None:
            self.end, self.overflow = self.step, trainer.overflow
            self.last_point = self.point()
        return agrees

    def _deal(self) -> None:
        """An epoch begins: its rows come after those of the epochs before."""
        rows = self.trainer.epoch_rows.astype("<i8")
        self.dealt = blake2b(self.dealt + rows.tobytes(), digest_size=_BYTES).digest()
        self.epochs += 1

    def keep(self) -> Kept:
        return Kept(self.trainer.snapshot(), self.dealt, self.epochs)

    def go_back_to(self, kept: Kept) -> None:
        self.trainer.restore(kept.snapshot)
        self.dealt, self.epochs = kept.dealt, kept.epochs
        self._metrics = None
