"""A run that takes seconds: a few rows of the bundled case `facts`, and a model with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.experiment.load import Experiment, load
from pipeline.run import execute, plan, prepare
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context
from pipeline.stages.data import input_files
from pipeline.stages.doing import Doing
from tests.finetune.tiny_model import make
from tests.tiny_run import write_tiny

ARMS = ["base", "classic", "rag", "lora", "hybrid"]


def write_small(folder: Path, **changes: Any) -> Path:
    """The experiment file; its model lies beside it. `changes` replace whole sections."""
    model = folder / "model"
    if not model.exists():
        make(model)
    brief = {**load(write_tiny(folder)).task.model_dump(by_alias=True), "max_new_tokens": 4}
    return write_tiny(folder, **{"model": {"name": str(model)}, "arms": ARMS, "task": brief, **changes})


def small_run(folder: Path, runs: Path, **changes: Any) -> RunFolder:
    """A finished run of it, done in this process."""
    run = prepare(load(write_small(folder, **changes)), runs)
    execute(run)
    return run


def run_up_to(run: RunFolder, experiment: Experiment, last: str) -> None:
    """This stage of the plan and those that it needs, each in its turn, by a worker of its own."""
    stages = plan(experiment, input_files(experiment))
    by_name, wanted, found = {stage.name: stage for stage in stages}, [last], set[str]()
    while wanted:
        found.add(name := wanted.pop())
        wanted += [need for need in by_name[name].needs if need not in found]
    doing = Doing(Context(run, experiment, Progress(run)), stages)
    for stage in stages:
        if stage.name in found:
            doing.complete(stage)
