"""Costs by hand: machine hours, tokens, training, energy, break-even."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.verdict.break_even import paybacks
from eval.verdict.economics import ArmCost, Measured, arm_cost, break_even, monthly, repriced
from eval.verdict.rules import Rules

PRICES = {"machine_hour": 0.36, "watts": 100.0, "currency": "EUR"}


def local(seconds: list[float], train: float = 0.0, per_million: dict[str, float] | None = None, **others: Any) -> ArmCost:
    return arm_cost(Measured([100, 300], [10, 20], seconds, train_seconds=train, **others), PRICES, per_million)


def test_a_machine_that_costs_a_hundredth_of_a_cent_a_second() -> None:
    cost = local([1.0, 3.0], train=1800)
    assert cost.per_1000 == pytest.approx(2.0 * 1000 * 0.0001)
    assert cost.train_cost == pytest.approx(0.18)
    assert cost.kwh_per_1000 == pytest.approx(2000 * 100 / 3.6e6)
    assert cost.train_kwh == pytest.approx(0.05)
    assert (cost.prompt_tokens, cost.completion_tokens) == (200, 15)
    assert (cost.p50_s, cost.by_tokens) == (2.0, False)


def test_each_part_at_the_price_of_the_machine_that_did_it() -> None:
    cost = local([1.0, 3.0], train=1800, index_seconds=3600, hours={"train": 3.6, "query": 0.72})
    assert cost.train_cost == pytest.approx(1.8 + 0.36)
    assert cost.per_1000 == pytest.approx(2.0 * 1000 * 0.0002)


def test_latency_is_that_of_a_single_query_where_it_was_measured() -> None:
    assert local([1.0] * 20).latency == 1.0
    assert local([1.0] * 20, single_seconds=[0.5, 0.5]).latency == 0.5


def test_building_the_index_is_part_of_getting_ready() -> None:
    cost = local([1.0], train=1800, index_seconds=1800)
    assert cost.train_cost == pytest.approx(0.36)


def test_an_endpoint_costs_tokens_and_not_machine_hours() -> None:
    cost = local([1.0, 3.0], per_million={"input": 2.0, "output": 8.0})
    assert cost.per_1000 == pytest.approx((200 * 2.0 + 15 * 8.0) / 1000)
    assert cost.kwh_per_1000 is None
    assert cost.by_tokens


def test_what_was_not_timed_costs_nothing_known() -> None:
    cost = local([])
    assert (cost.per_1000, cost.p50_s, cost.latency) == (None, None, None)
    assert monthly(cost, 1000, 1) is None
    assert break_even(cost, 0, local([1.0]), 0) is None


def test_break_even_by_hand() -> None:
    """Training costs 12 once a year, so 1 a month; each query saves 0.002: from 500 queries a month it pays."""
    trained = ArmCost(0, 0, 0, 1, 1, per_1000=1.0, train_cost=12.0)
    longer = ArmCost(0, 0, 0, 1, 1, per_1000=3.0)
    assert break_even(longer, 0, trained, 1 / 12) == pytest.approx(500)
    assert break_even(trained, 1 / 12, longer, 0) == pytest.approx(500)
    assert break_even(trained, 1 / 12, ArmCost(0, 0, 0, 1, 1, per_1000=0.5), 0) is None
    assert break_even(longer, 0, longer, 0) is None


def test_the_volume_from_which_training_pays_is_told_for_every_pair() -> None:
    """Training costs 12; the queries of rag 2 a thousand more, those of classic nothing."""
    costs = {
        "rag": ArmCost(0, 0, 0, 1, 1, per_1000=3.0), "classic": ArmCost(0, 0, 0, 1, 1, per_1000=0.5), "base": ArmCost(0, 0, 0, 1, 1, 1.0),
        "lora": ArmCost(0, 0, 0, 1, 1, per_1000=1.0, train_cost=12.0), "lora_rag": ArmCost(0, 0, 0, 1, 1, per_1000=None),
    }  # fmt: skip
    once, weekly = (paybacks(Rules("accuracy", constraints={"facts_change": often}), costs) for often in (None, "weekly"))
    assert [(one["retrieves"], one["trained"], one["queries"], one["cheaper"]) for one in once] == [
        ("rag", "lora", pytest.approx(500), "lora"), ("classic", "lora", None, "classic")]  # fmt: skip
    assert once[0]["sentence"] == (
        "From about 500 queries a month on, the queries of rag cost more than training lora once a year and asking it (stated: 10,000)."
    )
    assert weekly[0]["queries"] == pytest.approx(52 * 500)
    assert (weekly[0]["cheaper"], weekly[1]["cheaper"]) == ("rag", "classic")


COSTS = st.builds(lambda per, train: ArmCost(0, 0, 0, 1, 1, per_1000=per, train_cost=train), st.floats(0.01, 100), st.floats(0, 1000))


@given(COSTS, COSTS, st.floats(0, 30), st.floats(0, 30))
def test_at_break_even_both_cost_the_same(one: ArmCost, other: ArmCost, often: float, seldom: float) -> None:
    queries = break_even(one, often, other, seldom)
    if queries is not None:
        assert monthly(one, queries, often) == pytest.approx(monthly(other, queries, seldom), rel=1e-6, abs=1e-6)


def test_repricing_leaves_tokens_alone() -> None:
    machine, tokens = local([1.0], train=600), local([1.0], per_million={"input": 1.0})
    again = repriced({"rag": machine, "gpt": tokens}, 2.0)
    assert again["rag"].per_1000 == pytest.approx(2 * (machine.per_1000 or 0))
    assert again["rag"].train_cost == pytest.approx(2 * machine.train_cost)
    assert again["gpt"].per_1000 == tokens.per_1000
    dearer = repriced({"rag": machine, "gpt": tokens}, tokens=3.0)
    assert (dearer["rag"], dearer["gpt"].per_1000) == (machine, pytest.approx(3 * (tokens.per_1000 or 0)))
