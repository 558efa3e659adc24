"""The same bytes on a Ray cluster of two nodes, whatever part of it is killed. `make test-ray`; needs the extra `ray`."""

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
from tests.pipeline.scale.kills import At, check, done_alone, fresh
from tests.tiny_run import ROOT

ray = pytest.importorskip("ray", reason="ray is not installed: no test of a cluster ran")
pytestmark = pytest.mark.slow

HERE = Machines("ray", threads=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return done_alone(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two nodes with one processor each beside the driver's own, as processes of this machine."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    made.add_node(num_cpus=1)
    made.add_node(num_cpus=1)
    ray.init(address=made.address, log_to_driver=False, logging_level="error")
    yield made
    ray.shutdown()
    made.shutdown()


def node_of(cluster: Any, pid: int) -> Any:
    """The node on which the worker's process runs: below the node's raylet."""
    above = {one.pid for one in psutil.Process(pid).parents()}
    return next(node for node in cluster.list_all_nodes() if raylet_of(node) in above)


def raylet_of(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


@pytest.mark.parametrize(("stage", "event"), [
    ("train lora seed-0", "train_step"), ("predict rag seed-0", "stage_started"), ("index", "stage_started"),
])  # fmt: skip
def test_a_node_that_is_killed_changes_no_byte(cluster: Any, whole: RunFolder, tmp_path: Path, stage: str, event: str) -> None:
    run = fresh(whole, tmp_path)

    def kill(pid: int) -> None:
        """The node with all that runs on it: its raylet first, as Ray sees it."""
        node = psutil.Process(raylet_of(node_of(cluster, pid)))
        for one in [node, *node.children(recursive=True)]:
            one.kill()
        cluster.add_node(num_cpus=1)

    at = At(run, stage, kill, event)
    execute(run, at, machines=HERE)
    assert at.done
    check(run, whole)
    assert any("begun anew where it stood" in one.get("message", "") for one in run.events())


def test_a_worker_that_is_killed_changes_no_byte(cluster: Any, whole: RunFolder, tmp_path: Path) -> None:
    run = fresh(whole, tmp_path)
    at = At(run, "train lora seed-0", lambda pid: os.kill(pid, signal.SIGKILL))
    execute(run, at, machines=HERE)
    assert at.done
    check(run, whole)


def test_a_killed_driver_is_resumed(cluster: Any, whole: RunFolder, tmp_path: Path) -> None:
    run = fresh(whole, tmp_path)
    driver = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "resume", str(run.path), "--executor", "ray", "--threads", "1"], cwd=ROOT,
        env={**os.environ, "RAY_ADDRESS": cluster.address}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 300
    while not any(event["event"] == "train_step" for event in run.events()):
        assert driver.poll() is None
        assert time.monotonic() < until
        time.sleep(0.1)
    driver.kill()
    driver.wait()
    execute(run, machines=HERE)
    check(run, whole)
