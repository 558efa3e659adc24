"""How far a difference can be relied on, in one word and with its reasons. Rates what was measured; tests and decides nothing.

After GRADE (Guyatt et al., BMJ 2008; 336: 924): every difference begins at *high*, since all arms answer the same rows, and loses a
step for each thing that weakens it. The steps are GRADE's; what counts as weak is set here, for paired scores.
"""

from __future__ import annotations

from dataclasses import dataclass

from eval.explain.caveats import FEW_CLUSTERS

WORDS = ("high", "moderate", "low", "very low")
NOT_RATED = "not rated"
ENOUGH_SCORES = 0.95
"""Of the rows of each arm; below, the missing ones might tell another story."""


@dataclass(frozen=True)
class Basis:
    """What a difference rests on, in the metric's units."""

    low: float | None
    high: float | None
    margin: float
    """The smallest difference that matters."""
    units: int
    """Independent clusters of rows."""
    one_training: bool
    """Whether a trained arm among the two was trained once only."""
    coverage: float
    """The lower of the two arms'."""
    shown: bool | None = None
    """Whether the test confirms a difference or equality; None where none was made."""
    blocked: bool = False


@dataclass(frozen=True)
class Certainty:
    word: str
    because: tuple[str, ...]
    """One reason a step lost; empty for *high*."""


def certainty(basis: Basis) -> Certainty:
    """One step down a reason, two where it is marked so, and never below *very low*. Without units there is nothing to rate."""
    if basis.units == 0:
        return Certainty(NOT_RATED, ("no row was measured for both",))
    lost = [*_imprecise(basis), *_thin(basis)]
    steps = sum(step for step, _ in lost)
    return Certainty(WORDS[min(steps, len(WORDS) - 1)], tuple(why for _, why in lost))


def _imprecise(basis: Basis) -> list[tuple[int, str]]:
    low, high, margin = basis.low, basis.high, basis.margin
    if low is None or high is None:
        return [(2, "no interval can be given")]
    if -margin <= low and high <= margin:
        return []
    if low < -margin and high > margin:
        return [(2, "the interval reaches from clearly worse to clearly better")]
    if low <= 0 <= high:
        return [(1, "the interval holds zero")]
    return [(1, "the test does not confirm it after Holm's correction")] if basis.shown is False else []


def _thin(basis: Basis) -> list[tuple[int, str]]:
    reasons = [
        (basis.units < FEW_CLUSTERS, 1, f"{basis.units} independent group{'s' * (basis.units != 1)} of rows only"),
        (basis.one_training, 1, "one training run only"),
        (basis.coverage < ENOUGH_SCORES, 1, f"scores for {100 * basis.coverage:.0f} % of the rows only"),
        (basis.blocked, 2, "a finding blocks the verdict"),
    ]
    return [(steps, why) for holds, steps, why in reasons if holds]
