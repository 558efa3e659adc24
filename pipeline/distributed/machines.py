"""Where a run's jobs are done, and how patient the driver is. No result depends on it, so it is no part of the experiment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.errors import UserError

EXECUTORS = ("local", "ray", "pool")


@dataclass(frozen=True)
class Machines:
    """By what, how many jobs at once, and on how many threads each."""

    executor: str = "local"
    jobs: int = 1
    """At once; 0: as many as the executor has room for."""
    threads: int = 0
    """Of each job; 0: the cores of this machine shared out among jobs that run on it, else one."""
    lease_s: float = 120.0
    """A worker whose sign of life (every two seconds) fails to come for so long, by the driver's clock, is given up."""
    store: str = ""
    """The URL of a store that finished stages are taken from and put into; empty: none."""
    apart: bool = False
    """Whether workers see no folder of the run: what they read and write goes through the store."""
    look_s: float = 0.5
    """Between two looks at the workers."""
    retries: int = 3
    """Times that a job is begun anew."""

    @property
    def inline(self) -> bool:
        """Whether the run's own process does everything, stage after stage."""
        return self.executor == "local" and self.jobs == 1 and not self.apart

    @property
    def told(self) -> str:
        """Where jobs are done, for people; empty where nobody chose."""
        if self.inline:
            return ""
        most = f"up to {self.jobs} jobs at once" if self.jobs else "as many jobs at once as there is room for"
        places = {"local": "processes of this machine", "ray": "a Ray cluster", "pool": "workers started by somebody"}
        return f"{places[self.executor]}, {most}"


@dataclass(frozen=True)
class Call:
    """Which attempt at which job a worker is to do."""

    place: str
    """The run's folder; with a store: the attempt's place in it."""
    job: str
    attempt: str
    store: str = ""
    """The store's URL where the worker sees no folder of the run."""


def asked_for(
    executor: str | None = None, jobs: int | None = None, threads: int | None = None, store: str | None = None, apart: bool | None = None
) -> Machines:
    """As given, else as `BAKEOFF_EXECUTOR` and its kin say (docs/scale.md), else this process alone. Mistakes are UserErrors."""
    by = executor or os.environ.get("BAKEOFF_EXECUTOR") or "local"
    if by not in EXECUTORS:
        raise UserError(f"there is no executor {by!r} (available: {', '.join(EXECUTORS)}).")
    at_once = _number("BAKEOFF_JOBS", jobs, 1 if by == "local" else 0)
    kept, alone = store or os.environ.get("BAKEOFF_STORE", ""), bool(_number("BAKEOFF_APART", None if apart is None else int(apart), 0))
    if alone and not kept:
        raise UserError("workers that see no folder of the run need a store.", where="--apart", remedy="Name one with --store URL.")
    if alone and by == "pool":
        raise UserError("workers of a pool find their jobs in the run's folder.", where="--apart", remedy="Use --executor ray.")
    return Machines(by, at_once, _number("BAKEOFF_THREADS", threads, 0), store=kept, apart=alone)


def _number(name: str, given: int | None, default: int) -> int:
    told = os.environ.get(name, "") if given is None else str(given)
    if told and not told.isdecimal():
        raise UserError(f"{name} is a whole number, not {told!r}.")
    return int(told) if told else default


class Executor(Protocol):
    """Starts workers somewhere. It knows nothing of stages, and no result passes through it."""

    room: int
    """Workers at once."""

    def submit(self, call: Call) -> Any:
        """Have a worker do this; what it returns stands for the worker in the calls below."""

    def done(self, worker: Any) -> None:
        """It has said that its job is done: its process may take another."""

    def alive(self, worker: Any) -> bool:
        """Whether it waits for its start or is at work, as far as can be known."""

    def cancel(self, worker: Any) -> None:
        """End it if it can be reached. That it has ended is not sure, and nothing relies on it."""

    def close(self) -> None:
        """End what is left."""
