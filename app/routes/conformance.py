"""The engine held against published numbers, computed while one looks."""

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.bodies.service import ConformanceRow
from app.formulas import from_latex
from app.routes.streamed import streamed, told_as
from app.runner.process import OneAtATime


def routes() -> APIRouter:
    router = APIRouter(tags=["conformance"])
    checks = OneAtATime("engine.conformance", "--json")

    async def rows() -> AsyncIterator[str]:
        async for line in checks.lines():
            row = json.loads(line)
            yield json.dumps(row | {"mathml": from_latex(row["formula"])}) + "\n"

    @router.get(
        "/api/conformance",
        summary="Every op, optimizer and schedule held against published numbers",
        response_class=StreamingResponse,
        responses=told_as(ConformanceRow, ", each as soon as it has been computed"),
    )
    async def conformance() -> StreamingResponse:
        return streamed(rows())

    return router
