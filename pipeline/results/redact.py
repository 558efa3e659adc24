"""A finished report without its rows, or with personal data masked, in any format. Figures stay as they are; nothing is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from pipeline.data.personal import mask
from pipeline.errors import UserError
from pipeline.run_folder.store import RunFolder

Json = dict[str, Any]
KINDS = ("html", "pdf", "docx", "xlsx", "md", "json")
TEXTS = ("input", "text", "answer", "references")
"""Keys of a row, an answer or a passage that hold the data's own words."""


def render(run: RunFolder, kind: str, *, rows: bool = True, masked: bool = False) -> bytes:
    """The report of this kind; a UserError for a kind that is not known or a run that has no report yet."""
    from eval.report.content import brought_up

    if kind not in KINDS:
        raise UserError(f"there is no report of the kind {kind!r} (there are: {', '.join(KINDS)}).", where="--format")
    report = run.read_json("report/report.json")
    if report is None:
        raise UserError(f"{run.id} has no report yet.", remedy="See `bakeoff status`.")
    report = brought_up(report)
    if not rows:
        report = without_rows(report)
    if masked:
        report = with_masks(report)
    return _rendered(report, kind)


def without_rows(report: Json) -> Json:
    """No question, answer or passage; the numbers made of them stay."""
    audit = [{**finding, "examples": []} for finding in report["audit"]]
    return {**report, "rows": [], "examples": [], "audit": audit}


def with_masks(report: Json) -> Json:
    """E-mail addresses, telephone, card and account numbers and keys as [EMAIL], [PHONE] …; names of people are not found."""
    return {**report, "rows": _masked(report["rows"])}


def _masked(value: Any, inside: bool = False) -> Any:
    if isinstance(value, dict):
        return {key: _masked(item, inside or key in TEXTS) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, inside) for item in value]
    return mask(value) if inside and isinstance(value, str) else value


def _rendered(report: Json, kind: str) -> bytes:
    from eval.report import docx, html, markdown, pdf, xlsx

    made: dict[str, Callable[[Json], bytes]] = {
        "html": lambda told: html.render(told).encode(), "md": lambda told: markdown.render(told).encode(), "pdf": pdf.render,
        "docx": docx.render, "xlsx": xlsx.render, "json": lambda told: orjson.dumps(told, option=orjson.OPT_INDENT_2),
    }  # fmt: skip
    return made[kind](report)
