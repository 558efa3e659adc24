"""The verdict of a finished run under other rules, from its stored scores; nothing is run and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import UserError
from pipeline.experiment import load
from pipeline.stages.verdict import decide
from pipeline.store import RunFolder, find


def decide_run(runs: Path, name: str, overrides: list[str]) -> dict[str, Any]:
    """decision.json as it would be with these overrides; only the decision's own rules may be changed."""
    run = find(runs, name)
    if not (run.path / "scores.parquet").exists():
        raise UserError(f"{run.id} has no scores yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    for override in overrides:
        if not override.startswith("decision."):
            raise UserError(
                f"--set {override}: only decision.* can change without running anything.",
                remedy="Use `bakeoff run --set`.",
            )
    experiment = load(run.path / "experiment.yaml", overrides)
    return dict(decide(run, experiment, _primary(run)).to_json())


def _primary(run: RunFolder) -> str:
    summary = run.read_json("summary.json")
    task = yaml.safe_load((run.path / "experiment.yaml").read_text(encoding="utf-8"))["task"]
    if summary is None:
        raise UserError(f"{run.id} ({task['kind']}) has no summary yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    primary: str = summary["metric"]
    return primary
