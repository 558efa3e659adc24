"""The grounding checker's scores: how far its passages support an answer, and which sentences the gold evidence does not support.

`grounded` is the mean estimated probability over an answer's sentences; `unsupported_claims` the share of its sentences that stay below
the checker's threshold. Both are a value or a reason for every answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.judge.offline import NOT_RETRIEVING, AnswerRow, MetricValue
from eval.metrics.grounding.checker import SAYS_NOTHING, Embed, Grounding

GROUNDED, UNSUPPORTED_CLAIMS = "grounded", "unsupported_claims"
NO_EVIDENCE = "not applicable: there is no evidence to hold the answer against"


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


def unsupported_claims(rows: Sequence[AnswerRow], embed: Embed) -> list[MetricValue]:
    """Every row: of the answer's sentences, the share that references, gold passages and question do not support; lower is better.

    The question counts, since repeating it claims nothing. Whether a sentence is supported is the checker's estimate.
    """
    asked = [row for row in rows if not _nothing_claimed(row)]
    found = Grounding.load().answers([(row.answer, (row.question, *row.references, *row.gold_contexts)) for row in asked], embed)
    supports = {id(row): support for row, support in zip(asked, found, strict=True)}

    def told(row: AnswerRow) -> tuple[float | None, str]:
        if reason := _nothing_claimed(row):
            return None, reason
        support = supports[id(row)]
        return (None, support.reason) if support.share is None else (1.0 - support.share, "")

    return [MetricValue(row.row, row.arm, row.seed, UNSUPPORTED_CLAIMS, *told(row)) for row in rows]


def _nothing_claimed(row: AnswerRow) -> str:
    if row.failure:
        return row.failure
    if not (row.references or row.gold_contexts):
        return NO_EVIDENCE
    return f"not applicable: {SAYS_NOTHING}" if row.abstained or not row.answer.strip() else ""


def _without(row: AnswerRow) -> str:
    if row.failure:
        return row.failure
    if not row.retrieves:
        return NOT_RETRIEVING
    return SAYS_NOTHING if row.abstained else ""
