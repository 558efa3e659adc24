"""From how many queries a month retrieval's longer prompts cost more than training and training again. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.numerals import rounded_rows
from eval.verdict.choice import trainings
from eval.verdict.economics import ArmCost, break_even, monthly
from eval.verdict.rules import Rules

OFTEN = {"daily": "every day", "weekly": "every week", "yearly": "once a year", "never": "once, spread over a year"}
ONCE_A_YEAR = "once a year"


def paybacks(rules: Rules, costs: Mapping[str, ArmCost]) -> list[dict[str, Any]]:
    """For each arm that retrieves and each that is trained and does not: `{"retrieves", "trained", "queries", "cheaper", "sentence"}`.

    `queries` a month at which both cost the same; None where one of them is cheaper at any volume. `cheaper`: at the stated volume.
    Arms whose queries have no known cost are left out.
    """
    known = [
        arm for arm, cost in costs.items()
        if cost.per_1000 is not None and arm not in rules.diagnostic and not rules.traits_of(arm).outside
    ]  # fmt: skip
    readers = [arm for arm in known if rules.traits_of(arm).retrieves and not rules.traits_of(arm).trained]
    learners = [arm for arm in known if rules.traits_of(arm).trained and not rules.traits_of(arm).retrieves]
    return [_payback(rules, costs, reader, learner) for reader in readers for learner in learners]


def _payback(rules: Rules, costs: Mapping[str, ArmCost], reader: str, learner: str) -> dict[str, Any]:
    queries = break_even(costs[reader], trainings(rules, reader), costs[learner], trainings(rules, learner))
    volume = float(rules.prices.get("queries_per_month", 10_000))
    months = {arm: monthly(costs[arm], volume, trainings(rules, arm)) or 0.0 for arm in (reader, learner)}
    cheaper = min(months, key=lambda arm: months[arm])
    return {
        "retrieves": reader, "trained": learner, "queries": queries, "cheaper": cheaper,
        "sentence": _sentence(rules, reader, learner, queries, cheaper),
    }  # fmt: skip


def _sentence(rules: Rules, reader: str, learner: str, queries: float | None, cheaper: str) -> str:
    one, other = rules.label(reader), rules.label(learner)
    often = OFTEN.get(str(rules.constraints.get("facts_change")), ONCE_A_YEAR)
    if queries is None:
        dear = other if cheaper == reader else one
        return f"{rules.label(cheaper)} costs no more than {dear} at any volume (trained {often})."
    now = float(rules.prices.get("queries_per_month", 10_000))
    start = f"about {rounded_rows(round(queries))} queries a month" if queries >= 1.5 else "the first query a month"
    return f"From {start} on, the queries of {one} cost more than training {other} {often} and asking it (stated: {now:,.0f})."
