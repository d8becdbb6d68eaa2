"""The pages themselves: a template with the address of its files, and nothing else that changes."""

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import __version__
from app.routes.answers import text
from app.routes.libraries import plotly_address
from app.routes.static import StaticFiles, folder

LANGUAGES = ("en", "zh")


def routes(files: StaticFiles) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=FileSystemLoader(folder("templates")), autoescape=True, undefined=StrictUndefined
    )

    def page(request: Request, template: str, **more: str) -> Response:
        html = templates.get_template(template).render(
            static_root=f"/static/{files.version}", version=__version__, languages=LANGUAGES, **more
        )
        return text(request, html.encode(), "text/html; charset=utf-8")

    @router.head("/")
    @router.get("/")
    async def playground(request: Request) -> Response:
        return page(request, "playground.html")

    @router.head("/walkthrough")
    @router.get("/walkthrough")
    async def walkthrough(request: Request) -> Response:
        return page(request, "walkthrough.html")

    @router.head("/optimizers")
    @router.get("/optimizers")
    async def optimizers(request: Request) -> Response:
        return page(request, "optimizers.html", plotly=plotly_address())

    @router.head("/conformance")
    @router.get("/conformance")
    async def conformance(request: Request) -> Response:
        return page(request, "conformance.html")

    @router.head("/status")
    @router.get("/status")
    async def status(request: Request) -> Response:
        return page(request, "status.html")

    return router
