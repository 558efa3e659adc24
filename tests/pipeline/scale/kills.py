"""Runs by several processes that are disturbed while they are at work, and what they must end like."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.experiment.load import load
from pipeline.results.verify import verify
from pipeline.run import prepare
from pipeline.run_folder.store import RunFolder
from tests.pipeline.faults import content, verdict
from tests.small_run import write_small
from tests.tiny_run import ROOT


def done_alone(folder: Path) -> RunFolder:
    """A small run done by one process, on one thread."""
    run = prepare(load(write_small(folder)), folder / "runs")
    subprocess.run(
        [sys.executable, "-m", "pipeline", "resume", str(run.path)], cwd=ROOT, check=True, capture_output=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return run


def fresh(whole: RunFolder, folder: Path) -> RunFolder:
    """The same experiment with nothing done and no other run beside it."""
    return prepare(load(whole.path / "experiment.yaml"), folder)


def check(run: RunFolder, whole: RunFolder) -> None:
    """The same bytes, nothing left undone and nothing left behind."""
    assert verify(run).sound
    assert verify(run).unfinished == []
    assert content(run) == content(whole)
    assert verdict(run) == verdict(whole)
    assert not (run.path / ".jobs").exists()
    assert run.status()["state"] == "done"
    done = [event["stage"] for event in run.events() if event["event"] == "stage_done" and not event["reused_from"]]
    assert len(done) == len(set(done))


class At:
    """A listener that does something once with the worker of a stage, when that has begun the stage or a step of it."""

    def __init__(self, run: RunFolder, stage: str, do: Callable[[int], object], event: str = "train_step") -> None:
        self._run, self._stage, self._do, self._event, self.done = run, stage, do, event, 0

    def __call__(self, event: dict[str, Any]) -> None:
        """`do` gets the worker's process id."""
        if self.done or event["event"] != self._event or event.get("stage") != self._stage or "job" not in event:
            return
        told = [json.loads(path.read_bytes()) for path in self._run.path.glob(".jobs/*/*/*/status.json")]
        self.done = next(int(status["pid"]) for status in told if status["stage"] == self._stage)
        self._do(self.done)
