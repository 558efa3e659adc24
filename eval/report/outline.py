"""The report as a list of blocks (headings, paragraphs, tables) in reading order: what Word and PDF both draw. Computes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from eval.diagnosis import KINDS
from eval.names import metric_name
from eval.report.format import interval, measured, number, plain, probability, share
from eval.report.markdown import SHARES, costs, went_wrong
from eval.report.probes import tables

Json = dict[str, Any]
NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Block:
    """One piece of the report."""

    kind: str
    """`heading`, `text`, `item`, `table`, `code` or `chart` (the forest plot belongs here)."""
    text: str = ""
    level: int = 0
    """Of a heading: 1 for the report's sentence, 2 for a section."""
    rows: tuple[tuple[str, ...], ...] = ()
    """Of a table, the head first."""


def clean(text: str, limit: int = 4000) -> str:
    """User text that XML and UTF-8 can carry, without control or bidi characters."""
    return NO_XML.sub("\ufffd", plain(text, limit))


def outline(report: Json) -> list[Block]:
    """All blocks: page one for who decides, then the evidence."""
    decision = report["decision"]
    changes = [*decision["changes"], *decision["caveats"], *(f"Not tested: {line}" for line in decision["not_tested"])]
    return [
        Block("heading", clean(decision["sentence"]), 1),
        *_items([*decision["reasons"], *decision.get("blocks", [])]),
        Block("chart"),
        *_section("Comparisons", [_comparisons(report)]),
        *_section("Cost and latency", [_costs(report)]),
        *_section("Of 100 answers", [_outcomes(report)]),
        *_probes(report),
        *_section("What would change this", _items(changes)),
        *_section("Arms", _arms(report)),
        *_section("Examples that show the difference", _examples(report)),
        *(_section("Held against people", _items(report["people"])) if report["people"] else []),
        *_section("Audit", _items([f"{f['severity']}: {f['message']}. {f['remedy']}" for f in report["audit"]])),
        *_section("Data and settings", _settings(report)),
    ]  # fmt: skip


def _section(title: str, blocks: list[Block]) -> list[Block]:
    return [Block("heading", title, 2), *(blocks or [Block("text", "None.")])]


def _items(lines: list[str]) -> list[Block]:
    return [Block("item", clean(line)) for line in lines]


def _table(head: list[str], rows: list[list[str]]) -> Block:
    return Block("table", rows=tuple(tuple(clean(cell) for cell in row) for row in [head, *rows]))


def _probes(report: Json) -> list[Block]:
    return [
        block
        for probe in tables(report)
        for block in _section(probe.title, [Block("text", clean(probe.sentence)), _table(probe.head, probe.rows), *_items(probe.notes)])
    ]


def _comparisons(report: Json) -> Block:
    return _table(
        ["comparison", f"difference in {metric_name(report['metric'])}", "95 % interval", "p (Holm)", "n"],
        [[f"{f['a']} − {f['b']}", number(f["difference"], 3, True), interval(f["low"], f["high"], 3, True), probability(f["p_holm"]),
          str(f["n"])] for f in report["findings"]],
    )  # fmt: skip


def _costs(report: Json) -> Block:
    head = ["arm", "one query p50", "in batches p50", "p95", "prompt tokens", "written tokens", "training"]
    return _table(head, [[name, *costs(arm)] for name, arm in report["arms"].items()])


def _outcomes(report: Json) -> Block:
    rows = [[name, *(share(arm["outcomes"].get(kind)) for kind in SHARES)] for name, arm in report["arms"].items()]
    return _table(["arm", *(metric_name(kind).lower() for kind in SHARES)], rows)


def _arms(report: Json) -> list[Block]:
    metrics = [report["metric"], *(m for m in report["metrics"] if m != report["metric"] and m not in SHARES)]
    tables = [
        _table(
            ["arm", f"{metric_name(metric)}: mean (95 % interval; n)"],
            [[name, measured(arm["metrics"].get(metric))] for name, arm in report["arms"].items()],
        )
        for metric in metrics
    ]
    wrong = went_wrong(report["arms"])
    return [*tables, *([_table(["where it went wrong", *KINDS], wrong)] if wrong else []), *_items(report["notes"])]


def _examples(report: Json) -> list[Block]:
    rows, blocks = {row["row"]: row for row in report["rows"]}, []
    for example in report["examples"]:
        row = rows[example["row"]]
        right = " / ".join(row["references"]) or "nothing to know"
        blocks.append(Block("text", f"{clean(row['input'])} (right: {clean(right)})"))
        for arm in (example["a"], example["b"]):
            said = row["arms"].get(arm)
            if said:
                blocks += _items([f"{arm}, {said['outcome'] or 'not measured'}: {said['text'] or 'said nothing'}"])
    return blocks


def _settings(report: Json) -> list[Block]:
    manifest = report["manifest"]
    facts = [
        "rows: " + ", ".join(f"{value} {name}" for name, value in report["rows_used"].items()),
        f"data: {manifest['data']}; code: {manifest['code'][:12]}; bakeoff {manifest['bakeoff']}",
        "model: {name}, {revision}, licence {licence}".format(**manifest["model"]),
        "left this machine: " + (", ".join(manifest["sent_elsewhere"]) or "nothing"),
    ]
    return [*_items(facts), Block("code", clean(yaml.safe_dump(report["experiment"], sort_keys=False, allow_unicode=True), 20_000))]
