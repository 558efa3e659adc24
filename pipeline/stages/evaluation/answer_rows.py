"""Every answer of a run as metrics that compare texts are given it. Measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.arms import table
from pipeline.stages.base import Context
from pipeline.stages.prediction.prompting import Prompter

if TYPE_CHECKING:
    from eval.judge.offline import AnswerRow


def answer_rows(context: Context, files: Sequence[tuple[str, int]]) -> list[AnswerRow]:
    """Every answer with what ragas' metrics ask for beside it."""
    from eval.judge.offline import AnswerRow

    prompter = Prompter(context)
    rows = {row.id: row for row in context.test}
    arms = table(context.experiment)
    gold = {row.id: tuple(prompter.text(hit.passage).text for hit in prompter.gold(row)) for row in context.test}
    return [
        AnswerRow(
            row=p.row, arm=arm, seed=seed, group=rows[p.row].unit, question=rows[p.row].input, answer=p.answer,
            references=rows[p.row].references, contexts=tuple(hit.text or prompter.text(hit.passage).text for hit in p.passages),
            gold_contexts=gold[p.row], abstained=p.abstained, retrieves=arms[arm].passages == "retrieved" or p.told_passages,
            failure=p.failure,
        )
        for arm, seed in files
        for p in context.run.predictions(arm, seed)
    ]  # fmt: skip
