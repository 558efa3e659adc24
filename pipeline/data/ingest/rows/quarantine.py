"""Rows that could not be read: where they stand and why. Keeps them; decides only when there are too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from pipeline.errors import UserError

Record = TypeVar("Record")
EXCERPT = 200
Kind = Literal["unread", "empty", "note"]
"""A row or document that cannot be read; a document without text, which never stops an import; a remark, by which no row is lost."""


class Unreadable(Exception):
    """Why one document or one member of an archive cannot be read; it becomes a `BadRow`, never a traceback."""


@dataclass(frozen=True)
class BadRow:
    """A row left out, so that nothing disappears; or a remark on how a file was read."""

    file: str
    line: int
    column: str
    reason: str
    excerpt: str = ""
    kind: Kind = "unread"

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}" + (f" ({self.column})" if self.column else "")


@dataclass(frozen=True)
class Loaded(Generic[Record]):
    """What could be read, and what could not."""

    records: list[Record]
    quarantined: list[BadRow]


def note(file: str, line: int, text: str) -> BadRow:
    """A remark on how this file was read."""
    return BadRow(file, line, "", text, kind="note")


def refuse_too_many(read: int, bad: Sequence[BadRow], allowed: float) -> None:
    """A UserError where more than the `allowed` share of rows cannot be read. Empty documents and remarks do not count."""
    bad = [row for row in bad if row.kind == "unread"]
    total = read + len(bad)
    if not bad or len(bad) / total <= allowed:
        return
    first = bad[0]
    raise UserError(
        f"{len(bad)} of {total} rows cannot be read ({len(bad) / total:.0%}; {allowed:.0%} are allowed). The first: {first.reason}",
        where=f"{first.file}:{first.line}",
        remedy="Mend them, or raise data.bad_rows.",
    )
