"""Training rows → an adapter: `lora` on inputs alone, `hybrid` with retrieved passages. Reads train and dev, never test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.arms import Training
from pipeline.errors import Cancelled, UserError
from pipeline.experiment.load import Experiment, answering, dump
from pipeline.records import Example
from pipeline.stages.base import Context, Stage, weights_of
from pipeline.stages.index import found_by
from pipeline.stages.training_pairs import CODE, pairs_of, settings_of, told_of
from pipeline.stages.tuning import search, training_settings

if TYPE_CHECKING:
    from finetune.training.settings import Step


def stage_name(training: str, seed: int) -> str:
    return f"train {training} seed-{seed}"


def stage(experiment: Experiment, training: Training, seed: int) -> Stage:
    """The stage that trains one adapter under one seed."""
    return Stage(
        name=stage_name(training.name, seed),
        outputs=(f"adapters/{training.name}/seed-{seed}",),
        inputs=inputs_of(experiment, training),
        code=CODE,
        needs=needs_of(training, experiment),
        work=partial(work, training=training, seed=seed),
        job=stage_name(training.name, seed),
    )


def inputs_of(experiment: Experiment, training: Training) -> dict[str, Any]:
    """The settings that an adapter depends on."""
    settings = dump(experiment)
    return {
        "finetune": {key: value for key, value in settings["finetune"].items() if key != "seeds"},
        "model": settings["model"], "task": answering(experiment), "revision": weights_of(experiment).revision,
        "k": experiment.retrieval.k if training.retrieved else None,
    }  # fmt: skip


def needs_of(training: Training, experiment: Experiment) -> tuple[str, ...]:
    searched = (search.stage_name(training.name),) if training_settings.searched(experiment) else ()
    return (*_data_of(training, experiment), *searched)


def _data_of(training: Training, experiment: Experiment) -> tuple[str, ...]:
    return found_by(experiment) if training.retrieved else ("data",)


def search_stage(experiment: Experiment, training: Training) -> Stage:
    """The search of this training's settings."""
    return search.stage(experiment, training, inputs_of(experiment, training), _data_of(training, experiment), CODE)


def work(context: Context, training: Training, seed: int) -> None:
    fit(context, training, seed, context.taught(training.name), context.adapter_folder(training.name, seed))


def fit(context: Context, training: Training, seed: int, rows: Sequence[Example], folder: Path) -> None:
    """Train on these rows into `folder`; called again after a kill it goes on."""
    from finetune.errors import SetupError, Stopped
    from finetune.training.launch import train_on
    from finetune.training.settings import Job
    from finetune.training.train import train

    context.free_models()
    pairs, dev = pairs_of(context, training, seed, rows), pairs_of(context, training, seed, context.dev)
    settings = replace(settings_of(context.experiment, seed), **training_settings.chosen(context.run, training.name))
    processes, log = context.experiment.finetune.processes, folder / "log.jsonl"
    job = Job(context.weights, pairs, dev, settings, folder, told_of(context, training.name, rows))
    folder.mkdir(parents=True, exist_ok=True)

    def on_step(step: Step) -> None:
        values = {"loss": step.loss, "learning_rate": step.learning_rate, "tokens_per_second": step.tokens_per_second}
        record = {"step": step.step, "total": step.total, "epoch": step.epoch, **values, "dev_loss": step.dev_loss}
        with log.open("ab") as out:
            out.write(orjson.dumps(record) + b"\n")
        context.progress.step(step.step, step.total, **values, dev_loss=step.dev_loss)

    try:
        done = train_on(processes, job, on_step) if processes > 1 else train(job, on_step)
    except Stopped:
        raise Cancelled from None
    except SetupError as error:
        raise UserError(str(error), where=f"training of {training.name}") from error
    finally:
        context.free_models()
    for note in done.notes:
        context.progress.note(note)
