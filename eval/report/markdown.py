"""The report as Markdown. User text is escaped, so that it stays text."""

from __future__ import annotations

import re
from typing import Any

from eval.diagnosis import KINDS
from eval.fabrication import COLUMNS
from eval.hallucination import OUTCOMES
from eval.names import metric_name
from eval.report.format import interval, measured, number, plain, probability, seconds, share
from eval.report.probes import tables

Json = dict[str, Any]
SHARES = (*OUTCOMES, *COLUMNS)
"""Of 100 answers; the last three are parts of `fabricated`."""
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&=:@])")


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(plain(text, 2000).split()))


def render(report: Json) -> str:
    """The whole report."""
    decision = report["decision"]
    parts = [
        f"# {escape(decision['sentence'])}", *(f"- {escape(reason)}" for reason in decision["reasons"]), "",
        *(f"> {escape(block)}" for block in decision.get("blocks", [])), "",
        "## Comparisons", "", *_table(
            ["comparison", f"difference in {metric_name(report['metric'])}", "95 % interval", "p (Holm)", "n"],
            [[f"{f['a']} − {f['b']}", number(f["difference"], 3, True), interval(f["low"], f["high"], 3, True), probability(f["p_holm"]),
              str(f["n"])] for f in report["findings"]],
        ), "",
        "## Arms", "", *_arms(report), "",
        "## Cost and latency", "", *_table(
            ["arm", "one query p50", "in batches p50", "p95", "prompt tokens", "written tokens", "training"],
            [[name, *costs(arm)] for name, arm in report["arms"].items()],
        ), "",
        *_probes(report),
        "## What would change this", "", *(f"- {escape(line)}" for line in [*decision["changes"], *decision["caveats"]]),
        *(f"- Not tested: {escape(line)}" for line in decision["not_tested"]), "",
        *(["## Held against people", "", *(f"- {escape(line)}" for line in report["people"]), ""] if report["people"] else []),
        "## Audit", "", *(_audit(report) or ["No findings."]), "",
        "## Data and settings", "", *_facts(report), "",
        "## Examples that show the difference", "", *_examples(report),
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _audit(report: Json) -> list[str]:
    return [f"- {f['severity']}: {escape(f['message'])}. {escape(f['remedy'])}" for f in report["audit"]]


def went_wrong(arms: Json) -> list[list[str]]:
    """For each arm its name and the share of each kind of `eval.diagnosis`; they add up to one."""
    told = {name: arm["went_wrong"] for name, arm in arms.items() if arm.get("went_wrong")}
    return [[name, *(share(found["shares"][kind] if found["n"] else None) for kind in KINDS)] for name, found in told.items()]


def costs(arm: Json) -> list[str]:
    """Latency, tokens and training of one arm, as cells of a table."""
    cost = arm.get("cost") or {}
    return [
        seconds(cost.get("single_p50_s")), seconds(cost.get("p50_s")), seconds(cost.get("p95_s")),
        number(cost.get("prompt_tokens"), 0), number(cost.get("completion_tokens"), 0),
        seconds(cost.get("train_seconds")) if cost.get("train_seconds") else "–",
    ]  # fmt: skip


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows),
    ]


def _probes(report: Json) -> list[str]:
    lines: list[str] = []
    for probe in tables(report):
        lines += [
            f"## {probe.title}",
            "",
            escape(probe.sentence),
            "",
            *_table(probe.head, [[escape(c) for c in row] for row in probe.rows]),
            "",
        ]
        lines += [*(f"- {escape(note)}" for note in probe.notes), ""]
    return lines


def _arms(report: Json) -> list[str]:
    metrics = [report["metric"], *(m for m in report["metrics"] if m != report["metric"])]
    lines = []
    for metric in metrics:
        if metric in SHARES:
            continue
        rows = [[name, measured(arm["metrics"].get(metric))] for name, arm in report["arms"].items()]
        lines += [f"**{metric_name(metric)}**", "", *_table(["arm", "mean (95 % interval; n)"], rows), ""]
    rows = [[name, *(share(arm["outcomes"].get(kind)) for kind in SHARES)] for name, arm in report["arms"].items()]
    if any(arm.get("went_wrong") for arm in report["arms"].values()):
        lines += ["**Where it went wrong**", "", *_table(["arm", *KINDS], went_wrong(report["arms"])), ""]
    lines += [line for note in report["notes"] for line in (escape(note), "")]
    return [*lines, "**Of 100 answers**", "", *_table(["arm", *(metric_name(kind).lower() for kind in SHARES)], rows)]


def _facts(report: Json) -> list[str]:
    rows, manifest = report["rows_used"], report["manifest"]
    counts = ", ".join(f"{value} {name}" for name, value in rows.items())
    return [
        f"- rows: {escape(counts)}", f"- data: {manifest['data']}; code: {manifest['code'][:12]}; bakeoff {manifest['bakeoff']}",
        f"- model: {escape('{name}, {revision}, licence {licence}'.format(**manifest['model']))}",
        f"- embedder: {escape(manifest['embedder']['name'])} ({escape(manifest['embedder']['licence'])})",
        f"- versions: {escape(', '.join(f'{k} {v}' for k, v in manifest['versions'].items()))}",
        f"- left this machine: {escape(', '.join(manifest['sent_elsewhere'])) or 'nothing'}",
    ]  # fmt: skip


def _examples(report: Json) -> list[str]:
    rows = {row["row"]: row for row in report["rows"]}
    lines: list[str] = []
    for example in report["examples"]:
        row = rows[example["row"]]
        lines += [f"**{escape(row['input'])}** (right: {escape(' / '.join(row['references'])) or 'nothing to know'})", ""]
        for arm in (example["a"], example["b"]):
            said = row["arms"].get(arm)
            if said:
                lines.append(f"- {arm}, {said['outcome'] or 'not measured'}: {escape(said['text']) or 'said nothing'}")
        lines.append("")
    return lines or ["The leading arms differ on no row."]
