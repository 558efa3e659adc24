"""Runs a comparison in this process and shows its progress in the terminal: `bakeoff run`, `demo` and `resume`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pipeline import interrupt
from pipeline.cli.terminal import Terminal
from pipeline.distributed.machines import Machines, asked_for
from pipeline.errors import Cancelled, UserError
from pipeline.experiment.load import load
from pipeline.jobs import check_writable
from pipeline.run import discard, execute, prepare
from pipeline.run_folder.store import RunFolder, find, now
from pipeline.stages import hosted
from pipeline.stages.evaluation.report import PROBES


def run_here(
    experiment_path: Path, runs: Path, overrides: list[str], *, quiet: bool, machines: Machines | None = None, upload: bool = False
) -> dict[str, Any]:
    """Prepare and do the run. If the input cannot be used, a folder that was made for it is not left behind.

    `upload`: people allow training rows to be uploaded where the experiment fine-tunes at a service.
    """
    experiment = load(experiment_path, overrides)
    check_writable(runs)
    run = prepare(experiment, runs)
    try:
        if upload:
            hosted.allow(run, experiment)
        return resume_here(run, quiet=quiet, machines=machines)
    except UserError:
        discard(run)
        raise


def resume_here(run: RunFolder, *, quiet: bool, probe: str | None = None, machines: Machines | None = None) -> dict[str, Any]:
    """Do the unfinished stages of the run, and this probe; returns `{"run", "folder", "report", "decision", "summary"}`.

    `machines`: where its jobs are done; if not given, as the environment says.
    """
    interrupt.install(lambda: mark_cancelled(run))
    with Terminal(run, show=not quiet and sys.stderr.isatty(), lines=not quiet) as terminal:
        try:
            decision = execute(run, terminal.listen, probe, machines=machines or asked_for())
        except (KeyboardInterrupt, Cancelled):
            raise Cancelled(f"Finished work is kept: `bakeoff resume {run.id}` continues.") from None
    report = run.path / "report/report.html"
    return {
        "run": run.id, "folder": str(run.path), "report": str(report), "decision": decision, "summary": run.read_json("summary.json"),
    }  # fmt: skip


def probe_here(kind: str, runs: Path, name: str, *, quiet: bool) -> dict[str, Any]:
    """Do this probe for a run, whether its experiment asked for it or not; returns what it found. An unknown one is a UserError."""
    if kind not in PROBES:
        raise UserError(f"there is no probe {kind!r} (available: {', '.join(PROBES)}).")
    run = find(runs, name)
    resume_here(run, quiet=quiet, probe=kind)
    return dict(run.read_json(PROBES[kind]) or {})


def mark_cancelled(run: RunFolder) -> None:
    """Record that a worker was ended by force."""
    status = run.status()
    if status.get("state") in ("queued", "running"):
        run.write_json("status.json", {**status, "state": "cancelled", "eta_s": None, "heartbeat": now()})
        run.log("state", state="cancelled", stage=status.get("stage", ""))
