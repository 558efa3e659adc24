"""The report in reading order: what HTML, Markdown, Word and PDF all draw, so that they say the same. Arranges; computes nothing."""

from __future__ import annotations

from typing import Any

from eval.names import in_a_sentence
from eval.report import ranked
from eval.report.blocks import Block, clean, figure, items, section, table, texts
from eval.report.evidence import evidence, findings

__all__ = ["findings", "outline", "page_one"]
Json = dict[str, Any]
EVIDENCE = "The evidence"
LIMITS = 3
"""How many of the verdict's limits page one names; the evidence names all."""


def outline(report: Json) -> list[Block]:
    """All blocks: page one for who decides, then the evidence."""
    return [*page_one(report), Block("part", EVIDENCE, 2), *evidence(report)]


def page_one(report: Json) -> list[Block]:
    """What a decision needs, in the order it is asked for, and no more than one page of it."""
    decision = report["decision"]
    return [
        Block("badges", rows=(tuple(clean(badge) for badge in ranked.badges(report)),)),
        *_said(decision),
        *items(decision["blocks"]),
        *[Block("caveat", clean(line)) for line in [report["main_caveat"]] if line and line not in decision["blocks"]],
        *figure("outcomes", report),
        table(ranked.short_head(report), ranked.short(report)),
        *_today(decision),
        *section("Next step", texts([report["next_step"]])),
        *_limits(report),
        Block("note", clean(_run(report))),
    ]


def _said(decision: Json) -> list[Block]:
    """The approach as heading, below it the counts and the sentence; of a decision that names none, the sentence as heading."""
    approach = decision.get("approach")
    if not approach:
        return [Block("heading", clean(decision["sentence"]), 1)]
    return [Block("heading", clean(approach["heading"]), 1), *texts([approach["counts"], decision["sentence"]])]


def _today(decision: Json) -> list[Block]:
    today = decision.get("today")
    return section("Today", texts([today["sentence"]])) if today else []


def _limits(report: Json) -> list[Block]:
    """The first few, without the one that stands on top."""
    decision = report["decision"]
    told = [*decision["caveats"], *(f"Not tested: {line}" for line in decision["not_tested"])]
    named = [line for line in told if line != report["main_caveat"]][:LIMITS]
    return section("Limits", items(named)) if named else []


def _run(report: Json) -> str:
    """Run, date, data."""
    run = report["run"]
    known = [f"run {run['id']}"] if run["id"] else []
    known += [f"started {run['started'][:16].replace('T', ' ')}"] if run["started"] else []
    return f"{', '.join([*known, 'data ' + report['manifest']['data']])}; decided by {in_a_sentence(report['metric'])}."
