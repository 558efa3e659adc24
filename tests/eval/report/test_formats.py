"""A report whose texts are hostile, in every format: read back by a real reader, it shows them as text, and the same numbers."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx as word
import openpyxl
import pypdf
import pytest

from eval.report import content, docx, html, markdown, pdf, xlsx
from eval.report.scripts import fonts_for, written_in

HOSTILE = [
    "<script>alert(1)</script>", '=HYPERLINK("http://example.invalid","x")', '#eval("1+1") #image("x.png")', "safe\u202eexe.txt",
    "@SUM(A1) | cell | [link](javascript:x)", "\x00\x1b\ufffe end", "{{ 7*7 }} $x^2$ `code`",
]  # fmt: skip
REMEDY = "Take <b>these</b> rows out."
FINDING = {
    "outcome": "token_f1", "decides": True, "arm": "rag", "other": "base", "per": 100, "arm_value": 50.0, "other_value": 41.8,
    "difference": 8.2, "low": 4.1, "high": 12.3, "n": 412, "certainty": "moderate", "because": ["one training run only"],
}  # fmt: skip


def _value(mean: float | None) -> dict[str, Any]:
    low, high = (None, None) if mean is None else (mean - 0.0625, mean + 0.0625)
    return {
        "mean": mean,
        "low": low,
        "high": high,
        "n": 412 if mean is not None else 0,
        "coverage": 1.0,
        "missing": {},
        "not_applicable": 0,
    }


def _arm(mean: float | None) -> dict[str, Any]:
    cost = {"train_seconds": 0, "prompt_tokens": 10, "completion_tokens": 2, "p50_s": 0.04, "p95_s": 0.09, "per_1000": None}
    outcomes = {"correct": 0.25, "abstained": 0.25, "fabricated": 0.5}
    return {
        "label": "an arm",
        "diagnostic": False,
        "metrics": {"token_f1": _value(mean)},
        "outcomes": outcomes,
        "macro_f1": None,
        "dropped_passages": 0,
        "seeds": [0],
        "cost": cost,
    }


def _said(text: str, outcome: str) -> dict[str, Any]:
    passage = {"document": text, "score": 0.5, "gold": True, "text": text}
    return {"text": text, "answer": text, "metrics": {"token_f1": None}, "failure": None, "outcome": outcome, "passages": [passage]}


def _rows(texts: list[str]) -> list[dict[str, Any]]:
    return [
        {"row": f"r{i}", "group": "g", "input": text, "references": [text], "gold": [], "origin": "a.csv:2",
         "arms": {"rag": _said(text, "correct"), "base": _said(text, "fabricated")}}
        for i, text in enumerate(texts)
    ]  # fmt: skip


def _decision() -> dict[str, Any]:
    comparison = {"a": "rag", "b": "base", "difference": 0.082, "low": 0.041, "high": 0.123, "p": 0.001, "p_holm": 0.004, "n": 412,
                  "test": "permutation", "equivalent": False}  # fmt: skip
    return {
        "schema": 1, "verdict": "winner", "arm": "rag", "metric": "token_f1", "sentence": f"Use RAG: {HOSTILE[0]} {HOSTILE[2]}",
        "reasons": [HOSTILE[1]], "comparisons": [comparison], "required_rows": None, "constraints": [], "flips": [], "costs": {},
        "coverage": {}, "leaders": ["rag"], "excluded": {}, "blocks": [], "caveats": [HOSTILE[4]], "changes": [],
        "not_tested": ["other models"],
    }  # fmt: skip


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    summary = {
        "schema": 1, "name": "hostile", "task": "question_answering", "metric": "token_f1", "metrics": ["token_f1"],
        "rows": {"train": 1, "test": 412}, "arms": {"rag": _arm(0.5), "base": _arm(0.375), "lora": _arm(None)}, "stages": [],
    }  # fmt: skip
    manifest = {"data": "9f2c", "code": "abcdef", "bakeoff": "0.1.0", "versions": {}, "sent_elsewhere": [],
                "model": {"name": HOSTILE[0], "revision": "1", "licence": "MIT"},
                "embedder": {"name": "mini", "revision": "1", "licence": "MIT"},
                "seeds": {"split": 0, "training": [0]}, "commit": None,
                "hardware": {"cores": 2, "memory_gib": 4, "machine": "x"}, "files": {}}  # fmt: skip
    hostile_slice = {"slice": "desk", "value": HOSTILE[1], "rows": 12, "few": True, "difference": None,
                     "arms": {"rag": {"mean": 0.5, "low": 0.25, "high": 0.75, "n": 12}}}  # fmt: skip
    summary |= {"slices": [hostile_slice], "findings": [FINDING]}
    people = {"metrics": {"judge_correct": {"sentence": f"judge_correct {HOSTILE[0]}"}}}
    stored = content.StoredRun(
        decision=_decision(), summary=summary, experiment={"name": HOSTILE[1], "decision": {"margin": 0.03}}, manifest=manifest,
        audit={"findings": [{"severity": "warning", "message": HOSTILE[3], "remedy": REMEDY, "count": 1}]},
        rows=_rows([*HOSTILE, "z" * 1_000_000]), curves={}, calibration=people,
    )  # fmt: skip
    return content.build(stored)


def test_word_shows_hostile_text_as_text(report: dict[str, Any]) -> None:
    document = word.Document(io.BytesIO(docx.render(report)))
    said = "\n".join(p.text for p in document.paragraphs)
    assert all(text in said for text in (HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[4]))
    assert "\u202e" not in said
    assert f". {REMEDY}" in said
    assert len(document.inline_shapes) == 4
    assert all(shape._inline.docPr.get("descr") for shape in document.inline_shapes)
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert {"+0.082", "+0.041 to +0.123", "412", "not measured"} <= set(cells)


def test_pdf_is_tagged_and_bookmarked_and_evaluates_nothing(report: dict[str, Any]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(report)))
    said = " ".join("\n".join(page.extract_text() for page in reader.pages).split())
    assert HOSTILE[0] in said
    assert '#eval("1+1")' in said
    assert "=HYPERLINK" in said
    assert REMEDY in said
    assert "\u202e" not in said
    assert "+0.082" in said
    assert "+0.041 to +0.123" in said
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    assert reader.outline


def test_excel_has_no_formula_and_no_link(report: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx.render(report)))
    assert book.sheetnames == ["Verdict", "Metrics", "Findings", "Comparisons", "Rows", "Costs", "Slices", "Audit", "Settings"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    assert HOSTILE[1] in {cell.value for cell in cells}
    head, first = ([cell.value for cell in row] for row in list(book["Comparisons"].iter_rows())[:2])
    found = dict(zip(head, first, strict=True))
    assert (found["difference"], found["low"], found["high"], found["n"]) == (0.082, 0.041, 0.123, 412)
    assert [cell.value for cell in book["Rows"][1]][3:6] == ["rag: said", "rag: outcome", "rag: token_f1"]
    assert book["Rows"].cell(2, 6).value is None
    assert "not measured" in str(book["Rows"].cell(1, 1).comment)
    assert len(book["Verdict"]._images) == 1
    assert all(sheet.auto_filter.ref and sheet.freeze_panes for sheet in book if sheet.title != "Verdict")
    numbers = [cell.value for cell in book["Verdict"]["B"] if isinstance(cell.value, int)]
    assert numbers == [25, 25, 25]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def test_page_has_no_script_and_one_heading(report: dict[str, Any]) -> None:
    parser = _Tags()
    parser.feed(html.render(report))
    assert "script" not in parser.seen
    assert parser.seen.count("h1") == 1
    said = "".join(parser.said)
    assert HOSTILE[0] in said
    assert "(980000 more characters)" in said, "a row of a megabyte is cut, and says so"
    assert len(said) < 200_000
    assert not set("\u202e\x00\x1b") & set(said)
    assert "+0.082" in said


def test_markdown_and_json_carry_the_same_numbers(report: dict[str, Any]) -> None:
    text = markdown.render(report)
    assert "<script>" not in text
    assert "+0.082 | +0.041 to +0.123 | 0.001 | 0.004 | 412" in text
    assert json.loads(json.dumps(report))["findings"][0]["difference"] == 0.082
    assert markdown.escape(REMEDY) in text


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_page_one_is_one_page(report: dict[str, Any], kind: str) -> None:
    """In the PDF the evidence begins on page two; in Word it begins a new section, whose pages lie on their side."""
    if kind == "pdf":
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.render(report))).pages]
        assert "The evidence" not in pages[0]
        assert pages[1].startswith("The evidence")
        return
    document = word.Document(io.BytesIO(docx.render(report)))
    upright, turned = document.sections
    assert upright.page_width < upright.page_height
    assert turned.page_width > turned.page_height
    for table in document.tables[1:]:  # the caveat's box aside
        told = [column.width for column in table.columns]
        assert told == [cell.width for cell in table.rows[0].cells], "Word goes by the cells, LibreOffice by the columns"
        assert len(told) == 1 or len(set(told)) > 1


@pytest.mark.slow
def test_page_one_of_word_is_one_page_as_libreoffice_lays_it_out(report: dict[str, Any], tmp_path: Path) -> None:
    if not (soffice := shutil.which("soffice")):
        pytest.skip("LibreOffice (soffice) is not installed: nobody laid the Word file out")
    (tmp_path / "report.docx").write_bytes(docx.render(report))
    command = [
        soffice,
        f"-env:UserInstallation={tmp_path.as_uri()}/profile",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
    ]
    subprocess.run([*command, str(tmp_path / "report.docx")], check=True, capture_output=True, timeout=300)
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "report.pdf").pages]
    assert "Limits" in pages[0]
    assert "The evidence" not in pages[0]
    assert pages[1].lstrip().startswith("The evidence")


def test_the_pdf_says_which_scripts_have_no_font() -> None:
    assert written_in("Wo? 鍵はどこ, 열쇠, กุญแจ, चाबी, مفتاح, 🔑") == [
        "Chinese or Japanese", "Korean", "Thai", "Arabic", "Devanagari", "emoji"
    ]  # fmt: skip
    assert written_in("Schlüssel ✓ – 5 €") == []
    assert fonts_for(["Thai", "Korean"], ["Noto Sans CJK SC", "DejaVu Sans"]) == (["Noto Sans CJK SC"], ["Thai"])
