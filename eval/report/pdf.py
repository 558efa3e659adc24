"""The report as a tagged PDF with bookmarks, by typst. Texts reach it as data, so none of them is ever read as markup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eval.numerals import listed
from eval.report import charts
from eval.report.blocks import Block, clean
from eval.report.evidence import examples
from eval.report.outline import outline
from eval.report.scripts import fonts_for, written_in

Json = dict[str, Any]
TEMPLATE = Path(__file__).resolve().parent / "templates/page.typ"


def render(report: Json) -> bytes:
    """The whole document, with the fonts of this machine. Loads no package, and no file but the template."""
    import typst

    blocks = [one for block in outline(report) for one in (examples(report) if block.kind == "examples" else [block])]
    fonts, missing = _fonts(blocks)
    data = {
        "title": clean(report["decision"]["sentence"], 200),
        "foot": clean(f"{report['name']} · data {report['manifest']['data']}", 200),
        "fonts": fonts,
        "blocks": [_plain(block) for block in [*blocks, *_told(missing)]],
    }
    made = typst.compile(TEMPLATE.read_bytes(), format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)})
    if not isinstance(made, bytes):
        raise TypeError("typst gave no document")
    return made


def _fonts(blocks: list[Block]) -> tuple[list[str], list[str]]:
    """The families that its scripts need, and the scripts without one."""
    import typst

    text = " ".join([block.text + " ".join(cell for row in block.rows for cell in row) for block in blocks])
    return fonts_for(written_in(text), typst.Fonts(include_system_fonts=True).families())


def _told(missing: list[str]) -> list[Block]:
    if not missing:
        return []
    return [
        Block("note", f"No font for {listed(missing)} was found when this document was made, so boxes stand there; report.html shows it.")
    ]


def _plain(block: Block) -> Json:
    figure = block.figure
    drawn = {"svg": charts.svg(figure.chart), "alt": clean(figure.alt), "caption": clean(figure.caption)} if figure else {}
    return {"kind": block.kind, "text": block.text, "level": block.level, "rows": block.rows, "figures": block.figures, **drawn}
