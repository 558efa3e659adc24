"""Which executor a name stands for. Each is imported when it is asked for: Ray is an extra."""

from __future__ import annotations

from pathlib import Path

from pipeline.distributed.machines import Executor, Machines


def opened(machines: Machines, run: Path) -> Executor:
    """The executor of this name; `run`: the folder whose log it may write to. A UserError where it is not installed."""
    if machines.executor == "local":
        from pipeline.distributed.processes import Processes

        return Processes(machines.jobs, machines.threads, run)
    if machines.executor == "pool":
        from pipeline.distributed.pool import Pool

        return Pool(machines.jobs)
    from pipeline.distributed.cluster import Cluster

    return Cluster(machines.jobs, machines.threads)
