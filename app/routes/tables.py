"""Tables that people bring: a file comes in, and what was found in it goes out. Rows stay on this
server; whatever stands in the file is numbers or plain text, here and in the page."""

import json
import math
from typing import Any
from urllib.parse import unquote

import numpy as np
from fastapi import APIRouter, Request, Response

from app.bodies.tables import DataBody, TableBody
from app.errors import Invalid, UnknownTable
from app.routes.answers import errors, read_body
from app.runner import Runner
from engine.datasets import Dataset
from engine.datasets.reading import TableError, read_table
from engine.datasets.summary import as_table, describe_table
from engine.datasets.table import TABLES, Table, find_table

_LONGEST_NAME = 80
_MOST_CELLS = 40_000  # of a session's data, sent to be drawn

# Why a file cannot be used; the page says the same in its own words, from the reason and numbers.
SENTENCES = {
    "empty": "The file is empty.",
    "binary": "Line {line}, character {column}: this is no text file.",
    "encoding": "Line {line}: this is not {encoding} text.",
    "one_column": "There is only one column: an input and a target are needed.",
    "no_rows": "There is a header in line {line}, but no row below it.",
    "no_numbers": "No column holds only numbers, and inputs are numbers.",
    "ragged": "Line {line} has {found} fields, the lines before it have {expected}.",
    "quotes": "Line {line}: a quoted field does not end as it should.",
    "too_many_rows": "Line {line}: there are more than {most} rows.",
    "too_many_columns": "There are {found} columns; {most} are allowed.",
    "field_too_long": "Line {line}: a field has more than {most} characters.",
}


def unusable(error: TableError) -> Invalid:
    """A file's refusal with its place; nothing of the file itself is sent back."""
    facts = {"line": error.line, "column": error.column, **error.numbers}
    known = {key: value for key, value in facts.items() if value is not None}
    sentence = SENTENCES[error.reason].format(**known)
    return Invalid(sentence, field="table", allowed={"reason": error.reason, **known})


def table_body(key: str, table: Table) -> bytes:
    return _json({"id": key, **describe_table(table), "found": table.found})


def data_body(dataset: Dataset) -> bytes:
    """The data of a session with what they are like. Long ones are thinned evenly to be drawn, but
    counted in full."""
    table = as_table(dataset)
    most = max(_MOST_CELLS // len(table.columns), 1)
    some = np.unique(np.linspace(0, table.rows - 1, min(most, table.rows)).astype(int))
    values = [[_finite(value) for value in c.values[some].tolist()] for c in table.columns]
    described = describe_table(table)
    del described["preview"]
    marks = {"train": dataset.train, "validation": dataset.validation}
    return _json(
        described
        | {"target": dataset.target, "task": dataset.task, "classes": dataset.classes}
        | {"values": values, "y": dataset.y[some].tolist()}
        | {name: mask[some].tolist() for name, mask in marks.items()}
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode(errors="backslashreplace")


def routes(runner: Runner) -> APIRouter:
    router = APIRouter(tags=["tables"])
    csv_body = {"content": {"text/csv": {"schema": {"type": "string"}}}, "required": True}

    @router.post(
        "/api/tables",
        status_code=201,
        summary="Bring a table of your own",
        response_model=TableBody,
        responses=errors(413, 422),
        openapi_extra={
            "requestBody": csv_body,
            "parameters": [{"name": "name", "in": "query", "schema": {"type": "string"}}],
        },
    )
    async def bring(request: Request) -> Response:
        """The body is a file of values separated by commas, semicolons, tabs or bars. Encoding,
        header and kinds of columns are found. The answer's `id` is for `data.table` of a spec."""
        body = await read_body(request, runner.settings.max_upload_bytes)
        name = unquote(request.query_params.get("name", "")).strip()[:_LONGEST_NAME] or "table"

        def work() -> tuple[Table, str, bytes]:
            table = read_table(body, name)
            key = TABLES.put(table)
            return table, key, table_body(key, table)

        try:
            table, key, answer = await runner.compute.in_worker(work)
        except TableError as error:
            raise unusable(error) from None
        await runner.store.keep_table(key, table)
        where = {"Location": f"/api/tables/{key}"}
        return Response(answer, 201, where, "application/json")

    @router.head("/api/tables/{table_id}", include_in_schema=False)
    @router.get(
        "/api/tables/{table_id}",
        summary="What is in a table",
        response_model=TableBody,
        responses=errors(404),
    )
    async def look(table_id: str) -> Response:
        """`houses` is an invented one, always there."""
        table = find_table(table_id)
        if table is None:
            raise UnknownTable(table_id)
        body = await runner.compute.in_worker(lambda: table_body(table_id, table))
        return Response(body, media_type="application/json")

    @router.head("/api/sessions/{session_id}/data", include_in_schema=False)
    @router.get(
        "/api/sessions/{session_id}/data",
        summary="The data of a session, to be looked at",
        response_model=DataBody,
        responses=errors(404),
    )
    async def data(session_id: str) -> Response:
        """In original units: histograms, quartiles and correlations of every column, and values to
        draw."""
        dataset = runner.lane(session_id).session.trainer.dataset
        body = await runner.compute.in_worker(lambda: data_body(dataset))
        return Response(body, media_type="application/json")

    return router
