"""Position bias and length bias of a judge that compares two answers. Counts stored verdicts; asks no judge.

Each comparison was asked in both orders, so that which answer is better cancels out: what is left of a place is the judge's. For length
it does not cancel (a longer answer may be the better one), so the share of longer winners only describes, and answers are held against
themselves with words that say nothing behind them. All intervals are exact (Clopper and Pearson 1934), comparisons taken as independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Better = Literal["first", "second", "equal"]
TURNED = {"first": "second", "second": "first", "equal": "equal"}


@dataclass(frozen=True)
class Pair:
    """One answer against another, asked twice."""

    forward: Better
    """What was named with the one shown first."""
    backward: Better
    """What was named with the one shown second."""
    words: int
    """Length of the one."""
    other_words: int

    @property
    def value(self) -> float | None:
        """1 where the one won both times, 0 where the other did, 0.5 where both are equal both times; None: the verdict turned."""
        if TURNED[self.backward] != self.forward:
            return None
        return {"first": 1.0, "equal": 0.5, "second": 0.0}[self.forward]

    @property
    def firsts(self) -> int:
        """How many more verdicts named the first place than the second; 0 of a verdict that did not turn."""
        named = (self.forward, self.backward)
        return named.count("first") - named.count("second")


@dataclass(frozen=True)
class Rate:
    """A share with its exact 95 % interval; of nothing, None."""

    count: int
    n: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Leaning:
    """What a judge prefers beside the better answer."""

    n: int
    """Comparisons with a verdict in both orders."""
    turned: Rate
    """Of all: the verdict was another in the other order. Such a comparison has no value."""
    first: Rate
    """Of those that turned towards one place: to the first. A judge without a preference for a place has 0.5."""
    longer: Rate
    """Of those kept and decided, between answers of different length: to the longer. Describes."""
    padded: Rate
    """Of answers against themselves with empty words added, where the judge kept to one: to the padded. Above 0.5 length alone wins."""
    biased: tuple[str, ...]
    """`first place`, `second place`, `longer answers`: where an interval excludes one half (for length: from above)."""
    sentence: str


def leaning(pairs: Sequence[Pair], padded: Sequence[Pair]) -> Leaning:
    """`padded`: the one is the padded answer, the other the same without."""
    towards = [pair.firsts for pair in pairs if pair.firsts]
    decided = [pair for pair in pairs if pair.value in (0.0, 1.0) and pair.words != pair.other_words]
    against = [pair.value for pair in padded if pair.value in (0.0, 1.0)]
    turned = rate(sum(pair.value is None for pair in pairs), len(pairs))
    first = rate(sum(one > 0 for one in towards), len(towards))
    longer = rate(sum((pair.words > pair.other_words) == (pair.value == 1.0) for pair in decided), len(decided))
    empty = rate(against.count(1.0), len(against))
    biased = tuple(name for name, holds in (
        ("first place", _above(first)), ("second place", first.high is not None and first.high < 0.5), ("longer answers", _above(empty)),
    ) if holds)  # fmt: skip
    return Leaning(len(pairs), turned, first, longer, empty, biased, _sentence(turned, first, longer, empty, biased, len(padded)))


def rate(count: int, n: int) -> Rate:
    """`count` of `n`."""
    if not n:
        return Rate(0, 0, None, None, None)
    from scipy import stats

    interval = stats.binomtest(count, n).proportion_ci(method="exact")
    return Rate(count, n, count / n, float(interval.low), float(interval.high))


def _above(one: Rate) -> bool:
    return one.low is not None and one.low > 0.5


def _sentence(turned: Rate, first: Rate, longer: Rate, empty: Rate, biased: Sequence[str], probed: int) -> str:
    if not turned.n:
        return "The judge compared no two answers in both orders."
    parts = [f"the judge's verdict turned with the order of the two answers in {_of(turned)} and has no value there"]
    parts += [f"of {first.n} that turned towards a place {first.count} went to the first ({_span(first)})"] if first.n else []
    parts += [f"the longer answer won {_of(longer)}, which may be merit"] if longer.n else []
    parts += [f"padded with empty words an answer beat itself in {_of(empty)} that were decided, {probed} asked"] if probed else []
    found = f"It prefers the {' and '.join(biased)}" if biased else "A preference for a place or for length is not shown"
    told = "; ".join(parts)
    return f"{told[0].upper()}{told[1:]}. {found}."


def _of(one: Rate) -> str:
    return f"{one.count} of {one.n} ({_span(one)})" if one.n else "none of 0"


def _span(one: Rate) -> str:
    if one.share is None or one.low is None or one.high is None:
        return "–"
    return f"{100 * one.share:.0f} %, {100 * one.low:.0f} to {100 * one.high:.0f}"
