"""What people's labels of an answer mean for a metric, and how far several raters agree. Asks no judge and reads no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from eval.judge.people.agreement import Measure, kappas, resampled
from eval.judge.people.calibration import Labelled
from eval.judge.people.cards import WRONG, Card, Key, key_of
from eval.metrics.hallucination import OUTCOMES
from eval.verdict.rules import LOWER_IS_BETTER

Labels = Mapping[str, Mapping[str, str]]
"""Rater → card id → label."""


@dataclass(frozen=True)
class Consensus:
    """The cards whose label says what a metric should be."""

    labelled: tuple[Labelled, ...]
    disputed: int
    """Cards on which as many raters say one as the other; left out."""
    silent: int
    """Cards with labels that do not tell (*unsure*), or without a score; left out."""


@dataclass(frozen=True)
class Between:
    """Two raters on the answers both have labelled, right or wrong."""

    one: str
    other: str
    n: int
    agree: float | None
    kappa: Measure


def truth(label: str, metric: str, answerable: bool) -> bool | None:
    """Whether `metric` should be 1 by this label; None where the label does not tell.

    `correct`, `abstained` and `fabricated` (a judge's too) are held against the label of that name. All others against whether the
    answer is right (or wrong, where less is better): where nobody can know it, abstaining is.
    """
    wanted = metric.removeprefix("judge_")
    if label == "unsure" or (label == WRONG and wanted in OUTCOMES and wanted != "correct"):
        return None
    if wanted in OUTCOMES:
        return label == wanted
    right = label == "correct" or (label == "abstained" and not answerable)
    return right != (metric in LOWER_IS_BETTER)


def consensus(cards: Sequence[Card], labels: Labels, scores: Mapping[Key, float | None], metric: str) -> Consensus:
    """What most raters say of each card, beside its score."""
    found: list[Labelled] = []
    disputed = silent = 0
    for card in cards:
        told = [said[card.id] for said in labels.values() if card.id in said]
        votes = [vote for label in told if (vote := truth(label, metric, bool(card.answer.references))) is not None]
        score = scores.get(key_of(card.answer))
        if not votes or score is None:
            silent += bool(told)
        elif 2 * sum(votes) == len(votes):
            disputed += 1
        else:
            right, words = 2 * sum(votes) > len(votes), len(card.answer.answer.split())
            found.append(Labelled(card.answer.row, card.answer.arm, right, score, words, card.weight, card.answer.group))
    return Consensus(tuple(found), disputed, silent)


def differing(labelled: Sequence[Labelled], threshold: float) -> list[Labelled]:
    """Where people say one and the score, from `threshold` on right, the other."""
    return [one for one in labelled if one.human != (one.score >= threshold)]


def between(cards: Sequence[Card], labels: Labels) -> tuple[Between, ...]:
    """Every two raters; κ after Cohen (1960), None where nothing overlaps or chance alone would agree always."""
    known = {card.id: bool(card.answer.references) for card in cards}
    right = {
        rater: {card: truth(label, "", known[card]) for card, label in said.items() if card in known} for rater, said in labels.items()
    }
    return tuple(_between(one, other, right[one], right[other]) for one, other in combinations(sorted(right), 2))


def _between(one: str, other: str, left: Mapping[str, bool | None], right: Mapping[str, bool | None]) -> Between:
    both = [(left[card], right[card]) for card in left if left[card] is not None and right.get(card) is not None]
    if not both:
        return Between(one, other, 0, None, Measure(None, None, None))
    columns = np.array(both, dtype=float).T
    return Between(one, other, len(both), float((columns[0] == columns[1]).mean()), resampled(columns, kappas))
