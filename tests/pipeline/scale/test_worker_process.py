"""A worker's process, without a run: it takes an attempt, says how it ended, takes the next; on this machine and on Ray."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.distributed import attempt as attempts
from pipeline.distributed.attempt import Attempt, Ticket
from pipeline.distributed.cluster import Cluster
from pipeline.distributed.machines import Call, Executor
from pipeline.distributed.processes import Processes
from pipeline.files import write_bytes
from pipeline.run_folder.store import RunFolder
from tests.pipeline.scale.patience import patiently
from tests.tiny_run import write_tiny


def asked(run: RunFolder, number: int, code: str) -> Attempt:
    ticket = Ticket(f"job {number}", "1-a", stages={}, keys={}, files={}, probe=None, code=code, beside=1)
    return attempts.made(run, ticket, [])


def ended(by: Executor, worker: Any, there: Attempt) -> str:
    until = time.monotonic() + 300
    while there.outcome() is None and by.alive(worker) and time.monotonic() < until:
        time.sleep(0.05)
    return str((there.outcome() or {"state": "nothing"})["state"])


def three_jobs(by: Executor, folder: Path) -> tuple[list[str], set[int]]:
    """Two that can be done and one of other code: how they ended, and the processes that did them."""
    run, told, pids = RunFolder(folder / "runs/made-12345678"), list[str](), set[int]()
    write_bytes(run.path / "experiment.yaml", write_tiny(folder).read_bytes())
    for number, code in enumerate([attempts.code_here(), attempts.code_here(), "another"]):
        there = asked(run, number, code)
        worker = by.submit(Call(str(run.path), there.ticket.job, there.ticket.attempt))
        told.append(ended(by, worker, there))
        by.done(worker)
        pids.add(there.run.status()["pid"])
    return told, pids


def test_a_process_does_one_job_after_another_and_ends_with_the_driver(tmp_path: Path) -> None:
    by = Processes(jobs=1, threads=1, run=tmp_path)
    told, pids = three_jobs(by, tmp_path)
    assert told == ["done", "done", "refused"]
    (pid,) = pids
    by.close()
    assert not psutil.pid_exists(pid)
    assert "Traceback" not in (tmp_path / "worker.log").read_text()


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of one node."""
    found = pytest.importorskip("ray", reason="ray is not installed: no worker on Ray was tried")
    services = importlib.import_module("ray._private.services")
    monkeypatch.setattr(services, "get_node", patiently(services.get_node))
    found.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield found
    found.shutdown()


@pytest.mark.usefixtures("ray")
def test_a_worker_on_ray_does_one_job_after_another(tmp_path: Path) -> None:
    by = Cluster(jobs=1, threads=1)
    told, pids = three_jobs(by, tmp_path)
    by.close()
    assert told == ["done", "done", "refused"]
    assert len(pids) == 1
