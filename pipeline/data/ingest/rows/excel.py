"""An Excel workbook → rows under the header of its first sheet with cells. Runs in the bounded process."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from pipeline.data.ingest.rows.header import LOOKED_AT, Header, blank, header_at
from pipeline.data.ingest.rows.values import plain
from pipeline.errors import UserError

LARGEST = 512 * 2**20
"""Bytes a workbook may unpack to: beyond this it is taken for a bomb."""
EXCERPT = 200
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A character as Excel writes those that XML cannot hold."""
Told = Iterator[dict[str, Any]]
Numbered = Iterator[tuple[int, tuple[Any, ...]]]


def rows(path: Path) -> Told:
    """Values as Excel last computed them; a row's line is the sheet's own. Further sheets are told and not read."""
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST:
            raise UserError("this workbook is too large once unpacked.", where=str(path), remedy="Save the sheet as CSV.")
    book = load_workbook(path, read_only=True, data_only=True)
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    read = None
    for sheet in [*shown, *(sheet for sheet in book.worksheets if sheet not in shown)]:
        found = _filled(sheet)
        first = next(found, None)
        if first is None:
            continue
        if read is None:
            read = sheet
            yield from _sheet(first, found, str(path))
        else:
            yield {"note": f"the sheet {sheet.title!r} is not read, only {read.title!r} is; save it as a file of its own", "line": 1}
    if read is None:
        raise UserError("no sheet of this workbook holds anything.", where=str(path), remedy="Put the table on the first sheet.")


def _filled(sheet: Any) -> Numbered:
    """The rows that hold anything, with their numbers; what the sheet says of its own size does not count."""
    sheet.reset_dimensions()
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(not blank(value) for value in values):
            last = max(place for place, value in enumerate(values) if not blank(value))
            yield number, tuple(_value(value) for value in values[: last + 1])


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), value).replace("\r\n", "\n")
    return plain(value)


def _sheet(first: tuple[int, tuple[Any, ...]], rest: Numbered, where: str) -> Told:
    ahead = [first, *(row for _, row in zip(range(LOOKED_AT - 1), rest, strict=False))]
    header = header_at([values for _, values in ahead], where, [number for number, _ in ahead])
    for number, values in ahead[: header.place]:
        text = " ".join(str(value) for value in values if not blank(value))
        yield {"note": f"stands above the header and is left out: {text[:EXCERPT]}", "line": number}
    for text in header.notes:
        yield {"note": text, "line": ahead[header.place][0]}
    for number, values in (*ahead[header.place + 1 :],):
        yield _row(header, number, values)
    for number, values in rest:
        yield _row(header, number, values)


def _row(header: Header, number: int, values: tuple[Any, ...]) -> dict[str, Any]:
    """A sheet leaves out what is empty at the end of a row."""
    made = header.cells((*values, *[None] * (len(header.names) - len(values))))
    return {"bad": [number, made, str(values)[:EXCERPT]]} if isinstance(made, str) else {"row": [number, made]}
