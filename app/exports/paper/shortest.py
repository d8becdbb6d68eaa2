"""A source in the fewest words, for a link that can be printed and typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.errors import Refusal
from app.walks.source import SessionSource, Source, read_source
from engine.fields import SpecError

Given = dict[str, Any]


def shortest(source: Source) -> Given:
    """What of a source must be said: the rest follows from it by defaults."""
    full = source.to_json()
    if isinstance(source, SessionSource):
        return {key: value for key, value in full.items() if value is not None}

    def same(given: Given) -> bool:
        try:
            return read_source(given).to_json() == full
        except (Refusal, SpecError):
            return False

    return _shortened(full, same)


def _shortened(given: Given, same: Callable[[Given], bool]) -> Given:
    """Without the fields that make no difference, at any depth."""
    for key, value in list(given.items()):
        less = {name: each for name, each in given.items() if name != key}
        if same(less):
            given = less
        elif isinstance(value, dict):
            whole = given

            def inside(part: Given, key: str = key, whole: Given = whole) -> bool:
                return same({**whole, key: part})

            given = {**given, key: _shortened(value, inside)}
        elif isinstance(value, list):
            given = {**given, key: _shortened_list(value, key, given, same)}
    return given


def _shortened_list(
    items: list[Any], key: str, whole: Given, same: Callable[[Given], bool]
) -> list[Any]:
    """The same for what is in a list, such as layers; a list keeps its length."""
    for i, item in enumerate(items):
        if isinstance(item, dict):

            def inside(part: Given, i: int = i, items: list[Any] = items) -> bool:
                return same({**whole, key: [*items[:i], part, *items[i + 1 :]]})

            items = [*items[:i], _shortened(item, inside), *items[i + 1 :]]
    return items
