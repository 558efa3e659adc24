"""One row as it stands in its file. No logic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.data.ingest.rows.quarantine import BadRow


@dataclass(frozen=True)
class Row:
    """One row as it stands in its file."""

    file: str
    line: int
    cells: dict[str, Any]

    @property
    def origin(self) -> str:
        return f"{self.file}:{self.line}"


Rows = Iterator[Row | BadRow]
