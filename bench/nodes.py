"""Is a plan's time on N workers what `bakeoff plan` says, and what do workers cost beside the work? One thread each.

    python bench/nodes.py [--epochs 12] [--rounds 1]

The plan of the tests' small run with two seeds, its model having random weights: by this process alone, by one worker, and by two.
Predicted: the plan played through with the seconds of the stages as this process did them. On a machine that others use too the clock says
little, so both are given in processor seconds as well: stage by stage for the prediction, and measured as the driver's and the busiest
worker's together (what a worker waits for is not in that). Over: processor seconds of all processes beyond those of this one alone, by job.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.update(OMP_NUM_THREADS="1")

from pipeline import run as running
from pipeline.distributed.machines import Machines
from pipeline.distributed.processes import Processes
from pipeline.experiment.load import load
from pipeline.planning.schedule import schedule
from pipeline.planning.starting import start_s
from pipeline.run import execute, plan, prepare
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder
from pipeline.stages.data import input_files
from pipeline.stages.graph import Job, jobs_of
from tests.small_run import write_small


class Workers(Machines):
    """Never this process itself."""

    inline = False


class Watched(Processes):
    """Keeps the processor seconds of each worker."""

    took: list[float]

    def close(self) -> None:
        pids = [worker._process.pid for worker in self._started]
        self.took = [_processor(psutil.Process(pid)) for pid in pids if psutil.pid_exists(pid)]
        super().close()


@dataclass(frozen=True)
class Took:
    clock: float
    processor: float
    """Of the driver and the busiest worker."""
    everything: float
    """Processor seconds of all processes."""


def _processor(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def alone(run: RunFolder) -> tuple[Took, dict[str, float]]:
    """The run in this process; processor seconds by stage."""
    at, by_stage = [time.process_time()], dict[str, float]()

    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "stage_done":
            by_stage[event["stage"]] = time.process_time() - at[0]
            at[0] = time.process_time()

    began, before = time.monotonic(), time.process_time()
    execute(run, listen)
    spent = time.process_time() - before
    return Took(time.monotonic() - began, spent, spent), by_stage


def by_workers(run: RunFolder, count: int) -> Took:
    executor = Watched(count, 1, run.path)
    running.opened = lambda machines, folder: executor  # type: ignore[assignment]
    began, before = time.monotonic(), time.process_time()
    execute(run, machines=Workers(jobs=count, threads=1))
    own = time.process_time() - before
    return Took(time.monotonic() - began, own + max(executor.took), own + sum(executor.took))


def line(what: str, predicted: float, measured: float) -> str:
    return f"{what}: predicted {predicted:.1f} s, measured {measured:.1f} s ({measured / predicted - 1:+.0%})"


def one_round(folder: Path, epochs: int) -> None:
    training = {"epochs": epochs, "batch_size": 2, "checkpoint_steps": 4, "seeds": [0, 1]}
    experiment = load(write_small(folder, finetune=training, arms=["base", "rag", "lora", "hybrid"]))
    jobs: list[Job] = jobs_of(plan(experiment, input_files(experiment)))
    handed = sum(not job.own for job in jobs)
    whole = prepare(experiment, folder / "alone")
    took, processor = alone(whole)
    clock = {name: entry.seconds for name, entry in record.entries(whole).items()}
    print(f"load {os.getloadavg()[0]:.1f}; alone: {took.clock:.1f} s by the clock, {took.processor:.1f} of the processor", flush=True)
    start = start_s()
    print(f"a worker's start: {start:.1f} s")
    for count in (1, 2):
        found = by_workers(prepare(experiment, folder / f"by-{count}"), count)
        print(f"N = {count}, load {os.getloadavg()[0]:.1f}; {handed} jobs")
        print("  " + line("clock", schedule(jobs, clock, count, start).seconds, found.clock))
        print("  " + line("processor", schedule(jobs, processor, count, start).seconds, found.processor))
        print(f"  over: {(found.everything - took.everything) / handed:.2f} processor seconds a job", flush=True)
    print(f"peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10} MiB a worker")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    for _ in range(asked.rounds):
        with tempfile.TemporaryDirectory() as made:
            one_round(Path(made), asked.epochs)
