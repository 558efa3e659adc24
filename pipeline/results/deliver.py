"""Exports a trained arm of a finished run. Finds its adapter; `finetune.export` writes the weights."""

from __future__ import annotations

from pathlib import Path

from pipeline.arms import ARMS
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import weights_of


def deliver(run: RunFolder, arm: str, seed: int | None, target: Path) -> Path:
    """The folder written; a UserError for an arm without training, a training that is not there, or a folder that exists."""
    from finetune.errors import SetupError
    from finetune.export import export

    trained = sorted(name for name, known in ARMS.items() if known.adapter)
    if arm not in trained:
        raise UserError(f"{arm!r} is no fine-tuned arm (these are: {', '.join(trained)}).", where="--arm")
    experiment = load(run.path / "experiment.yaml")
    chosen = (experiment.finetune.seeds or [0])[0] if seed is None else seed
    folder = run.path / "adapters" / str(ARMS[arm].adapter) / f"seed-{chosen}" / "adapter"
    if not folder.is_dir():
        raise UserError(f"{run.id} holds no training of {arm} with seed {chosen}.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    try:
        return export(weights_of(experiment), folder, target.resolve(), experiment.model.dtype).folder
    except SetupError as error:
        raise UserError(str(error), where=str(target)) from error
