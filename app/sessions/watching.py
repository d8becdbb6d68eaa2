"""What trains is watched: each moment is worked out once however many look at it, and no reader
gets frames faster than it sees them. Without a clock or a socket.

At most two frames are under way unseen, so a slow reader gets fewer frames, each of them the
latest; what must not be lost is sent again until a frame that carried it is seen.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar, cast

from app.messages import RaceView, View
from app.sessions.arrival import Arrival

T = TypeVar("T")
Look = TypeVar("Look", View, RaceView)
Mark = TypeVar("Mark")

_UNSEEN_FRAMES = 2


class Watched:
    """What viewers look at. ``version`` grows with whatever a frame could show."""

    def __init__(self) -> None:
        self.version = 0
        self._frames = 0
        self._memo: dict[Hashable, Any] = {}
        self._memo_version = 0

    def at_this_version(self, key: Hashable, make: Callable[[], T]) -> T:
        """``make()``, done once however many viewers look at the same moment."""
        if self._memo_version != self.version:
            self._memo.clear()
            self._memo_version = self.version
        if key not in self._memo:
            self._memo[key] = make()
        return cast(T, self._memo[key])

    def next_frame_number(self) -> int:
        """1, 2, 3 ...: one count for all viewers, so that frames can be shared."""
        self._frames += 1
        return self._frames

    @property
    def latest_frame(self) -> int:
        """The number of the latest frame that anybody got."""
        return self._frames


class Watching(ABC, Generic[Look, Mark]):
    """One connection's view. A mark says up to where a frame told what must not be lost."""

    def __init__(self, watched: Watched, view: Look) -> None:
        self.watched = watched
        self.view: Look = view
        self._under_way: dict[int, Mark] = {}
        self._number = 0
        self._shown: int | None = None  # the version in the latest frame

    @abstractmethod
    def change(self, command: Look) -> bool:
        """Look at it differently from the next frame on; whether the data message looks
        different, too. Raises Invalid."""

    def resume(self, arrival: Arrival) -> bool:
        """Go on from what a page has of this very life of the session; whether that can be done."""
        return False

    @abstractmethod
    def data(self) -> bytes:
        """The data message, as large as its reader looks at it."""

    @abstractmethod
    def frame(self) -> bytes:
        """The latest moment, as bytes to send; viewers who want the very same share them."""

    @abstractmethod
    def _arrived(self, mark: Mark) -> None:
        """A frame with this mark has been seen."""

    def seen(self, number: int) -> None:
        """Frame ``number`` and all before it have arrived."""
        for sent_number in [n for n in self._under_way if n <= number]:
            self._arrived(self._under_way.pop(sent_number))

    @property
    def latest(self) -> int:
        """The number of the latest frame."""
        return self._number

    @property
    def blocked(self) -> bool:
        """Whether it has to acknowledge a frame before it gets another."""
        return len(self._under_way) >= _UNSEEN_FRAMES

    @property
    def outdated(self) -> bool:
        """Whether there is something it has not been shown."""
        return self._shown != self.watched.version

    def _share(self, key: Hashable, make: Callable[[int], bytes], mark: Mark) -> bytes:
        """A frame made with its number, or one that another viewer got at this very moment."""

        def build() -> tuple[int, bytes]:
            number = self.watched.next_frame_number()
            return number, make(number)

        number, message = self.watched.at_this_version(key, build)
        if number <= self._number:  # back to a view it had at this very step
            number, message = build()
        self._number, self._shown = number, self.watched.version
        self._under_way[number] = mark
        return message

    def _look(self, command: Look) -> bool:
        """What is named in a View command; whether anything has changed."""
        before = self.view
        named = command.model_fields_set - {"id", "type"}
        self.view = before.model_copy(update={name: getattr(command, name) for name in named})
        is_new = bool(self.view != before)
        if is_new:
            self._shown = None
        return is_new
