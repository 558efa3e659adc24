"""What a training is given: its pairs of prompt and target, and its settings. Trains nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import orjson

from pipeline.arms import Training
from pipeline.experiment.load import Experiment
from pipeline.records import Example
from pipeline.stages.base import Context, chat_settings, most_of, weights_of
from pipeline.stages.fits import learning_rate
from pipeline.stages.prediction.prompting import Prompter
from pipeline.stages.tuning import training_settings

if TYPE_CHECKING:
    from finetune.rows import Pair
    from finetune.training.settings import TrainSettings

CODE = (
    "finetune",
    "pipeline/tasks",
    "pipeline/stages/train.py",
    "pipeline/stages/training_pairs.py",
    "pipeline/stages/fits.py",
    "pipeline/stages/prediction/prompting.py",
    "pipeline/stages/tuning/search.py",
    "pipeline/stages/tuning/training_settings.py",
    "pipeline/stages/tuning/retrieval_settings.py",
)


def pairs_of(context: Context, training: Training, seed: int, rows: Sequence[Example]) -> list[Pair]:
    """What these rows teach."""
    prompter = Prompter(context)
    return [pair(context, prompter, row, training, seed) for row in rows]


def told_of(context: Context, training: str, rows: Sequence[Example]) -> tuple[str, ...]:
    """What is kept with an adapter that learns from `rows`: how many rows without an answer a share left of all, and how it was chosen."""
    chosen = training_settings.share_told(context.run, training)
    if len(context.taught(training)) == len(context.train):
        return chosen
    without, there = (sum(not row.references for row in some) for some in (rows, context.train))
    most = training_settings.share(context.run, context.experiment, training)
    how = "chosen on dev" if context.experiment.finetune.unanswerable_share == "dev" else "a cap that was set beforehand, not chosen on dev"
    left = f"learnt from {without} of {there} rows without an answer: at most {100 * most:g} % of its rows, {how}"
    return (f"{left} (finetune.unanswerable_share)", *chosen)


def settings_of(experiment: Experiment, seed: int) -> TrainSettings:
    """How to train, from the section `finetune`, whose defaults are filled in when the experiment is read."""
    from finetune.training.settings import TrainSettings

    finetune = experiment.finetune
    return TrainSettings(
        method=finetune.method, rank=finetune.rank, alpha=finetune.alpha or 2.0 * finetune.rank, dropout=finetune.dropout,
        targets=finetune.targets, learning_rate=learning_rate(experiment), epochs=finetune.epochs or 0.0,
        batch_size=finetune.batch_size, gradient_accumulation=finetune.gradient_accumulation,
        checkpoint_steps=finetune.checkpoint_steps, patience=finetune.patience, seed=seed,
        max_length=experiment.model.context(most_of(weights_of(experiment))), dtype=experiment.model.dtype,
        device=experiment.model.device, layers=finetune.layers,
        engine=experiment.model.engine, chat=chat_settings(experiment),
    )  # fmt: skip


def pair(context: Context, prompter: Prompter, row: Example, training: Training, seed: int) -> Pair:
    """What this row teaches: its prompt as the arm will meet it, and the target."""
    from finetune.rows import Pair

    hits = prompter.for_training(row, seed) if training.retrieved else []
    asked = prompter.ask(row, hits)
    target = context.task.target_from(row, [bool(hit.gold) for hit in asked.passages])
    if context.experiment.finetune.quote:
        target = context.task.quoted(row, target, [prompter.text(hit.passage).text for hit in asked.passages if hit.gold])
    return Pair(row.id, asked.messages, target)


def turns(pair: Pair) -> list[dict[str, str]]:
    """Its prompt as the messages of a chat."""
    return [{"role": message.role, "content": message.content} for message in pair.prompt]


def said(pair: Pair) -> dict[str, str]:
    """What is to be learnt, as a chat's last message."""
    return {"role": "assistant", "content": pair.completion}


def chats(pairs: Iterable[Pair]) -> bytes:
    """JSON Lines, `{"messages": […]}` each: what most trainers and services read."""
    return b"".join(orjson.dumps({"messages": [*turns(pair), said(pair)]}) + b"\n" for pair in pairs)
