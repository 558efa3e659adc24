"""Hard constraints: which arms may be chosen at all. What is not known does not pass. Knows nothing of the deciding metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eval.errors import SetupError
from eval.statistics.describe import Described
from eval.verdict.economics import ArmCost
from eval.verdict.judge_error import JudgeError
from eval.verdict.rules import Rules

NAMES = ("p95_seconds", "cost_per_1000", "max_fabricated", "min_right", "must_cite", "facts_change", "documents_in_weights")


@dataclass(frozen=True)
class Check:
    """One arm against one constraint."""

    constraint: str
    arm: str
    limit: Any
    value: float | None
    """What was measured; None where the constraint is no ceiling, or nothing was measured."""
    passed: bool
    reason: str
    """Why it does not pass; empty where it does."""


@dataclass(frozen=True)
class Measures:
    """What ceilings are held against."""

    costs: Mapping[str, ArmCost]
    fabricated: Mapping[str, Described]
    """The share of fabricated answers, by arm."""
    judge_errors: Mapping[str, JudgeError] | None = None
    """By arm, the error of the judge whose metric decides; None: no judge decides."""
    right: Mapping[str, Described] = field(default_factory=dict)
    """The share of right answers, by arm."""
    declined: Mapping[str, Described] = field(default_factory=dict)
    """The share of questions that an arm declines."""


def checks(rules: Rules, arms: Sequence[str], measures: Measures) -> list[Check]:
    """Every active constraint for every arm; an unknown constraint is a SetupError."""
    active = {name: limit for name, limit in rules.constraints.items() if _is_active(name, limit)}
    return [_CHECKS[name](rules, arm, limit, measures) for name, limit in active.items() for arm in arms]


def ceiling_value(name: str, arm: str, measures: Measures) -> float | None:
    """What the ceiling `name` is held against; None where it was not measured."""
    if name == "max_fabricated":
        described = measures.fabricated.get(arm)
        return described.mean if described else None
    cost = measures.costs.get(arm)
    if cost is None:
        return None
    return cost.latency if name == "p95_seconds" else cost.per_1000


CEILINGS: dict[str, str] = {
    "p95_seconds": "{value:.3g} s at the 95th percentile, above {limit:g} s",
    "cost_per_1000": "{value:.3g} per 1,000 queries, above {limit:g}",
    "max_fabricated": "{percent:.3g} of 100 answers are wrong, above {most:g}",
}


def _is_active(name: str, limit: Any) -> bool:
    if name not in NAMES:
        raise SetupError(f"constraints: unknown constraint {name!r} (available: {', '.join(NAMES)}).")
    return bool(limit is False) if name == "documents_in_weights" else limit is not None and limit is not False


def _above(name: str, value: float, limit: float) -> str:
    return CEILINGS[name].format(value=value, limit=limit, percent=100 * value, most=round(100 * limit, 6))


def _ceiling(name: str) -> Callable[[Rules, str, Any, Measures], Check]:
    def check(rules: Rules, arm: str, limit: Any, measures: Measures) -> Check:
        value = ceiling_value(name, arm, measures)
        if value is None:
            return Check(name, arm, limit, None, False, f"not measured, so {name} cannot be held")
        passed = value <= limit
        return Check(name, arm, limit, value, passed, "" if passed else _above(name, value, limit))

    return check


def _min_right(rules: Rules, arm: str, limit: Any, measures: Measures) -> Check:
    """Passes where the lower end of the arm's interval reaches the limit: it must be shown to be good enough."""
    described = measures.right.get(arm)
    if described is None or described.mean is None or described.low is None:
        return Check("min_right", arm, limit, None, False, "right answers were not measured, so min_right cannot be held")
    told = f"right on {100 * described.mean:.0f} of 100 ({100 * described.low:.0f} at the lower end of its interval), below {100 * limit:g}"
    passed = described.low >= limit
    return Check("min_right", arm, limit, described.mean, passed, "" if passed else told)


def _must_cite(rules: Rules, arm: str, limit: Any, measures: Measures) -> Check:
    retrieves = rules.traits_of(arm).retrieves
    why = (
        "retrieves nothing, so it has nothing to cite"
        if retrieves is False
        else "not known whether it retrieves, so must_cite cannot be held"
    )
    return Check("must_cite", arm, limit, None, bool(retrieves), "" if retrieves else why)


def _facts_change(rules: Rules, arm: str, limit: Any, measures: Measures) -> Check:
    """Weights cannot be trained again every day; with retrieval the documents carry the facts. Slower change is a matter of cost."""
    traits = rules.traits_of(arm)
    passed = limit != "daily" or traits.trained is False or bool(traits.retrieves)
    known = traits.trained and traits.retrieves is False
    why = "facts change daily and it holds them in its weights" if known else "facts change daily and it is not known where it holds them"
    return Check("facts_change", arm, limit, None, passed, "" if passed else why)


def _documents_in_weights(rules: Rules, arm: str, limit: Any, measures: Measures) -> Check:
    held = rules.traits_of(arm).documents_in_weights
    why = "not known whether documents stood in its training rows" if held is None else "documents stood in its training rows"
    return Check("documents_in_weights", arm, limit, None, held is False, "" if held is False else why)


_CHECKS: dict[str, Callable[[Rules, str, Any, Measures], Check]] = {
    **{name: _ceiling(name) for name in CEILINGS},
    "min_right": _min_right,
    "must_cite": _must_cite,
    "facts_change": _facts_change,
    "documents_in_weights": _documents_in_weights,
}
