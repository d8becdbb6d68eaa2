"""Data as columns: those of a table that was brought, and those of a session."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class TableColumn(BaseModel):
    """One column: numbers by their distribution, texts by how often each occurs."""

    name: str
    kind: Literal["number", "text"]
    missing: int
    distinct: int
    min: float | None
    max: float | None
    mean: float | None
    quartiles: list[float | None] | None
    histogram: dict[str, Any] = Field(
        description="counts with the edges of bins, or with labels and a count of all others"
    )


class DescribedTable(BaseModel):
    """Columns, how many rows repeat an earlier one, and how columns of numbers move together."""

    name: str
    rows: int
    columns: list[TableColumn]
    duplicates: int
    correlation: list[list[float | None]]


class TableBody(DescribedTable):
    """A table that was brought, its first rows, and what reading it has made out."""

    id: str
    preview: list[list[float | str | None]]
    found: dict[str, str | bool]


class DataBody(DescribedTable):
    """A session's data; ``values`` has a list for each column, thinned evenly when there are many
    rows, and so are the targets ``y`` as the net sees them and the marks of ``train`` and
    ``validation``; the rows without either are for the test."""

    target: str
    task: str
    classes: int
    values: list[list[float | None]]
    y: list[float]
    train: list[bool]
    validation: list[bool]
