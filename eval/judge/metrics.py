"""What a judge can be asked about an answer: which answers each metric applies to, and how its value comes about.

A value is in [0, 1], higher is better except in `judge_abstained` and `judge_fabricated`; every name begins with `judge_`, so that
nothing which rests on a judge passes for something else.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from eval.judge import outcome, pairs
from eval.judge.offline import NO_REFERENCE, NOT_RETRIEVING, NOTHING_FOUND, AnswerRow
from eval.judge.people.preference import Pair
from eval.judge.providers.faults import Fault
from eval.judge.ragas_metrics import TRACE, Ragas
from eval.metrics.answer import token_f1

ABSTAINED = "not applicable: the answer claims nothing"
NO_QUESTION = "not applicable: the row asks nothing"
NO_ENTITIES = "not applicable: the judge finds no entities in the reference"
NO_STATEMENTS = "the judge found no statement to check"
OUT_OF_BOUNDS = "the judge's verdicts gave no number between 0 and 1"

Values = tuple[float, ...]
Ask = Callable[[Ragas, AnswerRow], Awaitable[Values]]


@dataclass(frozen=True)
class JudgeMetric:
    """One thing to ask, and what it needs."""

    columns: tuple[str, ...]
    """Names of its values in the table of scores."""
    ask: Ask
    contexts: bool = False
    """Asks about what was retrieved."""
    references: bool = True
    """Needs an accepted answer: not for unanswerable rows."""
    answer: bool = True
    """Asks about what the answer says. An answer that says nothing is then not sent to the judge."""
    silent: float | None = 0.0
    """The value of an answer that says nothing; None: the metric does not apply to it."""
    embeds: bool = False


def without_asking(metric: JudgeMetric, row: AnswerRow) -> tuple[float | None, str] | None:
    """The value or reason where it is clear without a judge; None: the judge has to be asked."""
    reasons = {
        row.failure: bool(row.failure),
        NO_QUESTION: not row.question.strip(),
        NO_REFERENCE: metric.references and not row.references,
        NOT_RETRIEVING: metric.contexts and not row.retrieves,
        NOTHING_FOUND: metric.contexts and not row.contexts,
    }
    if reason := next((text for text, holds in reasons.items() if holds), ""):
        return None, reason
    if metric.answer and (row.abstained or not row.answer.strip()):
        return metric.silent, "" if metric.silent is not None else ABSTAINED
    return None


def reference_for(row: AnswerRow, to_answer: bool) -> str:
    """The one reference a judge is shown, the same whatever their order: the closest to the answer, or the one that says most."""
    return max(sorted(set(row.references)), key=lambda text: (token_f1(row.answer, [text]) if to_answer else 0.0, len(text)))


async def _ragas(ragas: Ragas, name: str, **fields: Any) -> float:
    """A Fault where the judge's verdicts make no number. Rounding takes away the 1e-8 by which ragas misses a perfect 1."""
    try:
        value = float((await ragas.metric(name).ascore(**fields)).value)
    except (ValueError, IndexError, TypeError, ZeroDivisionError):
        # ragas computes with lists of verdicts as they come; lists that do not fit together end in numpy's errors.
        raise Fault(OUT_OF_BOUNDS, lasting=True) from None
    if any(not found for found in TRACE.get().lists) and name != "context_entity_recall":
        raise Fault(NO_STATEMENTS, lasting=True)
    return round(value, 6)


def bounded(value: float) -> float:
    """A Fault where it is no number, or none between 0 and 1."""
    if not math.isfinite(value) or not 0.0 <= value <= 1.0:
        raise Fault(OUT_OF_BOUNDS, lasting=True)
    return value


async def _outcome(ragas: Ragas, row: AnswerRow) -> Values:
    found = (await ragas.llm.agenerate(outcome.prompt(row), outcome.Sorted)).outcome
    return tuple(float(found == one) for one in outcome.Outcome)


async def _faithfulness(ragas: Ragas, row: AnswerRow) -> Values:
    fields = {"user_input": row.question, "response": row.answer, "retrieved_contexts": list(row.contexts)}
    return (await _ragas(ragas, "faithfulness", **fields),)


