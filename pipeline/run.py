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
from pipeline.distributed import attempt as attempts
from pipeline.distributed.apart import Post
from pipeline.distributed.driver import Driver, Order
from pipeline.distributed.executors import opened
from pipeline.distributed.machines import Machines
from pipeline.errors import Cancelled, UserError
from pipeline.experiment.load import Experiment, dump, load
from pipeline.files import sweep, told_plainly, write_bytes
from pipeline.probes import plan as probes
from pipeline.run_folder import keys, record
from pipeline.run_folder.lock import Lock
from pipeline.run_folder.progress import Listener, Progress
from pipeline.run_folder.shared import SharedStore
from pipeline.run_folder.store import RunFolder
from pipeline.stages import audit, beginning, data, fits, hosted, index, own_store, systems_audit, tracking, train
from pipeline.stages.base import Context, Stage
from pipeline.stages.doing import Doing
from pipeline.stages.evaluation import judge, own_metrics, ragas_metrics, report, score, style, verdict
from pipeline.stages.expected import proportions
from pipeline.stages.graph import jobs_of
from pipeline.stages.limit import stage as limit
from pipeline.stages.prediction import outside, predict
from pipeline.stages.tuning import training_settings, tune
from pipeline.systems.door import identities
from pipeline.tasks import KINDS

PARTS = ("stages", "probes", "data", "tasks", "systems", "own_code", "arms.py", "records.py")
CODE = ("retrieval", "finetune", "eval", *(f"pipeline/{part}" for part in PARTS))
"""Whose change makes another run of the same experiment: what results are made by, without what only shows them."""


def prepare(experiment: Experiment, runs: Path) -> RunFolder:
    """The folder of this experiment on this data by this code below `runs`, made if need be; the same of all finds the same folder."""
    unbuilt.refuse(experiment)
    inputs_exist(experiment)
    settings = dump(experiment)
    settings |= {"data": data.without_places(settings["data"]), "systems": _without_places(experiment), "own_code": _sources(experiment)}
    known = [settings, own_store.identities(experiment), data.input_files(experiment), keys.of_code(*CODE), keys.versions()]
    digest = keys.of_value(known)[:8]
    folder = (runs / f"{experiment.name}-{digest}").resolve()
    with told_plainly(folder):
        run = RunFolder(folder, made=_made(folder))
        if not (run.path / "experiment.yaml").exists():
            text = yaml.safe_dump(dump(experiment), sort_keys=False, allow_unicode=True)
            write_bytes(run.path / "experiment.yaml", text.encode())
    return run


def _without_places(experiment: Experiment) -> list[dict[str, Any]]:
    """The systems by what their answers depend on, wherever their files lie."""
    known = identities(experiment)
    places = {"answers": "", "few_shots": ""}
    return [{**system.model_dump(mode="json"), **places, "identity": known[system.name]} for system in experiment.systems]


def _sources(experiment: Experiment) -> list[str]:
    """Of the team's own metrics; a UserError where one cannot be found, or is none of ragas'."""
    ragas_metrics.refuse(experiment)
    return [own_metrics.source_of(metric, experiment.own_code) for metric in own_metrics.functions(experiment)]


