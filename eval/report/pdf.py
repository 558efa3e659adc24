"""The report as a tagged PDF with bookmarks, by typst. Texts reach it as data, so none of them is ever read as markup."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.report.outline import clean, outline

Json = dict[str, Any]
TEMPLATE = Path(__file__).resolve().parent / "page.typ"


def render(report: Json) -> bytes:
    """The whole document. Loads no file and no package but the template."""
    import typst

    data = {
        "title": clean(report["decision"]["sentence"], 200),
        "foot": clean(f"{report['name']} · data {report['manifest']['data']}", 200),
        "blocks": [asdict(block) for block in outline(report)],
        **_chart(report),
    }
    made = typst.compile(
        TEMPLATE.read_bytes(), format="pdf", ignore_system_fonts=True, sys_inputs={"data": json.dumps(data, ensure_ascii=False)}
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no document")
    return made


def _chart(report: Json) -> Json:
    from eval.report import charts
    from eval.report.html import forest_text

    if not any(c["difference"] is not None for c in report["headline"]):
        return {"chart": "", "alt": ""}
    chart = charts.forest(report["headline"], report["metric"], report["experiment"]["decision"]["margin"])
    return {"chart": charts.svg(chart), "alt": clean(forest_text(report["headline"], report["metric"]))}
