"""The engine held against published numbers, computed while one looks."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import lru_cache

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from latex2mathml.converter import convert

from app.messages import ConformanceRow
from app.runner.process import lines_of


@lru_cache(maxsize=256)
def mathml(latex: str) -> str:
    """One of our own formulas as MathML; never a user's, which the converter would not escape."""
    return convert(latex) if latex else ""


def routes() -> APIRouter:
    router = APIRouter(tags=["conformance"])
    one_at_a_time = asyncio.Lock()

    async def rows() -> AsyncIterator[str]:
        async with one_at_a_time:
            async for line in lines_of("engine.conformance", "--json"):
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
