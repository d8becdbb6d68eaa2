"""The reference page: every REST operation and every message of the streams, with schema, example,
and who may use it; generated from what answers."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pydantic import BaseModel

from app import messages as wire
from app.limits import WHAT
from app.reference import streams
from app.reference.operations import OPERATIONS
from app.routes.answers import text
from app.routes.rules import RULES
from app.routes.static import StaticFiles, folder
from app.settings import Settings

_TAGS = {"en": "en", "zh": "zh-CN"}
_CEILINGS = ("max_", "session_ttl", "stall_seconds", "keep_days")
_QUOTED = re.compile(r"`+([^`]+)`+")
Row = dict[str, Any]


def routes(app: FastAPI, files: StaticFiles, settings: Settings) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=FileSystemLoader(folder("templates")), autoescape=True, undefined=StrictUndefined
    )

    templates.filters["ticks"] = _ticks

    @cache
    def page(language: str, version: str) -> bytes:
        where = folder("templates") / f"protocol.{language}.json"
        html = templates.get_template("protocol.html").render(
            tag=_TAGS[language],
            static_root=f"/static/{version}",
            words=json.loads(where.read_text(encoding="utf-8")),
            groups=_groups(app.openapi()),
            stream=_parts(),
            binaries=[_binary(name, header) for name, header in streams.binaries().items()],
            limits=[*_limits(settings)],
            schemas=_schemas(app.openapi()),
        )
        return html.encode()

    @router.head("/docs")
    @router.get("/docs")
    async def docs() -> Response:
        return RedirectResponse("/docs/protocol")

    @router.head("/docs/protocol")
    @router.get("/docs/protocol")
    async def protocol(request: Request) -> Response:
        return text(request, page(language_of(request), files.version), "text/html; charset=utf-8")

    return router


def language_of(request: Request) -> str:
    """As asked for, or as the browser would like it."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "zh" if asked.lower().startswith("zh") else "en"


def _ticks(text: str) -> Markup:
    """A docstring's quoted names as code."""
    return Markup(_QUOTED.sub(r"<code>\1</code>", str(escape(text))))


# --- REST ---


def _groups(description: Mapping[str, Any]) -> list[Row]:
    groups: dict[str, list[Row]] = {}
    for name in OPERATIONS:  # in the order of their examples
        method, _, path = name.partition(" ")
        found = description["paths"][path][method.lower()]
        groups.setdefault(found["tags"][0], []).append(_operation(name, found))
    return [
        {"name": name, "anchor": name.replace(" ", "-"), "operations": each}
        for name, each in groups.items()
    ]


def _operation(name: str, found: Mapping[str, Any]) -> Row:
    method, _, path = name.partition(" ")
    asked, rule = OPERATIONS[name], RULES[name]
    line = f"{method} {path}{'?' if asked.query else ''}{asked.query}"
    content = found.get("requestBody", {}).get("content", {})
    bodies: list[Row] = list(content.values())
    body = bodies[0].get("schema") if bodies else None
    return {
        "method": method,
        "path": path,
        "anchor": found.get("operationId", name),
        "summary": found["summary"],
        "about": found.get("description", ""),
        "who": rule.who,
        "cost": rule.cost,
        "fields": [_parameter(each) for each in found.get("parameters", [])],
        "example": f"{line}\n\n{asked.shown}" if asked.shown else line,
        "schema": None if body is None else json.dumps(body, indent=1, ensure_ascii=False),
        "answers": [_answer(status, each) for status, each in sorted(found["responses"].items())],
    }


def _parameter(found: Mapping[str, Any]) -> Row:
    schema = found["schema"]
    return _field(
        f"{found['name']} ({found['in']})",
        {"description": found.get("description", ""), **schema},
        found.get("required", False),
    )


def _answer(status: str, found: Mapping[str, Any]) -> Row:
    kinds = found.get("content", {})
    schemas: list[Row] = [each["schema"] for each in kinds.values() if "schema" in each]
    about = found.get("description", "")
    kind = ", ".join(kind for kind in kinds if kind != "application/json")
    name = schemas[0].get("$ref", "").rpartition("/")[2] if schemas else ""
    return {"status": status, "about": f"{about} {kind}".strip(), "schema": name}


def _schemas(description: Mapping[str, Any]) -> dict[str, str]:
    found = description["components"]["schemas"]
    return {name: json.dumps(found[name], indent=1, ensure_ascii=False) for name in sorted(found)}


# --- streams ---


def _parts() -> list[Row]:
    commands = [_message(wire.COMMANDS[name], streams.COMMANDS[name]) for name in wire.COMMANDS]
    racing = [
        _message(wire.RACE_COMMANDS[name], streams.RACE_COMMANDS[name], "race-")
        for name in wire.RACE_COMMANDS
    ]
    told = [_message(type(each), json.loads(each.text())) for each in streams.messages()]
    return [
        {"name": "commands", "anchor": "commands", "messages": commands},
        {"name": "race_commands", "anchor": "race-commands", "messages": racing},
        {"name": "messages", "anchor": "messages", "messages": told},
    ]


def _message(model: type[BaseModel], example: Mapping[str, Any], anchor: str = "") -> Row:
    schema = model.model_json_schema()
    needed = schema.get("required", [])
    kind = issubclass(model, wire.Command)
    return {
        "name": example["type"],
        "anchor": f"{anchor}{'command' if kind else 'message'}-{example['type']}",
        "about": " ".join((model.__doc__ or "").split()) if "__doc__" in vars(model) else "",
        "fields": [
            _field(name, field, name in needed)
            for name, field in schema["properties"].items()
            if name != "type"
        ],
        "example": json.dumps(example, ensure_ascii=False),
        "schema": json.dumps(schema, indent=1, ensure_ascii=False),
    }


_BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "maxLength": "≤ {} characters",
    "maxItems": "≤ {} items",
    "enum": "{}",
}


def _field(name: str, schema: Mapping[str, Any], needed: bool) -> Row:
    choices = schema.get("anyOf", [schema])
    bounds = [
        form.format(", ".join(map(str, each[key])) if key == "enum" else each[key])
        for each in choices
        for key, form in _BOUNDS.items()
        if key in each
    ]
    return {
        "name": name,
        "type": " | ".join(dict.fromkeys(_type(each) for each in choices)),
        "allowed": ", ".join(bounds),
        "about": schema.get("description", ""),
        "default": json.dumps(schema.get("default")),
        "needed": needed,
    }


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    found = schema.get("type", "string" if "enum" in schema else "any")
    return " | ".join(found) if isinstance(found, list) else str(found)


def _binary(name: str, header: Mapping[str, Any]) -> Row:
    arrays = sorted(key for key in header if key != "__metadata__")
    return {
        "name": name,
        "metadata": json.dumps(header["__metadata__"], indent=1, sort_keys=True),
        "arrays": [
            {"name": key, "dtype": header[key]["dtype"], "shape": header[key]["shape"]}
            for key in arrays
        ],
    }


# --- limits ---


def _limits(settings: Settings) -> Iterable[Row]:
    for name, field in Settings.model_fields.items():
        kind = name.removesuffix("_burst").removesuffix("_rate")
        if not name.startswith(_CEILINGS) and kind not in WHAT:
            continue
        about = field.description
        if about is None:  # a burst
            about = f"So many {WHAT[kind]} at once."  # type: ignore[index]
        value = getattr(settings, name)
        shown = f"{value:,}" if isinstance(value, int) else f"{value:g}"
        yield {"name": name, "value": shown, "about": about}
