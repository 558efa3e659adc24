"""All that sentences are made from, and how its values are written. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from eval.names import in_a_sentence
from eval.numerals import interval, points
from eval.verdict.constraints import Measures
from eval.verdict.evidence import Evidence, Pair
from eval.verdict.judgement import Judgement
from eval.verdict.rules import Rules


@dataclass(frozen=True)
class Told:
    """All that sentences are made from."""

    judged: Judgement
    evidence: Evidence
    rules: Rules
    measures: Measures

    @property
    def whole(self) -> bool:
        """Whether a right row is worth 1, so that differences are told in points of 100."""
        return self.evidence.pairs == () or self.evidence.pairs[0].ends == (-1.0, 1.0) or self.rules.cost_of_wrong > 0

    @property
    def measure(self) -> str:
        """What decides, as it is called in a sentence."""
        name = in_a_sentence(self.evidence.metric)
        return f"{name} less {self.rules.cost_of_wrong:g} for each wrong one" if self.rules.cost_of_wrong else name

    def label(self, arm: str) -> str:
        return self.rules.label(arm)

    def points(self, value: float) -> str:
        return points(value, self.whole)

    def ci(self, pair: Pair) -> str:
        if pair.low is None or pair.high is None:
            return f"no interval, n = {pair.n}"
        return f"{100 * (1 - self.rules.alpha):g} % CI {interval(pair.low, pair.high, self.whole)}, n = {pair.n:,}"
