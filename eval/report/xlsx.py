"""The report as an Excel workbook: numbers as numbers, texts as texts. No cell is ever a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from eval.report.blocks import clean
from eval.report.costs import lines as cost_lines
from eval.report.format import NOT_MEASURED

Json = dict[str, Any]
Cell = str | float | int | None
CELL = 32_000
"""Characters in a cell; Excel takes 32,767."""
COST = (
    "train_seconds", "prompt_tokens", "completion_tokens", "single_p50_s", "p50_s", "p95_s", "single_p95_s", "per_1000", "currency",
    "kwh_per_1000", "train_cost", "train_kwh", "index_seconds", "index_bytes",
)  # fmt: skip
FINDING = (
    "outcome",
    "decides",
    "arm",
    "other",
    "per",
    "arm_value",
    "other_value",
    "difference",
    "low",
    "high",
    "n",
    "certainty",
    "because",
)
COMPARISON = ("a", "b", "a_mean", "b_mean", "difference", "low", "high", "p", "p_holm", "n", "test")
AUDIT = ("severity", "code", "message", "remedy", "count")


def render(report: Json) -> bytes:
    """The whole workbook."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        for name, rows in _sheets(report).items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, 0, 24)
            for index, row in enumerate(rows):
                _write(sheet, index, row)
    return out.getvalue()


def _sheets(report: Json) -> dict[str, Iterable[Sequence[Cell]]]:
    comparisons = [[f.get(key) for key in COMPARISON] for f in report["findings"]]
    costs = [[name, *((arm.get("cost") or {}).get(key) for key in COST)] for name, arm in report["arms"].items()]
    settings = [[line] for line in yaml.safe_dump(report["experiment"], sort_keys=False, allow_unicode=True).splitlines()]
    return {
        "Summary": _summary(report),
        "Findings": [FINDING, *([_flat(found[key]) for key in FINDING] for found in report["summary_of_findings"])],
        "Comparisons": [COMPARISON, *comparisons],
        "Rows": _rows(report),
        "Costs": [["arm", *COST], *costs, *([line] for line in cost_lines(report))],
        "Slices": _slices(report),
        "Audit": [AUDIT, *([finding.get(key) for key in AUDIT] for finding in report["audit"])],
        "Settings": [["setting"], *settings],
    }


def _summary(report: Json) -> Iterable[Sequence[Cell]]:
    yield [report["decision"]["sentence"]]
    yield from ([line] for line in (report["main_caveat"], report["next_step"]) if line)
    yield ["arm", "metric", "mean", "low", "high", "n"]
    for name, arm in report["arms"].items():
        for metric in report["metrics"]:
            value = arm["metrics"].get(metric) or {}
            yield [name, metric, *(value.get(key) for key in ("mean", "low", "high", "n"))]
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
    yield ["row", "input", "references", "arm", "said", "answer", "outcome", *report["metrics"]]
    for row in report["rows"]:
        for arm, said in row["arms"].items():
            scores = [said["metrics"].get(metric) for metric in report["metrics"]]
            yield [row["row"], row["input"], " / ".join(row["references"]), arm, said["text"], said["answer"], said["outcome"], *scores]


def _write(sheet: Any, index: int, row: Sequence[Cell]) -> None:
    for column, value in enumerate(row):
        if value is None:
            sheet.write_string(index, column, NOT_MEASURED)
        elif isinstance(value, str):
            sheet.write_string(index, column, clean(value, CELL))
        else:
            sheet.write_number(index, column, value)
