"""Everything stored about a run → the report as one JSON object, in reading order. Chooses and arranges; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eval.judge.grounded import GROUNDED, UNSUPPORTED_CLAIMS
from eval.metrics.fabrication import COLUMNS, NOTE
from eval.metrics.grounding.checker import Grounding
from eval.names import metric_name
from eval.report import advice
from eval.report.format import plain
from eval.report.ranked import turned

SCHEMA = 2
"""Of report.json, as docs/report.schema.json describes it; raised where a reader of the last one would break."""
NAME = 200
"""Characters of a file or document name."""
SHOWN = 8
"""Rows shown as examples of what differs."""
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """What a finished run has stored, as read from its files; a report is built from it."""

    decision: Json
    """decision.json."""
    summary: Json
    """summary.json."""
    experiment: Json
    """The experiment with every setting filled in."""
    manifest: Json
    """manifest.json."""
    rows: Sequence[Json]
    """One for each test row: the question, its references, and what every arm answered and was given."""
    curves: Mapping[str, Sequence[Json]]
    """Training log by arm and seed, one object a step."""
    audit: Json | None = None
    """audit.json."""
    calibration: Json | None = None
    """calibration.json, where people have labelled answers."""
    probes: Mapping[str, Json] = field(default_factory=dict)
    """Results of the probes that were run, by name."""
    run: Json = field(default_factory=dict)
    """`{"id", "started"}`."""


def build(stored: StoredRun) -> Json:
    """The report: what page one shows, for who decides, and the evidence behind it."""
    decision, summary = stored.decision, stored.summary
    return {
        "schema": SCHEMA,
        "name": summary["name"],
        "run": {"id": None, "started": None, **stored.run},
        "decision": decision,
        "metric": decision["metric"],
        "metrics": summary["metrics"],
        "arms": summary["arms"],
        "notes": [*summary.get("notes", []), *metric_notes(summary["metrics"])],
        "headline": headline(decision),
        "findings": _findings(decision, summary),
        "summary_of_findings": summary.get("findings", []),
        "slices": summary.get("slices", []),
        "main_caveat": advice.main_caveat(decision, summary.get("findings", []), summary["arms"]),
        "next_step": advice.next_step(decision, summary["arms"]),
        "rows_used": summary["rows"],
        "task": summary["task"],
        "audit": (stored.audit or {}).get("findings", []),
        "people": [found["sentence"] for found in (stored.calibration or {"metrics": {}})["metrics"].values()],
        "examples": _examples(decision, stored.rows),
        "rows": [_safe(row) for row in stored.rows],
        "curves": {name: list(steps) for name, steps in stored.curves.items()},
        "probes": dict(stored.probes),
        "experiment": stored.experiment,
        "manifest": stored.manifest,
        "stages": summary["stages"],
    }


def brought_up(report: Json) -> Json:
    """A stored report of an earlier schema with what later ones added, empty where it was never worked out."""
    if report["schema"] == SCHEMA:
        return report
    decision = report["decision"]
    added = {"run": {"id": None, "started": None}, "summary_of_findings": [], "slices": []}
    return {
        **added, "main_caveat": advice.main_caveat(decision), "next_step": advice.next_step(decision, report["arms"]), **report,
        "schema": SCHEMA,
    }  # fmt: skip


def metric_notes(metrics: Sequence[str]) -> list[str]:
    """What has to be known of an estimated metric wherever its values stand."""
    estimated = [name for name in (GROUNDED, UNSUPPORTED_CLAIMS) if name in metrics]
    worth = f". {Grounding.load().worth()}." if estimated else ""
    split = [f"{NOTE}."] if COLUMNS[0] in metrics else []
    return [*(f"{metric_name(name)}: a rough estimate that decides nothing{worth}" for name in estimated), *split]


def headline(decision: Json) -> list[Json]:
    """The comparisons of the leading arm with every other, it first: what page one shows. Without a leader, all of them."""
    leader = (decision["leaders"] or [decision["arm"]])[0]
    chosen = [c for c in decision["comparisons"] if leader in (c["a"], c["b"])]
    return [c if c["a"] == leader else turned(c) for c in chosen] or decision["comparisons"]


def _findings(decision: Json, summary: Json) -> list[Json]:
    """For each comparison what both arms scored, their difference, and how sure it is."""
    metric, out = decision["metric"], []
    for comparison in decision["comparisons"]:
        arms = [summary["arms"].get(comparison[side], {}).get("metrics", {}).get(metric) for side in ("a", "b")]
        out.append({**comparison, "a_mean": (arms[0] or {}).get("mean"), "b_mean": (arms[1] or {}).get("mean")})
    return out


def _examples(decision: Json, rows: Sequence[Json]) -> list[Json]:
    """Rows on which the leading arm and the one it is compared with first differ, wins and losses in turn."""
    comparisons = decision["comparisons"]
    if not comparisons:
        return []
    a, b = comparisons[0]["a"], comparisons[0]["b"]
    gains = {row["row"]: _gain(row, a, b, decision["metric"]) for row in rows}
    won = sorted((row for row in rows if gains[row["row"]] > 0), key=lambda row: -gains[row["row"]])
    lost = sorted((row for row in rows if gains[row["row"]] < 0), key=lambda row: gains[row["row"]])
    mixed = [row for pair in zip(won, lost, strict=False) for row in pair]
    rest = won[len(lost) :] + lost[len(won) :]
    return [{"row": row["row"], "a": a, "b": b, "fixed": gains[row["row"]] > 0} for row in [*mixed, *rest][:SHOWN]]


def _gain(row: Json, a: str, b: str, metric: str) -> float:
    """By how much the first arm did better on this row: in right and wrong, or by the metric where no answer is either."""
    values = [(row["arms"].get(arm) or {}).get("metrics", {}).get(metric) for arm in (a, b)]
    if all((row["arms"].get(arm) or {}).get("outcome") is None for arm in (a, b)) and None not in values:
        return float(values[0] - values[1])
    return float(_right(row, a)) - float(_right(row, b))


def _right(row: Json, arm: str) -> bool:
    said = row["arms"].get(arm)
    if said is None:
        return False
    return said["outcome"] == "correct" or (said["outcome"] == "abstained" and not row["references"])


def _safe(row: Json) -> Json:
    arms = {
        name: {
            **said,
            "text": plain(said["text"]),
            "answer": plain(said["answer"]),
            "passages": [{**p, "document": plain(p["document"], NAME), "text": plain(p["text"], 4000)} for p in said["passages"]],
        }
        for name, said in row["arms"].items()
    }
    named: Json = {key: plain(row[key], NAME) for key in ("group", "origin") if key in row}
    if "turns" in row:
        named["turns"] = [{"role": plain(turn["role"], NAME), "content": plain(turn["content"])} for turn in row["turns"]]
    return {**row, **named, "input": plain(row["input"]), "references": [plain(r) for r in row["references"]], "arms": arms}
