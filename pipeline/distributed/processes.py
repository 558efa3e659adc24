"""Workers as processes of this machine, its cores shared out among them. They end with the process that started them."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.distributed.machines import Call
from pipeline.distributed.worker_process import WorkerProcess

GRACE_S = 5.0


class Processes:
    """At most `jobs` at once; 0: one a core."""

    def __init__(self, jobs: int, threads: int, run: Path) -> None:
        cores = os.cpu_count() or 1
        self.room = jobs or cores
        self._threads, self._log = threads or max(1, cores // self.room), run / "worker.log"
        self._started: list[WorkerProcess] = []
        self._free: list[WorkerProcess] = []

    def submit(self, call: Call) -> WorkerProcess:
        """A process that is free, else a new one; what it prints goes to the run's worker.log."""
        alive = [one for one in self._free if one.alive]
        worker, self._free = alive[0] if alive else self._new(), alive[1:]
        worker.take(call)
        return worker

    def _new(self) -> WorkerProcess:
        with self._log.open("ab") as log:
            self._started.append(worker := WorkerProcess(self._threads, log))
        return worker

    def done(self, worker: WorkerProcess) -> None:
        self._free.append(worker)

    def alive(self, worker: WorkerProcess) -> bool:
        return worker.alive

    def cancel(self, worker: WorkerProcess) -> None:
        worker.end()

    def close(self) -> None:
        """What they did stays in their folders."""
        for worker in self._started:
            worker.leave()
        for worker in self._started:
            worker.end(GRACE_S)
