"""Who comes to a stream, and what of it is there already: a page that reconnects names the run and
the last frame it has, and gets what is missing. What it has counts only if it is of the same life
of the session: one that was woken, or found after a crash, may have gone another way since."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_LIFE = re.compile(r"[A-Za-z0-9_\-]{1,32}")
_NUMBER = re.compile(r"[0-9]{1,15}")


class Arrival(NamedTuple):
    """A page as it comes. ``since`` is the step of the last loss point it has, ``version`` that of
    the pages this server has."""

    version: str = ""
    life: str = ""
    run: int = -1
    frame: int = -1
    since: int = -1

    @classmethod
    def read(cls, asked: Mapping[str, str], version: str) -> "Arrival":
        """From an address. What is not whole counts for nothing: then all of it is sent."""
        life = asked.get("life", "")
        numbers = [asked.get(name, "") for name in ("run", "frame", "since")]
        if not _LIFE.fullmatch(life) or not all(_NUMBER.fullmatch(text) for text in numbers):
            return cls(version)
        return cls(version, life, *map(int, numbers))
