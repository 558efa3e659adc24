"""Excel, Parquet and Arrow files → rows, read by a process with bounds on memory and time. Knows no columns' meanings."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from pipeline.data.ingest.documents.endings import missing
from pipeline.data.ingest.limits import MEMORY, OUT_OF_TIME, environment
from pipeline.data.ingest.rows.quarantine import BadRow, note
from pipeline.data.ingest.rows.row import Rows, shaped_row
from pipeline.data.ingest.text import HALF, HALVES, opened
from pipeline.errors import UserError

ROOT = Path(__file__).resolve().parents[4]
EXPECTED = {
    ".xlsx": ((b"PK",), "an Excel workbook (.xlsx)"), ".parquet": ((b"PAR1",), "a Parquet file"),
    ".arrow": ((b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"), "an Arrow file"), ".feather": ((b"ARROW1", b"FEA1"), "a Feather file"),
}  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0"
PATIENCE = 10
"""Seconds of the clock for a processor second: only a machine that is stuck waits so long."""


def allowed_seconds(size: int) -> float:
    """Processor seconds: twenty, and twenty for each MiB."""
    return 20.0 + 20.0 * size / 2**20


def limited_file(path: Path, encoding: str | None) -> Rows:
    """Every row; a row's line is its place in the file, or the sheet's own number. UserError where the file cannot be read on."""
    ending = path.suffix.lower()
    _check(path, ending)
    seconds = allowed_seconds(path.stat().st_size)
    for told in _told(path, ending, seconds):
        if "row" in told:
            line, cells = told["row"]
            if HALVES.search(json.dumps(cells, ensure_ascii=False)):
                yield BadRow(str(path), line, "", HALF)
            else:
                yield shaped_row(str(path), line, cells)
        elif "bad" in told:
            line, reason, excerpt = told["bad"]
            yield BadRow(str(path), line, "", reason, excerpt)
        elif "note" in told:
            yield note(str(path), told["line"], told["note"])
        else:
            where = f"{path}:{told['line']}" if told.get("line") else str(path)
            raise UserError(told["error"], where=where, remedy=told.get("remedy", ""))


def _told(path: Path, ending: str, seconds: float) -> Iterator[dict[str, Any]]:
    """What the process says, line by line; where it ends before its time, an error that says why."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.data.ingest.rows.limited_worker", str(path.absolute()), ending, str(seconds)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment(),
    )  # fmt: skip
    timer = threading.Timer(60 + PATIENCE * seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        for line in process.stdout or ():
            found = orjson.loads(line) if line.startswith(b"{") else json.loads(line[1:])
            if "end" in found:
                return
            yield found
        yield {"error": _why(process.wait(), seconds), "remedy": "Save it as CSV, or give a smaller file."}
    finally:
        timer.cancel()
        process.kill()
        if process.stdout:
            process.stdout.close()
        process.wait()


def _why(status: int, seconds: float) -> str:
    if status == OUT_OF_TIME:
        return f"reading this file takes more than {seconds:.0f} processor seconds."
    return f"the reader broke down over this file (it may need more than {MEMORY // 2**30} GiB of memory)."


def _check(path: Path, ending: str) -> None:
    if absent := missing(ending):
        raise UserError(f"files ending in {ending} need {absent[0]}.", where=str(path), remedy=f"pip install {absent[0]}")
    marks, expected = EXPECTED[ending]
    with opened(path) as source:
        head = source.read(8)
    if not head:
        raise UserError("this file is empty.", where=str(path), remedy="Give a file with at least one row.")
    if head.startswith(OLE):
        raise UserError(
            "this workbook is encrypted with a password, or an old .xls under another name.", where=str(path),
            remedy="Save it as .xlsx without a password.",
        )  # fmt: skip
    if not head.startswith(marks):
        raise UserError(f"this is not {expected}.", where=str(path), remedy="Give the file its right type and ending.")
