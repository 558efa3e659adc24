"""JSON, Parquet and Excel files → rows. Knows no columns' meanings; the libraries are loaded when such a file is met."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline.data.ingest.rows.layouts import reshaped, table_of
from pipeline.data.ingest.rows.quarantine import EXCERPT, BadRow
from pipeline.data.ingest.rows.row import Row, Rows
from pipeline.data.ingest.text import opened, read_text
from pipeline.errors import UserError

BATCH = 4096
LARGEST_SHEET = 512 * 2**20
"""Bytes a workbook may unpack to: beyond this it is taken for a bomb."""


def json_file(path: Path, encoding: str | None) -> Rows:
    """A list of objects, SQuAD v1 or v2, or a mapping with one list of objects; a row's line is its place in the list."""
    text = read_text(path, encoding, "JSON")
    try:
        rows = table_of(json.loads(text))
    except json.JSONDecodeError as error:
        raise UserError(f"not JSON: {error.msg}.", where=f"{path}:{error.lineno}", remedy="One object a line ends in .jsonl.") from None
    except (ValueError, RecursionError):
        raise UserError("this JSON cannot be read: it is nested too deep or holds a number too long.", where=str(path)) from None
    if not rows:
        raise UserError("this file holds no list of rows.", where=str(path), remedy="Give a list of objects, or SQuAD's layout.")
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield Row(str(path), number, reshaped(row))
        else:
            yield BadRow(str(path), number, "", "not a JSON object", str(row)[:EXCERPT])


def parquet_file(path: Path, encoding: str | None) -> Rows:
    """Every row, batch by batch; a row's line is its place in the file."""
    import pyarrow
    import pyarrow.parquet

    _check_mark(path, b"PAR1", "a Parquet file")
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as source:
            for batch in source.iter_batches(BATCH):
                for cells in batch.to_pylist():
                    number += 1
                    yield Row(str(path), number, reshaped({name: plain(value) for name, value in cells.items()}))
    except (pyarrow.ArrowException, OSError) as error:
        raise UserError(f"this Parquet file is damaged ({str(error)[:EXCERPT]}).", where=f"{path}:{number + 1}") from None


def excel_file(path: Path, encoding: str | None) -> Rows:
    """The rows of the first sheet under its header, values as Excel last computed them; a row's line is the sheet's own."""
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise UserError("Excel files need openpyxl.", where=str(path), remedy="pip install 'bakeoff[documents]', or save as CSV.") from None

    _check_mark(path, b"PK", "an Excel workbook (.xlsx)")
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_SHEET:
                raise UserError("this workbook is too large once unpacked.", where=str(path), remedy="Save the sheet as CSV.")
        book = load_workbook(path, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True)) if book.worksheets else []
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, EOFError, SyntaxError) as error:
        raise UserError(
            f"this workbook cannot be read ({type(error).__name__}).", where=str(path), remedy="Save it anew, or as CSV."
        ) from None
    yield from _sheet(path, rows)


def _sheet(path: Path, rows: list[tuple[Any, ...]]) -> Iterator[Row | BadRow]:
    if not rows:
        raise UserError("the first sheet is empty.", where=str(path), remedy="Put the table on the first sheet.")
    header = [str(name).strip() if name is not None else "" for name in rows[0]]
    named = [name for name in header if name]
    if len(set(named)) < len(named) or not named:
        raise UserError("the first row must give each column a name of its own.", where=f"{path}:1")
    for number, values in enumerate(rows[1:], 2):
        if all(value is None for value in values):
            continue
        if any(value is not None for name, value in zip(header, values, strict=False) if not name):
            yield BadRow(str(path), number, "", "a cell stands under no column's name", str(values)[:EXCERPT])
        else:
            yield Row(str(path), number, {name: plain(value) for name, value in zip(header, values, strict=False) if name})


def plain(value: Any) -> Any:
    """As JSON would hold it: dates as ISO text, bytes as nothing that could be read."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _check_mark(path: Path, mark: bytes, expected: str) -> None:
    with opened(path) as source:
        head = source.read(len(mark))
    if not head:
        raise UserError("this file is empty.", where=str(path), remedy="Give a file with at least one row.")
    if head != mark:
        raise UserError(f"this is not {expected}.", where=str(path), remedy="Give the file its right type and ending.")
