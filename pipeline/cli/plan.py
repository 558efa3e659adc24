"""`bakeoff plan`: the jobs of a comparison, what they wait for, and how long they would take on several nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import RUNS, Json, Out, Set, show, with_groups

SEED = re.compile(r"seed-\d+$")

if TYPE_CHECKING:
    from pipeline.experiment.load import Experiment
    from pipeline.planning.schedule import Schedule
    from pipeline.stages.graph import Job


@dataclass(frozen=True)
class Played:
    """What a plan is played through with."""

    measured: Annotated[str | None, typer.Option("--of", metavar="RUN", help="Take the seconds that this run's stages took.")] = None
    nodes: Annotated[str, typer.Option(help="How many nodes to play the plan through on.")] = "1,4,16,64"
    start: Annotated[float | None, typer.Option(min=0, help="Seconds that a worker takes to start; measured if left out.")] = None


@with_groups
def plan(
    *,
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).")],
    played: Played,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print the jobs as a Mermaid drawing; nothing is measured for it.")] = False,
    overrides: Set = None,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Show a comparison's jobs, what each waits for, and how long they would take on several nodes. Writes nothing.

    Without --of, seconds are estimated as `bakeoff estimate` does.
    """
    from pipeline.experiment.load import load
    from pipeline.planning.schedule import longest_chain, schedule
    from pipeline.planning.starting import start_s
    from pipeline.run import inputs_exist
    from pipeline.run import plan as stages_of
    from pipeline.stages.data import input_files
    from pipeline.stages.graph import job_needs, jobs_of

    counts, settings = _numbers(played.nodes), load(experiment, overrides)
    inputs_exist(settings)
    jobs = jobs_of(stages_of(settings, input_files(settings)))
    seconds = _measured(out, played.measured, jobs) if played.measured else {} if mermaid else _estimated(settings, jobs)
    if mermaid and not as_json:
        typer.echo(drawing(jobs, seconds))
        return
    start = 0.0 if mermaid else start_s() if played.start is None else played.start
    chain, needs = longest_chain(jobs, seconds), job_needs(jobs)
    schedules = [schedule(jobs, seconds, count, start) for count in counts]
    told = {
        "jobs": [
            {"job": job.name, "own": job.own, "stages": [one.name for one in job.stages], "needs": needs[job.name],
             "seconds": round(_seconds(job, seconds), 1)} for job in jobs
        ],
        "schedules": [asdict(one) for one in schedules], "start_s": round(start, 1), "chain": chain,
        "unmeasured": _unmeasured(jobs, seconds),
    }  # fmt: skip
    show(told, as_json, _text(jobs, seconds, schedules, chain, start))


def drawing(jobs: Sequence[Job], seconds: Mapping[str, float]) -> str:
    """The jobs as Mermaid's flowchart, with their seconds where known; arrows that follow from others are left out."""
    from graphlib import TopologicalSorter

    from pipeline.stages.graph import job_needs

    needs, place = job_needs(jobs), {job.name: f"j{number}" for number, job in enumerate(jobs)}
    behind: dict[str, set[str]] = {}
    for name in TopologicalSorter(needs).static_order():
        behind[name] = {*needs[name], *(far for one in needs[name] for far in behind[one])}
    lines = ["flowchart TD"]
    for job in jobs:
        took = f"<br>{_seconds(job, seconds):.0f} s" if _seconds(job, seconds) else ""
        lines.append(f'  {place[job.name]}{"(" if job.own else "["}"{job.name}{took}"{")" if job.own else "]"}')
    for job in jobs:
        direct = [one for one in needs[job.name] if not any(one in behind[other] for other in needs[job.name])]
        lines += [f"  {place[one]} --> {place[job.name]}" for one in direct]
    return "\n".join(lines)


def _text(jobs: Sequence[Job], seconds: Mapping[str, float], played: Sequence[Schedule], chain: Sequence[str], start: float) -> str:
    from eval.numerals import duration
    from pipeline.stages.graph import job_needs

    needs = job_needs(jobs)
    lines = [f"{'job':34} {'seconds':>9}  waits for"]
    for job in jobs:
        name = job.name if not job.own else f"({job.name})"
        lines.append(f"{name:34} {_seconds(job, seconds):9.1f}  {_few(needs[job.name])}")
    lines += ["", "In brackets: done by the run's own process.", "", f"{'nodes':>5} {'time':>16} {'idle':>6}  limited by"]
    for one in played:
        why = "the longest chain" if one.limited_by == "chain" else "work"
        lines.append(f"{one.nodes:5} {duration(one.seconds):>16} {one.idle:6.0%}  {why}")
    lines.append(f"On each node {duration(start)} are counted for a worker's start.")
    lines += ["", f"The longest chain: {' → '.join(name for name in chain if seconds.get(name))}."]
    if unknown := _unmeasured(jobs, seconds):
        lines.append(f"Without seconds, and counted as none: {', '.join(unknown)}.")
    return "\n".join(lines)


def _few(names: Sequence[str], most: int = 4) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "") if names else "–"


def _seconds(job: Job, seconds: Mapping[str, float]) -> float:
    return sum(seconds.get(stage.name, 0.0) for stage in job.stages)


def _unmeasured(jobs: Sequence[Job], seconds: Mapping[str, float]) -> list[str]:
    return [stage.name for job in jobs for stage in job.stages if stage.name not in seconds]


def _measured(runs: Path, name: str, jobs: Sequence[Job]) -> dict[str, float]:
    """By stage; a stage under a seed that the run did not have takes the mean of those that it had."""
    from statistics import fmean

    from pipeline.run_folder import record
    from pipeline.run_folder.store import find

    took = {stage: entry.seconds for stage, entry in record.entries(find(runs, name)).items() if entry.finished}
    alike: dict[str, list[float]] = {}
    for stage, seconds in took.items():
        alike.setdefault(SEED.sub("", stage), []).append(seconds)
    named = [stage.name for job in jobs for stage in job.stages]
    return {one: took.get(one, fmean(alike.get(SEED.sub("", one), [0.0]))) for one in named if SEED.sub("", one) in alike}


def _estimated(experiment: Experiment, jobs: Sequence[Job]) -> dict[str, float]:
    """By stage; what is estimated for several stages together is put down to `score`, the first of them."""
    from pipeline.planning.estimate import estimate

    known, found = {stage.name for job in jobs for stage in job.stages}, estimate(experiment).stages
    together = sum(value for name, value in found.items() if name not in known)
    return {**{name: value for name, value in found.items() if name in known}, "score": together}


def _numbers(text: str) -> list[int]:
    from pipeline.errors import UserError

    try:
        found = [int(one) for one in text.split(",")]
    except ValueError:
        found = [0]
    if min(found) < 1:
        raise UserError("--nodes takes whole numbers from 1 on, for example 1,4,16.")
    return found
