"""Who may use which route, and what it counts as: one row for each. `app.routes.gate` goes by this
table for requests and streams, `app.main` fails when a route has no row or a row no route, and the
reference page shows it.

``anyone``   who can reach the server: pages, files, menus, what is computed from a request alone
``session``  who has the id of the session, or of the race, which cannot be guessed
``saver``    everyone may look; who saved the run, or the teacher, may change it
``teacher``  who has the teacher key; on a server for this machine alone, whoever sits there
"""

import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from app.limits import Kind

Who = Literal["anyone", "session", "saver", "teacher"]


class Rule(NamedTuple):
    """``cost`` is the kind of request it is, beside being a request."""

    who: Who
    cost: Kind = "request"


_READ, _WORK = Rule("anyone"), Rule("anyone", "work")
_MAKE, _UPLOAD = Rule("anyone", "making"), Rule("anyone", "upload")
_SESSION, _SESSION_WORK = Rule("session"), Rule("session", "work")
_SAVER, _TEACHER = Rule("saver"), Rule("teacher")

RULES: dict[str, Rule] = {
    # --- pages and files ---
    "GET /": _READ,
    "GET /walkthrough": _READ,
    "GET /walkthrough/sheet": _WORK,
    "GET /optimizers": _READ,
    "GET /conformance": _READ,
    "GET /status": _READ,  # the page; what it shows is for the teacher
    "GET /docs": _READ,
    "GET /docs/protocol": _READ,
    "GET /openapi.json": _READ,
    "GET /static/{version}/{path:path}": _READ,
    "GET /libraries/{version}/plotly.js": _READ,
    # --- the server ---
    "GET /healthz": _READ,
    "GET /readyz": _READ,
    "GET /metrics": _TEACHER,
    "GET /api/status": _TEACHER,
    "POST /api/status/sessions/{session_id}/rest": _TEACHER,
    "DELETE /api/status/sessions/{session_id}": _TEACHER,
    "GET /api/teacher": _READ,
    "POST /api/teacher": _READ,  # the way to become one
    "DELETE /api/teacher": _READ,
    # --- what can be chosen ---
    "GET /api/catalog": _READ,
    "GET /api/catalog/formulas": _READ,
    "GET /api/conformance": _WORK,
    "GET /api/schedules/preview": _WORK,
    "GET /api/presets": _READ,
    "GET /api/presets/{name}/picture": _WORK,
    "GET /api/surfaces": _READ,
    "GET /api/walks/presets": _READ,
    # --- what is computed from the request alone ---
    "POST /api/surfaces/heights": _WORK,
    "POST /api/descents": _WORK,
    "POST /api/descents/step": _WORK,
    "GET /api/descents/regimes": _WORK,
    "POST /api/descents/convergence": _WORK,
    "POST /api/descents/rates": _WORK,
    "POST /api/landscapes": _WORK,
    "POST /api/landscapes/curvature": _WORK,
    "POST /api/walks": _WORK,
    "POST /api/walks/check": _WORK,
    "POST /api/walks/code": _WORK,
    # --- tables: named by the hash of their content ---
    "POST /api/tables": _UPLOAD,
    "GET /api/tables/{table_id}": _READ,
    # --- races of nets ---
    "POST /api/races": _MAKE,
    "GET /api/races/presets": _READ,
    "POST /api/races/rates": _WORK,
    "GET /api/races/{race_id}": _SESSION_WORK,
    "DELETE /api/races/{race_id}": _SESSION,
    "POST /api/races/{race_id}/seek": _SESSION_WORK,
    "POST /api/races/{race_id}/advance": _SESSION_WORK,
    "GET /api/races/{race_id}/curves": _SESSION_WORK,
    "GET /api/races/{race_id}/curves.csv": _SESSION_WORK,
    "GET /api/races/{race_id}/race.json": _SESSION,
    "WS /api/races/{race_id}/stream": Rule("session", "joining"),
    # --- sessions ---
    "POST /api/sessions": _MAKE,
    "GET /api/sessions/{session_id}": _SESSION_WORK,
    "DELETE /api/sessions/{session_id}": _SESSION,
    "WS /api/sessions/{session_id}/stream": Rule("session", "joining"),
    "GET /api/sessions/{session_id}/runs": _SESSION,
    "GET /api/sessions/{session_id}/runs/{run}": _SESSION,
    "DELETE /api/sessions/{session_id}/runs/{run}": _SESSION,
    "GET /api/sessions/{session_id}/data": _SESSION_WORK,
    "PUT /api/sessions/{session_id}/weights": Rule("session", "upload"),
    "GET /api/sessions/{session_id}/explain": _SESSION_WORK,
    "POST /api/sessions/{session_id}/check": _SESSION_WORK,
    "GET /api/sessions/{session_id}/diagnosis": _SESSION_WORK,
    "GET /api/sessions/{session_id}/confusion": _SESSION_WORK,
    "POST /api/sessions/{session_id}/folds": _SESSION_WORK,
    "GET /api/sessions/{session_id}/history/layers": _SESSION_WORK,
    "GET /api/sessions/{session_id}/history/histograms": _SESSION_WORK,
    "GET /api/sessions/{session_id}/history/element": _SESSION_WORK,
    "GET /api/sessions/{session_id}/optimizer": _SESSION_WORK,
    "GET /api/sessions/{session_id}/hidden": _SESSION_WORK,
    "GET /api/sessions/{session_id}/landscape": _SESSION_WORK,
    "GET /api/sessions/{session_id}/export/spec.json": _SESSION,
    "GET /api/sessions/{session_id}/export/weights.safetensors": _SESSION,
    "GET /api/sessions/{session_id}/export/train_numpy.py": _SESSION_WORK,
    "GET /api/sessions/{session_id}/export/train_pytorch.py": _SESSION_WORK,
    "GET /api/sessions/{session_id}/export/losses.csv": _SESSION,
    "GET /api/sessions/{session_id}/export/net.svg": _SESSION_WORK,
    "GET /api/sessions/{session_id}/export/output.svg": _SESSION_WORK,
    "GET /api/sessions/{session_id}/export/curves.svg": _SESSION_WORK,
    "GET /api/sessions/{session_id}/export/report.html": _SESSION_WORK,
    "POST /api/sessions/{session_id}/share": _SESSION_WORK,
    # --- runs and races that are kept ---
    "GET /api/saved": _READ,
    "POST /api/saved": _UPLOAD,  # for whoever has the session it names
    "PATCH /api/saved/{run_id}": _SAVER,
    "DELETE /api/saved/{run_id}": _SAVER,
    "GET /api/saved/{run_id}/file": _WORK,
    "POST /api/saved/{run_id}/open": _MAKE,
    "POST /api/shared": _MAKE,
    "GET /api/saved-races": _READ,
    "POST /api/saved-races": _UPLOAD,
    "GET /api/saved-races/{saved_id}": _READ,
    "PATCH /api/saved-races/{saved_id}": _SAVER,
    "DELETE /api/saved-races/{saved_id}": _SAVER,
}

