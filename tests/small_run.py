"""A run that takes seconds: a few rows of the bundled case `facts`, and a model with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.experiment.load import load
from pipeline.run import execute, prepare
from pipeline.run_folder.store import RunFolder
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
