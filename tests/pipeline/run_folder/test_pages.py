"""The report as pages read it: whole, in order, never older than report.json, and unknown is neither right nor wrong."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from pipeline.run_folder import pages
from tests.pipeline.stored_runs import VERDICTS, stored


def test_pages_read_what_the_report_holds_and_never_an_older_one(tmp_path: Path) -> None:
    run = stored(tmp_path, "partial", **VERDICTS["partial"])
    report = orjson.loads((run.path / "report/report.json").read_bytes())
    path = pages.ready(run)
    assert path is not None
    assert pages.head(path) == {**report, "rows": []}
    lines = pages.lines(path)
    assert [line.row for line in lines] == [row["row"] for row in report["rows"]]
    assert [pages.row(path, line.row) for line in lines] == report["rows"]
    assert pages.row(path, "nothing") is None
    assert (lines[0].right["rag"], lines[1].right["rag"], lines[99].right["rag"]) == (None, True, False)
    (run.path / "report/report.json").write_bytes(orjson.dumps({**report, "name": "renewed"}))
    os.utime(path, (1, 1))
    assert pages.head(pages.ready(run) or path)["name"] == "renewed"
