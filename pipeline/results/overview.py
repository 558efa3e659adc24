"""All runs at a glance, for `bakeoff list` and the app's list. Reads what is stored; computes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline import jobs
from pipeline.records import read_lines
from pipeline.run_folder.store import RunFolder, all_runs


def overview(runs: Path) -> list[dict[str, Any]]:
    """Newest first: `{"run", "name", "state", "started", "verdict", "arm", "sentence", "data", "model", "n", "comparison", "cost"}`.

    `started`: when it first was, however often it was resumed. `comparison`: the leader and the arm next to it, as in decision.json.
    `cost`: `{"cost", "currency"}` of running it all anew; None before the verdict.
    """
    rows = []
    for run in all_runs(runs):
        state = jobs.state(runs, str(run.path))
        decision, manifest = run.read_json("decision.json") or {}, run.read_json("manifest.json") or {}
        first, repeat = (decision.get("comparisons") or [None])[0], decision.get("repeat")
        rows.append({
            "run": run.id, "name": run.id.rsplit("-", 1)[0], "state": state.state, "started": _first_started(run) or state.started,
            "verdict": decision.get("verdict"), "arm": decision.get("arm"), "sentence": decision.get("sentence"),
            "data": manifest.get("data"), "model": (manifest.get("model") or {}).get("name"), "n": (first or {}).get("n"),
            "comparison": first, "cost": repeat and {key: repeat[key] for key in ("cost", "currency")},
        })  # fmt: skip
    return rows


def _first_started(run: RunFolder) -> str | None:
    return next((event["time"] for event in read_lines(run.path / "events.jsonl")), None)
