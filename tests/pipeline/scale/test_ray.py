"""The same bytes on a Ray cluster of two nodes, whatever part of it is killed or stops. `make test-ray`; needs the extra `ray`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.distributed.machines import Machines
from pipeline.run import execute
from pipeline.run_folder.store import RunFolder
from tests.pipeline.scale.kills import At, check, done_alone, fresh, write_tie
from tests.pipeline.scale.patience import PATIENCE_S, patiently
from tests.tiny_run import ROOT

ray = pytest.importorskip("ray", reason="ray is not installed: no test of a cluster ran")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

HERE = Machines("ray", threads=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The case `tie` on few rows, done by one process."""
    return done_alone(tmp_path_factory.mktemp("whole"), write_tie)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two nodes with one processor each beside the driver's own, as processes of this machine."""
    from ray._private import services
    from ray.cluster_utils import Cluster

    monkeypatch.setattr(services, "get_node", patiently(services.get_node))
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    made.add_node(num_cpus=1)
    made.add_node(num_cpus=1)
    ray.init(address=made.address, log_to_driver=False, logging_level="error")
    yield made
    ray.shutdown()
    made.shutdown()


def of_node(cluster: Any, pid: int) -> list[psutil.Process]:
    """The node on which the worker's process runs: its raylet first, as Ray sees it, and all that runs below."""
    above = {one.pid for one in psutil.Process(pid).parents()}
    raylets = [int(node.all_processes["raylet"][0].process.pid) for node in cluster.list_all_nodes()]
    node = psutil.Process(next(raylet for raylet in raylets if raylet in above))
    return [node, *node.children(recursive=True)]


def test_nodes_and_workers_that_are_killed_change_no_byte(cluster: Any, whole: RunFolder, tmp_path: Path) -> None:
    """In one run: three nodes with all that runs on them, each followed by a new one, and a worker's process on a node that lives."""
    run, lost = fresh(whole, tmp_path), list[int]()

    def lose_node(pid: int) -> None:
        for one in of_node(cluster, pid):
            one.kill()
        lost.append(pid)

    def listen(event: dict[str, Any]) -> None:
        """Ray begins nodes in the main thread alone."""
        while lost:
            lost.pop()
            cluster.add_node(num_cpus=1)

    faults = [
        At(run, "index", lose_node, "stage_started"), At(run, "predict rag seed-0", lose_node, "stage_started"),
        At(run, "train lora seed-0", lambda pid: os.kill(pid, signal.SIGKILL)), At(run, "train hybrid seed-0", lose_node),
    ]  # fmt: skip
    execute(run, listen, machines=HERE)
    assert all(fault.done for fault in faults)
    check(run, whole)
    again = {job["job"]: job["attempt"] for job in run.status()["jobs"]}
    assert all(again[name] > 1 for name in ("index", "base", "train lora seed-0", "train hybrid seed-0")), again


def test_a_node_that_stops_past_the_lease_and_goes_on_changes_nothing(cluster: Any, whole: RunFolder, tmp_path: Path) -> None:
    """Cut off and not dead: the raylet and all below it. Once the run is at its scores the worker goes on alone, to its end."""
    run, stopped, late = fresh(whole, tmp_path), list[psutil.Process](), list[bool]()

    def cut_off(pid: int) -> None:
        stopped.extend(of_node(cluster, pid))
        for one in stopped:
            one.suspend()

    fault = At(run, "train lora seed-0", cut_off)

    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "stage_started" and event["stage"] == "score":
            psutil.Process(fault.done).resume()
            late.append(ended_after_all(run))
            for one in stopped:
                one.resume()

    execute(run, listen, machines=Machines("ray", threads=1, lease_s=30))
    assert late == [True]
    check(run, whole)


def ended_after_all(run: RunFolder) -> bool:
    """Whether the first attempt at the training says, late, that it is done."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        told = [RunFolder(path.parent).read_json(path.name) for path in run.path.glob(".jobs/train-lora-seed-0/1-*/*/outcome.json")]
        if told:
            return bool(told[0]["state"] == "done")
        time.sleep(0.2)
    return False


def test_a_killed_driver_is_resumed(cluster: Any, whole: RunFolder, tmp_path: Path) -> None:
    run = fresh(whole, tmp_path)
    driver = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "resume", str(run.path), "--executor", "ray", "--threads", "1"], cwd=ROOT,
        env={**os.environ, "RAY_ADDRESS": cluster.address}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    fault = At(run, "train lora seed-0", lambda pid: driver.kill())
    driver.wait(PATIENCE_S)
    assert fault.done
    execute(run, machines=HERE)
    check(run, whole)
