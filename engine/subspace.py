"""A line or a plane in the space of all weights, and where other points lie beside it.

`principal_space` is the one along which runs differ most: the principal components of their places
(Li et al. 2018). A point is told by the coordinates of its foot, the nearest point of the plane,
and by how far away from that it is: a picture that shows paths on a plane has to say how much of
them is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.ops import Array
from engine.projection import principal

_AXIS = 8  # random stream of a seed


@dataclass(frozen=True)
class Subspace:
    """All origin + a directions[0] (+ b directions[1])."""

    origin: Array  # (d,)
    directions: Array  # (1 or 2, d), of any length and at any angle
    explained: tuple[float, ...] | None = None  # shares of the variance of what it was made from

    def of(self, points: Array) -> Array:
        """(n, d) -> (n, 1 or 2): the coordinates of the feet."""
        return np.asarray((points - self.origin) @ np.linalg.pinv(self.directions))

    def away(self, points: Array) -> Array:
        """(n, d) -> (n,): how far each point is from the subspace."""
        beside = points - self.origin - self.of(points) @ self.directions
        return np.asarray(np.linalg.norm(beside, axis=1))

    def held(self, points: Array) -> float:
        """How much of the squared distances of points from the origin lies in it, 0 to 1."""
        whole = float(((points - self.origin) ** 2).sum())
        return 1.0 - float((self.away(points) ** 2).sum()) / whole if whole else 1.0


def principal_space(origin: Array, points: Array, dimensions: int, seed: int = 0) -> Subspace:
    """Through the origin, along the first principal components of points (n, d), of length 1.

    Points that lie on a line, or all at one place, leave a direction open; a random one, at a right
    angle to the first, takes it, and explains nothing.
    """
    found = principal(points)
    spread = np.linalg.norm(points - found.mean)
    size = float(np.linalg.norm(found.mean)) or 1.0
    rng = np.random.default_rng([seed, _AXIS])
    chosen: list[Array] = []
    explained: list[float] = []
    for direction, share in zip(found.directions, found.explained, strict=True):
        if spread <= 1e-12 * size or share <= 1e-24:
            direction, share = _at_right_angles(rng, chosen, len(origin)), 0.0
        chosen.append(direction)
        explained.append(share)
    return Subspace(origin, np.stack(chosen[:dimensions]), tuple(explained[:dimensions]))


def _at_right_angles(rng: np.random.Generator, others: list[Array], size: int) -> Array:
    direction = rng.standard_normal(size)
    for other in others:
        direction -= (direction @ other) * other
    return np.asarray(direction / np.linalg.norm(direction))


def places_through_nought(low: float, high: float, count: int) -> list[float]:
    """From about low to high, evenly; where 0 lies between them it is one of them, exactly."""
    step = (high - low) / (count - 1)
    if not low <= 0 <= high:
        return [low + i * step for i in range(count)]
    nought = min(count - 1, max(0, round(-low / step)))
    return [(i - nought) * step for i in range(count)]
