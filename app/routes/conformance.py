"""The engine held against published numbers, computed while one looks."""

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.bodies.service import ConformanceRow
from app.formulas import from_latex
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
        responses={
            200: {
                "model": ConformanceRow,
                "content": {"application/x-ndjson": {}},
                "description": "One JSON object per line, each as soon as it has been computed.",
            }
        },
    )
    async def conformance() -> StreamingResponse:
        return StreamingResponse(
            rows(), media_type="application/x-ndjson", headers={"Cache-Control": "no-store"}
        )

    return router
