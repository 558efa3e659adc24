"""Questions that are at hand already: rows with answers, a search log, tickets. Reads the questions alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.data.ingest.rows.names import EXAMPLES, find
from pipeline.data.ingest.rows.quarantine import BadRow
from pipeline.data.ingest.rows.tables import read_rows
from pipeline.errors import UserError


def questions_in(files: Sequence[Path], column: str | None = None) -> list[str]:
    """Each question once, in their order. UserError where a file cannot be read, or no column is called like one of questions."""
    return list(dict.fromkeys(text for path in files for text in _of(path, column)))


def _of(path: Path, column: str | None) -> list[str]:
    found: list[str] = []
    for row in read_rows(path):
        if isinstance(row, BadRow):
            continue
        there = [str(name) for name in row.cells]
        name = column if column in there else None if column else find(there, EXAMPLES["input"])
        if name is None:
            raise UserError(f"which column holds the questions? ({', '.join(there)})", where=row.origin, remedy="Call it question.")
        value = row.cells.get(name)
        if isinstance(value, str) and value.strip():
            found.append(" ".join(value.split()))
    return found
