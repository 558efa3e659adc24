"""Exports a trained arm of a finished run. Finds its adapter; `finetune.export` writes the weights."""

from __future__ import annotations

from pathlib import Path

from pipeline.arms import ARMS, chosen, table, trainings
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, load
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import weights_of


def deliver(run: RunFolder, arm: str, seed: int | None, target: Path) -> Path:
    """The folder written; a UserError for an arm without training, a training that is not there, or a folder that exists."""
    from finetune.errors import SetupError
    from finetune.export import export

    experiment = load(run.path / "experiment.yaml")
    _refuse(run, experiment, arm)
    which = (experiment.finetune.seeds or [0])[0] if seed is None else seed
    folder = run.path / "adapters" / str(ARMS[arm].adapter) / f"seed-{which}" / "adapter"
    if not folder.is_dir():
        raise UserError(f"{run.id} holds no training of {arm} with seed {which}.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    try:
        return export(weights_of(experiment), folder, target.resolve(), experiment.model.dtype).folder
    except SetupError as error:
        raise UserError(str(error), where=str(target)) from error


def _refuse(run: RunFolder, experiment: Experiment, arm: str) -> None:
    """A UserError for an arm whose weights are nowhere on this machine."""
    known = table(experiment).get(arm)
    if known and known.hosted:
        raise UserError(
            f"{arm} was fine-tuned at the service of the endpoint {known.endpoint}, and its weights are there.", where="--arm",
            remedy=f"`bakeoff bundle {run.id} --arm {arm}` writes what serves it; `bakeoff export-training` writes its pairs.",
        )  # fmt: skip
    here = {training.name for training in trainings(chosen(experiment))}
    trained = sorted(name for name, one in ARMS.items() if one.adapter in here)
    if arm not in trained:
        named = f"these are: {', '.join(trained)}" if trained else "none was trained on this machine"
        raise UserError(f"{arm!r} is no fine-tuned arm of {run.id} ({named}).", where="--arm")
