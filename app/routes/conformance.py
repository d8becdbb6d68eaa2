"""The engine held against published numbers, computed while one looks."""

import json
from collections.abc import AsyncIterator
from functools import lru_cache

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from latex2mathml.converter import convert

from app.messages import ConformanceRow
from app.runner.process import OneAtATime


@lru_cache(maxsize=256)
def mathml(latex: str) -> str:
    """One of our own formulas as MathML; never a user's, which the converter would not escape."""
    return convert(latex) if latex else ""


def routes() -> APIRouter:
    router = APIRouter(tags=["conformance"])
    checks = OneAtATime("engine.conformance", "--json")

    async def rows() -> AsyncIterator[str]:
        async for line in checks.lines():
            row = json.loads(line)
            yield json.dumps(row | {"mathml": mathml(row["formula"])}) + "\n"

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
