"""Whether an answer that holds the words of a longer reference says the contrary."""

from __future__ import annotations

from eval.metrics.grading.contrary import assigned, counted, opposites, roles
from eval.metrics.grading.tokens import Text

MOST = 400
"""Words of an answer beyond which contradictions are not looked for: each word is held against each other one."""


def between(reference: Text, answer: Text) -> str:
    """What it contradicts, in words; empty: nothing that words and their order tell, or too many of them."""
    if len(answer.tokens) > MOST:
        return ""
    return (
        assigned.exchanged(reference, answer)
        or counted.miscounted(reference, answer)
        or roles.exchanged(reference.text, answer.text)
        or opposites.opposite(reference.text, answer.text)
    )
