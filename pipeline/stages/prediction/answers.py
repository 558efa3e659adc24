"""Answers as they are stored: where they are written, and what of a response a row keeps. Asks no model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import files
from pipeline.records import Prediction, Timing, read_predictions, to_line
from pipeline.stages.prediction.prompting import Asked

if TYPE_CHECKING:
    from finetune.inference.generate import Generation
    from pipeline.tasks.base import TaskKind


@dataclass(frozen=True)
class Sheet:
    """Where answers are written, and under which names."""

    arm: str
    seed: int
    path: Path

    @property
    def timings(self) -> Path:
        return self.path.with_suffix(".timings.jsonl")

    def predictions(self) -> list[Prediction]:
        return read_predictions(self.path)


def prediction(task: TaskKind, sheet: Sheet, asked: Asked, generation: Generation) -> Prediction:
    """What is kept of one response."""
    answer = task.heard(generation.text, asked.row)
    choices = None
    if generation.choices is not None:
        choices = {choice: round(value, 6) for choice, value in generation.choices.items()}
    return Prediction(
        row=asked.row.id, arm=sheet.arm, seed=sheet.seed, text=generation.text, answer=answer.content, abstained=answer.abstained,
        well_formed=answer.well_formed, passages=asked.passages, dropped_passages=asked.dropped,
        prompt_tokens=generation.prompt_tokens, completion_tokens=generation.completion_tokens, choices=choices,
        failure=generation.failure, cited=tuple(number for number in answer.cited if number <= len(asked.passages)), cut=generation.cut,
    )  # fmt: skip


def append(path: Path, records: Iterable[Prediction] | Iterable[Timing]) -> None:
    """At the end of the file, in one write."""
    files.append(path, b"".join(to_line(record) for record in records))
