"""The report as an Excel workbook: numbers as numbers, texts as texts, an empty cell with its reason where nothing was measured. No cell is
ever a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from eval.report import charts, ranked
from eval.report.blocks import clean
from eval.report.costs import lines as cost_lines
from eval.report.figures import FIGURES
from eval.report.format import NOT_MEASURED

Json = dict[str, Any]
Cell = str | float | int | None
CELL = 32_000
"""Characters in a cell; Excel takes 32,767."""
WIDE = 48
"""Characters that a column is wide at most."""
COST = (
    "train_seconds", "prompt_tokens", "completion_tokens", "single_p50_s", "p50_s", "p95_s", "single_p95_s", "per_1000", "currency",
    "kwh_per_1000", "train_cost", "train_kwh", "index_seconds", "index_bytes",
)  # fmt: skip
FINDING = (
    "outcome", "decides", "arm", "other", "per", "arm_value", "other_value", "difference", "low", "high", "n", "certainty", "because",
)  # fmt: skip
COMPARISON = ("a", "b", "a_mean", "b_mean", "difference", "low", "high", "p", "p_holm", "n", "test")
AUDIT = ("severity", "code", "message", "remedy", "count")


def render(report: Json) -> bytes:
    """The whole workbook: the verdict on the first sheet, then a table on each."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        _verdict(book, report)
        for name, rows in _sheets(report).items():
            _table(book, name, [list(row) for row in rows])
    return out.getvalue()


def _verdict(book: Any, report: Json) -> None:
    """What page one says, with its chart."""
    decision, sheet = report["decision"], book.add_worksheet("Verdict")
    big = book.add_format({"bold": True, "font_size": 16, "text_wrap": True, "valign": "top"})
    amber = book.add_format({"text_wrap": True, "bg_color": "#FFF4DD", "border": 1, "border_color": "#B7791F", "valign": "top"})
    told, head = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 4, 22)
    sheet.hide_gridlines(2)
    approach, today = decision.get("approach"), decision.get("today")
    lines = [(" · ".join(ranked.badges(report)), told, 18), (approach["heading"] if approach else decision["sentence"], big, 46)]
    lines += [(text, told, height) for text, height in ((approach["counts"], 34), (decision["sentence"], 64)) if text] if approach else []
    lines += [(line, amber, 34) for line in dict.fromkeys([*decision["blocks"], report["main_caveat"]]) if line]
    lines += [(today["sentence"], told, 34)] if today else []
    lines += [(report["next_step"], told, 34)]
    for row, (text, style, height) in enumerate(lines):
        sheet.merge_range(row, 0, row, 4, "", style)
        sheet.write_string(row, 0, clean(text, CELL), style)
        sheet.set_row(row, height)
    start = len(lines) + 1
    _write(sheet, start, ranked.short_head(report), head)
    for index, line in enumerate(ranked.short(report)):
        _write(sheet, start + 1 + index, [_number(cell) for cell in line])
    if drawn := FIGURES["outcomes"](report):
        place = (start + 3 + len(ranked.candidates(report)), 0)
        sheet.insert_image(
            *place,
            "outcomes.png",
            {"image_data": io.BytesIO(charts.png(drawn.chart)), "x_scale": 0.5, "y_scale": 0.5, "description": clean(drawn.alt, 2000)},
        )


def _number(cell: str) -> Cell:
    """A count as a number; with its unit it stays a text."""
    return int(cell) if cell.isdigit() else cell


def _sheets(report: Json) -> dict[str, Iterable[Sequence[Cell]]]:
    comparisons = [[f.get(key) for key in COMPARISON] for f in report["findings"]]
    costs = [[name, *((arm.get("cost") or {}).get(key) for key in COST)] for name, arm in report["arms"].items()]
    settings = [[line] for line in yaml.safe_dump(report["experiment"], sort_keys=False, allow_unicode=True).splitlines()]
    return {
        "Metrics": _metrics(report),
        "Findings": [FINDING, *([_flat(found[key]) for key in FINDING] for found in report["summary_of_findings"])],
        "Comparisons": [COMPARISON, *comparisons],
        "Rows": _rows(report),
        "Costs": [["arm", *COST], *costs, *([line] for line in cost_lines(report))],
        "Slices": _slices(report),
        "Audit": [AUDIT, *([finding.get(key) for key in AUDIT] for finding in report["audit"])],
        "Settings": [["setting"], *settings],
    }


def _metrics(report: Json) -> Iterable[Sequence[Cell]]:
    yield ["arm", "metric", "mean", "low", "high", "n", "why scores are missing"]
    for name, arm in report["arms"].items():
        for metric in report["metrics"]:
            value = arm["metrics"].get(metric) or {}
            missing = "; ".join(f"{reason} ({count})" for reason, count in (value.get("missing") or {}).items())
            yield [name, metric, *(value.get(key) for key in ("mean", "low", "high", "n")), missing]
    yield from ([note] for note in report["notes"])


def _flat(value: Any) -> Cell:
    """A list as one text, yes and no as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, list | tuple) else value


def _slices(report: Json) -> Iterable[Sequence[Cell]]:
    yield ["slice", "value", "rows", "arm", "mean", "low", "high", "n"]
    for one in report["slices"]:
        for arm, value in one["arms"].items():
            yield [one["slice"], one["value"], one["rows"], arm, *(value[key] for key in ("mean", "low", "high", "n"))]


def _rows(report: Json) -> Iterable[Sequence[Cell]]:
    """One line a test row: what every arm said, what became of it, and the deciding score."""
    arms, metric = list(report["arms"]), report["metric"]
    yield ["row", "input", "references", *(f"{arm}: {what}" for arm in arms for what in ("said", "outcome", metric))]
    for row in report["rows"]:
        said = [row["arms"].get(arm) for arm in arms]
        told = [(one["text"], one["outcome"], one["metrics"].get(metric)) if one else (None, None, None) for one in said]
        yield [row["row"], row["input"], " / ".join(row["references"]), *(cell for three in told for cell in three)]


def _table(book: Any, name: str, rows: list[list[Cell]]) -> None:
    """Its head stays in sight and filters; columns are as wide as what they hold, within reason."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 1 if name == "Rows" else 0)
    width = max(map(len, rows))
    head, figures = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "0.000"})
    sheet.autofilter(0, 0, max(1, len(rows) - 1), len(rows[0]) - 1)
    for column in range(width):
        held = [row[column] for row in rows[:200] if column < len(row)]
        sheet.set_column(column, column, min(WIDE, 2 + max(len(str(cell)) if not isinstance(cell, float) else 8 for cell in held)))
    for index, row in enumerate(rows):
        _write(sheet, index, row, None if index else head, figures, name != "Rows")
    if name == "Rows":
        sheet.write_comment(0, 0, f"An empty cell: {NOT_MEASURED}.")


def _write(sheet: Any, index: int, row: Sequence[Cell], style: Any = None, figures: Any = None, said: bool = True) -> None:
    """`said`: whether an empty cell bears a note of why; of a sheet of very many rows the head alone does."""
    for column, value in enumerate(row):
        if value is None:
            sheet.write_blank(index, column, None)
            if said:
                sheet.write_comment(index, column, NOT_MEASURED)
        elif isinstance(value, str):
            sheet.write_string(index, column, clean(value, CELL), style)
        else:
            sheet.write_number(index, column, value, style or (figures if isinstance(value, float) else None))
