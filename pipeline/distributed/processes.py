"""Workers as processes of this machine, its cores shared out among them. They end with the process that started them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from pipeline.environment import for_work
from pipeline.run_folder.keys import ROOT

GRACE_S = 5.0


class Processes:
    """At most `jobs` at once; 0: one a core."""

    def __init__(self, jobs: int, threads: int, run: Path) -> None:
        cores = os.cpu_count() or 1
        self.room = jobs or cores
        self._threads, self._log = threads or max(1, cores // self.room), run / "worker.log"
        self._started: list[subprocess.Popen[bytes]] = []

    def submit(self, command: list[str], name: str) -> subprocess.Popen[bytes]:
        """The worker's process; what it prints goes to the run's worker.log."""
        with self._log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "pipeline", *command], stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
                cwd=ROOT, env={**for_work(), "OMP_NUM_THREADS": str(self._threads)},
            )  # fmt: skip
        self._started.append(worker)
        return worker

    def alive(self, worker: subprocess.Popen[bytes]) -> bool:
        return worker.poll() is None

    def cancel(self, worker: subprocess.Popen[bytes]) -> None:
        worker.kill()
        worker.wait()

    def close(self) -> None:
        """Asked to end, then ended: what they did stays in their folders."""
        left = [worker for worker in self._started if worker.poll() is None]
        for worker in left:
            worker.terminate()
        for worker in left:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(GRACE_S)
            worker.kill()
            worker.wait()
        for worker in self._started:
            if worker.stdin is not None:
                worker.stdin.close()
