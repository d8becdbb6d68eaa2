"""A record of training that never outgrows its limit: the loss curve, and the keyframes to rewind
to."""

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
