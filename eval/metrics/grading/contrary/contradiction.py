"""Whether an answer that holds the words of a longer reference says the contrary."""

from __future__ import annotations

from eval.metrics.grading.contrary import assigned, counted, opposites, roles
from eval.metrics.grading.tokens import Text


def between(reference: Text, answer: Text) -> str:
    """What it contradicts, in words; empty: nothing that words and their order tell."""
    return (
        assigned.exchanged(reference, answer)
        or counted.miscounted(reference, answer)
        or roles.exchanged(reference.text, answer.text)
        or opposites.opposite(reference.text, answer.text)
    )
