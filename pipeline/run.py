"""The whole flow, readable top to bottom: experiment → run folder → stages in order → verdict. No arithmetic here."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from pipeline import arms, unbuilt
from pipeline.errors import Cancelled, UserError
from pipeline.experiment.load import Experiment, dump, load
from pipeline.files import told_plainly, write_bytes
from pipeline.probes import plan as probes
from pipeline.run_folder import keys
from pipeline.run_folder.lock import Lock
from pipeline.run_folder.progress import Listener, Progress
from pipeline.run_folder.store import RunFolder, all_runs
from pipeline.stages import audit, data, fits, index, manifest, train
from pipeline.stages.base import Context, Stage, key_of
from pipeline.stages.evaluation import judge, report, score, style, verdict
from pipeline.stages.prediction import predict
from pipeline.stages.tuning import tune
from pipeline.tasks import KINDS


def prepare(experiment: Experiment, runs: Path) -> RunFolder:
    """The folder of this experiment on this data below `runs`, made if need be; the same experiment finds the same folder."""
    unbuilt.refuse(experiment)
    inputs_exist(experiment)
    settings = dump(experiment)
    settings["data"] = data.without_places(settings["data"])
    digest = keys.of_value([settings, data.input_files(experiment)])[:8]
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
        if ours and not any(stage["finished"] for stage in run.stages().values()):
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
    judged = [judge.stage(experiment, names)] if experiment.judge else []
    stages += [*judged, score.stage(experiment, (*names, *(stage.name for stage in (*styled, *judged))))]
    stages.append(verdict.stage(experiment, ("score", "audit", *names)))
    probed = probes.stages(experiment, chosen)
    stages += probed
    stages.append(report.stage(experiment, ("decide", "score", "audit", *names, *(stage.name for stage in probed))))
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
    progress.plan([stage.name for stage in stages])
    if run.read_json("manifest.json") is None:
        run.write_json("manifest.json", manifest.build(experiment, files))
    context = Context(run, experiment, progress)
    known: dict[str, str] = {}
    for stage in stages:
        known[stage.name] = key_of(stage, known)
        _complete(stage, known[stage.name], context)


def _complete(stage: Stage, key: str, context: Context) -> None:
    """Reuse the stage's result where it is known, here or in a sibling run; else do it."""
    run, progress, began = context.run, context.progress, time.monotonic()
    record = run.stages().get(stage.name)
    if record and record["key"] == key and record["finished"] and _present(run, stage):
        progress.stage_done(stage.name, 0.0, reused_from=run.id)
        return
    begun = Took(key, **_clock(record)) if record and record["key"] == key and not record["finished"] else Took(key)
    if not (record and record["key"] == key):
        run.remove(list(stage.outputs))
        if other := _sibling(run, stage, key):
            run.take_over(other, list(stage.outputs))
            _record(run, stage, Took(key, **_clock(other.stages()[stage.name]), finished=True, reused_from=other.id))
            progress.stage_done(stage.name, time.monotonic() - began, reused_from=other.id)
            return
    _work(stage, begun, context)


def _work(stage: Stage, begun: Took, context: Context) -> None:
    """Do the stage, or what earlier sessions left of it; its seconds are kept however the session ends, unless it is killed."""
    run, began = context.run, time.monotonic()
    _record(run, stage, replace(begun, whole=False))
    context.progress.stage(stage.name)
    try:
        stage.work(context)
    except BaseException:
        with contextlib.suppress(OSError):  # of a full disk the work itself tells
            _record(run, stage, replace(begun, seconds=begun.seconds + time.monotonic() - began))
        raise
    seconds = time.monotonic() - began
    if context.incomplete.intersection(stage.needs):
        context.incomplete.add(stage.name)
    _record(run, stage, replace(begun, seconds=begun.seconds + seconds, finished=stage.name not in context.incomplete))
    context.progress.stage_done(stage.name, seconds)


def _present(run: RunFolder, stage: Stage) -> bool:
    return all((run.path / name).exists() for name in stage.outputs)


def _sibling(run: RunFolder, stage: Stage, key: str) -> RunFolder | None:
    for other in all_runs(run.path.parent):
        record = other.stages().get(stage.name) if other.path != run.path else None
        if record and record["key"] == key and record["finished"] and _present(other, stage):
            return other
    return None


@dataclass(frozen=True)
class Took:
    """How a stage stands, for stages.json."""

    key: str
    seconds: float = 0.0
    """Over all sessions that worked at it."""
    whole: bool = True
    """False while a session works at it, and for ever once one was killed: its seconds are lost."""
    finished: bool = False
    reused_from: str | None = None


def _clock(record: dict[str, Any]) -> dict[str, Any]:
    return {"seconds": record["seconds"], "whole": record.get("whole", True)}


def _record(run: RunFolder, stage: Stage, took: Took) -> None:
    entry = {"key": took.key, "files": list(stage.outputs), **asdict(took), "seconds": round(took.seconds, 3)}
    run.write_json("stages.json", {**run.stages(), stage.name: entry})


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