def _made(folder: Path) -> bool:
    """Makes the folder; whether it was not there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def discard(run: RunFolder) -> None:
    """Remove a run that this process made and of which it did no more than read the files; kept where anybody else has begun with it."""
    starting, working = Lock(run.path / ".start.lock"), run.lock()
    if not run.made or not run.path.exists() or not starting.acquire():
        return
    try:
        ours = working.acquire() and run.status().get("pid") in (None, os.getpid())
        done = any(entry.finished for name, entry in record.entries(run).items() if name not in (record.BEGINNING, "data"))
        if ours and not done and not record.damaged_entries(run):
            gone = run.path.with_name(f".{run.id}.{os.getpid()}.removed")
            run.path.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
    finally:
        working.release()
        starting.release()


def plan(experiment: Experiment, files: dict[str, str]) -> list[Stage]:
    """All stages in the order in which they are done; weights that serve several arms stay loaded between them."""
    return limit.bound(_unbound(experiment, files), experiment)


def _unbound(experiment: Experiment, files: dict[str, str]) -> list[Stage]:
    """As if there were no limit of time."""
    chosen, seeds = arms.chosen(experiment), experiment.finetune.seeds or [0]
    stages = [
        data.stage(experiment, files),
        audit.stage(experiment),
    ]
    systems = [outside.stage(experiment, arm) for arm in chosen if arm.system]  # first: a mistake in a file of answers is told at once
    ready = arms.built(experiment)
    stages += [*systems, *(_retrieval(experiment) if ready else [])]
    styled = [style.stage(experiment)] if ready and KINDS[experiment.task.kind].styled else []
    own = [predict.stage(experiment, arm, 0) for arm in chosen if not (arm.adapter or arm.hosted or arm.system)]
    stages += [*styled, *own]
    predictions = [*systems, *own]
    for training in arms.trainings(chosen):
        stages += [train.search_stage(experiment, training)] if training_settings.searched(experiment) else []
        for seed in seeds:
            stages.append(train.stage(experiment, training, seed))
            asked = [predict.stage(experiment, arm, seed) for arm in chosen if arm.adapter == training.name]
            stages += asked
            predictions += asked
    there = [predict.stage(experiment, arm, 0) for arm in chosen if arm.hosted]
    stages += [*hosted.stages(experiment), *there]
    predictions += there
    names = tuple(stage.name for stage in predictions)
    found = index.found_by(experiment)
    if systems:
        stages.append(systems_audit.stage(experiment))
    judged = [judge.stage(experiment, (*found, *names))] if experiment.judge else []
    judged += [own_metrics.stage(experiment, (*found, *names))] if experiment.task.metrics else []
    stages += [*judged, score.stage(experiment, (*found, *names, *(stage.name for stage in (*styled, *judged))))]
    stages.append(verdict.stage(experiment, tuple(stage.name for stage in stages)))
    stages += probes.stages(experiment, chosen)
    stages.append(report.stage(experiment, tuple(stage.name for stage in stages)))
    return stages


def _retrieval(experiment: Experiment) -> list[Stage]:
    tuned = [tune.stage(experiment)] if experiment.retrieval.tune else []
    return [*tuned, index.index_stage(experiment), index.retrieve_stage(experiment)]


def execute(
    run: RunFolder, listener: Listener | None = None, probe: str | None = None, turn: Lock | None = None, machines: Machines | None = None
) -> dict[str, Any]:
    """Do every stage of this run that is not done yet; returns its decision. Whatever stops it, the folder can be resumed.

    `probe`: one that the experiment may not have asked for, done too. `turn`: a lock that is waited for before anything is done.
    `machines`: where jobs are done, this process being the default.
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
            sweep(run.path)
            context = Context(run, probes.asking(load(run.path / "experiment.yaml"), probe), progress)
            _stages(context, probe, machines or Machines())
            if told := tracking.write(run, context.experiment):
                progress.note(told)
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


def _stages(context: Context, probe: str | None, machines: Machines) -> None:
    run, experiment = context.run, context.asked
    files = data.input_files(experiment)
    hosted.refuse(run, experiment)
    stages = plan(experiment, files)
    attempts.brought_home(run)
    beginning.refuse_changed(run, experiment, stages, files)
    context.progress.plan([stage.name for stage in stages])
    shared = SharedStore(machines.store) if machines.store else None
    doing = Doing(context, stages, shared=shared)
    if machines.inline:  # a mistake in the files is told before anything of the model is loaded, which takes seconds
        doing.complete(stages[0])
    fits.refuse(experiment)
    beginning.write_down(run, experiment, files)
    if machines.inline:
        for stage in stages[1:]:
            doing.complete(stage)
    else:
        post, seconds = Post(run, shared) if shared and machines.apart else None, proportions(run, [stage.name for stage in stages])
        Driver(context, doing, jobs_of(stages), opened(machines, run.path), Order(files, probe, machines, post, seconds)).run()


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
