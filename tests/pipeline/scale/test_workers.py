"""A run by several processes of this machine ends with the same bytes as one by a single process, whatever is killed meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.distributed.machines import Machines
from pipeline.run import execute
from pipeline.run_folder.store import RunFolder
from tests.pipeline.scale.kills import At, check, done_alone, fresh
from tests.tiny_run import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

TWO = Machines(jobs=2, threads=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return done_alone(tmp_path_factory.mktemp("whole"))


def test_two_processes_make_the_same_bytes_as_one(whole: RunFolder, tmp_path: Path) -> None:
    run, told = fresh(whole, tmp_path), list[dict[str, Any]]()
    execute(run, told.append, machines=TWO)
    check(run, whole)
    jobs = {job["job"]: job for job in run.status()["jobs"]}
    assert {job["state"] for job in jobs.values()} == {"done"}
    assert (jobs["train lora seed-0"]["attempt"], jobs["train lora seed-0"]["host"]) == (1, os.uname().nodename)
    assert any(event["event"] == "train_step" and event.get("job") == "train hybrid seed-0" for event in told)


@pytest.mark.parametrize(("stage", "event"), [
    ("train lora seed-0", "train_step"), ("predict rag seed-0", "stage_started"), ("index", "stage_started"),
])  # fmt: skip
def test_a_worker_that_is_killed_is_followed_by_another_that_goes_on(whole: RunFolder, tmp_path: Path, stage: str, event: str) -> None:
    run = fresh(whole, tmp_path)
    kill = At(run, stage, lambda pid: os.kill(pid, signal.SIGKILL), event)
    execute(run, machines=TWO)
    assert kill.done
    check(run, whole)
    assert any("begun anew where it stood" in one.get("message", "") for one in run.events())


def test_a_worker_that_was_stopped_past_its_lease_and_goes_on_changes_nothing(
    whole: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be ended, as on a machine that is cut off."""
    monkeypatch.setattr("pipeline.distributed.processes.Processes.cancel", lambda self, worker: None)
    run, ended = fresh(whole, tmp_path), list[bool]()
    stop = At(run, "train lora seed-0", lambda pid: os.kill(pid, signal.SIGSTOP))

    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "stage_started" and event["stage"] == "score":
            os.kill(stop.done, signal.SIGCONT)
            ended.append(_waited(run))

    execute(run, listen, machines=Machines(jobs=2, threads=1, lease_s=20))
    assert ended == [True]
    check(run, whole)


def _waited(run: RunFolder) -> bool:
    """Whether the first attempt at the training said that it was done."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if any(path.parent.parent.name.startswith("1-") for path in run.path.glob(".jobs/train-lora-seed-0/*/*/outcome.json")):
            return True
        time.sleep(0.2)
    return False


def test_a_killed_driver_takes_its_workers_with_it_and_can_be_resumed(whole: RunFolder, tmp_path: Path) -> None:
    run = fresh(whole, tmp_path)
    driver = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "resume", str(run.path), "--jobs", "2", "--threads", "1"], cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    pids = _at_training(run, driver)
    driver.kill()
    driver.wait()
    until = time.monotonic() + 20
    while time.monotonic() < until and any(map(_lives, pids)):
        time.sleep(0.1)
    assert not any(map(_lives, pids))
    execute(run, machines=TWO)
    check(run, whole)


def _at_training(run: RunFolder, driver: subprocess.Popen[bytes]) -> list[int]:
    """Waits for a step of training; the workers' process ids."""
    until = time.monotonic() + 300
    while time.monotonic() < until and driver.poll() is None:
        with contextlib.suppress(KeyError):
            if any(event["event"] == "train_step" for event in run.events()):
                return [job["pid"] for job in run.status()["jobs"] if job["state"] == "running"]
        time.sleep(0.1)
    raise AssertionError("no training began")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
