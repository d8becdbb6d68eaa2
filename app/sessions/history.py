"""Records of a run that stay small however long it is: the loss curve, the same detail
everywhere, and the keyframes to rewind to, close together near the present and sparse far back."""

from bisect import bisect_right
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Thinned(Generic[Item]):
    """Items taken every ``interval`` steps. When there are more than ``limit``, every second one
    goes and the interval doubles: the whole run stays covered, evenly, and step 0 is always
    kept."""

    def __init__(self, interval: int, limit: int) -> None:
        self.interval, self.limit = interval, limit
        self.steps: list[int] = []
        self.items: list[Item] = []

    def due(self, step: int) -> bool:
        """Whether an item belongs at ``step``."""
        return step % self.interval == 0

    def add(self, step: int, item: Item) -> None:
        """Append an item; steps only grow."""
        self.steps.append(step)
        self.items.append(item)
        if len(self.steps) > self.limit:
            self.interval *= 2
            kept = [i for i, step in enumerate(self.steps) if self.due(step)]
            self.steps = [self.steps[i] for i in kept]
            self.items = [self.items[i] for i in kept]

    def after(self, step: int) -> list[Item]:
        """The items of steps later than ``step``."""
        return self.items[bisect_right(self.steps, step) :]

    def drop_after(self, step: int) -> None:
        """Forget the items of steps later than ``step``."""
        cut = bisect_right(self.steps, step)
        del self.steps[cut:], self.items[cut:]


class Fading(Generic[Item]):
    """Items with gaps that double with their age, so that going back to just before something went
    wrong costs at most about as many steps again. About 2 log2(n) of n are kept, the first always.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[int, int, Item]] = []  # how many came before it, step, item

    def add(self, step: int, item: Item) -> None:
        """Append an item; steps only grow."""
        now = self._kept[-1][0] + 1 if self._kept else 0
        self._kept.append((now, step, item))
        # n & -n is the largest power of two in n: the rounder a number, the longer it stays.
        self._kept = [
            row for row in self._kept if row[0] == 0 or now - row[0] < 2 * (row[0] & -row[0])
        ]

    def rows(self) -> list[tuple[int, Item]]:
        """What is kept, as (step, item), from the first to the latest."""
        return [(step, item) for _, step, item in self._kept]

    def drop_after(self, step: int) -> None:
        """Forget the items of steps later than ``step``."""
        self._kept = [row for row in self._kept if row[1] <= step]
