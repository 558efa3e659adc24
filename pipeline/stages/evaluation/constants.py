"""What one answer given to every test row would score: declining all of them, or the commonest training answer. Asks no model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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


def write(context: Context, more: Iterable[Score] = ()) -> None:
    """The scores of both constant responses, by the task's own metrics, so that every arm can be held against them; and `more`."""
    from eval import scores

    scores.write(context.run.path / OUTPUT, scores.table([*_scores(context), *more]))


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

    for row, prediction in responses(context):
        for metric, measured in context.task.score(prediction, row).items():
            yield Score(row.id, row.unit, prediction.arm, 0, metric, measured.value, measured.reason)


def responses(context: Context) -> Iterator[tuple[Example, Prediction]]:
    """What both would say to every test row; one alone where no training answer is given twice."""
    answer = commonest([context.task.target(one) for one in context.train if one.references])
    for row in context.test:
        yield row, Prediction(row.id, "declines_all", 0, NO_ANSWER, "", abstained=True)
        if answer is not None:
            yield row, _answered(context, row, answer)


def _answered(context: Context, row: Example, text: str) -> Prediction:
    found = context.task.read(text, row)
    return Prediction(row.id, "commonest_answer", 0, text, found.content, abstained=found.abstained, well_formed=found.well_formed)
