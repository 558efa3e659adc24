"""A draft is asked again: answerable with its passage and not without; one without an answer by nothing that is retrieved.

Answers are graded by the function that grades every run (`bakeoff grade`). Asks no model itself.
"""

from __future__ import annotations

from eval.metrics.grading.grade import Asked, grade
from pipeline.drafting.record import Draft, Kind
from pipeline.drafting.wording import Answered

GUESSED: tuple[Kind, ...] = ("yes_no", "comparison")
"""Kinds of which a guess is right half of the time: being answered without the passage tells nothing of them."""


def without_needed(draft: Draft) -> bool:
    """Whether it is asked without its passage too."""
    return draft.kind not in ("unanswerable", *GUESSED)


def fault_with(draft: Draft, said: Answered) -> str:
    """Why what was said from its passages, or from those retrieved, speaks against the draft; empty: nothing does."""
    if draft.kind == "unanswerable":
        return f"a passage answers it: {said.answer.strip()[:80]}" if said.found else ""
    if not said.found:
        return "its passage does not answer it"
    found = grade(Asked((draft.answer,), draft.question), said.answer)
    return "" if found.outcome == "right" else f"from its passage another answer was given: {said.answer.strip()[:80]}"


def fault_without(draft: Draft, said: Answered) -> str:
    """The same of what was said without any passage."""
    right = said.found and grade(Asked((draft.answer,), draft.question), said.answer).outcome == "right"
    return "it was answered without its passage" if right else ""
