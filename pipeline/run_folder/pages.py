"""A stored report for reading a page or a row at a time: `report/pages.sqlite`, made from report.json. Computes nothing.

Ten thousand rows of seven arms are hundreds of megabytes of JSON, too much to read again for each look at one row.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.run_folder.store import RunFolder

Json = dict[str, Any]
FILE = "report/pages.sqlite"
TABLES = """
create table head (body blob not null);
create table rows (place integer primary key, row text unique not null, input text not null, right blob not null, body blob not null);
"""


@dataclass(frozen=True)
class Line:
    """What rows are chosen by."""

    row: str
    input: str
    right: Mapping[str, bool | None]
    """By arm; None where its answer was not measured."""


def write(run: RunFolder, report: Json) -> None:
    """Replace the file by this report, in one step."""
    path = run.path / FILE
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(part)) as book, book:
            book.executescript(TABLES)
            book.execute("insert into head values (?)", (orjson.dumps({**report, "rows": []}),))
            book.executemany("insert into rows values (?, ?, ?, ?, ?)", _lines(report["rows"]))
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _lines(rows: list[Json]) -> Iterator[tuple[int, str, str, bytes, bytes]]:
    for place, row in enumerate(rows):
        right = {arm: _right(row, said) for arm, said in row["arms"].items()}
        yield place, row["row"], row["input"], orjson.dumps(right), orjson.dumps(row)


def _right(row: Json, said: Json) -> bool | None:
    """Correct, or rightly abstained where nobody can know; None where it is neither right nor wrong."""
    outcome = said["outcome"]
    return None if outcome is None else outcome == "correct" or (outcome == "abstained" and not row["references"])


def ready(run: RunFolder) -> Path | None:
    """The file, made now for a report that has none as young as itself; None where there is no report yet."""
    path, report = run.path / FILE, run.path / "report/report.json"
    if not report.exists():
        return None
    if not path.exists() or path.stat().st_mtime_ns < report.stat().st_mtime_ns:
        write(run, orjson.loads(report.read_bytes()))
    return path


def head(path: Path) -> Json:
    """The report with no rows in it."""
    with _open(path) as book:
        report: Json = orjson.loads(book.execute("select body from head").fetchone()[0])
    return report


def lines(path: Path) -> list[Line]:
    """Every row in the report's order."""
    with _open(path) as book:
        found = book.execute("select row, input, right from rows order by place")
        return [Line(row, asked, orjson.loads(right)) for row, asked, right in found]


def row(path: Path, name: str) -> Json | None:
    """One row with what every arm said and was given; None where none is called so."""
    with _open(path) as book:
        found = book.execute("select body from rows where row = ?", (name,)).fetchone()
    return None if found is None else dict(orjson.loads(found[0]))


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    """Read only; a file that is replaced meanwhile is read to its end as it was."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as book:
        yield book
