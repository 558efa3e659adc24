"""What one answer given to every test row would score: declining all of them, or the commonest training answer. Asks no model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.records import Example, Prediction
from pipeline.stages.base import Context
from pipeline.tasks.prompts import NO_ANSWER

if TYPE_CHECKING:
    import pandas as pd

    from eval.scores import Score
    from pipeline.run_folder.store import RunFolder

OUTPUT = "constants.parquet"
LABELS = {"declines_all": "Declining every question", "commonest_answer": "The commonest training answer"}
"""As they are called in the report; never candidates."""


def write(context: Context) -> None:
    """The scores of both constant responses, by the task's own metrics, so that every arm can be held against them."""
    from eval import scores

    scores.write(context.run.path / OUTPUT, scores.table(list(_scores(context))))


def read(run: RunFolder) -> pd.DataFrame | None:
    """None in a run that was scored before there were constant responses."""
    from eval import scores

    path = run.path / OUTPUT
    return scores.read(path) if path.exists() else None


def commonest(answers: Sequence[str]) -> str | None:
    """The most frequent answer as it is first written, the first in the alphabet among equals; None where none is given twice."""
    written = {answer.strip().casefold(): answer for answer in reversed(answers)}
    counts = Counter(answer.strip().casefold() for answer in answers)
    most = min(counts, key=lambda answer: (-counts[answer], answer), default=None)
    return written[most] if most is not None and counts[most] > 1 else None


def _scores(context: Context) -> Iterator[Score]:
    from eval.scores import Score

    task, answer = context.task, commonest([context.task.target(row) for row in context.train if row.references])
    for row in context.test:
        said = {"declines_all": Prediction(row.id, "declines_all", 0, NO_ANSWER, "", abstained=True)}
        if answer is not None:
            said["commonest_answer"] = _answered(context, row, answer)
        for arm, prediction in said.items():
            for metric, measured in task.score(prediction, row).items():
                yield Score(row.id, row.unit, arm, 0, metric, measured.value, measured.reason)


def _answered(context: Context, row: Example, text: str) -> Prediction:
    found = context.task.read(text, row)
    return Prediction(row.id, "commonest_answer", 0, text, found.content, abstained=found.abstained, well_formed=found.well_formed)
