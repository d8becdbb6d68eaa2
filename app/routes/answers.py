"""How this server answers: errors in one shape, texts compressed and not sent twice."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from app.bodies.service import ErrorBody
from app.errors import Full, Internal, Invalid, Refusal, TooLarge
from app.routes.gate import headers_of
from engine.fields import SpecError

_WHOLE = re.compile(r"[0-9]{1,15}")
_RETRY_AFTER = "30"  # seconds, after which an unwatched session may make room
_ERROR = {"$ref": "#/components/schemas/ErrorBody"}
_NAMES = {404: "not_found", 405: "method_not_allowed"}


def install(app: FastAPI) -> None:
    """Answer whatever goes wrong anywhere with the same body."""

    async def refuse(_: Request, refusal: Refusal) -> Response:
        headers = {"Retry-After": _RETRY_AFTER} if refusal.status == Full.status else {}
        return _error(refusal.status, refusal.body(), headers | headers_of(refusal))

    async def refuse_spec(_: Request, error: SpecError) -> Response:
        refusal = Invalid.from_spec(error)
        return _error(refusal.status, refusal.body())

    async def refuse_parameter(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        name, value = str(first["loc"][-1]), first.get("input")
        reason = first["msg"][0].lower() + first["msg"][1:]
        refusal = Invalid(f"{name}: {reason}.", field=name, value=value)
        return _error(refusal.status, refusal.body())

    async def refuse_http(request: Request, error: HTTPException) -> Response:
        body = Refusal(error.detail).body() | {"code": _NAMES.get(error.status_code, "refused")}
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_methods(app, request))
        return _error(error.status_code, body, headers)

    async def ignore(_: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    async def fail(_: Request, error: Exception) -> Response:
        return _error(Internal.status, Internal().body())

    for kind, handler in (
        (Refusal, refuse),
        (SpecError, refuse_spec),
        (RequestValidationError, refuse_parameter),
        (HTTPException, refuse_http),
        (ClientDisconnect, ignore),
        (Exception, fail),
    ):
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]


def _methods(app: FastAPI, request: Request) -> list[str]:
    """What a path answers to. The router names only the methods of the first route there."""
    return [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if any(
            route.matches({**request.scope, "method": method})[0] == Match.FULL
            for route in app.routes
        )
    ]


def _error(status: int, body: dict[str, Any], headers: Any = None) -> Response:
    return JSONResponse({"error": body}, status, headers)


def describe(app: FastAPI) -> None:
    """Keep the API's description true: FastAPI lists a 422 of its own for every route with a path
    parameter, which none of ours can give, in a shape we never send; and a 403 and a 429 can come
    from each, a 503 from each that needs a session.
    """
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            description = generate()
            for path, methods in description["paths"].items():
                for operation in methods.values():
                    if "{session_id}" in path:
                        operation["responses"]["503"] = {
                            "description": "It rests, and there is no room for another session",
                            "content": {"application/json": {"schema": _ERROR}},
                        }
                    if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                        del operation["responses"]["422"]
                    operation["responses"]["403"] = {
                        "description": "From a page of another site, or for another host",
                        "content": {"application/json": {"schema": _ERROR}},
                    }
                    operation["responses"]["429"] = {
                        "description": "Too many in too short a time",
                        "content": {"application/json": {"schema": _ERROR}},
                        "headers": {
                            "Retry-After": {
                                "description": "Seconds until there is room for one more",
                                "schema": {"type": "integer", "minimum": 1},
                            }
                        },
                    }
            for name in ("HTTPValidationError", "ValidationError"):
                description["components"]["schemas"].pop(name, None)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of a route's refusals."""
    return {status: {"model": ErrorBody} for status in statuses}


def asked_as(model: type[BaseModel]) -> dict[str, Any]:
    """The documentation of a body that a route reads by itself."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"content": content, "required": True}}


async def read_body(request: Request, most: int) -> bytes:
    """The body of a request. Raises TooLarge before reading more than ``most`` bytes."""
    told = request.headers.get("content-length", "")
    size, body = int(told[:15]) if told.isdecimal() else 0, bytearray()
    async for chunk in request.stream():
        body += chunk
        size = max(size, len(body))
        if size > most:
            raise TooLarge(
                f"A request may have {most} bytes.", value=size, allowed={"maximum": most}
            )
    return bytes(body)


def text(request: Request, body: bytes, media_type: str) -> Response:
    """A text that may change: compressed, and only sent when the browser has another one."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if _has(request, etag):
        return Response(status_code=304, headers=headers)
    if accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, 6, mtime=0)
    return Response(body, headers=headers, media_type=media_type)


def _has(request: Request, etag: str) -> bool:
    """Whether the browser says that it has this version; a weak mark means the same text."""
    known = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    return "*" in known or etag in [tag.removeprefix("W/") for tag in known]


def accepts_gzip(request: Request) -> bool:
    """Whether it is among the encodings, by its name or as any, and not refused by a q of 0."""
    quality: dict[str, float] = {}
    for item in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = item.partition(";")
        _, _, value = weight.partition("q=")
        try:
            quality[name.strip()] = float(value or 1)
        except ValueError:
            quality[name.strip()] = 0
    return quality.get("gzip", quality.get("*", 0)) > 0


def whole(given: Mapping[str, Any], name: str) -> int | None:
    """A whole number from 0 on, or none. In an address it is text. Raises Invalid."""
    value = given.get(name)
    if value is None or (type(value) is int and value >= 0):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise Invalid(
        f"{name} must be a whole number from 0 on.",
        field=name,
        value=value,
        allowed={"type": "integer", "minimum": 0},
    )


def chosen(given: Mapping[str, Any], name: str, choices: tuple[str, ...], usual: str) -> Any:
    """One of some words, by default the usual one. Raises Invalid."""
    value = given.get(name, usual)
    if value in choices:
        return value
    words = f"{', '.join(choices[:-1])} or {choices[-1]}"
    raise Invalid(
        f"{name} must be {words}.", field=name, value=value, allowed={"choices": [*choices]}
    )


def element_of(given: Mapping[str, Any]) -> str:
    """The name of a number. Raises Invalid."""
    element = given.get("element")
    if isinstance(element, str):
        return element
    raise Invalid(
        "element must be the name of a number.",
        field="element",
        value=element,
        allowed={"type": "string"},
    )
