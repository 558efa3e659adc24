"""What an arm costs to train and to ask, from measured seconds and tokens and the team's prices. Measures nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

TRAININGS_A_MONTH: dict[str | None, float] = {"daily": 365 / 12, "weekly": 52 / 12, "yearly": 1 / 12, "never": 1 / 12, None: 1 / 12}
"""How often weights that hold facts are trained again when facts change; a training that never ages is spread over a year."""


@dataclass(frozen=True)
class ArmCost:
    """One arm, in the currency of the prices it was made with."""

    train_seconds: float | None
    """One training; 0 where nothing is trained. None: not known."""
    prompt_tokens: float | None
    """Mean a query; None: not known."""
    completion_tokens: float | None
    p50_s: float | None
    """Seconds a query at the batch that was used: its share of the batch's time. None: not measured."""
    p95_s: float | None
    per_1000: float | None
    """Cost of 1,000 queries at that batch. None: not measured."""
    train_cost: float = 0.0
    """One training."""
    train_money: float = 0.0
    """What of that a service charged for its trained tokens; the rest is machine hours."""
    train_kwh: float = 0.0
    kwh_per_1000: float | None = None
    """Energy of 1,000 queries, from the stated watts; None for an endpoint, whose machine is not known."""
    single_p50_s: float | None = None
    """Seconds a query asked alone (batch of 1); None: not measured."""
    single_p95_s: float | None = None
    index_seconds: float = 0.0
    """One building of the index it retrieves from."""
    index_bytes: int = 0
    """Of that index on disk."""
    currency: str = "EUR"
    by_tokens: bool = False
    """Whether a query is paid by its tokens (an endpoint), not by machine hours."""
    stated: bool = False
    """Whether a query costs what the arm itself says, whatever an hour or a token costs."""

    @property
    def latency(self) -> float | None:
        """p95 as a user meets it: alone where that was measured, else at the batch used."""
        return self.p95_s if self.single_p95_s is None else self.single_p95_s


@dataclass(frozen=True)
class Measured:
    """What was measured of one arm; sequences have one entry a query."""

    prompt_tokens: Sequence[float]
    completion_tokens: Sequence[float]
    seconds: Sequence[float]
    """Its share of the batch's time; what queries of a batch have in common counts for each, since others will not have it."""
    single_seconds: Sequence[float] = ()
    """Of queries asked alone."""
    train_seconds: float = 0.0
    index_seconds: float = 0.0
    index_bytes: int = 0
    train_money: float | None = None
    """What a service charged for training it there; None: it was trained on this machine, or not at all."""
    outside: bool = False
    """Whether it runs on a machine, and was made in ways, that are not known here: then hours have no price, and training no seconds."""
    money: Sequence[float] = ()
    """Of each query, where the arm tells it itself."""
    hours: Mapping[str, float] = field(default_factory=dict)
    """Price of a machine hour by what it went into ("train", "index", "query"), where it is not the `machine_hour` of the prices."""


def arm_cost(measured: Measured, prices: Mapping[str, Any], per_million: Mapping[str, float] | None = None) -> ArmCost:
    """`prices`: `machine_hour`, `watts`, `currency`. `per_million` ({"input", "output"}) prices an endpoint's tokens; its queries then
    cost tokens, not machine hours.
    """
    kilowatts = float(prices.get("watts", 0.0)) / 1000
    hour = {part: measured.hours.get(part, float(prices.get("machine_hour", 0.0))) for part in ("train", "index", "query")}
    asked, told = _mean(measured.prompt_tokens), _mean(measured.completion_tokens)
    mean, charged = _mean(measured.seconds), measured.train_money
    trained = measured.train_seconds if charged is None else 0.0
    worked = measured.index_seconds * hour["index"] + trained * hour["train"]
    hours = None if mean is None or per_million or measured.outside else mean * 1000 / 3600
    per_1000 = None if hours is None else hours * hour["query"]
    if per_million and asked is not None and told is not None:
        per_1000 = (asked * per_million.get("input", 0.0) + told * per_million.get("output", 0.0)) / 1000
    if measured.money:
        per_1000 = 1000 * float(np.mean(measured.money))
    return ArmCost(
        train_seconds=None if measured.outside else measured.train_seconds, prompt_tokens=asked, completion_tokens=told,
        p50_s=_quantile(measured.seconds, 0.5), p95_s=_quantile(measured.seconds, 0.95), per_1000=per_1000,
        train_cost=worked / 3600 + (charged or 0.0), train_money=charged or 0.0,
        train_kwh=(measured.index_seconds + trained) / 3600 * kilowatts,
        kwh_per_1000=None if hours is None else hours * kilowatts,
        single_p50_s=_quantile(measured.single_seconds, 0.5), single_p95_s=_quantile(measured.single_seconds, 0.95),
        index_seconds=measured.index_seconds, index_bytes=measured.index_bytes,
        currency=str(prices.get("currency", "EUR")), by_tokens=bool(per_million), stated=bool(measured.money),
    )  # fmt: skip


def after(step: ArmCost, cost: ArmCost) -> ArmCost:
    """An arm each of whose queries takes this step first, one after the other; percentiles are taken as the sum of both."""

    def both(name: str) -> float | None:
        one, other = getattr(step, name), getattr(cost, name)
        return None if one is None or other is None else float(one + other)

    return replace(
        cost, prompt_tokens=both("prompt_tokens"), completion_tokens=both("completion_tokens"), p50_s=both("p50_s"), p95_s=both("p95_s"),
        per_1000=both("per_1000"), kwh_per_1000=both("kwh_per_1000"), single_p50_s=both("single_p50_s"), single_p95_s=both("single_p95_s"),
    )  # fmt: skip


def monthly(cost: ArmCost, queries: float, trainings: float) -> float | None:
    """Cost of a month with so many queries and trainings; None where a query's cost is not known."""
    return None if cost.per_1000 is None else cost.per_1000 * queries / 1000 + cost.train_cost * trainings


def break_even(one: ArmCost, one_trainings: float, other: ArmCost, other_trainings: float) -> float | None:
    """Queries a month at which both cost the same; beyond it the one that is cheaper a query is cheaper altogether.

    None where there is no such number: one of them is cheaper at any volume, or a cost is not known.
    """
    if one.per_1000 is None or other.per_1000 is None or one.per_1000 == other.per_1000:
        return None
    fixed = other.train_cost * other_trainings - one.train_cost * one_trainings
    queries = 1000 * fixed / (one.per_1000 - other.per_1000)
    return queries if queries > 0 else None


def repriced(costs: Mapping[str, ArmCost], hours: float = 1.0, tokens: float = 1.0) -> dict[str, ArmCost]:
    """With machine hours at `hours` times their price, and the tokens of endpoints at `tokens` times theirs."""
    return {
        arm: replace(
            cost, train_cost=(cost.train_cost - cost.train_money) * hours + cost.train_money * tokens,
            train_money=cost.train_money * tokens,
            per_1000=None if cost.per_1000 is None else cost.per_1000 * (1.0 if cost.stated else tokens if cost.by_tokens else hours),
        )
        for arm, cost in costs.items()
    }  # fmt: skip


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _quantile(values: Sequence[float], share: float) -> float | None:
    return float(np.quantile(values, share)) if len(values) else None
