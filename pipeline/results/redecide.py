"""The verdict of a finished run from its stored scores: under other rules, or with people's labels of its answers. Asks no model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.files import told_plainly
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder, find
from pipeline.stages.evaluation import calibrate, report
from pipeline.stages.evaluation.verdict import decide, write_verdict

FREE = ("decision.", "judge.min_kappa=")
"""What can change without anything being run."""


def decide_run(runs: Path, name: str, overrides: list[str], sensitivity: bool = True) -> dict[str, Any]:
    """decision.json as it would be with these overrides, which may change rules alone; nothing is written.

    `sensitivity`: also what would flip the verdict, and the run's caveats, which takes most of the time.
    """
    run = find(runs, name)
    if not (run.path / "scores.parquet").exists():
        raise UserError(f"{run.id} has no scores yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    for override in overrides:
        if not override.startswith(FREE):
            raise UserError(
                f"--set {override}: only decision.* and judge.min_kappa can change without running anything.",
                remedy="Use `bakeoff run --set`.",
            )
    experiment = load(run.path / "experiment.yaml", overrides)
    return dict(decide(run, experiment, _primary(run), sensitivity).to_json())


def renew(run: RunFolder, *also: str) -> dict[str, Any]:
    """calibration.json, summary.json, decision.json and the report anew, after people have labelled; returns the first.

    `also`: metrics to hold against people beside the usual ones. UserError while a worker is at the run.
    """
    context, lock = calibrate.open_run(run, *also), run.lock()
    if not lock.acquire():
        raise UserError(f"{run.id} is being worked on; its labels are kept.", remedy=f"Try again when `bakeoff status {run.id}` says done.")
    try:
        with told_plainly(run.path):
            figures = calibrate.write_figures(context, *also)
            if (run.path / "decision.json").exists():
                write_verdict(context)
            if (run.path / "report/report.json").exists():
                report.work(context)
            for name in ("decide", "report"):
                record.renew(run, name)
    finally:
        lock.release()
    return figures


def _primary(run: RunFolder) -> str:
    summary = run.read_json("summary.json")
    task = yaml.safe_load((run.path / "experiment.yaml").read_text(encoding="utf-8"))["task"]
    if summary is None:
        raise UserError(f"{run.id} ({task['kind']}) has no summary yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    primary: str = summary["metric"]
    return primary
