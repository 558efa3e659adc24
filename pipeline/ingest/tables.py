"""A file → rows of named cells with the line each begins on. Knows no columns' meanings."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import UserError
from pipeline.ingest.files import excel_file, json_file, parquet_file
from pipeline.ingest.layouts import reshaped
from pipeline.ingest.quarantine import EXCERPT, BadRow
from pipeline.ingest.row import Row, Rows
from pipeline.ingest.text import read_text


def read_rows(path: Path, encoding: str | None = None) -> Rows:
    """Every row of the file, or what is wrong with it, in order; the format goes by the file's ending."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise UserError(
            f"files ending in {ending or 'nothing'!r} are not read as rows.", where=str(path), remedy=f"Known: {', '.join(FORMATS)}."
        )
    return FORMATS[ending](path, encoding)


def _json_lines(path: Path, encoding: str | None) -> Rows:
    text = read_text(path, encoding, "JSON Lines")
    found_any = False
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        row = _json_row(str(path), number, line)
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
    text = read_text(path, encoding, "a CSV table").replace("\r\n", "\n").replace("\r", "\n")
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    began = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield BadRow(str(path), began, "", f"not CSV: {error}")
            return
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


def _delimiter(text: str) -> str:
    """The candidate that splits the first lines into most columns, evenly."""
    lines = [line for line in text[:20_000].split("\n")[:20] if line.strip()]

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
