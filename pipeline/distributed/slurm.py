"""Workers as jobs of a SLURM cluster that share the run's folder, or go by a store. submitit hands them in and asks after them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.distributed.attempt import FOLDER
from pipeline.distributed.machines import Call
from pipeline.errors import UserError
from pipeline.run_folder.keys import ROOT

CLUSTER = "BAKEOFF_SLURM_CLUSTER"
"""`local` starts processes of this machine in SLURM's place, to try it out."""
PARAMETERS = "BAKEOFF_SLURM"
"""What `sbatch` is told besides: `partition=gpu,timeout_min=600,slurm_account=team`, by submitit's names."""
JOBS = 100
"""In the queue at once, unless told otherwise."""


class Slurm:
    """At most `jobs` in the queue at once."""

    def __init__(self, jobs: int, threads: int, run: Path) -> None:
        try:
            import submitit
        except ImportError as error:
            raise UserError("submitit is not installed.", where="--executor slurm", remedy="pip install 'bakeoff[slurm]'") from error
        self.room = jobs or JOBS
        self._threads, self._left = threads or 1, list[Any]()
        self._executor = submitit.AutoExecutor(folder=run / FOLDER / "slurm", cluster=os.environ.get(CLUSTER) or "slurm")
        self._executor.update_parameters(**{"cpus_per_task": self._threads, "timeout_min": 24 * 60, **_told()})

    def submit(self, call: Call) -> Any:
        store = ["--store", call.store] if call.store else []
        work = ["work", call.place, "--job", call.job, "--attempt", call.attempt, *store]
        command = ["env", f"OMP_NUM_THREADS={self._threads}", sys.executable, "-m", "pipeline", *work]
        self._executor.update_parameters(name=call.job)
        self._left.append(worker := self._executor.submit(subprocess.run, command, cwd=ROOT, check=False))
        return worker

    def done(self, worker: Any) -> None:
        pass

    def alive(self, worker: Any) -> bool:
        """SLURM itself is asked once a minute; a job that has ended and left its mark is known at once."""
        return not worker.done()

    def cancel(self, worker: Any) -> None:
        worker.cancel(check=False)

    def close(self) -> None:
        for worker in self._left:
            if self.alive(worker):
                self.cancel(worker)


def _told() -> dict[str, Any]:
    """What `$BAKEOFF_SLURM` says; numbers as numbers. A UserError where it cannot be read."""
    found: dict[str, Any] = {}
    for one in filter(None, os.environ.get(PARAMETERS, "").split(",")):
        name, told, value = one.partition("=")
        if not told:
            raise UserError(f"{PARAMETERS} is a list of name=value, not {one!r}.", remedy="For example partition=gpu,timeout_min=600.")
        found[name if name.startswith(("slurm_", "timeout_min", "cpus_", "gpus_", "mem_")) else f"slurm_{name}"] = (
            int(value) if value.isdecimal() else value
        )
    return found
