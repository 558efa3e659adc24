"""A file → rows of named cells with the line each begins on, by the file's ending. Knows no columns' meanings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.data.ingest.rows.delimited import delimited_file
from pipeline.data.ingest.rows.jsons import json_file, json_lines
from pipeline.data.ingest.rows.limited import limited_file
from pipeline.data.ingest.rows.row import Row, Rows
from pipeline.errors import UserError

FORMATS: dict[str, Callable[[Path, str | None], Rows]] = {
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".csv": delimited_file,
    ".tsv": delimited_file,
    ".json": json_file,
    ".parquet": limited_file,
    ".arrow": limited_file,
    ".feather": limited_file,
    ".xlsx": limited_file,
}


def read_rows(path: Path, encoding: str | None = None) -> Rows:
    """Every row of the file, or what is wrong with it, in order; the format goes by the file's ending."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise UserError(
            f"files ending in {ending or 'nothing'!r} are not read as rows.", where=str(path), remedy=f"Known: {', '.join(FORMATS)}."
        )
    return FORMATS[ending](path, encoding)


__all__ = ["FORMATS", "Row", "Rows", "read_rows"]
