"""The same difference, interval and n in all six formats of one run's report."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from conftest import TinyRun
from test_redact import text_of

from eval.report.format import interval, number

TEXT = ("html", "pdf", "docx", "md")


@pytest.mark.parametrize("kind", TEXT)
def test_every_comparison_reads_the_same(tiny_run: TinyRun, kind: str) -> None:
    report = json.loads((tiny_run.run.path / "report/report.json").read_text())
    told = text_of(kind, (tiny_run.run.path / f"report/report.{kind}").read_bytes())
    bare = "".join(told.replace("\\", "").split())
    shown = report["headline"] if kind == "html" else report["findings"]
    assert shown
    for found in shown:
        if found["difference"] is None:
            continue
        for words in (number(found["difference"], 3, True), interval(found["low"], found["high"], 3, True)):
            assert "".join(words.split()) in bare, (kind, found["a"], found["b"], words)


def test_excel_holds_them_as_numbers(tiny_run: TinyRun) -> None:
    report = json.loads((tiny_run.run.path / "report/report.json").read_text())
    book = openpyxl.load_workbook(io.BytesIO((tiny_run.run.path / "report/report.xlsx").read_bytes()))
    cells = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    for found in report["findings"]:
        if found["difference"] is not None:
            wanted = [pytest.approx(found[key]) for key in ("difference", "low", "high") if found[key] is not None]
            assert any(all(value in [c for c in row if isinstance(c, int | float)] for value in wanted) for row in cells), found
            assert any(found["n"] in row and found["a"] in row for row in cells)
