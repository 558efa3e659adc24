"""Where it went wrong: for each row and arm the one thing that explains the answer best. Judges nothing itself, calls no model.

It puts together what was measured: the yardstick (correct, abstained, fabricated), whether the gold evidence stood in the prompt, and
what the same model made of the gold passage alone (the `oracle` arm).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.metrics.hallucination import Outcome, is_right

CORRECT = "correct"
UNAIDED = "known without retrieval"
FORMAT = "format only"
MISSED = "retrieval missed"
MISREAD = "retrieved but misread"
FABRICATED = "fabricated"
WRONGLY_ABSTAINED = "abstained wrongly"
KINDS = (CORRECT, UNAIDED, FORMAT, MISSED, MISREAD, FABRICATED, WRONGLY_ABSTAINED)


@dataclass(frozen=True)
class Observed:
    """What is known of one answer."""

    row: str
    arm: str
    seed: int
    outcome: Outcome | None
    """None: not measured; such an answer is counted as missing and explained by nothing."""
    answerable: bool
    retrieves: bool
    """Whether the arm was given retrieved passages."""
    gold_found: bool | None
    """Whether gold evidence stood in its prompt; None where it is not known which evidence is gold, or none was retrieved."""
    well_formed: bool = True
    """Whether the form was as asked; a strict metric counts a right answer in the wrong form as wrong."""
    oracle_right: bool | None = None
    """Whether the model answered rightly from the gold passage alone; None where there is no such arm."""


@dataclass(frozen=True)
class Diagnosis:
    """One answer explained."""

    row: str
    arm: str
    seed: int
    kind: str
    """One of `KINDS`."""


@dataclass(frozen=True)
class Shares:
    """Of one arm, over its rows and seeds."""

    arm: str
    n: int
    missing: int
    """Answers that were not measured, in no share."""
    shares: dict[str, float]
    """Every kind; they add up to one where `n` is not 0."""
    mendable: float | None
    """Of the rows where retrieval missed: how many the model answers rightly once it has the gold passage; None where not known."""


def explain(seen: Observed) -> str | None:
    """The first that holds; None where the outcome was not measured.

    A right answer is *correct*, or *known without retrieval* where no gold evidence stood in the prompt, or *format only* where its form
    alone is wrong. Of the others: on an unanswerable row every claim is *fabricated*. Where the evidence was not retrieved, *retrieval
    missed*, whether the model then abstained or invented. With the evidence at hand or without retrieval, silence is *abstained wrongly*.
    A wrong claim with the evidence at hand is *retrieved but misread*, any other is *fabricated*.
    """
    if seen.outcome is None:
        return None
    if is_right(seen.outcome, seen.answerable):
        return _right(seen)
    if seen.answerable and seen.retrieves and seen.gold_found is False:
        return MISSED
    if seen.outcome == "abstained":
        return WRONGLY_ABSTAINED
    return MISREAD if seen.answerable and seen.gold_found else FABRICATED


def diagnose(seen: Iterable[Observed]) -> list[Diagnosis]:
    """Every answer that was measured."""
    return [Diagnosis(one.row, one.arm, one.seed, kind) for one in seen if (kind := explain(one)) is not None]


def shares(seen: Sequence[Observed]) -> dict[str, Shares]:
    """By arm, in order of appearance."""
    by_arm: dict[str, list[Observed]] = defaultdict(list)
    for one in seen:
        by_arm[one.arm].append(one)
    return {arm: _shares(arm, ones) for arm, ones in by_arm.items()}


def _right(seen: Observed) -> str:
    if not seen.well_formed:
        return FORMAT
    without = not seen.retrieves or seen.gold_found is False
    return UNAIDED if without and seen.answerable else CORRECT


def _shares(arm: str, seen: Sequence[Observed]) -> Shares:
    kinds = Counter(kind for one in seen if (kind := explain(one)) is not None)
    n = sum(kinds.values())
    missed = [one.oracle_right for one in seen if explain(one) == MISSED and one.oracle_right is not None]
    return Shares(
        arm=arm,
        n=n,
        missing=len(seen) - n,
        shares={kind: kinds[kind] / n if n else 0.0 for kind in KINDS},
        mendable=sum(missed) / len(missed) if missed else None,
    )
