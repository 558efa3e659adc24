"""All runs at a glance, for `bakeoff list` and the app's list. Reads what is stored; computes nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import orjson

from eval.report.ranked import beside
from pipeline import jobs
from pipeline.errors import Damaged
from pipeline.run_folder import about
from pipeline.run_folder.store import RunFolder, all_runs


def overview(runs: Path) -> list[dict[str, Any]]:
    """Newest first: `{"run", "name", "note", "tags", "state", "started", "verdict", "arm", "approach", "right", "sentence", "data",
    "model", "n", "comparison", "cost", "damaged"}`.

    `name`: what people call it, else the experiment's. `started`: when it first was, however often it was resumed. `approach`: as in
    decision.json; `comparison`: of the leader with the arm next to it, as there. `right`: of the arm that is named or leads.
    `cost`: `{"cost", "currency"}` of running it all anew; None before the verdict. `damaged`: files that cannot be read; what they
    would say is None.
    """
    return [_row(runs, run) for run in all_runs(runs)]


def _row(runs: Path, run: RunFolder) -> dict[str, Any]:
    state, bad = jobs.state(runs, str(run.path)), list[str]()
    decision, manifest, said = _stored(run, "decision.json", bad), _stored(run, "manifest.json", bad), _said(run, bad)
    first, repeat = _next_to_lead(decision), decision.get("repeat")
    return {
        "run": run.id, "name": said.name or run.id.rpartition("-")[0] or run.id, "note": said.note, "tags": list(said.tags),
        "state": state.state, "started": _first_started(run) or state.started,
        "verdict": decision.get("verdict"), "arm": decision.get("arm"), "approach": decision.get("approach"), "right": _right(decision),
        "sentence": decision.get("sentence"), "data": manifest.get("data"), "model": (manifest.get("model") or {}).get("name"),
        "n": (first or {}).get("n"), "comparison": first,
        "cost": repeat and {key: repeat.get(key) for key in ("cost", "currency")}, "damaged": bad,
    }  # fmt: skip


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


def _said(run: RunFolder, bad: list[str]) -> about.About:
    try:
        return about.read(run)
    except Damaged:
        bad.append(about.FILE)
        return about.About()


def _lead(decision: dict[str, Any]) -> str | None:
    """The arm that is named, else the one to take today, else the first that leads."""
    named = [decision.get("arm"), (decision.get("today") or {}).get("arm"), *(decision.get("leaders") or [])]
    return next(filter(None, named), None)


def _next_to_lead(decision: dict[str, Any]) -> dict[str, Any] | None:
    pairs = decision.get("comparisons") or []
    return beside(decision, _lead(decision), {arm for one in pairs for arm in (one["a"], one["b"])}) if pairs else None


def _right(decision: dict[str, Any]) -> dict[str, int] | None:
    """`{"right", "rows"}` of the arm that is named or leads."""
    found: dict[str, int] | None = (decision.get("right") or {}).get(_lead(decision))
    return found


def _first_started(run: RunFolder) -> str | None:
    """Of the first event that can be read; the others are not read, of which a long training has thousands."""
    path = run.path / "events.jsonl"
    if not path.exists():
        return None
    with path.open("rb") as lines:
        for line in lines:
            with contextlib.suppress(ValueError, TypeError, KeyError):
                return str(orjson.loads(line)["time"])
    return None
