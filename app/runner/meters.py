"""What the server counts and measures of itself while it works, for `/metrics` and the status page.
Counting costs nanoseconds; rates are for who reads it to make, from two readings."""

import os
from bisect import bisect_left
from contextlib import suppress
from pathlib import Path

# seconds; upper bounds of the bars of a histogram
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Histogram:
    """How often something took how long."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)  # the last: longer than all of them
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    @property
    def count(self) -> int:
        return sum(self.counts)

    def quantile(self, share: float) -> float | None:
        """The bound below which this share of all lies; None where there are none, the largest
        bound for what is longer than all."""
        wanted, seen = share * self.count, 0
        if not wanted:
            return None
        for bound, count in zip(BOUNDS, self.counts, strict=False):
            seen += count
            if seen >= wanted:
                return bound
        return BOUNDS[-1]


class Meters:
    """All of one server."""

    def __init__(self) -> None:
        self.steps = 0  # of training, in all sessions
        self.frames = 0  # sent
        self.frames_dropped = 0  # due to a viewer that had not taken those before
        self.clients_dropped = 0  # that took nothing for too long
        self.commands = 0  # carried out or refused
        self.frame_seconds = Histogram()  # from its turn until it is on its way
        self.command_seconds = Histogram()  # from its arrival until its answer is on its way


def memory() -> int | None:
    """What this process occupies now, in bytes; None where the system does not say."""
    with suppress(OSError, ValueError, IndexError, AttributeError):
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return None
