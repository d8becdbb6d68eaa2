"""A run as one HTML file that opens anywhere, without a server and without a network."""

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files as package_files
from typing import Any

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app import __version__
from app.exports.run.history import History
from app.exports.run.report import Report, report
from app.routes.answers import errors
from app.routes.static import StaticFiles, folder
from app.runner import Runner, scratch
from engine.fields import Choice

LANGUAGES = {"en": "en", "zh": "zh-CN"}


@cache
def plotly() -> str:
    """The library, from the package that is installed; read when the first report is written."""
    return (package_files("plotly") / "package_data" / "plotly.min.js").read_text("utf-8")


def routes(runner: Runner, files: StaticFiles) -> APIRouter:
    router = APIRouter(prefix="/api/sessions/{session_id}/export", tags=["sessions"])
    templates = Environment(
        loader=FileSystemLoader(folder("templates")), autoescape=True, undefined=StrictUndefined
    )

    def page(made: Report, language: str) -> bytes:
        words: dict[str, Any] = json.loads(
            (folder("templates") / f"report.{language}.json").read_text(encoding="utf-8")
        )
        html = templates.get_template("report.html").render(
            report=made,
            words=words,
            tag=LANGUAGES[language],
            version=__version__,
            made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            net=Markup(made.net),
            output=Markup(made.output or ""),
            curves=Markup(made.curves),
            script_words=Markup(json.dumps(words["curves"]).replace("<", "\\u003c")),
            plotly=Markup(plotly()),
        )
        return html.encode()

    @router.get(
        "/report.html",
        summary="A report of the run, one file that opens offline",
        response_class=Response,
        responses={
            200: {"content": {"text/html": {}}, "description": "A file to keep, report.html"},
            **errors(404, 422),
        },
        openapi_extra={
            "parameters": [
                {
                    "name": "language",
                    "in": "query",
                    "schema": {"enum": list(LANGUAGES), "default": "en"},
                }
            ]
        },
    )
    async def export(request: Request, session_id: str) -> Response:
        """Results, settings, changes on the way, pictures, and the curves as a Plotly chart with
        the library in the file."""
        asked = request.query_params.get("language", "en")
        language = Choice(tuple(LANGUAGES)).check(asked, "language")
        catalog = json.loads(files[f"locales/{language}/app.json"])["catalog"]
        lane = runner.lane(session_id)
        history = await scratch.find(lane, History.of)
        body = await scratch.there(
            lane, history.now, lambda trainer: page(report(trainer, history, catalog), language)
        )
        headers = {
            "Content-Disposition": 'attachment; filename="backprop-lab-report.html"',
            "Cache-Control": "no-store",
        }
        return Response(body, headers=headers, media_type="text/html; charset=utf-8")

    return router
