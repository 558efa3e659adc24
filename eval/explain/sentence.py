"""A judgement in one sentence that a manager understands. Decides nothing."""

from __future__ import annotations

from eval.explain import withheld
from eval.explain.counts import right_of
from eval.explain.told import Told
from eval.names import in_a_sentence
from eval.numerals import listed, ratio, rounded_rows, signed
from eval.statistics.power import POWER
from eval.verdict.choice import month
from eval.verdict.evidence import Pair
from eval.verdict.rules import SIMPLE

RIGHT = ("right", "exact_match", "accuracy", "correct", "contains", "containment")
"""Metrics of 0 and 1 whose mean is a share of right answers."""
MANY = 4
"""From so many others on, the sentence counts them; the heading's counts and the table name them."""
POOR = 0.5
"""Below this mean the best arm may still not be good enough; said, not decided."""


def sentence(told: Told) -> str:
    """The verdict, with what a reader must know at once."""
    made = {"winner": _winner, "tie": _tie, "undecided": _undecided, "none": withheld.none, "blocked": _blocked}[told.judged.verdict](told)
    counts = withheld.but_right(told) or _counts(told)
    return (
        made
        + _counted(told)
        + counts
        + withheld.above_floor(told)
        + withheld.answered(told)
        + withheld.weak_field(told, POOR)
        + _one_adapter(told)
    )


def _counted(told: Told) -> str:
    """What a point is, where wrong answers cost some."""
    cost = told.rules.cost_of_wrong
    if not cost or told.judged.verdict == "blocked":
        return ""
    return f" Of 100 questions, each right answer counts 1 point, a declined one 0, a wrong one −{cost:g}."


def _counts(told: Told) -> str:
    """Right answers in counts: of the arm named and the next best, or of the two that lead."""
    judged = told.judged
    if judged.withheld or judged.chosen_by == "constraints" or not judged.tested:
        return ""
    pair = closest_open(told) if judged.verdict == "undecided" else None
    one, other = (pair.a, pair.b) if pair else (judged.arm, runner_up(told)) if judged.arm else ("", "")
    counts = right_of(told.evidence, one, other)
    if counts is None:
        return ""
    (first, second), rows = counts
    return f" {told.label(one)} is right on {first} of {rows} rows, {told.label(other)} on {second}."


def _one_adapter(told: Told) -> str:
    """What a winner that was trained once speaks for."""
    arm = told.judged.arm
    if arm is None or told.judged.verdict != "winner" or not told.rules.trained_here(arm) or len(told.evidence.arms[arm].seeds) != 1:
        return ""
    return " It is this one trained adapter that was measured, not the method."


def more(told: Told, difference: float) -> str:
    """`8.2 more right answers per 100`, `8.2 points more token F1`."""
    amount = told.points(abs(difference))
    if told.rules.cost_of_wrong:
        return f"{amount} points more"
    if told.evidence.metric in RIGHT:
        return f"{amount} more right answers per 100"
    if told.evidence.metric == "not_fabricated":
        return f"{amount} fewer wrong answers per 100"
    name = in_a_sentence(told.evidence.metric)
    return f"{amount} points more {name}" if told.whole else f"{amount} more {name}"


def _winner(told: Told) -> str:
    arm = told.judged.arm or ""
    if told.judged.chosen_by == "constraints":
        return f"Use {told.label(arm)}: it is the only arm that meets the constraints; no comparison decided this."
    second = runner_up(told)
    pair = told.judged.between(arm, second).pair
    next_best = ", the next best" if len(told.judged.tested) > 1 else ""
    return f"Use {told.label(arm)}: {more(told, pair.spread.mean)} than {told.label(second)}{next_best} ({told.ci(pair)})."


def runner_up(told: Told) -> str:
    """The candidate that comes closest to the chosen arm."""
    pairs = [one.pair for one in told.judged.tested if told.judged.arm in (one.pair.a, one.pair.b)]
    closest = min(pairs, key=lambda pair: abs(pair.spread.mean))
    return closest.b if closest.a == told.judged.arm else closest.a


