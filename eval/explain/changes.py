"""What would change the verdict, in words. Finds no flip; tells those that were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.explain.told import Told
from eval.numerals import listed
from eval.verdict.sensitivity import Flip

_SUBJECTS = {
    "p95_seconds": ("the ceiling on 95th-percentile latency were", " s"),
    "cost_per_1000": ("the ceiling on the cost of 1,000 queries were", ""),
    "min_right": ("the share of right answers that is needed were", ""),
    "max_fabricated": ("the ceiling on the share of fabricated answers were", ""),
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


def changes(told: Told, flips: Sequence[Flip]) -> list[str]:
    """One sentence a flip; groups together in one."""
    groups = [flip for flip in flips if flip.kind == "group"]
    said = [f"If {_condition(told, flip)}: {outcome(told, flip)}." for flip in flips if flip.kind != "group"]
    if groups:
        names = [str(flip.at) for flip in groups[:MOST_GROUPS]]
        more = f" (or {len(groups) - MOST_GROUPS} others)" if len(groups) > MOST_GROUPS else ""
        said.append(f"If the rows of {' or '.join(names)}{more} were left out: {outcome(told, groups[0])}.")
    return said


def outcome(told: Told, flip: Flip) -> str:
    """`use rag`, `rag and lora are equal; take rag`, `undecided between rag and lora`, `no verdict`."""
    if flip.verdict == "winner":
        return f"use {told.label(flip.arm or '')}"
    if flip.verdict in ("blocked", "none"):
        return "no verdict" if flip.verdict == "blocked" else "no candidate is good enough"
    names = listed([told.label(arm) for arm in flip.leaders])
    return f"{names} are equal; take {told.label(flip.arm or '')}" if flip.verdict == "tie" else f"undecided between {names}"


def _condition(told: Told, flip: Flip) -> str:
    if flip.kind == "seed":
        return f"training seed {flip.at} were left out"
    if flip.direction == "set to":
        return _SWITCHED[(flip.name, flip.at)]
    if flip.name == "margin":
        unit = " points" if told.whole else ""
        return f"the margin were {flip.direction} {told.points(flip.at)}{unit} (now {told.points(flip.now)})"
    if flip.kind == "weight":
        return f"the weight of {flip.name} were {flip.direction} {flip.at:.2g} (now {flip.now:g})"
    words, unit = _SUBJECTS[flip.name]
    if flip.name == "tokens":
        return f"{words} {flip.direction} {_number(flip.at)}{unit}"
    now = " (now free)" if flip.now is None else f" (now {_number(flip.now)}{unit})"
    return f"{words} {flip.direction} {_number(flip.at)}{unit}{now}"


def _number(value: Any) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
