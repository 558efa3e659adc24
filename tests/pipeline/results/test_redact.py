"""A report to pass on: without the rows no text of the data is left in any format, masked ones hold no address; figures stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.results.redact import KINDS, render, with_masks
from tests.eval.report.reading import text_of
from tests.tiny_run import Bakeoff, TinyRun


@pytest.mark.parametrize("kind", KINDS)
def test_without_rows_no_word_of_the_data_is_left(tiny_run: TinyRun, kind: str) -> None:
    report = json.loads((tiny_run.run.path / "report/report.json").read_text())
    words = [row["input"][:25] for row in report["rows"]]
    whole, bare = (text_of(kind, render(tiny_run.run, kind, rows=rows)) for rows in (True, False))
    plain = whole.replace("\\", "").replace("\n", " ")
    assert any(word in plain for word in words), "the whole report shows rows, else this test proves nothing"
    assert not any(word in bare.replace("\\", "").replace("\n", " ") for word in words)
    sentence = "".join(report["decision"]["sentence"].split())
    assert sentence[:40] in "".join(bare.replace("\\", "").split())


def test_masks_reach_every_text_of_a_row_and_no_figure() -> None:
    hit = {"document": "a", "score": 0.5, "gold": True, "text": "mail ann@example.org"}
    said = {"text": "ask bob@example.org", "answer": "bob@example.org", "metrics": {"token_f1": 0.5}, "passages": [hit]}
    row = {"row": "r1", "input": "Who is cyn@example.org?", "references": ["dan@example.org"], "arms": {"rag": said}}
    masked = json.dumps(with_masks({"rows": [row], "name": "x"}))
    assert "example.org" not in masked
    assert masked.count("[EMAIL]") == 5
    assert json.loads(masked)["rows"][0]["arms"]["rag"]["metrics"] == {"token_f1": 0.5}


def test_a_copy_is_written_where_it_is_asked_for(tiny_run: TinyRun, bakeoff: Bakeoff, tmp_path: Path) -> None:
    done = bakeoff("report", tiny_run.run.id, "--format", "md", "--no-rows", "-o", tmp_path / "r.md", "--out", tiny_run.runs)
    assert done.code == 0, done.err
    assert (tmp_path / "r.md").read_text().startswith("# ")
    assert bakeoff("report", tiny_run.run.id, "--no-rows", "--out", tiny_run.runs).code == 2
    assert bakeoff("report", tiny_run.run.id, "--format", "odt", "-o", tmp_path / "x", "--out", tiny_run.runs).code == 2
