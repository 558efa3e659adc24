"""A question of our own about two answers: which is the better? Asked in both orders. In the layout of ragas' prompts, fenced alike.

Also which two answers are compared, and the same answer with words that say nothing, for a probe of length.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel, Field

from eval.judge.fence import END, MARKER
from eval.judge.offline import AnswerRow
from eval.judge.people.preference import Better, Pair
from eval.judge.store import Stored
from eval.judge.verdict import Unfit, parse

IS_RIVAL = "not applicable: the other arms' answers are compared with this arm's"
NO_RIVAL = "no answer to compare with"
TURNED = "the judge's verdict turned with the order of the two answers"
RIVAL = "base"
"""The arm that all others are compared with; where it did not run, the first."""
PROBED = 30
"""Answers that are held against themselves with words added; English words, whatever the answer is."""
FILLER = (
    "This is what can be said in reply to the question as it was put, and with this the reply to the question is given as it was "
    "asked for, in the words in which it stands here."
)
INSTRUCTION = """Say which of two answers to one question is the better, or that they are equally good.
What counts is what they say: first whether it is what the accepted answers state, where there are any, and then whether nothing else
in them is wrong. To say that one does not know is better than to state something wrong. Which answer is shown first does not count, nor
how long it is.
Write the reason first, in one short sentence.
Please return the output in a JSON format that complies with the following schema as specified in JSON Schema:
{schema}

--------EXAMPLES-----------
{examples}
-----------------------------
"""


class Compared(BaseModel):
    """The judge's answer."""

    reason: str = Field(..., description="why, in one short sentence")
    better: Better = Field(..., description="first, second or equal")


EXAMPLES: tuple[tuple[tuple[str, str, str, list[str]], tuple[str, str]], ...] = (
    (("When was the bridge opened?", "In 1934.", "It opened in 1932.", ["1932"]), ("Only the second gives the accepted year.", "second")),
    (("When was the bridge opened?", "I do not know.", "In 1934.", ["1932"]), ("The second is wrong, the first claims nothing.", "first")),
    (("When was the bridge opened?", "1932", "The bridge was opened in 1932.", ["1932"]), ("Both give the accepted year.", "equal")),
)


def prompt(row: AnswerRow, answer_first: bool) -> str:
    """The whole question about the row's answer and its rival's, in one order."""
    shown = "\n\n".join(
        f"Example {number}\nInput: {_data(*given)}\nOutput: {json.dumps({'reason': reason, 'better': better})}"
        for number, (given, (reason, better)) in enumerate(EXAMPLES, start=1)
    )
    task = INSTRUCTION.format(schema=json.dumps(Compared.model_json_schema()), examples=shown)
    both = (row.answer, row.rival or "") if answer_first else (row.rival or "", row.answer)
    return f"{task}{MARKER}{_data(row.question, *both, sorted(row.references))}{END}"


def _data(question: str, first: str, second: str, accepted: Sequence[str]) -> str:
    given = {"question": question, "first": first, "second": second, "accepted_answers": list(accepted)}
    return json.dumps(given, ensure_ascii=False, indent=4)


def with_rivals(rows: Sequence[AnswerRow]) -> list[AnswerRow]:
    """Each row beside the rival arm's answer of its lowest seed; the reason as its failure where there is nothing to compare."""
    arms = {row.arm for row in rows}
    arm = RIVAL if RIVAL in arms else next((row.arm for row in rows), "")
    rivals = {row.row: row for row in sorted(rows, key=lambda row: -row.seed) if row.arm == arm}
    return [_beside(row, rivals.get(row.row), arm) for row in rows]


def _beside(row: AnswerRow, rival: AnswerRow | None, arm: str) -> AnswerRow:
    if row.arm == arm:
        return replace(row, failure=IS_RIVAL)
    if rival is None or rival.failure:
        return replace(row, failure=row.failure or NO_RIVAL)
    return replace(row, rival=rival.answer)


def padded(rows: Sequence[AnswerRow]) -> list[AnswerRow]:
    """Up to `PROBED` answers, drawn by their ids, each with empty words added and its plain self as the rival."""
    asked = [row for row in rows if not row.failure and row.question.strip() and row.answer.strip() and not row.abstained]
    drawn = sorted(asked, key=lambda row: hashlib.sha256(repr((row.row, row.arm, row.seed)).encode()).hexdigest())[:PROBED]
    return [replace(row, answer=_pad(row.answer), rival=row.answer) for row in drawn]


def _pad(answer: str) -> str:
    times = 1 + len(answer.split()) // len(FILLER.split())
    return " ".join([answer.strip().rstrip(".") + ".", *[FILLER] * times])


def pair_of(row: AnswerRow, stored: Sequence[Stored]) -> Pair | None:
    """Both verdicts as they are stored; None where one is missing."""
    try:
        verdicts = [parse(one.text, Compared, {}) for one in stored if not one.reason]
    except Unfit:
        return None
    if len(verdicts) != 2:
        return None
    return Pair(verdicts[0].better, verdicts[1].better, len(row.answer.split()), len((row.rival or "").split()))
