"""A file of separated values, read: bytes in, a table out, or a refusal that names the place.

Encoding, delimiter, header, decimal comma and the kinds of columns are found, and said in
`Table.found`. Cells are only ever numbers or plain text: what looks like a formula is text.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from engine.datasets.table import Column, Table
from engine.ops import Array

MOST_ROWS = 10_000
MOST_COLUMNS = 100
MOST_CHARACTERS = 1_000  # of a cell
MOST_NAME = 60  # characters of a column's name that are kept
DELIMITERS = ("\t", ";", "|", ",")  # the first of those that fit: commas also occur within numbers
MISSING = {"", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "?", ".", "#n/a"}
_SAMPLE = 200  # records the delimiter is found from

Records = list[tuple[int, list[str]]]  # with the line each ends at


class TableError(ValueError):
    """A file that cannot be used: why, as a name and numbers; where, as line and column."""

    def __init__(
        self, reason: str, *, line: int | None = None, column: int | None = None, **numbers: Any
    ) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column, self.numbers = reason, line, column, numbers


def read_table(body: bytes, name: str = "table") -> Table:
    """The table in a file. Raises TableError."""
    text, encoding = decode(body)
    if not text.strip():
        raise TableError("empty")
    delimiter = find_delimiter(text)
    records = list(read_records(text, delimiter))
    if not records:
        raise TableError("empty")
    width = _check_widths(records)
    comma = delimiter != "," and _decimal_comma(records)
    header = _has_header(records, comma)
    names = _names(records[0][1] if header else [""] * width)
    rows = records[1:] if header else records
    if not rows:
        raise TableError("no_rows", line=records[0][0])
    if len(rows) > MOST_ROWS:
        raise TableError("too_many_rows", line=rows[MOST_ROWS][0], most=MOST_ROWS)
    columns = tuple(
        _column(name, [cells[i] for _, cells in rows], comma) for i, name in enumerate(names)
    )
    if all(column.texts or column.missing.all() for column in columns):
        raise TableError("no_numbers", line=rows[0][0])
    found: dict[str, str | bool] = {
        "encoding": encoding,
        "delimiter": delimiter,
        "header": header,
        "decimal_comma": comma,
    }
    return Table(name, columns, found)


# --- bytes to text ---


def decode(body: bytes) -> tuple[str, str]:
    """The text, without a byte order mark, and the name of its encoding."""
    marked = [encoding for mark, encoding in _MARKS.items() if body.startswith(mark)]
    encoding = marked[0] if marked else _unmarked(body)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise TableError("encoding", line=line, encoding=encoding) from None
    for line, row in enumerate(text.split("\n"), 1):
        if (odd := _CONTROL.search(row)) is not None:
            raise TableError("binary", line=line, column=odd.start() + 1)
    return text, "utf-8" if encoding == "utf-8-sig" else encoding


_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_CHINESE = re.compile("[\u4e00-\u9fff]")


def _unmarked(body: bytes) -> str:
    """UTF-8 if it is that; else what old programs write in Chinese, or in western Europe."""
    start = body[:2000]
    if len(start) > 3 and b"\x00" in start and len(body) % 2 == 0:
        for at, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            half = start[at::2]
            if half.count(0) > 0.6 * len(half) and 0 not in start[1 - at :: 2]:
                return encoding
    for encoding in ("utf-8", "gb18030"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _is_chinese(text):
            return encoding
    return "utf-8" if _CONTROL_BYTES.search(body) else "cp1252"


def _is_chinese(text: str) -> bool:
    """Whether most signs are common ones: what is western text read as Chinese has rare ones."""
    leads: list[int] = [sign.encode("gb18030")[0] for sign in _CHINESE.findall(text)]
    common = sum(0xB0 <= lead <= 0xD7 for lead in leads)
    return 2 * common > len(leads)


_CONTROL_BYTES = re.compile(b"[\x00-\x08\x0e-\x1f\x7f]")


# --- text to records ---


def find_delimiter(text: str) -> str:
    """The one at which most records have the same number of fields, more than one."""
    best, delimiter = 0.0, ","
    for candidate in DELIMITERS:
        widths = Counter(_some_widths(text, candidate))
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        share = count / max(sum(widths.values()), 1)
        if width > 1 and share > best + 1e-9:
            best, delimiter = share, candidate
    return delimiter


def _some_widths(text: str, delimiter: str) -> Iterator[int]:
    try:
        for _, cells in islice(read_records(text, delimiter), _SAMPLE):
            yield len(cells)
    except TableError:
        return


def read_records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every record that is not blank, with the line it ends at. Raises TableError."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_ROWS + 1:
                raise TableError("too_many_rows", line=reader.line_num, most=MOST_ROWS)
            yield reader.line_num, cells
    except csv.Error as error:
        reason = "field_too_long" if "field larger" in str(error) else "quotes"
        raise TableError(reason, line=max(reader.line_num, 1), most=MOST_CHARACTERS) from None


def _check_widths(records: Records) -> int:
    """As many fields in every record as in the first; empty ones at the end do not count."""
    width = len(records[0][1])
    while width > 1 and not any("".join(cells[width - 1 :]).strip() for _, cells in records):
        width -= 1
    if width < 2:
        raise TableError("one_column", line=records[0][0])
    if width > MOST_COLUMNS:
        raise TableError("too_many_columns", line=records[0][0], found=width, most=MOST_COLUMNS)
    for line, cells in records:
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            raise TableError("ragged", line=line, found=len(cells), expected=width)
        lengths = [len(cell) for cell in cells]
        if max(lengths) > MOST_CHARACTERS:
            column = lengths.index(max(lengths)) + 1
            raise TableError("field_too_long", line=line, column=column, most=MOST_CHARACTERS)
    return width


# --- records to columns ---


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def as_number(cell: str, comma: bool = False) -> float | None:
    """A number as people write it, None for anything else. What is not finite is NaN: missing."""
    text = cell.strip().replace("\u2212", "-")
    if comma:
        text = text.replace(",", ".") if "." not in text else "x"
    try:
        number = float(text)
    except ValueError:
        return None
    if "_" in text or not text.isascii():
        return None  # Python reads 1_000, people do not write it
    return number if math.isfinite(number) else math.nan


_WITH_COMMA = re.compile(r"\s*[-+]?\d+,\d+([eE][-+]?\d+)?\s*")
_WITH_POINT = re.compile(r"\s*[-+]?\d*\.\d+([eE][-+]?\d+)?\s*")


def _decimal_comma(records: Records) -> bool:
    cells = [cell for _, row in records[: _SAMPLE * 5] for cell in row]
    commas = sum(_WITH_COMMA.fullmatch(cell) is not None for cell in cells)
    points = sum(_WITH_POINT.fullmatch(cell) is not None for cell in cells)
    return commas > points


def _has_header(records: Records, comma: bool) -> bool:
    """No number in the first record, and one in another."""

    def numbers(cells: list[str]) -> bool:
        return any(as_number(cell, comma) is not None for cell in cells if not is_missing(cell))

    first, *others = (cells for _, cells in records)
    if numbers(first) or all(is_missing(cell) for cell in first):
        return False
    return not others or any(map(numbers, others))


def _names(header: list[str]) -> list[str]:
    """A name for every column, each once."""
    names: list[str] = []
    for i, cell in enumerate(header, 1):
        name = " ".join(cell.split())[:MOST_NAME] or f"column_{i}"
        base, again = name, 2
        while name in names:
            name, again = f"{base}_{again}", again + 1
        names.append(name)
    return names


def _column(name: str, cells: list[str], comma: bool) -> Column:
    """Numbers if all that is there is one, at least one; else texts."""
    if not comma and (plain := _plain_numbers(cells)) is not None:
        return Column(name, plain)
    gone = [is_missing(cell) for cell in cells]
    values = np.full(len(cells), np.nan)
    for row, (cell, no) in enumerate(zip(cells, gone, strict=True)):
        if no:
            continue
        number = as_number(cell, comma)
        if number is None:
            break
        values[row] = number
    else:
        return Column(name, values)
    texts = [None if no else cell.strip() for cell, no in zip(cells, gone, strict=True)]
    known = sorted({text for text in texts if text is not None})
    place = {text: i for i, text in enumerate(known)}
    codes = [-1.0 if text is None else float(place[text]) for text in texts]
    return Column(name, np.array(codes), tuple(known))


def _plain_numbers(cells: list[str]) -> Array | None:
    """Numbers without gaps and signs of their own, read as fast as Python can; else None."""
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError:
        return None
    together = "".join(cells)
    if "_" in together or not together.isascii():
        return None
    values[~np.isfinite(values)] = np.nan
    return values
