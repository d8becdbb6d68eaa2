"""Whether the server is up."""

from fastapi import APIRouter

from app import __version__
from app.messages import Health


def routes() -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz", summary="Whether the server is up", response_model=Health)
    async def healthz() -> Health:
        return Health(version=__version__)

    return router
