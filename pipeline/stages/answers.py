"""What a model wrote → the stored prediction of a row. Asks no model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.arms import Arm
from pipeline.records import Prediction, Timing, to_line
from pipeline.stages.base import Context
from pipeline.stages.prompting import Asked

if TYPE_CHECKING:
    from finetune.generate import Generation


def prediction(context: Context, arm: Arm, seed: int, asked: Asked, generation: Generation) -> Prediction:
    answer = context.task.read(generation.text, asked.row)
    choices = None
    if generation.choices is not None:
        choices = {choice: round(value, 6) for choice, value in generation.choices.items()}
    return Prediction(
        row=asked.row.id, arm=arm.name, seed=seed, text=generation.text, answer=answer.content, abstained=answer.abstained,
        well_formed=answer.well_formed, passages=asked.passages, dropped_passages=asked.dropped,
        prompt_tokens=generation.prompt_tokens, completion_tokens=generation.completion_tokens, choices=choices,
        failure=generation.failure,
    )  # fmt: skip


def append(path: Path, records: Iterable[Prediction] | Iterable[Timing]) -> None:
    """At the end of the file, in one write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as out:
        out.write(b"".join(to_line(record) for record in records))
