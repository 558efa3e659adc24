"""The report in reading order: what HTML, Markdown, Word and PDF all draw, so that they say the same. Arranges; computes nothing."""

from __future__ import annotations

from typing import Any

from eval.names import metric_name
from eval.report import cells
from eval.report.blocks import Block, clean, figure, items, outcomes, section, table, texts
from eval.report.evidence import evidence

Json = dict[str, Any]
EVIDENCE = "The evidence"


def outline(report: Json) -> list[Block]:
    """All blocks: page one for who decides, then the evidence."""
    return [*page_one(report), Block("part", EVIDENCE, 2), *evidence(report)]


def page_one(report: Json) -> list[Block]:
    """What a decision needs, in the order it is asked for."""
    decision = report["decision"]
    return [
        Block("heading", clean(decision["sentence"]), 1),
        *items(decision["blocks"]),
        *figure("forest", report),
        *section(clean(cells.findings_title(report)), findings(report)),
        *section("Cost, latency and people's effort", [costs(report)]),
        *section("Hallucination per 100 answers", [outcomes(report)]),
        *section("The main caveat", texts([report["main_caveat"]])),
        *section("What would change this", items(decision["changes"])),
        *section("Next step", texts([report["next_step"]])),
        Block("note", clean(_run(report))),
    ]


def findings(report: Json) -> list[Block]:
    """The summary of findings."""
    rows = cells.findings(report)
    return [table(cells.findings_head(report), rows)] if rows else texts(["Nothing could be compared."])


def costs(report: Json) -> Block:
    """Of the arms that can be chosen."""
    arms = [name for name, arm in report["arms"].items() if not arm["diagnostic"]]
    return table(["arm", *cells.SHORT_HEAD], [[cells.label(report, name), *cells.costs_in_short(report, name)] for name in arms])


def _run(report: Json) -> str:
    """Run, date, data."""
    run = report["run"]
    known = [f"run {run['id']}"] if run["id"] else []
    known += [f"started {run['started'][:16].replace('T', ' ')}"] if run["started"] else []
    return f"{', '.join([*known, 'data ' + report['manifest']['data']])}; decided by {metric_name(report['metric'])}."
