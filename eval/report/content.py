"""Everything stored about a run → the report as one JSON object, in reading order. Chooses and arranges; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.report.format import plain

SCHEMA = 1
SHOWN = 8
"""Rows shown as examples of what differs."""
Json = dict[str, Any]


def build(
    *, decision: Json, summary: Json, experiment: Json, manifest: Json, audit: Json | None, rows: Sequence[Json],
    curves: Mapping[str, Sequence[Json]], probes: Mapping[str, Json] | None = None,
) -> Json:  # fmt: skip
    """The report. Page one (`decision`, `findings`, `costs`, `hallucination`) is for who decides; the rest is the evidence."""
    return {
        "schema": SCHEMA,
        "name": summary["name"],
        "decision": decision,
        "metric": decision["metric"],
        "metrics": summary["metrics"],
        "arms": summary["arms"],
        "headline": headline(decision),
        "findings": _findings(decision, summary),
        "rows_used": summary["rows"],
        "task": summary["task"],
        "audit": (audit or {}).get("findings", []),
        "examples": _examples(decision, rows),
        "rows": [_safe(row) for row in rows],
        "curves": {name: list(steps) for name, steps in curves.items()},
        "probes": dict(probes or {}),
        "experiment": experiment,
        "manifest": manifest,
        "stages": summary["stages"],
    }


def headline(decision: Json) -> list[Json]:
    """The comparisons of the leading arm with every other, it first: what page one shows. Without a leader, all of them."""
    leader = (decision["leaders"] or [decision["arm"]])[0]
    chosen = [c for c in decision["comparisons"] if leader in (c["a"], c["b"])]
    return [c if c["a"] == leader else turned(c) for c in chosen] or decision["comparisons"]


def turned(comparison: Json) -> Json:
    """The same comparison seen from the other arm."""
    minus = {key: None if comparison[key] is None else -comparison[key] for key in ("difference", "low", "high")}
    return {
        **comparison,
        "a": comparison["b"],
        "b": comparison["a"],
        "difference": minus["difference"],
        "low": minus["high"],
        "high": minus["low"],
    }


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
    won = [row for row in rows if _right(row, a) and not _right(row, b)]
    lost = [row for row in rows if _right(row, b) and not _right(row, a)]
    mixed = [row for pair in zip(won, lost, strict=False) for row in pair]
    rest = won[len(lost) :] + lost[len(won) :]
    return [{"row": row["row"], "a": a, "b": b, "fixed": _right(row, a)} for row in [*mixed, *rest][:SHOWN]]


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
            "passages": [{**p, "text": plain(p["text"], 4000)} for p in said["passages"]],
        }
        for name, said in row["arms"].items()
    }
    return {**row, "input": plain(row["input"]), "references": [plain(r) for r in row["references"]], "arms": arms}
