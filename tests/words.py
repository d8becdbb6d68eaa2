"""The words of the pages, all parts of a language as one tree."""

import json
from functools import cache
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parents[1] / "static" / "locales"


def parts(language: str) -> dict[str, dict[str, Any]]:
    """Every file of words by its name."""
    folder = LOCALES / language
    return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}


@cache
def words(language: str) -> dict[str, Any]:
    """What a page that has loaded everything knows."""
    found: dict[str, Any] = {}
    for part in parts(language).values():
        _add(found, part)
    return found


def _add(found: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict):
            _add(found.setdefault(key, {}), value)
        else:
            assert key not in found, f"{key!r} stands in two files"
            found[key] = value
