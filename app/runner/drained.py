"""Long work that comes in pieces, apart from any session: in a worker, a slice at a time, so that
others have their turn in between."""

from collections.abc import Iterator
from time import perf_counter
from typing import TypeVar

from app.runner.compute import Compute

T = TypeVar("T")

_SLICE = 0.05  # seconds


async def drained(compute: Compute, pieces: Iterator[T]) -> T:
    """The last of the pieces. Raises ValueError where there are none."""
    found: list[T] = []

    def advance() -> bool:
        """Pieces until the slice is over; whether more may come."""
        until = perf_counter() + _SLICE
        for piece in pieces:
            found[:] = [piece]
            if perf_counter() >= until:
                return True
        return False

    while await compute.in_worker(advance):
        pass
    if not found:
        raise ValueError("nothing to drain")
    return found[0]
