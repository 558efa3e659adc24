"""What judging costs: counted as the endpoint counts, within the budget, paid once, and kept when it is stopped."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from eval.judge.budget import Spent
from eval.judge.panel import judge
from eval.judge.providers.faults import Stopped
from tests.eval.judge.judging import ROW, Server, rows


def test_a_second_run_costs_nothing(server: Server, tmp_path: Path) -> None:
    answers = [*rows(5), replace(ROW, row="half", question="fault:half")]
    first = judge(answers, server.settings(metrics=["context_recall", "faithfulness"]), tmp_path / "v.sqlite")
    asked = server.stats()["requests"]
    second = judge(answers, server.settings(metrics=["context_recall", "faithfulness"]), tmp_path / "v.sqlite")
    assert second.values == first.values
    assert server.stats()["requests"] == asked
    assert second.session == Spent(0, 0, 0, None, 0)
    assert second.total == first.total


def test_another_model_does_not_get_the_first_ones_verdicts(server: Server, tmp_path: Path) -> None:
    judge(rows(3), server.settings("honest"), tmp_path / "v.sqlite")
    judge(rows(3), server.settings("other"), tmp_path / "v.sqlite")
    assert server.stats()["requests"] == 6


def test_the_reported_cost_is_what_the_endpoint_counted(server: Server, tmp_path: Path) -> None:
    settings = server.settings(price_per_million={"input": 2.0, "output": 10.0})
    found = judge(rows(10), settings, tmp_path / "v.sqlite")
    stats = server.stats()
    assert found.total.prompt_tokens == stats["prompt_tokens"]
    assert found.total.completion_tokens == stats["completion_tokens"]
    assert found.total.money == pytest.approx((2 * stats["prompt_tokens"] + 10 * stats["completion_tokens"]) / 1e6)


@pytest.mark.parametrize("model", ["honest", "untold"])
@pytest.mark.parametrize("budget", [{"tokens": 60_000}, {"money": 0.12}])
def test_no_budget_is_ever_exceeded(server: Server, tmp_path: Path, model: str, budget: dict[str, float]) -> None:
    settings = server.settings(model, budget=budget, price_per_million={"input": 2.0, "output": 2.0}, concurrency=8)
    arms = [replace(row, arm=arm, contexts=(f"{arm}: leave is 30 days", "The")) for row in rows(60) for arm in ("rag", "hybrid")]
    for _ in range(2):  # the second call finds the first one's spending in the store
        found = judge(arms, settings, tmp_path / "v.sqlite")
        stats = server.stats()
        assert stats["prompt_tokens"] + stats["completion_tokens"] <= 60_000
        assert found.total.tokens <= 60_000
    missing = {value.reason for value in found.values if value.value is None}
    assert missing == {"budget spent"}
    judged = [{value.row for value in found.values if value.value is not None and value.arm == arm} for arm in ("rag", "hybrid")]
    assert len(judged[0] ^ judged[1]) <= 4  # the arms are judged on the same rows, but for those under way at the end
    if model == "honest":
        assert len(judged[0]) >= 10


def test_a_budget_that_is_raised_is_used(server: Server, tmp_path: Path) -> None:
    store, tight = tmp_path / "v.sqlite", server.settings(budget={"tokens": 20_000})
    judge(rows(30), tight, store)
    found = judge(rows(30), replace(tight, budget={"tokens": 10**7}), store)
    assert [value.value for value in found.values] == [1.0] * 30


def test_stopping_keeps_what_was_judged(tmp_path: Path) -> None:
    server, store, seen = Server(0.05), tmp_path / "v.sqlite", [0]

    def count(done: int, total: int) -> None:
        seen[0] = done

    try:
        began = time.monotonic()
        with pytest.raises(Stopped):
            judge(rows(100), server.settings(), store, on_done=count, should_stop=lambda: seen[0] > 20)
        assert time.monotonic() - began < 5
        found = judge(rows(100), server.settings(), store)
        assert [value.value for value in found.values] == [1.0] * 100
        assert 0 < found.session.requests < 80
        assert found.total.requests - found.total.at_most == 100
    finally:
        server.close()


def test_no_more_requests_at_once_than_allowed(tmp_path: Path) -> None:
    server = Server(0.05)
    try:
        judge(rows(40), server.settings(concurrency=5, metrics=["context_recall", "faithfulness"]), tmp_path / "v.sqlite")
        assert server.stats()["at_once"] == 5
    finally:
        server.close()
