"""Workers as tasks of a Ray cluster that share the run's folder. Ray finds them a place; attempts and retries are the driver's own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from pipeline.environment import for_work
from pipeline.errors import UserError
from pipeline.run_folder.keys import ROOT


def _work(command: list[str], threads: int) -> int:
    """On a node of the cluster: a process of its own, which ends with this one (its standard input is closed then)."""
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *command], stdin=subprocess.PIPE, cwd=ROOT, env={**for_work(), "OMP_NUM_THREADS": str(threads)}
    ) as worker:  # fmt: skip
        return worker.wait()


class Cluster:
    """The cluster at `RAY_ADDRESS`, else one of this machine's own. At most `jobs` at once; 0: as many as it has processors for."""

    def __init__(self, jobs: int, threads: int) -> None:
        try:
            import ray
        except ImportError as error:
            raise UserError("ray is not installed.", where="--executor ray", remedy="pip install 'bakeoff[ray]'") from error
        self._ray, self._threads, self._left = ray, threads or 1, list[Any]()
        self._ours = not ray.is_initialized()
        if self._ours:
            ray.init(address=os.environ.get("RAY_ADDRESS"), include_dashboard=None, log_to_driver=False, logging_level="warning")
        there = ray.cluster_resources()
        self.room = jobs or max(1, int(there.get("CPU", 1)) // self._threads)
        self._gpus = 1 if there.get("GPU") else 0

    def submit(self, command: list[str], name: str) -> Any:
        task = self._ray.remote(_work).options(
            name=name, num_cpus=self._threads, num_gpus=self._gpus, max_retries=0, scheduling_strategy="SPREAD"
        )  # fmt: skip
        self._left.append(worker := task.remote(command, self._threads))
        return worker

    def alive(self, worker: Any) -> bool:
        done, _ = self._ray.wait([worker], timeout=0)
        return not done

    def cancel(self, worker: Any) -> None:
        self._ray.cancel(worker, force=True)

    def close(self) -> None:
        for worker in self._left:
            if self.alive(worker):
                self.cancel(worker)
        if self._ours:
            self._ray.shutdown()
