"""The same difference, interval and n in all six formats of one run's report, and in the page."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import jsonschema
import openpyxl
import pytest
from bs4 import BeautifulSoup
from streamlit.testing.v1 import AppTest

from eval.report import cells
from tests.eval.report.reading import text_of
from tests.tiny_run import ROOT, TinyRun

TEXT = ("html", "pdf", "docx", "md")


def stored(tiny_run: TinyRun) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((tiny_run.run.path / "report/report.json").read_text())
    return report


def bare(text: str) -> str:
    """Without tags, escapes, cell borders and spaces: rows of tables read on."""
    return "".join(re.sub(r"<[^>]+>|[\\|]", "", text.replace("&lt;", "‹")).split()).replace("‹", "<")


def lines_of(report: dict[str, Any]) -> list[str]:
    """Every comparison and every finding as a row of cells."""
    rows = [row[1:] for row in cells.comparisons(report)] + [row[2:6] for row in cells.findings(report)]
    assert rows
    return ["".join("".join(row).split()) for row in rows]


@pytest.mark.parametrize("kind", TEXT)
def test_every_comparison_and_finding_reads_the_same(tiny_run: TinyRun, kind: str) -> None:
    told = bare(text_of(kind, (tiny_run.run.path / f"report/report.{kind}").read_bytes()))
    for line in lines_of(stored(tiny_run)):
        assert line in told, (kind, line)


def _verdict() -> None:
    import streamlit as st

    from pipeline.ui import state
    from pipeline.ui.result import verdict

    state.remember_pages(
        {
            name: st.Page(lambda: None, title=name, url_path=name.split()[0].lower())
            for name in ("Answers", "Progress", "All runs", "New comparison", "Home")
        }
    )
    verdict.page()


def test_the_page_reads_the_same(tiny_run: TinyRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEOFF_RUNS", str(tiny_run.runs))
    page = AppTest.from_function(_verdict, default_timeout=60)
    page.query_params["run"] = tiny_run.run.id
    page.run()
    assert not page.exception
    told = bare(" ".join(BeautifulSoup(drawn.proto.body, "html.parser").get_text(" ") for drawn in page.get("html")))
    for line in lines_of(stored(tiny_run)):
        assert line in told, line


def test_the_json_follows_its_schema(tiny_run: TinyRun) -> None:
    schema = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text()))
    assert [error.message for error in schema.iter_errors(stored(tiny_run))] == []


def test_excel_holds_them_as_numbers(tiny_run: TinyRun) -> None:
    report = json.loads((tiny_run.run.path / "report/report.json").read_text())
    book = openpyxl.load_workbook(io.BytesIO((tiny_run.run.path / "report/report.xlsx").read_bytes()))
    cells = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    for found in report["findings"]:
        if found["difference"] is not None:
            wanted = [pytest.approx(found[key]) for key in ("difference", "low", "high") if found[key] is not None]
            assert any(all(value in [c for c in row if isinstance(c, int | float)] for value in wanted) for row in cells), found
            assert any(found["n"] in row and found["a"] in row for row in cells)
