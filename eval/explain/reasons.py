"""Three reasons with numbers for a judgement. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from eval.explain.sentence import closest_open, margin, runner_up
from eval.explain.told import Told
from eval.numerals import figures, p_value, rounded_rows, signed
from eval.statistics.power import POWER, RequiredRows
from eval.verdict.economics import ArmCost
from eval.verdict.evidence import Pair


def reasons(told: Told) -> list[str]:
    """Three, with numbers; for a blocked verdict everything that blocks it."""
    if told.judged.verdict == "blocked":
        return list(told.judged.blocks)
    if told.judged.verdict == "none":
        return [*_worse(told), *_side(told)]
    made = {"winner": _winner_reasons, "tie": _tie_reasons, "undecided": _undecided_reasons}[told.judged.verdict](told)
    return [*made, *_side(told)][:3]


def _standing(told: Told, arms: Sequence[str]) -> str:
    def one(arm: str) -> str:
        described = told.evidence.arms[arm]
        return f"{told.label(arm)} {described.mean:.3g}"

    return f"Mean {told.measure}: {', '.join(one(arm) for arm in arms)}."


def _winner_reasons(told: Told) -> list[str]:
    judged, arm = told.judged, told.judged.arm or ""
    ranked = told.evidence.ranked([name for name in told.evidence.values if name not in told.rules.barred])
    if judged.chosen_by == "constraints":
        failed = "; ".join(f"{told.label(name)}: {why}" for name, why in judged.excluded if name not in told.rules.barred)
        return [f"The others fail a constraint: {failed}.", _standing(told, ranked)]
    pairs = [one for one in judged.tested if one.pair.a == arm]
    worst = max(pairs, key=lambda one: one.pair.p)
    certain = f"p {p_value(worst.pair.p)}"
    if len(pairs) == 1:
        return [_standing(told, ranked), f"It is better than the other candidate: {certain}."]
    return [
        _standing(told, ranked),
        f"It is better than each of the {len(pairs)} other candidates; the least certain of these differences, to "
        f"{told.label(worst.pair.b)}, has {certain}. It had to beat every one, so no p needs a correction.",
    ]


def _tie_reasons(told: Told) -> list[str]:
    judged, leaders = told.judged, told.judged.leaders
    widest = max((one.pair for one in judged.tested if {one.pair.a, one.pair.b} <= set(leaders)), key=lambda pair: abs(pair.spread.mean))
    made = [
        f"The leaders' differences are shown to be smaller than {told.points(told.rules.margin)}: the largest, {told.label(widest.a)} − "
        f"{told.label(widest.b)}, is {signed(told.points(widest.spread.mean))} ({told.ci(widest)})."
    ]
    return made + _worse(told)


def _undecided_reasons(told: Told) -> list[str]:
    judged, pair = told.judged, closest_open(told)
    if pair is None:
        return _worse(told)
    size = f"{told.label(pair.a)} − {told.label(pair.b)} is {signed(told.points(pair.spread.mean))} ({told.ci(pair)}), p {p_value(pair.p)}"
    if pair.p <= told.rules.alpha:
        return [f"{size}, but neither is shown to be better than {told.label(judged.leaders[0])}.", *_worse(told)]
    made = [f"{size}: neither a difference nor equality within {told.points(told.rules.margin)} is shown."]
    return [*made, *_needed(told, pair), *_worse(told)]


def _needed(told: Told, pair: Pair) -> list[str]:
    settle = told.judged.settle
    ifs = [(settle.as_seen, "if the difference is as large as seen"), (settle.at_margin, f"if it is only the margin of {margin(told)}")]
    said = [f"about {_rows(rows)} {when}" for rows, when in ifs if rows]
    return [f"To settle it with {100 * POWER:.0f} % chance takes {', '.join(said)}; there are {pair.n:,}."] if said else []


def _rows(need: RequiredRows) -> str:
    return f"{rounded_rows(need.rows)} rows ({rounded_rows(need.low)} to {rounded_rows(need.high)})"


def _worse(told: Told) -> list[str]:
    leader = told.judged.leaders[0]
    beaten = [one for one in told.judged.tested if one.pair.a == leader and one.pair.b not in told.judged.leaders]
    if told.judged.verdict == "none" or told.judged.withheld:  # the others were not left out because they are shown to be worse
        beaten = [one for one in beaten if one.listed]
    if not beaten:
        return []
    names = ", ".join(f"{told.label(one.pair.b)} (−{told.points(one.pair.spread.mean)})" for one in beaten)
    return [f"{_settled(told)}Shown to be worse than {told.label(leader)}: {names}."]


def _settled(told: Told) -> str:
    """What all leaders have in common, where an arm that has all of it but this one thing was a candidate, and so is shown to be worse.

    Of arms that `Rules` does not know nothing is said: what they have is not known.
    """
    rules, leaders = told.rules, told.judged.leaders
    if not all(told.judged.floor.holds(arm) for arm in leaders):
        return ""
    others = [arm for arm in told.evidence.values if arm not in (*leaders, *dict(told.judged.excluded)) and rules.knows(arm)]
    common = [trait for trait in ("retrieves", "trained") if all(getattr(rules.traits_of(arm), trait) for arm in leaders)]
    lacking = [tuple(trait for trait in common if getattr(rules.traits_of(arm), trait) is False) for arm in others]
    what = " and ".join({"retrieves": "retrieval", "trained": "training"}[trait] for trait in common if (trait,) in lacking)
    return f"Whichever it is, it takes {what}: no candidate without keeps up. " if what else ""


def _side(told: Told) -> list[str]:
    """What else speaks: fabricated answers, money, seconds."""
    judged = told.judged
    arms = [judged.arm, runner_up(told)] if judged.arm and judged.tested else list(judged.leaders)
    rates = [(arm, told.measures.fabricated[arm].mean) for arm in arms if arm in told.measures.fabricated]
    made = []
    if rates:
        made.append("Wrong answers of 100: " + ", ".join(f"{told.label(a)} {100 * v:.0f}" for a, v in rates if v is not None) + ".")
    if costs := [(arm, told.measures.costs[arm]) for arm in arms if arm in told.measures.costs]:
        made.append("1,000 queries cost: " + "; ".join(f"{told.label(arm)} {_price(cost)}" for arm, cost in costs) + ".")
    return made or [_standing(told, arms)]


def _price(cost: ArmCost) -> str:
    money = "not measured" if cost.per_1000 is None else f"{figures(cost.per_1000)} {cost.currency}"
    return money if cost.latency is None else f"{money}, {cost.latency:.2g} s at p95"
