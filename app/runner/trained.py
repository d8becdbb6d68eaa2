"""What a track takes along, as far as it has to know."""

from collections.abc import Callable, Hashable
from typing import Any, Protocol

from app import messages as wire
from app.runner.pace import Paced
from app.sessions.jobs import Letter


class Trained(Paced, Protocol):
    """What a track takes along. It knows nothing of time."""

    @property
    def step(self) -> int: ...

    @property
    def training(self) -> bool: ...

    def preparation(self, command: wire.Command) -> Callable[[], Any] | None: ...

    def handle(
        self, command: wire.Command, sender: Hashable, prepared: Any = None
    ) -> list[Letter]: ...

    def advance(self, steps: int, wanted: Callable[[], bool] | None = None) -> list[Letter]: ...

    def leave(self, sender: Hashable) -> None: ...

    def halt(self) -> list[Letter]: ...
