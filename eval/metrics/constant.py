"""Whether an arm is any better than one answer given to every row: the one that training rows bear most. Words it; decides nothing.

Unbalanced labels make this the first thing to look at: whoever always says "yes" is right as often as "yes" is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

from eval.metrics.answer import accuracy
from eval.numerals import listed


def commonest(answers: Sequence[str]) -> str | None:
    """The most frequent of the training answers, the first in the alphabet among equals; None where there are none."""
    counts = Counter(answer.strip().casefold() for answer in answers)
    return min(counts, key=lambda answer: (-counts[answer], answer)) if counts else None


def share_right(answer: str, references: Sequence[Sequence[str]]) -> float:
    """Of the test rows, those that accept `answer`, in [0, 1]; on one that nobody can answer it is wrong."""
    return fmean(accuracy(answer, accepted) if accepted else 0.0 for accepted in references)


def caveats(answer: str, share: float, correct: Mapping[str, float], labels: Mapping[str, str], margin: float) -> list[str]:
    """Of the leading arms (`correct`: their share of right answers) those not ahead of the constant by more than `margin`."""
    behind = {arm: own for arm, own in correct.items() if own - share <= margin}
    if not behind:
        return []
    told = listed([f"{labels.get(arm, arm)} ({100 * own:.0f})" for arm, own in behind.items()])
    return [
        f"Right on so many of 100 rows: {told}; “{answer}”, the commonest answer in training, given to every row would be right on "
        f"{100 * share:.0f}. That more was learnt than which answer is frequent is not shown."
    ]
