"""The decide-today line in words. Chooses nothing."""

from __future__ import annotations

from typing import Any

from eval.explain.told import Told
from eval.numerals import ratio
from eval.verdict.choice import month
from eval.verdict.today import Today


def today_told(told: Told, today: Today | None) -> dict[str, Any] | None:
    """`{"arm", "sentence", "arms": {name: {"best", "loss"}}}`, as decision.json has it."""
    if today is None:
        return None
    arms = {arm: {"best": chance.best, "loss": chance.loss} for arm, chance in today.chances.items()}
    return {"arm": today.arm, "sentence": _sentence(told, today), "arms": arms}


def _sentence(told: Told, today: Today) -> str:
    arm, own = told.label(today.arm), today.chances[today.arm]
    if len(today.chances) == 1:
        return f"If you must choose today: {arm}. It is the only one that can be chosen."
    points = " points" if told.whole else ""
    said = f"Chance of being best {_percent(own.best)}, expected loss {told.points(own.loss)}{points}"
    return f"If you must choose today: {arm}. {said}{_rival(told, today)}{_to_change(told, today)}."


def _rival(told: Told, today: Today) -> str:
    """Where another is likelier to be the best, why it is not the choice."""
    likeliest = max(today.chances, key=lambda arm: today.chances[arm].best)
    if likeliest == today.arm:
        return ""
    rival = f"; {told.label(likeliest)} is likelier to be the best ({_percent(today.chances[likeliest].best)})"
    if told.rules.weights:
        return f"{rival}, but not by more than the margin, and the weights prefer {told.label(today.arm)}"
    own, other = (month(told.rules, arm, told.measures.costs) for arm in (today.arm, likeliest))
    cheaper = f" and costs {ratio(other / own)} times as much" if own and other and other > own else ""
    return f"{rival}, but not by more than the margin{cheaper}"


def _to_change(told: Told, today: Today) -> str:
    trained = [arm for arm in told.judged.leaders if arm != today.arm and told.rules.trained_here(arm)]
    plain = told.rules.knows(today.arm) and told.rules.traits_of(today.arm).trained is False
    return "; cheapest to change later, since nothing is trained" if told.judged.verdict == "undecided" and plain and trained else ""


def _percent(share: float) -> str:
    """Never 0 or 100: nothing here is certain."""
    return f"{min(max(round(100 * share), 1), 99)} %"
