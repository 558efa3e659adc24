"""At which margin, constraint, price or weight the verdict changes. Judges stored evidence again; measures nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from eval.verdict.choice import Means, month, standing, trainings
from eval.verdict.constraints import CEILINGS, Measures, ceiling_value
from eval.verdict.economics import break_even, repriced
from eval.verdict.evidence import Evidence
from eval.verdict.judgement import Judgement, judge
from eval.verdict.rules import Rules

SWITCHES: dict[str, tuple[Any, ...]] = {
    "must_cite": (False, True),
    "facts_change": (None, "never", "yearly", "weekly", "daily"),
    "documents_in_weights": (True, False),
}
"""Constraints without a number: all their settings, the first as they are left free."""
MOST_MARGIN = 0.1
"""Of the scale: nobody calls arms that lie further apart equal, so what a wider margin would do tells nothing."""


@dataclass(frozen=True)
class Flip:
    """The nearest change of one setting, in one direction, that changes the verdict."""

    kind: str
    """`margin`, `constraint`, `price`, `weight`, `cost`, `metric`, `group`, `seed`."""
    name: str
    now: Any
    """None: not set."""
    at: Any
    """The value at which it changes; for a group or seed, the one left out."""
    direction: str
    """`above`, `below`, `set to`, `without`."""
    verdict: str
    arm: str | None
    leaders: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """What is judged again and again."""

    evidence: Evidence
    rules: Rules
    measures: Measures
    means: Means
    judged: Judgement

    def again(self, **changes: Any) -> Judgement:
        return judge(self.evidence, replace(self.rules, **changes), self.measures, self.means)

    def with_costs(self, costs: Mapping[str, Any]) -> Judgement:
        return judge(self.evidence, self.rules, replace(self.measures, costs=costs), replace(self.means, costs=costs))


def changed(one: Judgement, other: Judgement) -> bool:
    """Another verdict or arm; that a constraint leaves only the arm to take anyway is no change."""
    same_arm_alone = one.arm == other.arm is not None and "constraints" in (one.chosen_by, other.chosen_by)
    return (one.verdict, one.arm) != (other.verdict, other.arm) and not same_arm_alone


def flips(case: Case) -> list[Flip]:
    """In the order margin, constraints, prices, weights; where nothing flips the verdict there is no entry."""
    prices = [*_volume(case), *_machine_hour(case), *_tokens(case)]
    return [*_margin(case), *_ceilings(case), *_switches(case), *prices, *_weights(case)]


def _search(case: Case, entry: Flip, now: float, critical: Iterable[float], at: Callable[[float], Judgement]) -> list[Flip]:
    """The verdict is constant between critical values, so one value of each stretch tells: outward from `now`, both ways."""
    points = sorted({value for value in critical if value > 0})
    above = [value for value in points if value > now]
    below = [value for value in reversed(points) if value <= now]
    outward = [
        ("above", above, [*above[1:], *(2 * value for value in above[-1:])]),
        ("below", below, [*below[1:], *(0.0 for _ in below[-1:])]),
    ]
    found = []
    for direction, edges, following in outward:
        for edge, beyond in zip(edges, following, strict=True):
            if changed(judged := at((edge + beyond) / 2), case.judged):
                found.append(_flip(entry, edge, direction, judged))
                break
    return found


def _flip(entry: Flip, at: Any, direction: str, judged: Judgement) -> Flip:
    return replace(entry, at=at, direction=direction, verdict=judged.verdict, arm=judged.arm, leaders=judged.leaders)


def _entry(kind: str, name: str, now: Any) -> Flip:
    return Flip(kind, name, now, None, "", "", None, ())


def _margin(case: Case) -> list[Flip]:
    critical = [pair.equivalence_margin(case.rules.alpha) for pair in case.evidence.pairs]
    usable = [value for value in critical if value is not None and value < case.evidence.pairs[0].ends[1]]
    found = _search(case, _entry("margin", "margin", case.rules.margin), case.rules.margin, usable, lambda v: case.again(margin=v))
    return [flip for flip in found if flip.direction == "below" or flip.at <= MOST_MARGIN * case.evidence.pairs[0].ends[1]]


def _ceilings(case: Case) -> list[Flip]:
    found = []
    arms = [arm for arm in case.evidence.arms if arm not in case.rules.barred]
    for name in CEILINGS:
        values = [ceiling_value(name, arm, case.measures) for arm in arms]
        known = [value for value in values if value is not None]
        now = case.rules.constraints.get(name)
        if len(known) < len(values) and now is None:
            continue

        def at(limit: float, name: str = name) -> Judgement:
            return case.again(constraints={**case.rules.constraints, name: limit})

        found += _search(case, _entry("constraint", name, now), float("inf") if now is None else now, known, at)
    return [flip for flip in found if flip.verdict != "blocked" or flip.now is not None]


def _switches(case: Case) -> list[Flip]:
    found = []
    for name, settings in SWITCHES.items():
        given = case.rules.constraints.get(name)
        now = given if given in settings else settings[0]
        nearest = sorted(settings, key=lambda setting: abs(settings.index(setting) - settings.index(now)))
        seen: set[tuple[str, str | None]] = set()
        for other in nearest[1:]:
            judged = case.again(constraints={**case.rules.constraints, name: other})
            if changed(judged, case.judged) and judged.verdict != "blocked" and (judged.verdict, judged.arm) not in seen:
                seen.add((judged.verdict, judged.arm))
                found.append(_flip(_entry("constraint", name, now), other, "set to", judged))
    return found


def _volume(case: Case) -> list[Flip]:
    """Queries a month at which two of the leaders cost the same."""
    costs, rules = case.measures.costs, case.rules
    arms = [arm for arm in case.judged.leaders if arm in costs]
    crossings = [break_even(costs[a], trainings(rules, a), costs[b], trainings(rules, b)) for a, b in combinations(arms, 2)]
    now = float(rules.prices.get("queries_per_month", 10_000))
    entry = _entry("price", "queries_per_month", now)
    at = [one for one in crossings if one is not None]
    return _search(case, entry, now, at, lambda v: case.again(prices={**rules.prices, "queries_per_month": v}))


def _machine_hour(case: Case) -> list[Flip]:
    """Machine hours weigh on local arms alone, and on a ceiling of cost. None where machines have prices of their own."""
    now = float(case.rules.prices.get("machine_hour", 0.0))
    if not now or case.rules.prices.get("machines"):
        return []
    critical = [now * factor for factor in _factors(case, by_tokens=False)]
    costs = case.measures.costs
    return _search(case, _entry("price", "machine_hour", now), now, critical, lambda v: case.with_costs(repriced(costs, hours=v / now)))


def _tokens(case: Case) -> list[Flip]:
    """The tokens of all endpoints together, as a multiple of today's price."""
    costs, critical = case.measures.costs, _factors(case, by_tokens=True)
    return _search(case, _entry("price", "tokens", 1.0), 1.0, critical, lambda v: case.with_costs(repriced(costs, tokens=v)))