_PATTERNS: list[tuple[str, re.Pattern[str], Rule]] = [
    (method, compile_path(path)[0], rule)
    for method, _, path, rule in ((*name.partition(" "), rule) for name, rule in RULES.items())
    if "{" in path
]


def rule_of(method: str, path: str) -> Rule | None:
    """The rule of a request, ``WS`` for a stream; None where there is no route, or another method
    is needed."""
    method = "GET" if method == "HEAD" else method
    if (found := RULES.get(f"{method} {path}")) is not None and "{" not in path:
        return found
    for own, pattern, rule in _PATTERNS:
        if own == method and pattern.fullmatch(path):
            return rule
    return None


class NoRule(Exception):
    """A route that nobody has said who may use, or a rule for a route that there is not."""


def hold(routes: Iterable[Any], rules: dict[str, Rule] = RULES) -> None:
    """Fail when they and the table do not agree. Raises NoRule."""
    found = {name for route in iter_route_contexts([*routes]) for name in _names(route)}
    if lacking := sorted(found - rules.keys()):
        raise NoRule(f"no rule in app/routes/rules.py for {', '.join(lacking)}")
    if idle := sorted(rules.keys() - found):
        raise NoRule(f"no route for the rules of {', '.join(idle)}")
    for name, rule in rules.items():
        names_one = "{session_id}" in name or "/races/{race_id}" in name
        if (rule.who == "session") != (names_one and rule.who != "teacher"):
            raise NoRule(f"{name} is for {rule.who}, its path says otherwise")


def _names(route: Any) -> list[str]:
    """A HEAD belongs to its GET; what has no methods is a stream."""
    methods = {"GET" if method == "HEAD" else method for method in route.methods or ["WS"]}
    return [f"{method} {route.path}" for method in sorted(methods)]
