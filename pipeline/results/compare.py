"""Two runs side by side. Differences are given only if both have the same test rows and references; else the reason why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.errors import UserError
from pipeline.records import read_examples
from pipeline.results.differences import changed_settings, flips
from pipeline.run_folder import about, keys
from pipeline.run_folder.store import RunFolder, find

SAME = "Second run minus first on the same test rows, with 95 % intervals; they describe, no test was made."


def compare_runs(runs: Path, one: str, other: str) -> dict[str, Any]:
    """`{"runs": […], "metric", "comparable", "note", "arms", "settings", "flips"}` for the first run's primary metric.

    `arms`: see `eval.explain.two_runs`; `settings`, `flips`: see `pipeline.results.differences`. `flips` is None without differences.
    """
    from eval import scores
    from eval.explain.two_runs import two_runs

    pair = (find(runs, one), find(runs, other))
    metric = _summary(pair[0])["metric"]
    _summary(pair[1])
    same = _rows(pair[0]) == _rows(pair[1])
    frames = [scores.read(run.path / "scores.parquet") for run in pair]
    arms = two_runs(frames[0], frames[1], metric, same, _same_answers(*pair))
    note = SAME if same else "No differences: the two runs have other test rows or references."
    return {
        "runs": [_head(run) for run in pair], "metric": metric, "comparable": same, "note": note, "arms": arms,
        "settings": changed_settings(*pair), "flips": flips(*pair) if same else None,
    }  # fmt: skip


def _summary(run: RunFolder) -> dict[str, Any]:
    summary: dict[str, Any] | None = run.read_json("summary.json")
    if summary is None:
        raise UserError(f"{run.id} has no summary yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    return summary


def _rows(run: RunFolder) -> str:
    """A hash of what was asked and of what counts as right."""
    rows = read_examples(run.path / "data/test.jsonl")
    return keys.of_value(sorted([row.id, row.asked, *row.references] for row in rows))


def _same_answers(one: RunFolder, other: RunFolder) -> set[str]:
    """Arms that said the same to every row, by every seed."""
    said = [_said(run) for run in (one, other)]
    return {arm for arm, told in said[0].items() if said[1].get(arm) == told}


def _said(run: RunFolder) -> dict[str, set[tuple[int, str, str, str]]]:
    """By arm: seed, row, text, and why there is none."""
    found: dict[str, set[tuple[int, str, str, str]]] = {}
    for arm, seed in run.predicted():
        found.setdefault(arm, set()).update((seed, p.row, p.text, p.failure) for p in run.predictions(arm, seed))
    return found


def _head(run: RunFolder) -> dict[str, Any]:
    decision = run.read_json("decision.json") or {}
    told = {key: decision.get(key) for key in ("verdict", "sentence", "approach")}
    return {"run": run.id, "name": about.read(run).name, **told}
