"""Which stages are done together, and what each of these jobs waits for. Derived from the stages' own `needs`; runs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from pipeline.stages.base import Stage


@dataclass(frozen=True)
class Job:
    """Stages that one process does in the plan's order, since they share weights; or one that the run's own process does."""

    name: str
    stages: tuple[Stage, ...]
    waits_for: tuple[str, ...]
    """Stages of other jobs that must be done before it begins, in the plan's order."""
    own: bool
    """Whether the run's own process does it: it takes seconds, or waits for a server under one budget."""


def jobs_of(plan: Sequence[Stage]) -> list[Job]:
    """Every stage of the plan in exactly one job, jobs in the order of their first stage; a ValueError where they wait for each other."""
    parts: dict[str, list[Stage]] = {}
    for stage in plan:
        parts.setdefault(stage.job or stage.name, []).append(stage)
    order = {stage.name: place for place, stage in enumerate(plan)}
    jobs = [Job(name, tuple(stages), _waits_for(stages, order), own=not stages[0].job) for name, stages in parts.items()]
    _refuse_circles(jobs)
    return jobs


def _waits_for(stages: Sequence[Stage], order: dict[str, int]) -> tuple[str, ...]:
    inside = {stage.name for stage in stages}
    return tuple(sorted({need for stage in stages for need in stage.needs} - inside, key=order.__getitem__))


def job_needs(jobs: Sequence[Job]) -> dict[str, list[str]]:
    """Job → the jobs that it waits for."""
    of = {stage.name: job.name for job in jobs for stage in job.stages}
    return {job.name: list(dict.fromkeys(of[stage] for stage in job.waits_for)) for job in jobs}


def by_rank(jobs: Sequence[Job], seconds: Mapping[str, float]) -> list[Job]:
    """The jobs in the order in which they are best handed out: first those on which the longest chain of stages still hangs.

    `seconds` by stage, 0 where a stage is not in it. Jobs on which equal time hangs keep the plan's order. (The upward rank of HEFT,
    Topcuoglu et al. 2002, for machines that are all alike.)
    """
    waiting: dict[str, list[Job]] = {}
    for job in jobs:
        for need in job.waits_for:
            waiting.setdefault(need, []).append(job)
    rank: dict[str, float] = {}
    for name in reversed(list(TopologicalSorter(job_needs(jobs)).static_order())):
        job, behind = next(one for one in jobs if one.name == name), 0.0
        for stage in reversed(job.stages):
            behind = max([behind, *(rank[other.name] for other in waiting.get(stage.name, ()))]) + seconds.get(stage.name, 0.0)
        rank[name] = behind
    return sorted(jobs, key=lambda job: -rank[job.name])


def _refuse_circles(jobs: Sequence[Job]) -> None:
    try:
        TopologicalSorter(job_needs(jobs)).prepare()
    except CycleError as error:
        raise ValueError(f"jobs wait for each other: {' → '.join(reversed(error.args[1]))}") from error
