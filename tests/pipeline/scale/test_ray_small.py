"""A worker on Ray, without a run: it takes its attempt, says how it ended, and takes the next. The rest: `make test-ray`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.distributed import attempt as attempts
from pipeline.distributed.attempt import Attempt, Ticket
from pipeline.distributed.cluster import Cluster
from pipeline.distributed.machines import Call
from pipeline.files import write_bytes
from pipeline.run_folder.store import RunFolder
from tests.tiny_run import write_tiny

ray = pytest.importorskip("ray", reason="ray is not installed: no worker on Ray was tried")


@pytest.fixture
def one_node() -> Iterator[None]:
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


def asked(run: RunFolder, number: int, code: str) -> Attempt:
    ticket = Ticket(f"job {number}", "1-a", stages={}, keys={}, files={}, probe=None, code=code, beside=1)
    return attempts.made(run, ticket, [])


def ended(cluster: Cluster, worker: Any, there: Attempt) -> dict[str, Any] | None:
    until = time.monotonic() + 120
    while there.outcome() is None and cluster.alive(worker) and time.monotonic() < until:
        time.sleep(0.05)
    return there.outcome()


@pytest.mark.usefixtures("one_node")
def test_a_worker_on_ray_says_how_its_jobs_ended(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "runs/made-12345678")
    write_bytes(run.path / "experiment.yaml", write_tiny(tmp_path).read_bytes())
    cluster, told, pids = Cluster(jobs=1, threads=1), list[str](), set[int]()
    for number, code in enumerate([attempts.code_here(), attempts.code_here(), "another"]):
        there = asked(run, number, code)
        worker = cluster.submit(Call(str(run.path), there.ticket.job, there.ticket.attempt))
        told.append((ended(cluster, worker, there) or {"state": "nothing"})["state"])
        pids.add(there.run.status()["pid"])
    cluster.close()
    assert told == ["done", "done", "refused"]
    assert len(pids) == 1
