"""Which of several equally good arms to take: by the team's weights, else the cheapest. Looks at no difference between arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.errors import SetupError
from eval.statistics.describe import Described
from eval.verdict.economics import TRAININGS_A_MONTH, ArmCost, monthly
from eval.verdict.rules import LOWER_IS_BETTER, Rules

COST_WEIGHTS = ("cost", "latency", "training", "tokens")


@dataclass(frozen=True)
class Means:
    """What weights may speak of."""

    costs: Mapping[str, ArmCost]
    metrics: Mapping[tuple[str, str], Described]
    """(arm, metric) → its mean."""
    names: tuple[str, ...]
    """All metrics there are, so that an unknown weight can be told from an unmeasured one."""


def trainings(rules: Rules, arm: str) -> float:
    """Trainings a month: weights that hold the facts follow their change; where documents are retrieved, the documents do."""
    traits = rules.traits_of(arm)
    if not traits.trained:
        return 0.0
    change = None if traits.retrieves else rules.constraints.get("facts_change")
    return TRAININGS_A_MONTH[change]


def month(rules: Rules, arm: str, costs: Mapping[str, ArmCost]) -> float | None:
    """Cost of a month at the stated volume; None where it is not known."""
    queries = float(rules.prices.get("queries_per_month", 10_000))
    return monthly(costs[arm], queries, trainings(rules, arm)) if arm in costs else None


def best(rules: Rules, arms: Sequence[str], means: Means) -> tuple[str, str]:
    """The arm to take of these (given best first), and why: `weights`, `cost`, or `mean` where nothing else is known."""
    if rules.weights:
        standing = {arm: standing_of(rules, arm, arms, means) for arm in arms}
        return max(arms, key=lambda arm: standing[arm]), "weights"
    months = {arm: month(rules, arm, means.costs) for arm in arms}
    known = {arm: cost for arm, cost in months.items() if cost is not None}
    if len(known) == len(arms):
        return min(arms, key=lambda arm: known[arm]), "cost"
    return arms[0], "mean"


def standing_of(rules: Rules, arm: str, arms: Sequence[str], means: Means) -> float:
    """Weighted sum of standings in [0, 1]; what was not measured stands at 0."""
    return sum(weight * standing(rules, name, arm, arms, means) for name, weight in rules.weights.items())


def standing(rules: Rules, name: str, arm: str, arms: Sequence[str], means: Means) -> float:
    """A metric stands at its mean, or at 1 - mean where less is better; a cost at the least of all over its own (cheapest: 1)."""
    if name in COST_WEIGHTS:
        spent = {one: _spent(rules, name, one, means.costs) for one in arms}
        own, known = spent[arm], [value for value in spent.values() if value is not None]
        return 0.0 if own is None else (min(known) / own if own else 1.0)
    if name not in means.names:
        raise SetupError(f"weights: there is no metric {name!r} (available: {', '.join((*COST_WEIGHTS, *means.names))}).")
    described = means.metrics.get((arm, name))
    if described is None or described.mean is None:
        return 0.0
    return 1 - described.mean if name in LOWER_IS_BETTER else described.mean


def _spent(rules: Rules, name: str, arm: str, costs: Mapping[str, ArmCost]) -> float | None:
    if name == "cost":
        return month(rules, arm, costs)
    cost = costs.get(arm)
    if cost is None:
        return None
    tokens = None if cost.prompt_tokens is None or cost.completion_tokens is None else cost.prompt_tokens + cost.completion_tokens
    return {"latency": cost.latency, "training": cost.train_seconds, "tokens": tokens}[name]
