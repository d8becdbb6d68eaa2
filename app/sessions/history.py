"""Records of a run that stay small however long it is, with the same detail everywhere."""

from bisect import bisect_right
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Thinned(Generic[Item]):
    """Items taken every ``interval`` steps. When there are more than ``limit``, every second one
    goes and the interval doubles: the whole run stays covered, evenly, and the first is always
    kept."""

    def __init__(self, interval: int, limit: int) -> None:
        self.interval, self.limit = interval, limit
        self.steps: list[int] = []
        self.items: list[Item] = []

    def due(self, step: int) -> bool:
        """Whether an item belongs at ``step`` and is not there yet."""
        return not self.steps or (step % self.interval == 0 and step > self.steps[-1])

    def due_between(self, first: int, last: int) -> set[int]:
        """The steps from ``first`` to ``last`` at which an item belongs, as things are now."""
        first = max(first, self.steps[-1] + 1 if self.steps else 0)
        return set(range(-(-first // self.interval) * self.interval, last + 1, self.interval))

    def add(self, step: int, item: Item) -> None:
        """Append an item; steps only grow."""
        self.steps.append(step)
        self.items.append(item)
        if len(self.steps) > self.limit:
            self.interval *= 2
            kept = [i for i, at in enumerate(self.steps) if i == 0 or at % self.interval == 0]
            self.steps = [self.steps[i] for i in kept]
            self.items = [self.items[i] for i in kept]

    def after(self, step: int) -> list[Item]:
        """The items of steps later than ``step``."""
        return self.items[bisect_right(self.steps, step) :]

    def latest(self, step: int) -> Item:
        """The last item at or before ``step``."""
        return self.items[bisect_right(self.steps, step) - 1]

    def until(self, step: int) -> "Thinned[Item]":
        """A record of its own, of the steps up to ``step``."""
        cut = bisect_right(self.steps, step)
        record: Thinned[Item] = Thinned(self.interval, self.limit)
        record.steps, record.items = self.steps[:cut], self.items[:cut]
        return record
