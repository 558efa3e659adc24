"""The report as one self-contained HTML page: no script, no request, everything of the user's escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from eval.diagnosis import KINDS
from eval.fabrication import COLUMNS
from eval.names import metric_name
from eval.report import charts
from eval.report.format import interval, measured, number, probability, seconds, share
from eval.report.markdown import costs, went_wrong
from eval.report.probes import tables

Json = dict[str, Any]
FOLDER = Path(__file__).resolve().parent


def render(report: Json) -> str:
    """The whole page."""
    decision, arms = report["decision"], report["arms"]
    compared = any(c["difference"] is not None for c in report["headline"])
    scored = {n: a for n, a in arms.items() if (a["metrics"].get(report["metric"]) or {}).get("mean") is not None}
    margin = report["experiment"]["decision"]["margin"]
    return _environment().get_template("page.html.j2").render(
        report=report, decision=decision, wrong=went_wrong(arms), kinds=KINDS, parts=COLUMNS,
        manifest=report["manifest"], rows={row["row"]: row for row in report["rows"]},
        forest=_drawn(charts.forest(report["headline"], report["metric"], margin)) if compared else None,
        forest_text=forest_text(report["headline"], report["metric"]),
        dots=_drawn(charts.dots(arms, report["metric"])) if scored else None, dots_text=dots_text(scored, report["metric"]),
        outcomes=_drawn(charts.outcomes(arms)) if arms else None,
        losses=_drawn(charts.losses(report["curves"])) if report["curves"] else None,
        probes=tables(report), settings=yaml.safe_dump(report["experiment"], sort_keys=False, allow_unicode=True),
    )  # fmt: skip


def forest_text(comparisons: Sequence[Json], metric: str) -> str:
    """The forest plot in words."""
    parts = [
        f"{c['a']} minus {c['b']}: {number(c['difference'], 3, True)}, 95 % interval {interval(c['low'], c['high'], 3, True)}"
        for c in comparisons
        if c["difference"] is not None
    ]
    return f"Paired differences in {metric_name(metric)}. " + "; ".join(parts)


def dots_text(arms: Mapping[str, Json], metric: str) -> str:
    """The dot plot in words."""
    return f"{metric_name(metric)} by arm. " + "; ".join(f"{a.get('label', n)}: {measured(a['metrics'][metric])}" for n, a in arms.items())


def _drawn(chart: Any) -> Markup:
    """Our own chart as inline SVG; vega escapes the texts in it."""
    return Markup(charts.svg(chart))  # noqa: S704


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, undefined=jinja2.StrictUndefined)
    made.filters |= {
        "num": number, "signed": lambda value: number(value, 3, True), "prob": probability, "pct": share, "metric": metric_name,
        "mean": measured, "secs": seconds, "costs": costs, "span": lambda c: interval(c["low"], c["high"], 3, True),
    }  # fmt: skip
    return made
