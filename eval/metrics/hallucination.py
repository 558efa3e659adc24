"""One yardstick for every arm: each response is correct, abstained or fabricated. Judges what it is told; calls no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["OUTCOMES", "Abstention", "Outcome", "abstention", "is_right", "outcome"]

Outcome = Literal["correct", "abstained", "fabricated"]
OUTCOMES: tuple[Outcome, ...] = ("correct", "abstained", "fabricated")


def outcome(answer: str, correct: bool, abstained: bool, answerable: bool) -> Outcome:
    """Exactly one of the three.

    An answer that holds what was asked is correct, whatever doubts stand beside it. On an unanswerable row nothing can be correct:
    abstaining is the right thing to do there (see `is_right`) and still counted as abstained; any claim is fabricated. An answer
    that is empty claims nothing: abstained.
    """
    if answerable and correct:
        return "correct"
    return "abstained" if abstained or not answer.strip() else "fabricated"


def is_right(what: Outcome, answerable: bool) -> bool:
    """Whether the row counts as right in a primary metric: correct, or abstained where there is nothing to know."""
    return what == "correct" or (what == "abstained" and not answerable)


@dataclass(frozen=True)
class Abstention:
    """How an arm chooses between answering and abstaining. A share of nothing is None."""

    fabricated: float
    """Of all responses: the hallucination rate."""
    fabricated_of_attempted: float | None
    """Of the responses that claim something."""
    precision: float | None
    """Of the rows it abstained on, how many are unanswerable."""
    recall: float | None
    """Of the unanswerable rows, on how many it abstained."""


def abstention(outcomes: Sequence[Outcome], answerable: Sequence[bool]) -> Abstention:
    """Rates over rows; `answerable[i]` belongs to `outcomes[i]`."""
    pairs = list(zip(outcomes, answerable, strict=True))
    if not pairs:
        raise ValueError("no outcomes")
    abstained = [known for what, known in pairs if what == "abstained"]
    unanswerable = [what for what, known in pairs if not known]
    made_up = sum(what == "fabricated" for what in outcomes)
    return Abstention(
        fabricated=made_up / len(pairs),
        fabricated_of_attempted=_share(made_up, len(pairs) - len(abstained)),
        precision=_share(abstained.count(False), len(abstained)),
        recall=_share(unanswerable.count("abstained"), len(unanswerable)),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
