"""Workers as tasks of a Ray cluster. Ray finds them a place; attempts and retries are the driver's own."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from pipeline.distributed.machines import Call
from pipeline.distributed.worker_process import WorkerProcess
from pipeline.errors import UserError

_HELD: list[WorkerProcess] = []
"""On a node of the cluster: the process that did this Ray worker's last job, and may do its next. It ends with the Ray worker."""


def _work(call: Call, threads: int) -> bool:
    """On a node of the cluster; whether the job came to its end."""
    if not _HELD or not _HELD[0].alive:
        _HELD[:] = [WorkerProcess(threads)]
    _HELD[0].take(call)
    return _HELD[0].wait_for_job()


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
            stopping = signal.getsignal(signal.SIGTERM)
            ray.init(address=os.environ.get("RAY_ADDRESS"), include_dashboard=None, log_to_driver=False, logging_level="warning")
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, stopping)  # Ray's own would end the run as failed, not as stopped
        there = ray.cluster_resources()
        self.room = jobs or max(1, int(there.get("CPU", 1)) // self._threads)
        self._gpus = 1 if there.get("GPU") else 0

    def submit(self, call: Call) -> Any:
        task = self._ray.remote(_work).options(
            name=call.job, num_cpus=self._threads, num_gpus=self._gpus, max_retries=0, scheduling_strategy="SPREAD"
        )  # fmt: skip
        self._left.append(worker := task.remote(call, self._threads))
        return worker

    def done(self, worker: Any) -> None:
        pass

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