def _tie(told: Told) -> str:
    judged, arm = told.judged, told.judged.arm or ""
    equal = f"{listed([told.label(one) for one in judged.leaders])} are equal within {margin(told)}"
    if judged.chosen_by == "mean":
        return f"{equal}; what they cost is not known, so any of them will do."
    enough = ": neither retrieval nor fine-tuning is needed" if arm in SIMPLE else ""
    if judged.chosen_by == "weights":
        return f"{equal}; take {told.label(arm)}, which the weights prefer{enough}."
    return f"{equal}; take {told.label(arm)}, {_cheaper(told, arm)}{enough}."


def _cheaper(told: Told, arm: str) -> str:
    months = {one: month(told.rules, one, told.measures.costs) for one in told.judged.leaders}
    own, others = months[arm], [cost for one, cost in months.items() if one != arm and cost is not None]
    if own is None or not others or min(others) <= own:
        return "which costs the same"
    times = "at no cost" if own == 0 else f"{ratio(min(others) / own)} times cheaper"
    return f"{times} than the next" if len(others) > 1 and own else times


def _undecided(told: Told) -> str:
    judged = told.judged
    if judged.withheld:
        return {"contradiction": withheld.contradiction, "missing": withheld.missing, "judge": withheld.judge}[judged.withheld](told)
    names = _among(told)
    pair = closest_open(told)
    if pair is None:
        return f"Not enough evidence to choose between {names}: they cannot be ranked on the same rows."
    size = signed(told.points(pair.spread.mean)) + (" points" if told.whole else "")
    which = f"{told.label(pair.a)} − {told.label(pair.b)} " if len(judged.leaders) > 2 else ""
    return f"Not enough evidence to choose between {names}: {which}{size} ({told.ci(pair)}); {_settle(told, pair)}."


def _among(told: Told) -> str:
    """Those that lead by name; of many the first and how many more."""
    first, *others = [told.label(arm) for arm in told.judged.leaders]
    return listed([first, *others]) if len(others) < MANY else f"{first} and {len(others)} others that are not shown to be worse"


def _settle(told: Told, pair: Pair) -> str:
    """Both numbers, each with its chance and its if; one where there are already as many rows as the margin takes."""
    found = told.judged.settle
    if found.as_seen is None and found.planned is None:
        return _no_rows(pair)
    ifs = []
    if found.as_seen:
        held = "they go on answering alike" if pair.alike else "the difference is as large as seen"
        ifs.append(f"about {rounded_rows(found.as_seen.rows)} rows would settle it if {held}")
    if found.at_margin and found.at_margin.rows > found.rows:
        rows = f"about {rounded_rows(found.at_margin.rows)}" + ("" if ifs else " rows would settle it")
        ifs.append(f"{rows} if it is only the margin of {margin(told)}")
    return f"with {100 * POWER:.0f} % chance {', '.join(ifs)}"


def margin(told: Told) -> str:
    return told.points(told.rules.margin) + (" points" if told.whole else "")


def closest_open(told: Told) -> Pair | None:
    """The open pair with the leader in it, or any open pair."""
    pairs = told.judged.open
    return next((pair for pair in pairs if told.judged.leaders[0] in (pair.a, pair.b)), pairs[0] if pairs else None)


def _no_rows(pair: Pair) -> str:
    if pair.spread.units < 2:
        return "all rows come from one source, so nothing can be said of others"
    if pair.spread.from_seeds:
        return "training runs differ more than that: more seeds, not more rows, would settle it"
    return "more rows of this kind would not settle it at this margin"


def _blocked(told: Told) -> str:
    first, *others = told.judged.blocks
    also = f" (and {len(others)} more to mend)" if others else ""
    return f"No verdict: {first.rstrip('.')}{also}."
