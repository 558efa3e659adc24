"""Answers → scores of the deciding metric, as the run itself scores them. Asks no model and computes no statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.experiment import Experiment
from pipeline.records import Example, Prediction
from pipeline.tasks.base import TaskKind

if TYPE_CHECKING:
    from eval.scores import Score


def metric_of(experiment: Experiment, task: TaskKind) -> str:
    """The deciding metric; the task's primary one where that comes from a judge or from ragas and is not made here."""
    asked = experiment.decision.metric or task.primary
    return asked if asked in (*task.metrics, "not_fabricated") else task.primary


def scores_of(task: TaskKind, metric: str, name: str, predictions: Sequence[Prediction], rows: Mapping[str, Example]) -> Iterator[Score]:
    """One score a prediction, under `name`; a failure stays missing with its reason."""
    from eval.scores import Score

    for said in predictions:
        row = rows[said.row]
        if said.failure:
            yield Score(row.id, row.unit, name, said.seed, metric, None, said.failure)
            continue
        measured = task.score(said, row)["fabricated" if metric == "not_fabricated" else metric]
        value = 1 - measured.value if metric == "not_fabricated" and measured.value is not None else measured.value
        yield Score(row.id, row.unit, name, said.seed, metric, value, measured.reason)
