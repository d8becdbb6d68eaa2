"""How much one client may ask for: a bucket of tokens for each kind of request and each client,
filled again with time. Who finds it empty is told when to come again (``app.errors.TooMany``).

A client is an address; of IPv6 the first half of it, since the second is anyone's to choose. A
whole class may sit behind one address: the rates of ``app.settings`` leave room for it.
"""

import ipaddress
from collections.abc import Callable, Hashable
from contextlib import suppress
from contextvars import ContextVar
from time import monotonic
from typing import Literal

from app.errors import TooMany
from app.settings import Settings

Kind = Literal[
    "request", "work", "making", "upload", "joining", "brief", "command", "commands", "key"
]

# how each is called in a refusal
WHAT: dict[Kind, str] = {
    "request": "requests",
    "work": "requests that compute something",
    "making": "new sessions",
    "upload": "files",
    "joining": "connections",
    "brief": "connections that end at once",
    "command": "commands",
    "commands": "commands",
    "key": "wrong keys",
}

_BRIEF = 1.0  # seconds; a page stays longer
_MOST_BUCKETS = 20_000  # so that a client with many addresses costs little memory

# who the request or stream that is being served comes from
CLIENT: ContextVar[str] = ContextVar("client", default="")


class Bucket:
    """Full at first; ``rate`` tokens a second come back."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate, self.burst = rate, burst
        self.tokens, self._then = burst, now

    def fill(self, now: float) -> None:
        """What has come back since it was last looked at."""
        self.tokens = min(self.burst, self.tokens + (now - self._then) * self.rate)
        self._then = now

    def take(self, now: float) -> float:
        """Take a token: 0, or the seconds until there is one."""
        self.fill(now)
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.rate


class Limits:
    """All buckets of a server."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._buckets: dict[tuple[Kind, Hashable], Bucket] = {}
        self.refused: dict[Kind, int] = dict.fromkeys(WHAT, 0)

    def take(self, kind: Kind, client: Hashable) -> None:
        """One more of a kind. Raises TooMany."""
        bucket = self._bucket(kind, client)
        if bucket is not None and (seconds := bucket.take(self._clock())):
            self._refuse(kind, bucket, seconds)

    def check(self, kind: Kind, client: Hashable) -> None:
        """Whether there would be room for one more, which is not taken. Raises TooMany."""
        bucket = self._bucket(kind, client)
        if bucket is not None:
            bucket.fill(self._clock())
            if bucket.tokens < 1:
                self._refuse(kind, bucket, (1 - bucket.tokens) / bucket.rate)

    def stayed(self, client: Hashable, seconds: float) -> None:
        """A stream of a client has ended, after so long: if that was brief, it counts."""
        if seconds < _BRIEF:
            with suppress(TooMany):  # the next one is told
                self.take("brief", client)

    def forget(self, kind: Kind, client: Hashable) -> None:
        """A client that does not come again."""
        self._buckets.pop((kind, client), None)

    def _refuse(self, kind: Kind, bucket: Bucket, seconds: float) -> None:
        self.refused[kind] += 1
        raise TooMany(WHAT[kind], seconds, bucket.burst)

    def _bucket(self, kind: Kind, client: Hashable) -> Bucket | None:
        """None for a rate that has no limit."""
        if (found := self._buckets.get((kind, client))) is not None:
            return found
        rate = getattr(self._settings, f"{kind}_rate")
        if not rate:
            return None
        if len(self._buckets) >= _MOST_BUCKETS:
            self._make_room()
        bucket = Bucket(rate, getattr(self._settings, f"{kind}_burst"), self._clock())
        self._buckets[kind, client] = bucket
        return bucket

    def _make_room(self) -> None:
        """A full bucket may be forgotten; where none is, the fullest half."""
        now = self._clock()
        for bucket in self._buckets.values():
            bucket.fill(now)
        by_need = sorted(self._buckets.items(), key=lambda item: item[1].tokens / item[1].burst)
        kept = [item for item in by_need if item[1].tokens < item[1].burst]
        self._buckets = dict(kept[: _MOST_BUCKETS // 2])


def client_of(host: str | None) -> str:
    """The client that an address belongs to."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return host or ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        if not address.is_loopback:
            return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