def _factors(case: Case, by_tokens: bool) -> list[float]:
    """Multiples of one kind of price at which an arm paid so meets the ceiling of cost, or the month of an arm paid the other way.

    Training is paid by the machine hour, so an arm of an endpoint is taken to have none.
    """
    costs, limit = case.measures.costs, case.rules.constraints.get("cost_per_1000")
    own = [arm for arm, cost in costs.items() if cost.by_tokens == by_tokens]
    months = {arm: month(case.rules, arm, costs) for arm in costs}
    met = [limit / per for arm in own if limit is not None and (per := costs[arm].per_1000)]
    fixed = [value for arm, value in months.items() if arm not in own and value]
    return [*met, *(value / mine for value in fixed for arm in own if (mine := months[arm]))]


def _weights(case: Case) -> list[Flip]:
    """Where two tied arms stand equally high."""
    found = []
    for name, now in case.rules.weights.items():

        def at(weight: float, name: str = name) -> Judgement:
            return case.again(weights={**case.rules.weights, name: weight})

        others = {key: value for key, value in case.rules.weights.items() if key != name}
        found += _search(case, _entry("weight", name, now), now, _crossings(case, name, others), at)
    return found


def _crossings(case: Case, name: str, others: Mapping[str, float]) -> list[float]:
    leaders: Sequence[str] = case.judged.leaders
    own = {arm: standing(case.rules, name, arm, leaders, case.means) for arm in leaders}
    rest = {arm: sum(weight * standing(case.rules, key, arm, leaders, case.means) for key, weight in others.items()) for arm in leaders}
    return [(rest[b] - rest[a]) / (own[a] - own[b]) for a, b in combinations(leaders, 2) if own[a] != own[b]]
