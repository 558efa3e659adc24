"""Is the new one worse than the one in use? Paired on the same rows: shown not to be, shown to be, or neither with these rows.

Not worse: a one-sided test of non-inferiority at the margin, which must hold with the new one's missing values at their worst too.
Worse: the tests that make a winner, one-sided, over all rows and over each slice, adjusted together by Holm.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from eval.errors import SetupError
from eval.statistics.grid import deciding
from eval.statistics.paired import holm, not_worse_p, unseen_variance
from eval.statistics.power import RequiredRows, rows_for_not_worse
from eval.verdict.evidence import Evidence, Pair, gather, turned

Outcome = Literal["not_worse", "worse", "open"]
NEW, OLD = "new", "old"
BOTH = 2
FEW = 5
"""Rows below which a slice is not looked at: even if all were lost, no test would say so."""


@dataclass(frozen=True)
class Terms:
    """What is asked."""

    metric: str
    margin: float
    """The most that the new one may be worse by, in the metric's units; at least 0."""
    alpha: float = 0.05
    cost_of_wrong: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.margin < math.inf and 0 < self.alpha < 1):
            raise SetupError("the margin must be at least 0 and the level between 0 and 1.")


@dataclass(frozen=True)
class Compared:
    """New minus old on some of the rows."""

    name: str
    """Empty: all rows."""
    difference: float
    low: float | None
    high: float | None
    n: int
    means: tuple[float | None, float | None]
    """Of the old and of the new one, each on the rows that it was measured on."""
    p_worse: float
    """Holm's, over all rows and the slices together."""
    worse: bool


@dataclass(frozen=True)
class Gate:
    """What the rows show."""

    outcome: Outcome
    all_rows: Compared
    slices: tuple[Compared, ...]
    p_not_worse: float
    missing: int
    """Rows that the new one has no value for; the pass must hold were they all as bad as can be."""
    p_at_worst: float
    rows_as_seen: RequiredRows | None
    """Rows that would show it with 80 % chance, were the difference what it is here; None where none would."""
    rows_if_equal: RequiredRows | None
    """The same, were there no difference."""


def gate(new: pd.DataFrame, old: pd.DataFrame, terms: Terms, slices: Mapping[str, Collection[str]]) -> Gate:
    """`new`, `old`: scores of one arm each, of the same rows; a SetupError where they share none. `slices`: name → row ids."""
    frame = side_by_side(new, old)
    whole = _evidence(frame, terms)
    if whole is None:
        raise SetupError(f"no row has a value of {terms.metric} in both: there is nothing to compare.")
    parts = {name: found for name, ids in slices.items() if (found := _evidence(frame[frame["row"].isin(ids)], terms))}
    told = {"": whole} | {name: found for name, found in parts.items() if _pair(found).n >= FEW}
    adjusted = holm([_worse_p(_pair(found)) for found in told.values()])
    over_all, *by_slice = [_compared(name, found, p, terms) for (name, found), p in zip(told.items(), adjusted, strict=True)]
    pair, worst = _pair(whole), _worst(whole)
    p = _not_worse(pair, terms)
    at_worst = p if worst is None else _not_worse(worst, terms)
    slice_lost = any(one.worse for one in by_slice)
    passed = max(p, at_worst) <= terms.alpha and not slice_lost
    outcome: Outcome = "not_worse" if passed else "worse" if slice_lost or over_all.worse else "open"
    return Gate(
        outcome, over_all, tuple(by_slice), p, sum(whole.arms[NEW].missing.values()), at_worst,
        _rows(pair, terms, pair.spread.mean), _rows(pair, terms, 0.0),
    )  # fmt: skip


def side_by_side(new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """The two as arms of one table, on the rows both know; clusters are the old one's."""
    rows = set(new["row"]) & set(old["row"])
    parts = [frame[frame["row"].isin(rows)].assign(arm=name) for frame, name in ((old, OLD), (new, NEW))]
    groups = dict(zip(parts[0]["row"], parts[0]["group"], strict=True))
    parts[1] = parts[1].assign(group=[groups[row] for row in parts[1]["row"]])
    return pd.concat(parts, ignore_index=True)


def _evidence(frame: pd.DataFrame, terms: Terms) -> Evidence | None:
    """None where no row has a value of both."""
    if frame["arm"].nunique() < BOTH:
        return None
    found = gather(deciding(frame, terms.metric, cost_of_wrong=terms.cost_of_wrong), 1 - terms.alpha)
    pair = found.minus(NEW, OLD)
    return found if pair is not None and pair.n else None


def _pair(evidence: Evidence) -> Pair:
    """New minus old."""
    pair = evidence.pair(NEW, OLD)
    return pair if pair.a == NEW else turned(pair)


def _worst(evidence: Evidence) -> Pair | None:
    """The same with the new one's missing values at their least; None where none is missing, or where there is no least."""
    pair = next(iter(evidence.at_worst.get(NEW, ())), None)
    return pair if pair is None or pair.a == NEW else turned(pair)


def _not_worse(pair: Pair, terms: Terms) -> float:
    return not_worse_p(pair.spread, pair.furthest, terms.margin, pair.whole)


def _worse_p(pair: Pair) -> float:
    """One-sided, from the two-sided p that makes winners."""
    return pair.p / 2 if pair.spread.mean < 0 else 1 - pair.p / 2


def _compared(name: str, evidence: Evidence, p: float, terms: Terms) -> Compared:
    pair = _pair(evidence)
    means = (evidence.arms[OLD].mean, evidence.arms[NEW].mean)
    return Compared(name, pair.spread.mean + 0.0, pair.low, pair.high, pair.n, means, p, p <= terms.alpha)


def _rows(pair: Pair, terms: Terms, difference: float) -> RequiredRows | None:
    """Rows that would show it were this the true difference. Two that never differ: the rule of three (see `not_worse_p`)."""
    room = terms.margin + difference
    if room <= 0 or pair.spread.units < BOTH:
        return None
    if pair.alike:
        rows = math.ceil(math.log(terms.alpha) / math.log1p(-terms.margin / pair.furthest[1]) * pair.spread.rows / pair.spread.worth)
        return RequiredRows(rows, rows, rows)
    unseen = unseen_variance(room, -difference) if pair.whole else 0.0
    noise = replace(pair.noise, row=pair.noise.row + unseen * pair.spread.rows / pair.spread.worth, lost=0.0)
    return rows_for_not_worse(noise, room, terms.alpha)
