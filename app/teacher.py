"""Who the teacher is: whoever has the key. On a server that only this machine can reach, and that
was given no key, it is whoever sits there."""

import hmac
import ipaddress
import secrets

from app.settings import Settings

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
_GROUPS, _IN_A_GROUP = 3, 4  # 59 bits, asked for a few times a minute at most


class Teacher:
    """The key, and the token that a browser holds once it has shown the key."""

    def __init__(self, settings: Settings) -> None:
        here = is_loopback(settings.host) and not settings.hosts.strip()
        given = settings.teacher_key
        self.is_open = here and given is None
        self.key = given.get_secret_value() if given else _new_key()
        self._token = secrets.token_urlsafe(32)

    def is_key(self, given: str) -> bool:
        """Compared in a time that says nothing about how much of it is right."""
        return hmac.compare_digest(given.strip().encode(), self.key.encode())

    @property
    def token(self) -> str:
        """What a browser keeps instead of the key; it ends with the process."""
        return self._token

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def sits_here(self, host: str | None) -> bool:
        """Whether no key is needed from there. Who comes through a proxy sits elsewhere."""
        return self.is_open and (host is None or not is_address(host) or is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether an address, or the name of one, leads to this machine alone."""
    bare = host.strip("[]")
    return host == "localhost" or (is_address(bare) and ipaddress.ip_address(bare).is_loopback)


def is_address(name: str) -> bool:
    """Of IPv4 or IPv6, also as a Host header writes it."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _new_key() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_IN_A_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
