"""`grounded`: the mean estimated probability that an answer's sentences are supported by what its arm retrieved, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from eval.grounding.checker import SAYS_NOTHING, Embed, Grounding
from eval.judge.offline import NOT_RETRIEVING, AnswerRow, MetricValue

GROUNDED = "grounded"


def grounded(rows: Sequence[AnswerRow], embed: Embed) -> list[MetricValue]:
    """Every row: a value in [0, 1] or a reason. An answer that abstains or is empty claims nothing, so it has no value."""
    asked = [row for row in rows if not _without(row)]
    found = Grounding.load().answers([(row.answer, row.contexts) for row in asked], embed)
    values = {id(row): support for row, support in zip(asked, found, strict=True)}
    return [
        MetricValue(row.row, row.arm, row.seed, GROUNDED, *((None, _without(row)) if _without(row) else
                    (values[id(row)].mean, values[id(row)].reason)))
        for row in rows
    ]  # fmt: skip


def _without(row: AnswerRow) -> str:
    if row.failure:
        return row.failure
    if not row.retrieves:
        return NOT_RETRIEVING
    return SAYS_NOTHING if row.abstained else ""
