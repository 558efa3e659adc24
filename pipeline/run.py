"""The whole flow, readable top to bottom: experiment → run folder → stages in order → verdict. No arithmetic here."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline import arms, unbuilt
from pipeline.errors import Cancelled, UserError
from pipeline.experiment.load import Experiment, dump, load
from pipeline.files import told_plainly, write_bytes
from pipeline.probes import plan as probes
from pipeline.run_folder import keys, record
from pipeline.run_folder.lock import Lock
from pipeline.run_folder.progress import Listener, Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import audit, beginning, data, fits, index, train
from pipeline.stages.base import Context, Stage
from pipeline.stages.doing import Doing
from pipeline.stages.evaluation import judge, report, score, style, verdict
from pipeline.stages.prediction import predict
from pipeline.stages.tuning import tune
from pipeline.tasks import KINDS

CODE = (
    "retrieval", "finetune", "eval", *(f"pipeline/{part}" for part in ("stages", "probes", "data", "tasks", "arms.py", "records.py")),
)  # fmt: skip
"""Whose change makes another run of the same experiment: what results are made by, without what only shows them."""


def prepare(experiment: Experiment, runs: Path) -> RunFolder:
    """The folder of this experiment on this data by this code below `runs`, made if need be; the same of all finds the same folder."""
    unbuilt.refuse(experiment)
    inputs_exist(experiment)
    settings = dump(experiment)
    settings["data"] = data.without_places(settings["data"])
    digest = keys.of_value([settings, data.input_files(experiment), keys.of_code(*CODE), keys.versions()])[:8]
    folder = (runs / f"{experiment.name}-{digest}").resolve()
    with told_plainly(folder):
        run = RunFolder(folder, made=_made(folder))
        if not (run.path / "experiment.yaml").exists():
            text = yaml.safe_dump(dump(experiment), sort_keys=False, allow_unicode=True)
            write_bytes(run.path / "experiment.yaml", text.encode())
    return run


def _made(folder: Path) -> bool:
    """Makes the folder; whether it was not there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def discard(run: RunFolder) -> None:
    """Remove a run that this process made and finished nothing of; kept where anybody else has begun with it."""
    starting, working = Lock(run.path / ".start.lock"), run.lock()
    if not run.made or not run.path.exists() or not starting.acquire():
        return
    try:
        ours = working.acquire() and run.status().get("pid") in (None, os.getpid())
        done = any(entry.finished for name, entry in record.entries(run).items() if name != record.BEGINNING)
        if ours and not done and not record.damaged_entries(run):
            gone = run.path.with_name(f".{run.id}.{os.getpid()}.removed")
            run.path.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
    finally:
        working.release()
        starting.release()


def plan(experiment: Experiment, files: dict[str, str]) -> list[Stage]:
    """All stages in the order in which they are done; weights that serve several arms stay loaded between them."""
    chosen, seeds = arms.chosen(experiment), experiment.finetune.seeds or [0]
    stages = [
        data.stage(experiment, files),
        audit.stage(experiment),
        *([tune.stage(experiment)] if experiment.retrieval.tune else []),
        index.index_stage(experiment),
        index.retrieve_stage(experiment),
    ]
    styled = [style.stage(experiment)] if KINDS[experiment.task.kind].styled else []
    predictions = [predict.stage(experiment, arm, 0) for arm in chosen if not arm.adapter]
    stages += [*styled, *predictions]
    for training in arms.trainings(chosen):
        stages += [train.search_stage(experiment, training)] if experiment.finetune.search else []
        for seed in seeds:
            stages.append(train.stage(experiment, training, seed))
            asked = [predict.stage(experiment, arm, seed) for arm in chosen if arm.adapter == training.name]
            stages += asked
            predictions += asked
    names = tuple(stage.name for stage in predictions)
    found = index.found_by(experiment)
    judged = [judge.stage(experiment, (*found, *names))] if experiment.judge else []
    stages += [*judged, score.stage(experiment, (*found, *names, *(stage.name for stage in (*styled, *judged))))]
    stages.append(verdict.stage(experiment, tuple(stage.name for stage in stages)))
    stages += probes.stages(experiment, chosen)
    stages.append(report.stage(experiment, tuple(stage.name for stage in stages)))
    return stages


def execute(run: RunFolder, listener: Listener | None = None, probe: str | None = None, turn: Lock | None = None) -> dict[str, Any]:
    """Do every stage of this run that is not done yet; returns its decision. Whatever stops it, the folder can be resumed.

    `probe`: one that the experiment may not have asked for, done too. `turn`: a lock that is waited for before anything is done.
    """
    lock = run.lock()
    if not lock.acquire():
        raise UserError(f"{run.id} is being worked on already.", remedy=f"Watch it with `bakeoff status {run.id}`.")
    try:
        if not (run.path / "experiment.yaml").exists():
            raise UserError("this run was removed while it was started.", where=str(run.path), remedy="Start it again.")
        progress = Progress(run, listener=listener, queued=turn is not None)
        with told_plainly(run.path), _ending(progress):
            progress.begin(lock)
            while turn is not None and not turn.acquire():
                time.sleep(1.0)
            progress.its_turn()
            beginning.refuse_damaged(run)
            _stages(run, probes.asking(load(run.path / "experiment.yaml"), probe), progress)
    finally:
        lock.release()
    return dict(run.read_json("decision.json") or {})


@contextlib.contextmanager
def _ending(progress: Progress) -> Iterator[None]:
    """Writes how it ended, whatever happens."""
    try:
        yield
    except (KeyboardInterrupt, Cancelled):
        with contextlib.suppress(OSError, UserError):
            progress.end("cancelled")
        raise
    except BaseException as error:
        with contextlib.suppress(OSError, UserError):
            progress.end("failed", f"{type(error).__name__}: {error}" if not isinstance(error, UserError) else str(error))
        raise
    progress.end("done")


def _stages(run: RunFolder, experiment: Experiment, progress: Progress) -> None:
    files = data.input_files(experiment)
    fits.refuse(experiment)
    stages = plan(experiment, files)
    beginning.refuse_changed(run, stages, files)
    progress.plan([stage.name for stage in stages])
    beginning.write_down(run, experiment, files)
    doing = Doing(Context(run, experiment, progress), stages)
    for stage in stages:
        doing.complete(stage)


def inputs_exist(experiment: Experiment) -> None:
    """A UserError where a file or folder that the experiment names is not there."""
    for key, paths in (("data.examples", experiment.data.examples), ("data.documents", experiment.data.documents)):
        for name in paths:
            if not name.startswith("hub:") and not Path(name).exists():
                raise UserError(
                    f"{key} names a file that does not exist.",
                    where=name,
                    remedy="Paths are relative to the experiment file.",
                )
