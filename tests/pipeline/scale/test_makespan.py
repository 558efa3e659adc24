"""A plan takes as long on one and on two worker processes as `bakeoff plan` says. Its stages sleep, so that a busy machine says little."""

from __future__ import annotations

import multiprocessing
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from pipeline.distributed.driver import Driver, Order
from pipeline.distributed.machines import Machines
from pipeline.distributed.pool import Pool
from pipeline.experiment.load import load
from pipeline.files import write_bytes
from pipeline.planning.schedule import schedule
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.doing import Doing
from pipeline.stages.graph import jobs_of
from pipeline.worker import work_pool
from tests.tiny_run import write_tiny

SECONDS = {"data": 1.0, "index": 4.0, "base": 8.0, "end": 1.0}
SECONDS |= {f"train {n}": 12.0 for n in range(3)} | {f"ask {n}": 6.0 for n in range(3)}
"""The shape of a comparison with three trainings."""


def sleep(context: Context, name: str) -> None:
    time.sleep(SECONDS[name])
    write_bytes(context.run.path / f"{name}.txt", b"")


def made(name: str, *needs: str, job: str = "") -> Stage:
    return Stage(name, (f"{name}.txt",), {}, (), needs, partial(sleep, name=name), job=job)


def stages() -> list[Stage]:
    trained = [made(f"{what} {n}", *needs, job=f"train {n}") for n in range(3)
               for what, needs in (("train", ["index"]), ("ask", ["index", f"train {n}"]))]  # fmt: skip
    asked = ["base", *(f"ask {n}" for n in range(3))]
    return [made("data"), made("index", "data", job="index"), made("base", "index", job="base"), *trained, made("end", *asked)]


def worker(folder: str) -> None:
    place = Path(folder)
    (place / f"ready {multiprocessing.current_process().pid}").touch()
    work_pool(place, lambda experiment, files: stages(), 0.1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [1, 2])
def test_a_plan_takes_as_long_as_was_said(count: int, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "runs/made-12345678")
    write_bytes(run.path / "experiment.yaml", write_tiny(tmp_path).read_bytes())
    workers = [multiprocessing.get_context("spawn").Process(target=worker, args=(str(run.path),), daemon=True) for _ in range(count)]
    for one in workers:
        one.start()
    while len(list(run.path.glob("ready *"))) < count:
        time.sleep(0.05)
    plan, context = stages(), Context(run, load(run.path / "experiment.yaml"), Progress(run))
    context.progress.begin()
    predicted, began, spent = schedule(jobs_of(plan), SECONDS, count).seconds, time.monotonic(), time.process_time()
    order = Order({}, None, Machines(jobs=count, look_s=0.1), seconds=SECONDS)
    Driver(context, Doing(context, plan), jobs_of(plan), Pool(count), order).run()
    took, spent = time.monotonic() - began, time.process_time() - spent
    context.progress.end("done")
    for one in workers:
        one.join(60)
        assert one.exitcode == 0
    told = f"N = {count}: predicted {predicted:.1f} s, measured {took:.1f} s; the driver {spent / 5:.2f} processor seconds a job"
    sys.stdout.write(told + "\n")
    assert took == pytest.approx(predicted, rel=0.25)
    assert spent / 5 < 2
