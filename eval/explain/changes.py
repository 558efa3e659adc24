"""What would change the verdict, in words. Finds no flip; tells those that were found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor
from typing import Any

from eval.explain.told import Told
from eval.names import in_a_sentence
from eval.numerals import listed
from eval.verdict.other_measures import COSTS
from eval.verdict.sensitivity import Flip

_SUBJECTS = {
    "p95_seconds": ("the ceiling on 95th-percentile latency were", " s"),
    "cost_per_1000": ("the ceiling on the cost of 1,000 queries were", ""),
    "min_right": ("the share of right answers that is needed were", ""),
    "max_fabricated": ("the ceiling on the share of wrong answers were", ""),
    "queries_per_month": ("queries a month were", ""),
    "machine_hour": ("the price of a machine hour were", ""),
    "tokens": ("the price of an endpoint's tokens were", " times today's"),
}
_SWITCHED = {
    ("must_cite", True): "answers had to cite",
    ("must_cite", False): "answers need not cite",
    ("facts_change", "daily"): "facts changed daily",
    ("facts_change", "weekly"): "facts changed weekly",
    ("facts_change", "yearly"): "facts changed yearly",
    ("facts_change", "never"): "facts never changed",
    ("facts_change", None): "it were left open how often facts change",
    ("documents_in_weights", False): "documents might not enter weights",
    ("documents_in_weights", True): "documents might enter weights",
}
MOST_GROUPS = 3
"""How many groups are named; the others are counted."""

MOST_NAMED = 3
"""How many of those that stay open are named; the same for these."""


def changes(told: Told, flips: Sequence[Flip], weighed: bool = False) -> list[str]:
    """One sentence a flip; groups together in one. `weighed`: other costs of wrong answers were tried; it is said if none matters."""
    groups = [flip for flip in flips if flip.kind == "group"]
    said = [f"If {_condition(told, flip)}: {outcome(told, flip)}." for flip in flips if flip.kind != "group"]
    if weighed and not any(flip.kind == "cost" for flip in flips):
        said.append(f"It stays the same however bad a wrong answer is, up to {1 + max(COSTS):g} unanswered ones.")
    if groups:
        names = [str(flip.at) for flip in groups[:MOST_GROUPS]]
        rest = len(groups) - MOST_GROUPS
        more = f" (or {rest} other{'s' * (rest > 1)})" if rest > 0 else ""
        said.append(f"If the rows of {' or '.join(names)}{more} were left out: {outcome(told, groups[0])}.")
    return said


def outcome(told: Told, flip: Flip) -> str:
    """`use rag`, `rag and lora are equal; take rag`, `undecided between rag and lora`, `no verdict`."""
    needed = flip.name == "min_right" or told.rules.constraints.get("min_right") is not None
    if flip.verdict == "winner":
        return f"use {told.label(flip.arm or '')}"
    if flip.verdict == "none" and (flip.kind, flip.direction) == ("cost", "above"):
        return "no candidate is shown to be better than declining every question"
    if flip.verdict in ("blocked", "none"):
        none = "no candidate is good enough" if needed else "no candidate is shown to be better than one answer to every question"
        return "no verdict" if flip.verdict == "blocked" else none
    first = [told.label(arm) for arm in flip.leaders[:MOST_NAMED]]
    rest = len(flip.leaders) - len(first)
    names = listed([*first, f"{rest} others"] if rest > 1 else [told.label(arm) for arm in flip.leaders])
    return f"{names} are equal; take {told.label(flip.arm or '')}" if flip.verdict == "tie" else f"undecided between {names}"


def _condition(told: Told, flip: Flip) -> str:
    if flip.direction == "set to" and flip.kind != "metric":
        return _SWITCHED[(flip.name, flip.at)]
    if flip.kind in _OF_KIND:
        return _OF_KIND[flip.kind](told, flip)
    words, unit = _SUBJECTS[flip.name]
    if flip.name == "tokens":
        return f"{words} {flip.direction} {_number(flip.at)}{unit}"
    now = " (now free)" if flip.now is None else f" (now {_number(flip.now)}{unit})"
    return f"{words} {flip.direction} {_number(flip.at)}{unit}{now}"


def _margin(told: Told, flip: Flip) -> str:
    unit = " points" if told.whole else ""
    return f"the margin were {flip.direction} {told.points(flip.at)}{unit} (now {told.points(flip.now)})"


def _cost(told: Told, flip: Flip) -> str:
    more = "more" if flip.direction == "above" else "fewer"
    return f"a wrong answer were as bad as {_unanswered(flip)} unanswered ones or {more} (now {1 + flip.now:g})"


_OF_KIND: dict[str, Callable[[Told, Flip], str]] = {
    "seed": lambda told, flip: f"training seed {flip.at} were left out",
    "metric": lambda told, flip: f"{in_a_sentence(flip.name)} decided",
    "weight": lambda told, flip: f"the weight of {flip.name} were {flip.direction} {flip.at:.2g} (now {flip.now:g})",
    "margin": _margin,
    "cost": _cost,
}


def _unanswered(flip: Flip) -> str:
    """A wrong answer takes away the right one too: at a cost of 0 it is as bad as one unanswered question. Rounded away from now."""
    rounded = (ceil if flip.direction == "above" else floor)(100 * round(flip.at, 6)) / 100
    return f"{1 + rounded:g}"


def _number(value: Any) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
