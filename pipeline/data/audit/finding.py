"""What a check reports. Finds nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.records import Example

Severity = Literal["info", "warning", "blocks"]
TOLERATED = 0.05
"""Share of test rows that may be leaked before no verdict can be trusted."""
SHOWN = 5
"""Examples a finding names."""


@dataclass(frozen=True)
class Finding:
    """One thing to know before reading the verdict."""

    code: str
    severity: Severity
    message: str
    count: int
    examples: list[str]
    """Origins (`file:line`) of rows or documents, or labels; never a personal value."""
    remedy: str
    details: dict[str, Any] = field(default_factory=dict)
    """Counts behind the message, where one number is not enough."""


def origins(rows: Sequence[Example]) -> list[str]:
    """Where the first few rows stand; their ids where that is not known."""
    return [row.origin or row.id for row in rows[:SHOWN]]


def leak_severity(leaked: int, rows: int) -> Severity:
    return "blocks" if leaked > TOLERATED * rows else "warning"
