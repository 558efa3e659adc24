"""Whether an arm is any better than one answer given to every row: the one that training rows bear most. Words it; decides nothing.

Unbalanced labels make this the first thing to look at: whoever always says "yes" is right as often as "yes" is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def commonest(answers: Sequence[str]) -> str | None:
    """The most frequent of the training answers, the first in the alphabet among equals; None where there are none."""
    counts = Counter(_plain(answer) for answer in answers)
    return min(counts, key=lambda answer: (-counts[answer], answer)) if counts else None


def share_right(answer: str, references: Sequence[Sequence[str]]) -> float:
    """Of the test rows, those that accept `answer`, in [0, 1]."""
    return sum(answer in map(_plain, accepted) for accepted in references) / len(references)


def caveats(answer: str, share: float, correct: Mapping[str, float], labels: Mapping[str, str], margin: float) -> list[str]:
    """Of the leading arms (`correct`: their share of right answers) those that are not ahead of the constant by more than `margin`."""
    return [
        f"{labels.get(arm, arm)} is right on {100 * own:.0f} of 100 rows; “{answer}”, the commonest answer in training, given to every row "
        f"would be right on {100 * share:.0f}: it may have learnt little more than which answer is frequent."
        for arm, own in correct.items()
        if own - share <= margin
    ]


def _plain(answer: str) -> str:
    return " ".join(answer.split()).casefold()
