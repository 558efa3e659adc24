"""The report as a tagged PDF with bookmarks, by typst. Texts reach it as data, so none of them is ever read as markup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eval.report import charts
from eval.report.blocks import Block, clean
from eval.report.evidence import examples
from eval.report.outline import outline

Json = dict[str, Any]
TEMPLATE = Path(__file__).resolve().parent / "page.typ"


def render(report: Json) -> bytes:
    """The whole document. Loads no file and no package but the template."""
    import typst

    blocks = [one for block in outline(report) for one in (examples(report) if block.kind == "examples" else [block])]
    data = {
        "title": clean(report["decision"]["sentence"], 200),
        "foot": clean(f"{report['name']} · data {report['manifest']['data']}", 200),
        "blocks": [_plain(block) for block in blocks],
    }
    made = typst.compile(
        TEMPLATE.read_bytes(), format="pdf", ignore_system_fonts=True, sys_inputs={"data": json.dumps(data, ensure_ascii=False)}
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no document")
    return made


def _plain(block: Block) -> Json:
    figure = block.figure
    drawn = {"svg": charts.svg(figure.chart), "alt": clean(figure.alt), "caption": clean(figure.caption)} if figure else {}
    return {"kind": block.kind, "text": block.text, "level": block.level, "rows": block.rows, **drawn}
