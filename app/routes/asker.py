"""Who asks for something that was kept by somebody, and under which name it is to be kept."""

import hashlib
import secrets
from typing import NamedTuple

from fastapi import Request, Response

from app.errors import Invalid
from app.routes.gate import BROWSER_COOKIE, cookie
from app.storage.database import KeptRun

_A_YEAR = 365 * 86_400


class Asker(NamedTuple):
    """Who asks: the teacher, and what the server knows of a browser's cookie. (Of the cookie itself
    it keeps nothing: who reads the file cannot make one.)"""

    is_teacher: bool
    mark: str

    @classmethod
    def of(cls, request: Request, token: str | None = None) -> "Asker":
        token = token or cookie(request.headers, BROWSER_COOKIE)
        mark = hashlib.sha256(token.encode()).hexdigest()[:32] if token else ""
        return cls(getattr(request.state, "role", "") == "teacher", mark)

    def may_change(self, run: KeptRun) -> bool:
        return self.is_teacher or (self.mark != "" and self.mark == run.about.get("owner"))

    def remember(self, answer: Response, token: str) -> None:
        """Give the browser its cookie."""
        answer.set_cookie(
            BROWSER_COOKIE, token, max_age=_A_YEAR, httponly=True, samesite="strict", path="/"
        )


def token_of(request: Request) -> str:
    """What a browser is told from others by: that of its cookie, or a new one."""
    return cookie(request.headers, BROWSER_COOKIE) or secrets.token_urlsafe(24)


def named(name: str) -> str:
    """A name without blanks around it. Raises Invalid."""
    stripped = name.strip()
    if not stripped:
        raise Invalid(
            "name must not be empty.",
            field="name",
            value=name,
            allowed={"type": "string", "minimum_length": 1, "maximum_length": 64},
        )
    return stripped
