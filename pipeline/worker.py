"""Does one job of a run in the folder that the run's driver made for it. Holds no lock and writes nowhere else."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.distributed import attempt as attempts
from pipeline.distributed.attempt import OUTCOME, Attempt
from pipeline.errors import Cancelled, Damaged, UserError
from pipeline.experiment.load import Experiment, load
from pipeline.probes import plan as probes
from pipeline.run import plan
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.doing import Doing

Planned = Callable[[Experiment, dict[str, str]], Sequence[Stage]]


def work_job(folder: Path, job: str, attempt: str | None, *, tied: bool) -> str:
    """Do this job of the run; returns how it ended, which the attempt's folder tells too. `tied`: end when standard input is closed."""
    there = attempts.found(RunFolder(folder.resolve()), job, attempt)
    if tied:
        threading.Thread(target=_end_with_parent, daemon=True, name="tied").start()
    return work_at(there)


def work_at(there: Attempt, planned: Planned = plan) -> str:
    """Do what this attempt's ticket says; `planned`: the stages of an experiment whose input files have these hashes."""
    attempts.claim(there)
    progress = Progress(there.run, list(there.ticket.stages))
    progress.status["attempt"] = there.ticket.attempt
    told = _ended(there, progress, planned)
    progress.stop()
    there.run.write_json(OUTCOME, told)
    return str(told["state"])


def _ended(there: Attempt, progress: Progress, planned: Planned) -> dict[str, Any]:
    try:
        progress.begin()
        return {"state": "done", "incomplete": sorted(_stages(there, progress, planned))}
    except (KeyboardInterrupt, Cancelled):
        return {"state": "again", "message": "it was asked to stop"}
    except Damaged as error:
        return {"state": "again", "message": str(error)}
    except UserError as error:
        return {"state": "refused", "message": error.message, "where": error.where, "remedy": error.remedy}
    except Exception as error:
        traceback.print_exc()
        return {"state": "failed", "message": f"{type(error).__name__}: {error}"}


def _stages(there: Attempt, progress: Progress, planned: Planned) -> set[str]:
    """Every stage of the ticket; those that may still grow."""
    ticket = there.ticket
    if ticket.code != attempts.code_here():
        raise UserError(
            "Bakeoff or its libraries are others here than where the run was started.", where=socket.gethostname(),
            remedy="Install the same on every machine.",
        )  # fmt: skip
    experiment = probes.asking(load(there.run.path / "experiment.yaml"), ticket.probe)
    stages = {stage.name: stage for stage in planned(experiment, dict(ticket.files))}
    context = Context(there.run, experiment, progress, beside=ticket.beside)
    doing = Doing(context, list(stages.values()), {name: key for name, key in ticket.keys.items() if name not in ticket.stages})
    for name in ticket.stages:
        begun = doing.begun(stages[name])
        if doing.keys[name] != ticket.keys[name]:
            raise UserError(f"{name} would be another stage here (are the models the same?).", where=socket.gethostname())
        if begun is not None:
            doing.work(stages[name], begun)
    return context.incomplete


def _end_with_parent() -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stdin.buffer.read()
    os._exit(130)
