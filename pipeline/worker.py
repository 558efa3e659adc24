"""Does one job of a run in the folder that the run's driver made for it, or in one of its own. Holds no lock and writes nowhere else.

python -m pipeline.worker        one job after another, as `WorkerProcess` says
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline import interrupt
from pipeline.distributed import attempt as attempts
from pipeline.distributed.apart import Sender
from pipeline.distributed.attempt import OUTCOME, Attempt, Taken
from pipeline.distributed.machines import Call
from pipeline.distributed.worker_process import private_stdout
from pipeline.errors import Cancelled, Damaged, UserError
from pipeline.experiment.load import Experiment, load
from pipeline.probes import plan as probes
from pipeline.run import plan
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.doing import Doing

SILENT_S = 300.0
"""After so long without a sign of life from the driver, workers of a pool go home."""
Planned = Callable[[Experiment, dict[str, str]], Sequence[Stage]]


def work_job(call: Call, *, tied: bool = False) -> str:
    """Do this attempt (empty: the newest) at the job; returns how it ended, which the driver is told too.

    `tied`: end when standard input is closed.
    """
    if tied:
        threading.Thread(target=_end_with_parent, daemon=True, name="tied").start()
    if call.store:
        return work_apart(call)
    return work_at(attempts.found(RunFolder(Path(call.place).resolve()), call.job, call.attempt or None))


def work_apart(call: Call, planned: Planned = plan) -> str:
    """In a folder that is gone afterwards: what the job reads and writes comes from the store and goes there."""
    with tempfile.TemporaryDirectory(prefix="bakeoff-work-") as folder:
        sender = Sender(call.store, call.place, Path(folder))
        sender.begin()
        try:
            return work_at(sender.attempt, planned, sender)
        finally:
            sender.end()


def work_pool(folder: Path, planned: Planned = plan, look_s: float = 1.0) -> int:
    """Take whatever attempts the run's driver lays out, until the run has ended, or its driver is silent; how many were taken."""
    run, taken, silent = RunFolder(folder.resolve()), 0, 0.0
    beat, since = None, time.monotonic()
    while (status := run.status())["state"] in ("new", "queued", "running") and silent < SILENT_S:
        if status.get("heartbeat") != beat:
            beat, since = status.get("heartbeat"), time.monotonic()
        silent = time.monotonic() - since
        for there in attempts.unclaimed(run):
            with contextlib.suppress(Taken):
                work_at(there, planned)
                taken += 1
        time.sleep(look_s)
    return taken


def work_at(there: Attempt, planned: Planned = plan, sender: Sender | None = None) -> str:
    """Do what this attempt's ticket says; `planned`: the stages of an experiment whose input files have these hashes."""
    attempts.claim(there)
    progress = Progress(there.run, list(there.ticket.stages), listener=sender.listen if sender else None)
    progress.status["attempt"] = there.ticket.attempt
    told = _ended(there, progress, planned, sender)
    progress.stop()
    there.run.write_json(OUTCOME, told)
    return str(told["state"])


def _ended(there: Attempt, progress: Progress, planned: Planned, sender: Sender | None) -> dict[str, Any]:
    try:
        progress.begin()
        return {"state": "done", "incomplete": sorted(_stages(there, progress, planned, sender))}
    except (KeyboardInterrupt, Cancelled):
        return {"state": "again", "message": "it was asked to stop"}
    except Damaged as error:
        return {"state": "again", "message": str(error)}
    except UserError as error:
        return {"state": "refused", "message": error.message, "where": error.where, "remedy": error.remedy}
    except Exception as error:
        traceback.print_exc()
        return {"state": "failed", "message": f"{type(error).__name__}: {error}"}


def _stages(there: Attempt, progress: Progress, planned: Planned, sender: Sender | None) -> set[str]:
    """Every stage of the ticket; those that may still grow."""
    ticket = there.ticket
    if ticket.code != attempts.code_here():
        raise UserError(
            "Bakeoff or its libraries are others here than where the run was started.", where=socket.gethostname(),
            remedy="Install the same on every machine.",
        )  # fmt: skip
    experiment = probes.asking(load(there.run.path / "experiment.yaml"), ticket.probe)
    stages = {stage.name: stage for stage in planned(experiment, dict(ticket.files))}
    if sender is not None:
        sender.bring(stages)
    context = Context(there.run, experiment, progress, beside=ticket.beside)
    given = {name: key for name, key in ticket.keys.items() if name not in ticket.stages}
    doing = Doing(context, list(stages.values()), given, shared=sender.store if sender else None)
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


def _asked(calls: queue.SimpleQueue[Call]) -> None:
    """Every job that standard input names, the next one while one is at work; its end is this process's."""
    with contextlib.suppress(OSError, ValueError):
        for line in sys.stdin.buffer:
            calls.put(Call(**json.loads(line)))
    os._exit(130)


def main() -> None:
    """Jobs until one does not come to a good end: what such a one leaves in this process is nobody's to begin with."""
    told, calls = private_stdout(), queue.SimpleQueue[Call]()
    interrupt.install(lambda: None)
    threading.Thread(target=_asked, args=(calls,), daemon=True, name="tied").start()
    state = "done"
    while state == "done":
        state = work_job(calls.get())
        os.write(told, b"\n")


if __name__ == "__main__":
    main()
