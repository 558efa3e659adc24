"""All runs at a glance, for `bakeoff list` and the app's list. Reads what is stored; computes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline import jobs
from pipeline.errors import Damaged
from pipeline.run_folder.store import RunFolder, all_runs


def overview(runs: Path) -> list[dict[str, Any]]:
    """Newest first: `{"run", "name", "state", "started", "verdict", "arm", "sentence", "data", "model", "n", "comparison", "cost"}`.

    `started`: when it first was, however often it was resumed. `comparison`: the leader and the arm next to it, as in decision.json.
    `cost`: `{"cost", "currency"}` of running it all anew; None before the verdict. `damaged`: files that cannot be read; what they
    would say is None.
    """
    rows = []
    for run in all_runs(runs):
        state, bad = jobs.state(runs, str(run.path)), list[str]()
        decision, manifest = _stored(run, "decision.json", bad), _stored(run, "manifest.json", bad)
        first, repeat = (decision.get("comparisons") or [None])[0], decision.get("repeat")
        rows.append({
            "run": run.id, "name": run.id.rsplit("-", 1)[0], "state": state.state, "started": _first_started(run) or state.started,
            "verdict": decision.get("verdict"), "arm": decision.get("arm"), "sentence": decision.get("sentence"),
            "data": manifest.get("data"), "model": (manifest.get("model") or {}).get("name"), "n": (first or {}).get("n"),
            "comparison": first, "cost": repeat and {key: repeat.get(key) for key in ("cost", "currency")}, "damaged": bad,
        })  # fmt: skip
    return rows


def _stored(run: RunFolder, name: str, bad: list[str]) -> dict[str, Any]:
    """The file's object; nothing where it is not there, or cannot be read, which `bad` then names."""
    try:
        found = run.read_json(name)
        if isinstance(found, dict | None):
            return found or {}
    except Damaged:
        pass
    bad.append(name)
    return {}


def _first_started(run: RunFolder) -> str | None:
    return next((event["time"] for event in run.events()), None)
