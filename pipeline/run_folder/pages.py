"""A stored report for reading a page or a row at a time: `report/pages.sqlite`, made from report.json. Computes nothing.

Ten thousand rows of seven arms are hundreds of megabytes of JSON, too much to read again for each look at one row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import Damaged, UserError
from pipeline.files import part_of
from pipeline.records import damaged, read_lines
from pipeline.run_folder.store import RunFolder

Json = dict[str, Any]
FILE, REPORT = "report/pages.sqlite", "report/report.json"
ROOM = "Make room on the disk, and let the server write in the folder of runs."
TABLES = """
create table head (body blob not null);
create table rows (place integer primary key, row text unique not null, input text not null, told blob not null, body blob not null);
"""
VERSION = 3
"""Of these tables; a file of another is made anew."""
LONGEST = 400
"""Characters of an answer that are looked through."""


@dataclass(frozen=True)
class Line:
    """What rows are chosen by."""

    row: str
    input: str
    right: Mapping[str, bool | None]
    """By arm; None where its answer was not measured."""
    outcomes: Mapping[str, str | None]
    """By arm: `correct`, `abstained`, `fabricated`; None where it was not measured."""
    answers: Mapping[str, str]
    """By arm, its beginning."""
    found: Mapping[str, bool | None]
    """By arm, whether the gold passage was among those it was given; None where it was given none or there is no gold."""
    formed: Mapping[str, bool]
    """By arm, whether the answer's form was as asked; true where nothing was asked."""
    references: str
    answerable: bool
    group: str
    slices: Mapping[str, str]


def write(run: RunFolder, report: Json) -> None:
    """Replace the file by this report, in one step."""
    path = run.path / FILE
    part = part_of(path)
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(part)) as book, book:
            book.executescript(f"{TABLES}\npragma user_version = {VERSION};")
            book.execute("insert into head values (?)", (orjson.dumps({**report, "rows": []}),))
            book.executemany("insert into rows values (?, ?, ?, ?, ?)", _lines(report["rows"], _slices(run)))
        part.replace(path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, sqlite3.OperationalError):
            raise UserError(f"this file cannot be written ({error}).", where=str(path), remedy=ROOM) from error
        if isinstance(error, LookupError | TypeError | AttributeError):
            raise damaged(run.path / REPORT) from error
        raise


def _slices(run: RunFolder) -> dict[str, dict[str, str]]:
    """By row, of the test rows."""
    return {row["id"]: row.get("slices") or {} for row in read_lines(run.path / "data/test.jsonl")}


def _lines(rows: list[Json], slices: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[int, str, str, bytes, bytes]]:
    for place, row in enumerate(rows):
        yield place, row["row"], row["input"], orjson.dumps({**_told(row), "slices": slices.get(row["row"], {})}), orjson.dumps(row)


def _told(row: Json) -> Json:
    """What a `Line` holds beside the row's name and input."""
    arms = row["arms"].items()
    return {
        "right": {arm: _right(row, said) for arm, said in arms}, "outcomes": {arm: said["outcome"] for arm, said in arms},
        "answers": {arm: said["text"][:LONGEST] for arm, said in arms}, "found": {arm: _found(row, said) for arm, said in arms},
        "formed": {arm: said["metrics"].get("well_formed") != 0.0 for arm, said in arms},
        "references": " / ".join(row["references"])[:LONGEST], "answerable": bool(row["references"]), "group": row.get("group") or "",
    }  # fmt: skip


def _found(row: Json, said: Json) -> bool | None:
    return any(passage["gold"] for passage in said["passages"]) if said["passages"] and row.get("gold") else None


def _right(row: Json, said: Json) -> bool | None:
    """Correct, or rightly abstained where nobody can know; None where it is neither right nor wrong."""
    outcome = said["outcome"]
    return None if outcome is None else outcome == "correct" or (outcome == "abstained" and not row["references"])


def ready(run: RunFolder) -> Path | None:
    """The file, made now for a report that has none as young as itself; None where there is no report yet."""
    path, report = run.path / FILE, run.path / REPORT
    if not report.exists():
        return None
    if not path.exists() or path.stat().st_mtime_ns < report.stat().st_mtime_ns or _version(path) != VERSION:
        write(run, run.read_json(REPORT) or {})
    return path


def _version(path: Path) -> int | None:
    """None where it is no such file at all."""
    try:
        with _open(path) as book:
            return int(book.execute("pragma user_version").fetchone()[0])
    except Damaged:
        return None


def head(path: Path) -> Json:
    """The report with no rows in it."""
    with _open(path) as book:
        report: Json = orjson.loads(book.execute("select body from head").fetchone()[0])
    return report


def lines(path: Path) -> list[Line]:
    """Every row in the report's order."""
    with _open(path) as book:
        found = book.execute("select row, input, told from rows order by place")
        return [Line(row, asked, **orjson.loads(told)) for row, asked, told in found]


def row(path: Path, name: str) -> Json | None:
    """One row with what every arm said and was given; None where none is called so."""
    with _open(path) as book:
        found = book.execute("select body from rows where row = ?", (name,)).fetchone()
        return None if found is None else dict(orjson.loads(found[0]))


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    """Read only; a file that is replaced meanwhile is read to its end as it was. One that is damaged goes: `ready` makes it anew."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as book:
            yield book
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        path.unlink(missing_ok=True)
        raise Damaged("this file was damaged.", where=str(path), remedy="It is made anew once you load the page again.") from error
