"""A run whose worker is on another machine, seen through a folder that both share."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import jobs
from pipeline.errors import UserError
from pipeline.files import write_bytes
from pipeline.run_folder.lock import born
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder


def elsewhere(folder: Path, silent_s: float) -> RunFolder:
    """Its pid is by chance that of a process of ours."""
    run = RunFolder(folder / "far-12345678")
    write_bytes(run.path / "experiment.yaml", b"name: far\n")
    beat = (datetime.now(UTC) - timedelta(seconds=silent_s)).isoformat()
    status = {**Progress(run).status, "host": "another", "pid": os.getpid(), "pid_born": born(os.getpid()), "heartbeat": beat}
    run.write_json("status.json", status)
    return run


def test_a_worker_elsewhere_is_at_work_as_long_as_it_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.jobs.ELSEWHERE_S", 0.2)
    run = elsewhere(tmp_path, 1.0)
    assert jobs.state(tmp_path, run.id).state == "running"
    with pytest.raises(UserError, match="on another, does not answer"):
        jobs.cancel(tmp_path, run.id)
    assert run.status()["state"] == "running"
    run = elsewhere(tmp_path, 100.0)
    assert jobs.state(tmp_path, run.id).state == "failed"
    assert jobs.cancel(tmp_path, run.id).state == "cancelled"


def test_a_worker_elsewhere_is_stopped_by_a_word_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process stands for the worker, which takes the word as Ctrl-C."""
    monkeypatch.setattr("pipeline.run_folder.progress.HEARTBEAT_S", 0.05)
    run = elsewhere(tmp_path, 1.0)
    progress = Progress(run)
    progress.status["host"] = "another"
    before = signal.signal(signal.SIGINT, lambda number, frame: progress.end("cancelled"))
    try:
        progress.begin()
        assert jobs.cancel(tmp_path, run.id).state == "cancelled"
        again = Progress(run)
        again.begin()
        assert not (run.path / ".stop").exists(), "an old word stops no later worker"
        again.stop()
    finally:
        progress.stop()
        signal.signal(signal.SIGINT, before)
