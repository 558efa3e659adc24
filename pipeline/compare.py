"""Two runs side by side. Differences are given only where test rows and references are the same; otherwise it says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline import keys
from pipeline.errors import UserError
from pipeline.records import read_examples
from pipeline.store import RunFolder, find


def compare_runs(runs: Path, one: str, other: str) -> dict[str, Any]:
    """`{"runs": […], "comparable", "note", "arms": [{"arm", "one", "other", "difference"}]}` for the primary metric of the first."""
    pair = [find(runs, one), find(runs, other)]
    summaries = [_summary(run) for run in pair]
    metric = summaries[0]["metric"]
    same = _rows(pair[0]) == _rows(pair[1])
    arms = [name for name in summaries[0]["arms"] if name in summaries[1]["arms"]]
    rows = []
    for arm in arms:
        values = [summary["arms"][arm]["metrics"].get(metric, {}).get("mean") for summary in summaries]
        known = same and None not in values
        rows.append({"arm": arm, "one": values[0], "other": values[1], "difference": values[1] - values[0] if known else None})
    note = f"{metric}: first run, second run, difference." if same else "No differences: the two runs have other test rows or references."
    return {"runs": [_head(run) for run in pair], "metric": metric, "comparable": same, "note": note, "arms": rows}


def _summary(run: RunFolder) -> dict[str, Any]:
    summary: dict[str, Any] | None = run.read_json("summary.json")
    if summary is None:
        raise UserError(f"{run.id} has no summary yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    return summary


def _rows(run: RunFolder) -> str:
    """A hash of what was asked and of what counts as right."""
    rows = read_examples(run.path / "data/test.jsonl")
    return keys.of_value(sorted([row.id, row.input, *row.references] for row in rows))


def _head(run: RunFolder) -> dict[str, Any]:
    decision = run.read_json("decision.json") or {}
    return {"run": run.id, "verdict": decision.get("verdict"), "sentence": decision.get("sentence")}
