"""What reading a layout gives: cells, the conversation before the answer, and what has to be told. No logic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.records import Turn

Cells = dict[str, Any]


@dataclass(frozen=True)
class Shaped:
    """A row of named cells."""

    cells: Cells
    turns: tuple[Turn, ...] = ()
    """The conversation up to the answer, the input its last user turn; empty where there is none."""
    remarks: tuple[str, ...] = ()
    """What of the row was read in a way that should be checked, in the words of a note about the whole file."""
    problem: str = ""
    """Why the row cannot be used; else empty."""
