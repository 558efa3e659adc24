"""Answers → scores of the deciding metric, as the run itself scores them. Asks no model and computes no statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.experiment.load import Experiment
from pipeline.records import Example, Prediction
from pipeline.tasks.base import TaskKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from eval.scores import Score


BY_WORDS = ("chrf", "rouge_l", "string_similarity")
"""ragas' metrics that need nothing but the two texts."""


def metric_of(experiment: Experiment, task: TaskKind) -> str:
    """The deciding metric; the task's primary one where that comes from a judge or an embedder and is not made here."""
    asked = experiment.decision.metric or task.primary
    return asked if asked in (*task.metrics, *BY_WORDS, "not_fabricated") else task.primary


def scores_of(task: TaskKind, metric: str, name: str, predictions: Sequence[Prediction], rows: Mapping[str, Example]) -> Iterator[Score]:
    """One score a prediction, under `name`; a failure stays missing with its reason."""
    from eval.scores import Score

    if metric in BY_WORDS and metric not in task.metrics:
        yield from _by_words(metric, name, predictions, rows)
        return
    for said in predictions:
        row = rows[said.row]
        if said.failure:
            yield Score(row.id, row.unit, name, said.seed, metric, None, said.failure)
            continue
        measured = task.score(said, row)["fabricated" if metric == "not_fabricated" else metric]
        value = 1 - measured.value if metric == "not_fabricated" and measured.value is not None else measured.value
        yield Score(row.id, row.unit, name, said.seed, metric, value, measured.reason)


def _by_words(metric: str, name: str, predictions: Sequence[Prediction], rows: Mapping[str, Example]) -> Iterator[Score]:
    from eval.judge.offline import AnswerRow, offline_scores
    from eval.scores import Score

    asked = [
        AnswerRow(
            said.row, name, said.seed, rows[said.row].unit, rows[said.row].input, said.answer, rows[said.row].references, (), (),
            said.abstained, False, said.failure,
        )
        for said in predictions
    ]  # fmt: skip
    for row, found in zip(asked, offline_scores(asked, _no_vectors, [metric]), strict=True):
        yield Score(row.row, row.group, name, row.seed, metric, found.value, found.reason)


def _no_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    raise NotImplementedError("these metrics compare words")
