"""One row as it stands in its file. No logic beyond its layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.data.ingest.rows.layouts.shape import reshaped
from pipeline.data.ingest.rows.quarantine import EXCERPT, BadRow
from pipeline.records import Turn


@dataclass(frozen=True)
class Row:
    """One row as it stands in its file."""

    file: str
    line: int
    cells: dict[str, Any]
    turns: tuple[Turn, ...] = ()
    """The conversation up to the answer, where the row is one."""
    remarks: tuple[str, ...] = ()
    """What was read in a way that should be checked."""

    @property
    def origin(self) -> str:
        return f"{self.file}:{self.line}"


Rows = Iterator[Row | BadRow]


def shaped_row(file: str, line: int, cells: dict[str, Any]) -> Row | BadRow:
    """The row in the one layout that the import knows, or why it cannot be used."""
    made = reshaped(cells)
    if made.problem:
        return BadRow(file, line, "", made.problem, str(cells)[:EXCERPT])
    return Row(file, line, made.cells, made.turns, made.remarks)
