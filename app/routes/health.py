"""Whether the server is up, and how busy it is."""

from fastapi import APIRouter

from app import __version__
from app.bodies.service import Health, LoopLag
from app.runner import Runner


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz", summary="Whether the server is up", response_model=Health)
    async def healthz() -> Health:
        lag = runner.lag.latest()
        return Health(
            version=__version__,
            sessions=len(runner),
            streams=runner.streams,
            loop_lag=None
            if lag is None
            else LoopLag(
                median=1000 * lag.median, p99=1000 * lag.p99, most=1000 * lag.most, ticks=lag.ticks
            ),
        )

    return router
