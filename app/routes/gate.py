"""Past here goes only who may: pure ASGI, so that streams are covered, too. The table of
`app.routes.rules` says who may use a route and what it counts as; limits are those of
`app.limits`."""

from http.cookies import CookieError, SimpleCookie
from time import monotonic
from typing import Literal

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import Refusal, TeacherOnly, TooMany
from app.limits import CLIENT, Limits, client_of
from app.messages import Error
from app.routes.rules import Rule, rule_of
from app.runner.compute import Compute
from app.teacher import Teacher

TEACHER_COOKIE = "backprop_lab_teacher"
BROWSER_COOKIE = "backprop_lab_browser"

LIMIT = 1008  # why a stream is closed: the client has asked for more than it may

Role = Literal["teacher", "learner"]


class Gate:
    """``scope["state"]["role"]`` tells routes below who is asking."""

    def __init__(self, app: ASGIApp, teacher: Teacher, limits: Limits, compute: Compute) -> None:
        self.app, self.teacher, self.limits, self.compute = app, teacher, limits, compute

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        self.compute.make_way()
        address = (scope.get("client") or (None,))[0]
        client = client_of(address)
        CLIENT.set(client)
        method = "WS" if scope["type"] == "websocket" else scope["method"]
        try:
            rule = rule_of(method, scope["path"])
            self._count(rule, client)
            role = self._role(Headers(scope=scope), address, client)
            if rule is not None and rule.who == "teacher" and role != "teacher":
                raise TeacherOnly()
        except Refusal as refusal:
            await _refuse(refusal, scope, receive, send)
            return
        scope.setdefault("state", {})["role"] = role
        begun = monotonic()
        try:
            await self.app(scope, receive, send)
        finally:
            if method == "WS":
                self.limits.stayed(client, monotonic() - begun)

    def _count(self, rule: Rule | None, client: str) -> None:
        self.limits.take("request", client)
        if rule is not None and rule.cost != "request":
            self.limits.take(rule.cost, client)
        if rule is not None and rule.cost == "joining":
            self.limits.check("brief", client)

    def _role(self, headers: Headers, address: str | None, client: str) -> Role:
        """By the key in a header, or by the cookie a browser got for it. Raises what `check_key`
        raises."""
        if self.teacher.sits_here(address):
            return "teacher"
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            check_key(self.teacher, self.limits, given, client)
            return "teacher"
        return "teacher" if self.teacher.is_token(cookie(headers, TEACHER_COOKIE)) else "learner"


def check_key(teacher: Teacher, limits: Limits, given: str, client: str) -> None:
    """Wrong keys are counted, and after some of them none is looked at for a while.

    Raises:
        TooMany: of wrong ones.
        TeacherOnly: it is wrong.
    """
    limits.check("key", client)
    if not teacher.is_key(given):
        limits.take("key", client)
        raise TeacherOnly("This is not the teacher key.")


def cookie(headers: Headers, name: str) -> str:
    """The value of a cookie; empty without one."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """In the way of `app.routes.answers`; a stream is accepted first, or it could not be told."""
    if scope["type"] == "http":
        answer = JSONResponse({"error": refusal.body()}, refusal.status, headers_of(refusal))
        await answer(scope, receive, send)
        return
    try:
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": Error.of(refusal).text()})
        await send({"type": "websocket.close", "code": LIMIT, "reason": refusal.message})
    except OSError:
        return  # gone meanwhile


def headers_of(refusal: Refusal) -> dict[str, str]:
    """What a refusal says beside its body."""
    match refusal:
        case TooMany():
            return {"Retry-After": str(refusal.seconds)}
        case TeacherOnly():
            return {"WWW-Authenticate": "Bearer"}
    return {}
