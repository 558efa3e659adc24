"""Who is shown to be better than a constant response: declining every question, or giving the commonest answer to all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.verdict.evidence import Evidence, Pair
from eval.verdict.rules import Rules


@dataclass(frozen=True)
class Floor:
    """The constant responses as they stand, and the candidates above all of them."""

    best: str | None
    """The constant response with the highest mean; None where none was scored."""
    above: tuple[str, ...]
    """Candidates shown to be better than every constant response; all of them where none was scored."""

    def holds(self, arm: str) -> bool:
        """Whether this arm may win, lead, or speak for what the leaders have in common."""
        return arm in self.above


def floor(evidence: Evidence, rules: Rules, candidates: Sequence[str]) -> Floor:
    """Each candidate against every constant response: an intersection-union test, so that no level is shared out (Berger 1982)."""
    constants = evidence.ranked([arm for arm in rules.constants if arm in evidence.values])
    if not constants:
        return Floor(None, tuple(candidates))
    above = tuple(arm for arm in candidates if all(_better(evidence.minus(arm, constant), rules.alpha) for constant in constants))
    return Floor(constants[0], above)


def _better(pair: Pair | None, alpha: float) -> bool:
    return pair is not None and pair.p <= alpha and pair.low is not None and pair.low > 0
