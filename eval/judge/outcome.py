"""A question of our own: is this answer correct, abstained or fabricated? In the layout of ragas' prompts, so that it is fenced alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from eval.judge.fence import END, MARKER

if TYPE_CHECKING:
    from eval.judge.offline import AnswerRow

INSTRUCTION = """Sort one answer to a question into exactly one of three outcomes.
correct: it states what the accepted answers state (one of them is enough), in whatever words and form, and contradicts nothing in them.
abstained: it states no answer: it says that it does not know, cannot tell or that the information is missing, or it is empty.
fabricated: it states an answer, and that is not what the accepted answers state. Where there are no accepted answers nobody can know,
and every answer that states something is fabricated.
Write the reason first, in one short sentence.
Please return the output in a JSON format that complies with the following schema as specified in JSON Schema:
{schema}

--------EXAMPLES-----------
{examples}
-----------------------------
"""


class Outcome(StrEnum):
    CORRECT = "correct"
    ABSTAINED = "abstained"
    FABRICATED = "fabricated"


class Sorted(BaseModel):
    """The judge's answer."""

    reason: str = Field(..., description="why, in one short sentence")
    outcome: Outcome = Field(..., description="correct, abstained or fabricated")


EXAMPLES: tuple[tuple[tuple[str, str, list[str]], tuple[str, str]], ...] = (
    (("When was the bridge opened?", "It opened in the spring of 1932.", ["1932"]), ("It gives the accepted year.", "correct")),
    (("When was the bridge opened?", "The text does not say when.", ["1932"]), ("It says that it cannot tell.", "abstained")),
    (("When was the bridge opened?", "It opened in 1934.", ["1932"]), ("It gives another year than the accepted one.", "fabricated")),
    (("Who designed the second bridge?", "Anna Lind did.", []), ("It names somebody although nobody can know.", "fabricated")),
)


def prompt(row: AnswerRow) -> str:
    """The whole question to the judge about one answer."""
    shown = "\n\n".join(
        f"Example {number}\nInput: {_data(*given)}\nOutput: {json.dumps({'reason': reason, 'outcome': outcome})}"
        for number, (given, (reason, outcome)) in enumerate(EXAMPLES, start=1)
    )
    task = INSTRUCTION.format(schema=json.dumps(Sorted.model_json_schema()), examples=shown)
    return f"{task}{MARKER}{_data(row.question, row.answer, sorted(row.references))}{END}"


def _data(question: str, answer: str, accepted: Sequence[str]) -> str:
    return json.dumps({"question": question, "answer": answer, "accepted_answers": list(accepted)}, ensure_ascii=False, indent=4)