async def _relevancy(ragas: Ragas, row: AnswerRow) -> Values:
    """A cosine below 0 counts as 0."""
    return (max(0.0, await _ragas(ragas, "answer_relevancy", user_input=row.question, response=row.answer)),)


def _of_contexts(name: str) -> Ask:
    async def ask(ragas: Ragas, row: AnswerRow) -> Values:
        fields = {"user_input": row.question, "reference": reference_for(row, False), "retrieved_contexts": list(row.contexts)}
        return (await _ragas(ragas, name, **fields),)

    return ask


async def _entities(ragas: Ragas, row: AnswerRow) -> Values:
    fields = {"reference": reference_for(row, False), "retrieved_contexts": list(row.contexts)}
    value = await _ragas(ragas, "context_entity_recall", **fields)
    if not TRACE.get().lists[0]:
        raise Fault(NO_ENTITIES, lasting=True)
    return (value,)


async def _factual(ragas: Ragas, row: AnswerRow) -> Values:
    return (await _ragas(ragas, "factual_correctness", response=row.answer, reference=reference_for(row, True)),)


async def _correctness(ragas: Ragas, row: AnswerRow) -> Values:
    fields = {"user_input": row.question, "response": row.answer, "reference": reference_for(row, True)}
    return (max(0.0, await _ragas(ragas, "answer_correctness", **fields)),)


async def _noise(ragas: Ragas, row: AnswerRow) -> Values:
    """ragas' noise sensitivity is better when lower; turned round here."""
    fields = {"user_input": row.question, "response": row.answer, "reference": reference_for(row, True)}
    return (1.0 - await _ragas(ragas, "noise_sensitivity", **fields, retrieved_contexts=list(row.contexts)),)


async def _rubric(ragas: Ragas, row: AnswerRow) -> Values:
    """One to five points as 0 to 1."""
    fields: dict[str, Any] = {"user_input": row.question, "response": row.answer}
    if row.references:
        fields["reference"] = reference_for(row, True)
    if row.contexts:
        fields["retrieved_contexts"] = list(row.contexts)
    return ((await _ragas(ragas, "rubric", **fields) - 1.0) / 4.0,)


async def _preference(ragas: Ragas, row: AnswerRow) -> Values:
    """1 where the answer is preferred to the rival's in both orders, 0 where the rival's is, 0.5 where they are equal in both."""
    if row.answer.strip() == (row.rival or "").strip():
        return (0.5,)
    named = [(await ragas.llm.agenerate(pairs.prompt(row, first), pairs.Compared)).better for first in (True, False)]
    value = Pair(named[0], named[1], 0, 0).value
    if value is None:
        raise Fault(pairs.TURNED, lasting=True)
    return (value,)


METRICS: dict[str, JudgeMetric] = {
    "outcome": JudgeMetric(("judge_correct", "judge_abstained", "judge_fabricated"), _outcome, references=False, answer=False),
    "faithfulness": JudgeMetric(("judge_faithfulness",), _faithfulness, contexts=True, references=False, silent=None),
    "answer_relevancy": JudgeMetric(("judge_answer_relevancy",), _relevancy, references=False, silent=None, embeds=True),
    "context_precision": JudgeMetric(("judge_context_precision",), _of_contexts("context_precision"), contexts=True, answer=False),
    "context_recall": JudgeMetric(("judge_context_recall",), _of_contexts("context_recall"), contexts=True, answer=False),
    "context_entity_recall": JudgeMetric(("judge_context_entity_recall",), _entities, contexts=True, answer=False),
    "factual_correctness": JudgeMetric(("judge_factual_correctness",), _factual),
    "answer_correctness": JudgeMetric(("judge_answer_correctness",), _correctness, embeds=True),
    "noise_sensitivity": JudgeMetric(("judge_noise_robustness",), _noise, contexts=True, silent=None),
    "rubric": JudgeMetric(("judge_rubric",), _rubric, references=False, answer=False),
    "preference": JudgeMetric(("judge_preference",), _preference, references=False, answer=False),
}
