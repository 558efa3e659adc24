"""Rows that could not be read: where they stand and why. Keeps them; decides only when there are too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.errors import UserError

Record = TypeVar("Record")
EXCERPT = 200


class Unreadable(Exception):
    """Why one document or one member of an archive cannot be read; it becomes a `BadRow`, never a traceback."""


@dataclass(frozen=True)
class BadRow:
    """A row left out, so that nothing disappears."""

    file: str
    line: int
    column: str
    reason: str
    excerpt: str = ""


@dataclass(frozen=True)
class Loaded(Generic[Record]):
    """What could be read, and what could not."""

    records: list[Record]
    quarantined: list[BadRow]


def refuse_too_many(read: int, bad: Sequence[BadRow], allowed: float) -> None:
    """A UserError where more than the `allowed` share of rows cannot be read."""
    total = read + len(bad)
    if not bad or len(bad) / total <= allowed:
        return
    first = bad[0]
    raise UserError(
        f"{len(bad)} of {total} rows cannot be read ({len(bad) / total:.0%}; {allowed:.0%} are allowed). The first: {first.reason}",
        where=f"{first.file}:{first.line}",
        remedy="Mend them, or raise data.bad_rows.",
    )
