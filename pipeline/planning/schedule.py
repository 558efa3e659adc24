"""How long a plan takes on so many nodes: its jobs played through as the driver hands them out. Runs nothing, and knows no names of stages.

A job starts as soon as the stages that it waits for are done and a node is free, first the one on which the longest chain hangs. Whatever
the order, such a schedule takes less than twice the shortest one (Graham 1966, "Bounds for certain multiprocessing anomalies").
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.stages.graph import Job, by_rank


@dataclass(frozen=True)
class Schedule:
    """A plan on `nodes` nodes."""

    nodes: int
    seconds: float
    """From the start to the last stage."""
    idle: float
    """Share of the nodes' time in which they have nothing to do."""
    least: float
    """No schedule on so many nodes takes less: the longest chain, or all jobs' seconds shared out evenly."""
    limited_by: str
    """`work`: more nodes would help. `chain`: they would not."""


class Coming(NamedTuple):
    """A stage that will be done."""

    at: float
    stage: str
    own: bool
    last: bool
    """Of its job."""


def schedule(jobs: Sequence[Job], seconds: Mapping[str, float], nodes: int, start_s: float = 0.0) -> Schedule:
    """The plan's jobs on so many nodes; `seconds` by stage, 0 where a stage is not in it. The run's own stages take no node.

    `start_s`: what a worker takes to start, once on each node, before its first job.
    """
    if nodes < 1:
        raise ValueError("a plan needs a node at least")
    whole = max(_ends(jobs, seconds, nodes, start_s).values(), default=0.0)
    busy = sum(_of(job, seconds) for job in jobs if not job.own)
    chain, shared = sum(seconds.get(name, 0.0) for name in longest_chain(jobs, seconds)), busy / nodes
    idle = 1 - busy / (whole * nodes) if whole else 0.0
    return Schedule(nodes, whole, idle, max(chain, shared), "chain" if chain >= shared else "work")


def longest_chain(jobs: Sequence[Job], seconds: Mapping[str, float]) -> list[str]:
    """The stages, in order, that take longest where each waits for the one before it, however many nodes there are."""
    best: dict[str, tuple[float, str | None]] = {}
    for stage, before in _waits(jobs):
        behind = max(before, key=lambda name: best[name][0], default=None)
        best[stage] = (seconds.get(stage, 0.0) + (best[behind][0] if behind else 0.0), behind)
    at = max(best, key=lambda name: best[name][0], default=None)
    chain: list[str] = []
    while at is not None:
        chain.append(at)
        at = best[at][1]
    return chain[::-1]


def _waits(jobs: Sequence[Job]) -> list[tuple[str, list[str]]]:
    """Each stage after those it waits for: all that its job does, and the one before it there."""
    found, left = dict[str, list[str]](), list(jobs)
    while left:
        ready = [job for job in left if all(name in found for name in job.waits_for)]
        for job in ready:
            for place, stage in enumerate(job.stages):
                found[stage.name] = [*job.waits_for, *(one.name for one in job.stages[:place][-1:])]
        left = [job for job in left if job not in ready]
    return list(found.items())


def _ends(jobs: Sequence[Job], seconds: Mapping[str, float], nodes: int, start_s: float) -> dict[str, float]:
    """When each stage is done."""
    left, ends, clock = by_rank(jobs, seconds), dict[str, float](), 0.0
    free, idle = {True: 1, False: nodes}, 0  # the run's own process, and the nodes; how many of those have started and wait
    coming: list[Coming] = []
    while left or coming:
        for job in [one for one in left if all(name in ends for name in one.waits_for)]:
            if free[job.own]:
                free[job.own] -= 1
                left.remove(job)
                begins = clock
                if not job.own and idle:
                    idle -= 1
                elif not job.own:
                    begins += start_s
                _start(job, begins, seconds, coming)
        done = heapq.heappop(coming)
        clock = ends[done.stage] = done.at
        free[done.own] += done.last
        idle += int(done.last and not done.own)
    return ends


def _start(job: Job, clock: float, seconds: Mapping[str, float], coming: list[Coming]) -> None:
    for place, stage in enumerate(job.stages):
        clock += seconds.get(stage.name, 0.0)
        heapq.heappush(coming, Coming(clock, stage.name, job.own, place == len(job.stages) - 1))


def _of(job: Job, seconds: Mapping[str, float]) -> float:
    return sum(seconds.get(stage.name, 0.0) for stage in job.stages)
