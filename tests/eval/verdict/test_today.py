"""If it has to be today: by hand, by its laws, that it changes no verdict, and that what it says comes true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.statistics.grid import Grid
from eval.verdict.today import Measured, chances, posterior
from tests.eval.verdict.situations import Situation, cost, pair, runs


def grid_of(values: np.ndarray, size: int = 1) -> Grid:
    """(rows, arms) scores in groups of `size`."""
    rows, arms = values.shape
    clusters = np.arange(rows) // size
    names = tuple(f"g{one}" for one in range(int(clusters.max()) + 1))
    state = np.ones((rows, arms, 1), dtype=np.int8)
    return Grid("m", tuple(map(str, range(rows))), clusters, names, tuple("abcdefg"[:arms]), (0,), values[:, :, None], state, None)  # type: ignore[arg-type]


def test_two_arms_by_hand() -> None:
    """Far apart for what the prior knows: the difference is nearly normal, 8 ± 4 points, so Φ(2) = 97.7 % and a little less."""
    measured = Measured(np.array([0.58, 0.50]), np.diag([0.0008, 0.0008]), df=1e6, row_sd=0.5)
    draws = posterior(measured)
    difference = draws[:, 0] - draws[:, 1]
    assert 0.02 < difference.mean() < 0.08
    assert 0.85 < (difference > 0).mean() < 0.977


def test_much_data_speaks_for_itself() -> None:
    """A prior of 7.5 points beside an error of .1: what is left is the measured difference."""
    draws = posterior(Measured(np.array([0.6, 0.5, 0.4]), np.eye(3) * 1e-6, df=1e6, row_sd=0.5))
    assert (draws.mean(axis=0), draws.std(axis=0)) == (pytest.approx([0.6, 0.5, 0.4], abs=1e-3), pytest.approx([0.001] * 3, rel=0.1))


def test_arms_that_agree_on_every_row_have_equal_chances() -> None:
    rows = np.repeat((np.arange(200) % 3 == 0).astype(float)[:, None], 4, axis=1)
    found = chances(grid_of(rows), "abcd")
    assert [one.best for one in found.values()] == pytest.approx([0.25] * 4, abs=0.02)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 6))
def test_chances_add_up_and_losses_follow_the_means(seed: int, arms: int, size: int) -> None:
    values = (np.random.default_rng(seed).random((60, arms)) < np.linspace(0.3, 0.6, arms)).astype(float)
    found = chances(grid_of(values, size), "abcde"[:arms])
    assert sum(one.best for one in found.values()) == pytest.approx(1)
    assert all(one.loss >= 0 for one in found.values())
    assert found == chances(grid_of(values, size), "abcde"[:arms])


def test_one_cluster_says_nothing() -> None:
    assert chances(grid_of(np.eye(4), 4), "ab") == {}


def test_an_undecided_verdict_stays_undecided_and_names_the_likelier() -> None:
    decision = Situation("", pair(40, 14, 6, 40), {}).decide()
    assert (decision.verdict, decision.arm) == ("undecided", None)
    assert decision.today is not None
    assert decision.today["arm"] == "rag"
    assert 0.8 < decision.today["arms"]["rag"]["best"] < 0.97
    assert decision.today["sentence"].startswith("If you must choose today: rag. Chance of being best ")


def test_among_arms_within_the_margin_the_cheaper_is_taken_and_it_says_so() -> None:
    costs = {"rag": cost(3.0), "base": cost(1.0)}
    decision = Situation("", pair(40, 10, 9, 41), {}, costs=costs).decide()
    assert decision.today is not None
    assert decision.today["arm"] == "base"
    assert "rag is likelier to be the best" in decision.today["sentence"]
    assert "not by more than the margin and costs 3.0 times as much" in decision.today["sentence"]
    far = Situation("", pair(40, 14, 6, 40), {}, costs=costs, rules={"margin": 0.01}).decide().today
    assert far is not None
    assert far["arm"] == "rag"


def test_an_arm_that_is_not_shown_to_beat_a_constant_response_is_not_taken_because_it_is_cheap() -> None:
    rows = {"rag": runs("55x1 45x0"), "classic": runs("30x0 43x1 27x0"), "declines_all": runs("70x0 30x1")}
    costs, rules = {"rag": cost(9.0), "classic": cost(1.0)}, {"constants": ("declines_all",), "margin": 0.2}
    decision = Situation("", rows, {}, costs=costs, rules=rules).decide()
    assert decision.floor is not None
    assert decision.today is not None
    assert (decision.verdict, decision.floor["above"], decision.today["arm"]) == ("undecided", ["rag"], "rag")


def test_a_verdict_keeps_its_arm_and_a_blocked_one_has_none() -> None:
    won = Situation("", pair(40, 20, 0, 40), {}, costs={"rag": cost(9.0), "base": cost(1.0)}).decide()
    assert won.today is not None
    assert won.today["arm"] == won.arm == "rag"
    assert Situation("", pair(40, 20, 0, 40), {}, blocks=("leak",)).decide().today is None
    alone = Situation("", pair(40, 20, 0, 40), {}, costs={"rag": cost(1.0, 3.0), "base": cost(1.0, 1.0)},
                      rules={"constraints": {"p95_seconds": 2.0}}).decide().today  # fmt: skip
    assert alone is not None
    assert alone["arms"] == {"base": {"best": 1.0, "loss": 0.0}}


def test_what_needs_no_training_is_cheapest_to_change() -> None:
    today = Situation("", pair(40, 14, 8, 38, names=("rag", "lora")), {}, rules={"margin": 0.02}).decide().today
    assert today is not None
    assert (today["arm"], "cheapest to change later" in today["sentence"]) == ("rag", True)


def test_of_arms_given_70_to_80_percent_about_three_quarters_are_best() -> None:
    """A short form of bench/verdict.py: true means of four arms 8 points apart by chance, 120 rows; 400 experiments."""
    rng, hits, said, lost = np.random.default_rng(4), [], [], []
    for _ in range(400):
        truth = np.clip(0.5 + 0.08 * rng.normal(size=4), 0.05, 0.95)
        found = chances(grid_of((rng.random((120, 4)) < truth).astype(float), 4), "abcd")
        said += [one.loss for one in found.values()]
        lost += list(truth.max() - truth)
        hits += [best == truth.max() for best, one in zip(truth, found.values(), strict=True) if 0.65 <= one.best < 0.85]
    assert len(hits) > 80
    assert np.mean(hits) == pytest.approx(0.75, abs=0.11)
    assert np.mean(said) == pytest.approx(np.mean(lost), rel=0.1)
