"""Names for a program: what a reader called a variable, unless Python or the program itself needs
that word."""

import builtins
import keyword
import re
from collections.abc import Iterable

RESERVED = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins)])


class Names:
    """Hands out identifiers; each is given once."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = set(RESERVED) | set(reserved)

    def new(self, wish: str) -> str:
        """The wished-for name, or one like it: print becomes print_, a second w becomes w_2."""
        name = re.sub(r"[^A-Za-z0-9_]", "_", wish)
        if not name[:1].isalpha():
            name = f"v{name}"
        if name in RESERVED:
            name += "_"
        number = 2
        unique = name
        while unique in self._taken:
            unique = f"{name}_{number}"
            number += 1
        self._taken.add(unique)
        return unique
