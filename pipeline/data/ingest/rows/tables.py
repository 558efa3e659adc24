"""A file → rows of named cells with the line each begins on. Knows no columns' meanings."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.data.ingest.rows.files import excel_file, json_file, parquet_file
from pipeline.data.ingest.rows.layouts import reshaped
from pipeline.data.ingest.rows.quarantine import EXCERPT, BadRow
from pipeline.data.ingest.rows.row import Row, Rows
from pipeline.data.ingest.text import open_text
from pipeline.errors import UserError

if TYPE_CHECKING:
    from _csv import Reader

SNIFFED = 20_000
"""Characters from which the delimiter is told."""
LONGEST_CELL = 16 * 2**20
csv.field_size_limit(LONGEST_CELL)


def read_rows(path: Path, encoding: str | None = None) -> Rows:
    """Every row of the file, or what is wrong with it, in order; the format goes by the file's ending."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise UserError(
            f"files ending in {ending or 'nothing'!r} are not read as rows.", where=str(path), remedy=f"Known: {', '.join(FORMATS)}."
        )
    return FORMATS[ending](path, encoding)


def _json_lines(path: Path, encoding: str | None) -> Rows:
    found_any = False
    with open_text(path, encoding, "JSON Lines", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = _json_row(str(path), number, line.rstrip("\n"))
            found_any = found_any or isinstance(row, Row)
            yield row
    if not found_any:
        raise UserError("no line of this file is a JSON object.", where=f"{path}:1", remedy="Give JSON Lines: one object a line.")


def _json_row(file: str, number: int, line: str) -> Row | BadRow:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadRow(file, number, "", f"not JSON: {error}", line[:EXCERPT])
    if not isinstance(value, dict):
        return BadRow(file, number, "", "not a JSON object", line[:EXCERPT])
    return Row(file, number, reshaped(value))


def _delimited(path: Path, encoding: str | None) -> Rows:
    with open_text(path, encoding, "a CSV table") as source:
        delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(source.read(SNIFFED))
        source.seek(0)
        yield from _records(path, csv.reader(source, delimiter=delimiter, strict=True), delimiter)


def _records(path: Path, reader: Reader, delimiter: str) -> Rows:
    """A record that is no CSV is reported and the next one read; the header must be."""
    header: list[str] | None = None
    began = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if header is None:
                raise UserError(f"the header is no CSV: {error}.", where=f"{path}:1", remedy="Name each column once.") from None
            yield BadRow(str(path), began, "", _what_is_wrong(error, began, reader.line_num))
            began = reader.line_num + 1
            continue
        if cells is None:
            return
        if header is None:
            header = [name.strip() for name in cells]
            _check_header(header, path)
        elif any(cell.strip() for cell in cells):
            if len(cells) != len(header):
                yield BadRow(
                    str(path), began, "", f"{len(cells)} cells where the header has {len(header)}", delimiter.join(cells)[:EXCERPT]
                )
            else:
                yield Row(str(path), began, dict(zip(header, cells, strict=True)))
        began = reader.line_num + 1


def _what_is_wrong(error: csv.Error, began: int, ended: int) -> str:
    if "unexpected end of data" in str(error) and ended > began:
        return f"not CSV: a quote that opens here is never closed, which swallows the {ended - began} lines after it"
    return f"not CSV: {error}"


def _delimiter(text: str) -> str:
    """The candidate that splits the first lines into most columns, evenly."""
    lines = [line for line in text.split("\n")[:20] if line.strip()]

    def columns(candidate: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=candidate)] or [0]
        return (widths.count(widths[0]) if widths[0] > 1 else 0, widths[0])

    return max(",;\t|", key=columns)


def _check_header(header: list[str], path: Path) -> None:
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise UserError(
            f"the column {sorted(twice)[0]!r} stands in the header twice.", where=f"{path}:1", remedy="Give each column a name of its own."
        )


__all__ = ["FORMATS", "Row", "Rows", "read_rows"]
FORMATS: dict[str, Callable[[Path, str | None], Rows]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _delimited,
    ".tsv": _delimited,
    ".json": json_file,
    ".parquet": parquet_file,
    ".xlsx": excel_file,
}
