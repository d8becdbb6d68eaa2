"""The one library that a page may load, Plotly for surfaces in space: from the package that is
installed, under an address that names its content, and only when somebody opens that view."""

import gzip
import hashlib
import json
import re
from functools import cache
from importlib.resources import files as package_files

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from app.routes.answers import accepts_gzip
from app.runner import Runner

# Plotly writes style sheets into the page, which our policy refuses, unless elements of these ids
# are there. What it needs of them stands in our own style sheet.
_STYLES = re.compile(r'getElementById\("([0-9a-f]{64})"\)')
_GLOBAL = "plotly.js-style-global"
_PREAMBLE = """for (const id of %s) {
  const mark = document.createElement("meta");
  mark.id = id;
  mark.className = "no-inline-styles";
  document.head.append(mark);
}
"""


@cache
def plotly() -> bytes:
    """The library as a page can load it."""
    text = (package_files("plotly") / "package_data" / "plotly.min.js").read_text("utf-8")
    marks = [_GLOBAL, *dict.fromkeys(_STYLES.findall(text))]
    return (_PREAMBLE % json.dumps(marks) + text).encode()


@cache
def _compressed() -> bytes:
    return gzip.compress(plotly(), 6, mtime=0)


@cache
def plotly_address() -> str:
    return f"/libraries/{hashlib.sha256(plotly()).hexdigest()[:12]}/plotly.js"


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.api_route("/libraries/{version}/plotly.js", methods=["GET", "HEAD"])
    async def library(version: str, request: Request) -> Response:
        if request.url.path != plotly_address():
            raise HTTPException(404, f"There is no version {version[:20]} of Plotly here.")
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
        }
        content = plotly()
        if accepts_gzip(request):
            headers["Content-Encoding"] = "gzip"
            content = await runner.compute.in_worker(_compressed)
        return Response(content, headers=headers, media_type="text/javascript; charset=utf-8")

    return router
