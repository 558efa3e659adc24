"""The report as pages read it: whole, in order, never older than report.json, and unknown is neither right nor wrong."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import orjson

from pipeline.run_folder import pages
from pipeline.ui.result import rows
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


def test_where_each_answer_went_wrong_adds_up_to_what_the_summary_says(tmp_path: Path) -> None:
    rights = {"base": [i < 40 for i in range(100)], "rag": [None if i % 9 == 0 else i < 70 for i in range(100)]}
    run = stored(tmp_path, "partial", rights, passage="some words")
    path = pages.ready(run)
    assert path is not None
    there = rows.read(str(path), path.stat().st_mtime_ns, frozenset({"rag"}))
    told = (run.read_json("summary.json") or {})["arms"]
    for arm in rights:
        counted = Counter(kind for kind in there.kinds[arm] if kind is not None)
        assert {kind: count / counted.total() for kind, count in counted.items()} == {
            kind: share for kind, share in told[arm]["went_wrong"]["shares"].items() if share
        }
    assert set(there.kinds["rag"].dropna()) == {"correct", "retrieved but misread"}
