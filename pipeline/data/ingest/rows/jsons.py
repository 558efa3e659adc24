"""JSON Lines and JSON files → rows of named cells. NaN and Infinity are empty cells; half a character is a bad row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.data.ingest.rows.layouts.shape import table_of
from pipeline.data.ingest.rows.quarantine import EXCERPT, BadRow
from pipeline.data.ingest.rows.row import Row, Rows, shaped_row
from pipeline.data.ingest.text import HALF, encoding_note, open_text, read_text
from pipeline.errors import UserError


def loads(text: str) -> Any:
    """The JSON value; NaN and Infinity, which JSON does not know but Python writes, are None."""
    return json.loads(text, parse_constant=lambda _: None)


def json_lines(path: Path, encoding: str | None) -> Rows:
    """An object a line."""
    found_any = False
    with open_text(path, encoding, "JSON Lines", newline="") as lines:
        yield from encoding_note(path, lines.encoding, encoding)
        for number, line in enumerate(lines, 1):
            if not line.strip().strip("\ufeff"):
                continue
            row = _json_row(str(path), number, line.strip("\ufeff\r\n"))
            found_any = found_any or isinstance(row, Row)
            yield row
    if not found_any:
        raise UserError(
            "no line of this file is a JSON object that can be used.", where=f"{path}:1", remedy="Give JSON Lines: one object a line."
        )


def _json_row(file: str, number: int, line: str) -> Row | BadRow:
    try:
        value = loads(line)
    except (ValueError, RecursionError) as error:
        return BadRow(file, number, "", f"not JSON: {error}", shown(line))
    return _row(file, number, value, shown(line))


def _row(file: str, number: int, value: Any, excerpt: str) -> Row | BadRow:
    if not isinstance(value, dict):
        return BadRow(file, number, "", "not a JSON object", excerpt)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return BadRow(file, number, "", HALF, excerpt)
    except RecursionError:
        return BadRow(file, number, "", "nested too deep", excerpt)
    return shaped_row(file, number, value)


def json_file(path: Path, encoding: str | None) -> Rows:
    """A list of objects, SQuAD v1 or v2, or a mapping with one list of objects; a row's line is its place in the list."""
    text = read_text(path, encoding, "JSON")
    try:
        value = loads(text.strip("\ufeff"))
    except json.JSONDecodeError as error:
        if _is_lines(text):
            yield from json_lines(path, encoding)
            return
        raise UserError(f"not JSON: {error.msg}.", where=f"{path}:{error.lineno}", remedy="One object a line ends in .jsonl.") from None
    except (ValueError, RecursionError):
        raise UserError("this JSON cannot be read: it is nested too deep or holds a number too long.", where=str(path)) from None
    rows = table_of(value)
    if not rows:
        raise UserError("this file holds no list of rows.", where=str(path), remedy="Give a list of objects, or SQuAD's layout.")
    for number, row in enumerate(rows, 1):
        yield _row(str(path), number, row, shown(str(row)))


def _is_lines(text: str) -> bool:
    """Whether the file rather is JSON Lines under another name: its first two lines are objects each."""
    lines = [line for line in text.split("\n", 50)[:50] if line.strip()][:2]
    try:
        return len(lines) == 2 and all(isinstance(loads(line), dict) for line in lines)
    except (ValueError, RecursionError):
        return False


def shown(text: str) -> str:
    """The beginning of it, without halves of characters."""
    return text[:EXCERPT].encode("utf-8", "replace").decode("utf-8")
