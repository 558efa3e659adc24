"""The report as pages read it: whole, in order, never older than report.json, and unknown is neither right nor wrong."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from pathlib import Path

import orjson
import pytest

from pipeline.errors import Damaged
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


@pytest.mark.parametrize("keep", [0, 20, 5000, -1000])
def test_a_damaged_file_is_made_anew_at_the_next_look(tmp_path: Path, keep: int) -> None:
    run = stored(tmp_path, "partial", **VERDICTS["partial"])
    path = pages.ready(run)
    assert path is not None
    whole, known = path.read_bytes(), pages.lines(path)
    path.write_bytes(whole[:keep] + b"\x80" * (len(whole) - len(whole[:keep])))
    with contextlib.suppress(Damaged):
        assert pages.ready(run) == path
        assert [pages.row(path, line.row) is not None for line in pages.lines(path)] == [True] * len(known)
        assert pages.head(path)["name"]
    assert pages.ready(run) == path
    assert pages.lines(path) == known


@pytest.mark.parametrize("told", [b"", b"[1, 2]", b"{}", b'{"rows": [{"row": "r0"}]}', b"\xff"])
def test_a_damaged_report_is_named(tmp_path: Path, told: bytes) -> None:
    run = stored(tmp_path, "partial", **VERDICTS["partial"])
    (run.path / pages.REPORT).write_bytes(told)
    with pytest.raises(Damaged, match=r"report\.json: this file is damaged"):
        pages.ready(run)


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
