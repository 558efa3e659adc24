"""Whether an answer that holds the words of a longer reference says the contrary."""

from __future__ import annotations

from eval.metrics.grading.contrary import assigned, counted, opposites, roles
from eval.metrics.grading.tokens import Text

MOST = 400
"""Words of an answer among which contradictions are looked for: each is held against each other one."""


def between(reference: Text, answer: Text) -> str:
    """What it contradicts, in words; empty: nothing that words and their order tell."""
    if len(answer.tokens) > MOST:
        answer = Text(answer.text[: answer.tokens[MOST].start], answer.tokens[:MOST])
    return (
        assigned.exchanged(reference, answer)
        or counted.miscounted(reference, answer)
        or roles.exchanged(reference.text, answer.text)
        or opposites.opposite(reference.text, answer.text)
    )
