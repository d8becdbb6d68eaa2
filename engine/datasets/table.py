"""Tables that people bring: columns of numbers and texts, and where they are kept while used.

A table is known by the hash of its content, so a spec that names it means the same rows wherever
they were uploaded. The shelf holds a bounded number of them; what a spec in use refers to stays
reachable as long as that spec lives.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from engine.ops import Array

NUMBER, TEXT = "number", "text"


@dataclass(frozen=True, eq=False)
class Column:
    """Numbers, NaN where one is missing; or which of its texts stands in each row, -1 for none."""

    name: str
    values: Array  # (N,) float64
    texts: tuple[str, ...] = ()  # sorted; empty for a column of numbers

    @property
    def kind(self) -> str:
        return TEXT if self.texts else NUMBER

    @property
    def missing(self) -> Array:
        """(N,) bool"""
        return np.asarray(self.values < 0 if self.texts else np.isnan(self.values))

    @property
    def cells(self) -> list[float | str | None]:
        """What stands in each row; None where nothing does."""
        there = zip(self.values.tolist(), ~self.missing, strict=True)
        if self.texts:
            return [self.texts[int(at)] if known else None for at, known in there]
        return [value if known else None for value, known in there]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of one length under names that are all different."""

    name: str
    columns: tuple[Column, ...]
    found: dict[str, str | bool] = field(default_factory=dict)  # what reading has made out

    @property
    def rows(self) -> int:
        return len(self.columns[0].values)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def size(self) -> int:
        """Bytes, about."""
        return sum(c.values.nbytes + sum(map(len, c.texts)) for c in self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def id(self) -> str:
        """The hash of names and cells, short enough for an address."""
        digest = hashlib.sha256()
        for column in self.columns:
            digest.update(repr((column.name, column.texts)).encode(errors="backslashreplace"))
            digest.update(column.values.tobytes())
        return digest.hexdigest()[:16]

    def first_of_their_kind(self) -> Array:
        """(N,) bool: False for a row that repeats an earlier one, cell by cell."""
        cells = np.stack([column.values for column in self.columns], axis=1)
        cells = np.where(np.isnan(cells), np.inf, cells) + 0.0  # one kind of NaN, one kind of zero
        seen: set[bytes] = set()
        mask = np.ones(self.rows, bool)
        for row, content in enumerate(map(bytes, np.ascontiguousarray(cells))):
            mask[row] = content not in seen
            seen.add(content)
        return mask


class Shelf:
    """Tables by id, the least recently used of them let go when there are too many."""

    def __init__(self, most: int = 50, most_bytes: int = 20_000_000) -> None:
        self.most, self.most_bytes = most, most_bytes
        self._kept: OrderedDict[str, Table] = OrderedDict()
        self._alive: weakref.WeakValueDictionary[str, Table] = weakref.WeakValueDictionary()
        self._lock = threading.Lock()

    def put(self, table: Table) -> str:
        """Keep a table; its id. One that is there already is used anew."""
        key = table.id
        with self._lock:
            self._kept[key] = self._alive[key] = table
            self._kept.move_to_end(key)
            while len(self._kept) > self.most or self._bytes() > self.most_bytes:
                if len(self._kept) == 1:
                    break  # the newest stays, however large: reading has bounded it
                self._kept.popitem(last=False)
        return key

    def get(self, key: str) -> Table | None:
        """The table, if it is kept, or in use somewhere."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key) or self._alive.get(key)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._kept))

    def _bytes(self) -> int:
        return sum(table.size for table in self._kept.values())


TABLES = Shelf()
HOUSES = "houses"


def houses() -> Table:
    """Invented houses: price grows with area and rooms and falls with age, and some luck."""
    rng = np.random.default_rng(7)
    area = np.round(rng.uniform(45, 220, 120))
    rooms = np.clip(np.round(area / 32 + rng.normal(0, 0.7, 120)), 1, 8)
    age = np.round(rng.uniform(0, 60, 120))
    price = 40 + 2.1 * area + 9 * rooms - 1.3 * age + rng.normal(0, 18, 120)
    columns = {"area": area, "rooms": rooms, "age": age, "price": np.round(price, 1)}
    return Table(HOUSES, tuple(Column(name, values) for name, values in columns.items()))


EXAMPLE = houses()


def find_table(key: str) -> Table | None:
    """A table by its id; the invented houses are always there."""
    return EXAMPLE if key == HOUSES else TABLES.get(key)
