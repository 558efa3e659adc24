"""All runs at a glance, for `bakeoff list` and the app's list. Reads what is stored; computes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline import jobs
from pipeline.store import all_runs


def overview(runs: Path) -> list[dict[str, Any]]:
    """Newest first: `{"run", "name", "state", "started", "verdict", "arm", "sentence", "data", "model", "n"}`."""
    rows = []
    for run in all_runs(runs):
        state = jobs.state(runs, str(run.path))
        decision, manifest = run.read_json("decision.json") or {}, run.read_json("manifest.json") or {}
        comparisons = decision.get("comparisons") or [{}]
        rows.append({
            "run": run.id, "name": run.id.rsplit("-", 1)[0], "state": state.state, "started": state.started,
            "verdict": decision.get("verdict"), "arm": decision.get("arm"), "sentence": decision.get("sentence"),
            "data": manifest.get("data"), "model": (manifest.get("model") or {}).get("name"), "n": comparisons[0].get("n"),
        })  # fmt: skip
    return rows
