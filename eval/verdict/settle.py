"""How many test rows would settle an undecided verdict, each number with a chance of 80 %. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, log, log2

from eval.statistics.power import Question, RequiredRows, rows_for_difference, rows_to_settle
from eval.verdict.evidence import Pair
from eval.verdict.rules import Rules


@dataclass(frozen=True)
class Settle:
    """Rows in all, not further ones; None where no number of rows would do, or where it is not known."""

    as_seen: RequiredRows | None = None
    """If the true difference is as large as the one seen: to show it, or that it lies within the margin."""
    at_margin: RequiredRows | None = None
    """If the true difference is only the margin: to show it."""
    rows: int = 0
    """Rows there are, of the pair that needs most."""

    @property
    def planned(self) -> RequiredRows | None:
        """One number to plan with: at the margin; where there are already so many rows, the difference is likely smaller, and that
        for the difference seen is left."""
        beyond = self.at_margin is not None and self.at_margin.rows > self.rows
        return self.at_margin if beyond else self.as_seen


UNSETTLED = Settle()


def settling(open_pairs: Sequence[Pair], leader: str, rules: Rules) -> Settle:
    """What the leader's open pairs need, the most of them: it wins by these alone, each at the full level. Without one, any open pair."""
    own = [pair for pair in open_pairs if leader in (pair.a, pair.b)] or list(open_pairs)
    return Settle(_most(own, rules, _as_seen), _most(own, rules, _at_margin), max((pair.n for pair in own), default=0))


def _most(pairs: Sequence[Pair], rules: Rules, needed: Callable[[Pair, Rules], RequiredRows | None]) -> RequiredRows | None:
    """The largest number; None as soon as one pair has none."""
    needs = [needed(pair, rules) for pair in pairs]
    known = [need for need in needs if need is not None]
    return max(known, key=lambda need: need.rows) if known and len(known) == len(needs) else None


def _at_margin(pair: Pair, rules: Rules) -> RequiredRows | None:
    if not _measurable(pair) or rules.margin <= 0:
        return None
    return _enough_clusters(pair, rows_for_difference(pair.noise, rules.margin, rules.alpha), rules.alpha)


def _as_seen(pair: Pair, rules: Rules) -> RequiredRows | None:
    if not _measurable(pair):
        return None
    if pair.alike:
        return _rule_of_three(pair, rules)
    asked = Question(abs(pair.spread.mean), rules.margin, rules.alpha, pair.equivalence_noise(rules.margin).row, pair.equivalence_extra)
    return _enough_clusters(pair, rows_to_settle(pair.noise, asked), rules.alpha)


def _measurable(pair: Pair) -> bool:
    return pair.spread.units > 1 and pair.noise.row > 0


def _rule_of_three(pair: Pair, rules: Rules) -> RequiredRows | None:
    """Rows that all agree, from which on equality is shown (see `paired.equivalence_p`): about 3 / margin independent ones."""
    share = rules.margin / pair.furthest[1]
    if not 0 < share < 1:
        return None
    independent = log(rules.alpha) / log(1 - share)
    rows = ceil(independent * pair.spread.rows / pair.spread.worth)
    return RequiredRows(rows, ceil(independent), max(rows, ceil(independent * pair.spread.together)))


def _enough_clusters(pair: Pair, rows: RequiredRows | None, alpha: float) -> RequiredRows | None:
    """With so few clusters that even one-sided signs are no evidence (p = 2 / 2^clusters), at least as many rows as bring enough."""
    least = ceil(pair.n / pair.spread.units * ceil(1 + log2(1 / alpha)))
    return rows and RequiredRows(max(rows.rows, least), max(rows.low, least), max(rows.high, least))
