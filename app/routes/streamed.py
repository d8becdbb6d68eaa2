"""Answers that are told while they are computed: JSON objects, one per line (NDJSON)."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

_KIND = "application/x-ndjson"


def streamed(lines: AsyncIterator[str]) -> StreamingResponse:
    """Lines as they come, each with its end. Whoever stops reading ends the work behind them."""
    return StreamingResponse(lines, media_type=_KIND, headers={"Cache-Control": "no-store"})


def told_as(line: type[BaseModel], more: str = "") -> dict[int | str, dict[str, Any]]:
    """The documentation of such an answer; what its lines are may be said with ``more``."""
    description = f"One JSON object per line{more}."
    return {200: {"model": line, "content": {_KIND: {}}, "description": description}}
