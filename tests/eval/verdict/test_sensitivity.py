"""At which value the verdict changes: hand-worked crossings, and that judging at the crossing's two sides agrees with what is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from eval.decision import Rules, decide
from eval.verdict.economics import repriced
from tests.eval.verdict.situations import Situation, check, cost, pair, runs

ROWS = pair(40, 20, 0, 40)
SAME = pair(150, 0, 0, 150)
RIGHT = {"metric": "right"}
GUESSING = {"rag": runs("40x1 60x0"), "base": runs("30x1 70x0")}
WRONG = {"rag": runs("40x0 60x1"), "base": [0.0] * 100}
NARROW = pair(440, 30, 0, 530)
"""Three points apart, and shown."""

# fmt: off
SITUATIONS = [
    Situation("a winner until the margin swallows its difference", NARROW, {"flips": [("margin", "above", "tie", "rag")]}),
    Situation("a margin of more than ten points is none that anybody would set", ROWS, {"flips": []}),
    Situation("a tie until the margin is too small for it", SAME, {"flips": [("margin", "below", "undecided", None)]}),
    Situation("undecided until the margin is large enough, or only one can be afforded", pair(40, 10, 10, 40),
              {"flips": [("margin", "above", "tie", "base"), ("cost_per_1000", "below", "winner", "base"), ("must_cite", "set to",
              "winner", "rag")]},
              costs={"rag": cost(2.0), "base": cost(1.0)}),
    Situation("a ceiling that takes the winner out", {**ROWS, "lora": runs("100x0")},
              {"flips": [("p95_seconds", "below", "winner", "base")]},
              costs={"rag": cost(1.0, 3.0), "base": cost(1.0, 1.0), "lora": cost(1.0, 1.0)}),
    Situation("a ceiling that lets a better arm in", {**ROWS, "lora": runs("100x0")}, {"arm": "base", "flips": [
              ("p95_seconds", "above", "winner", "rag"), ("p95_seconds", "below", "winner", "lora")]},
              costs={"rag": cost(1.0, 3.0), "base": cost(1.0, 1.0), "lora": cost(1.0, 0.5)}, rules={"constraints": {"p95_seconds": 2.0}}),
    Situation("a ceiling of cost; among equals the cheaper", {**ROWS, "lora": runs("100x0")},
              {"flips": [("cost_per_1000", "below", "winner", "base")]},
              costs={"rag": cost(3.0), "base": cost(1.0), "lora": cost(1.0)}),
    Situation("a ceiling of fabrication", {**ROWS, "lora": runs("100x0")},
              {"flips": [("max_fabricated", "below", "winner", "base")]},
              more={"fabricated": {"rag": runs("30x1 70x0"), "base": runs("10x1 90x0"), "lora": runs("100x0")}}),
    # 40 right and 60 wrong against 30 right and 70 declined: 40 - 60 c = 30 from a sixth on; then it takes rows to show it.
    Situation("a wrong answer that costs nothing", GUESSING, {"verdict": "winner", "arm": "rag", "flips": [
              ("max_fabricated", "below", "winner", "base"), ("cost_of_wrong", "above", "undecided", None),
              ("cost_of_wrong", "above", "winner", "base")]}, rules=RIGHT, more={"fabricated": WRONG}),
    Situation("a wrong answer that costs a right one", GUESSING, {"verdict": "winner", "arm": "base", "flips": [
              ("must_cite", "set to", "winner", "rag"),
              ("cost_of_wrong", "below", "undecided", None), ("cost_of_wrong", "below", "winner", "rag")]},
              rules={**RIGHT, "cost_of_wrong": 1.0}, more={"fabricated": WRONG}),
    Situation("it costs more than there is to win", {**GUESSING, "declines_all": [0.0] * 100}, {"verdict": "none", "arm": None,
              "sentence": "better than declining every question (0 points): the best, base, reaches",
              "changes": "(now 6): use base."},
              rules={**RIGHT, "cost_of_wrong": 5.0, "constants": ("declines_all",)},
              more={"fabricated": {**WRONG, "base": runs("90x0 10x1"), "declines_all": [0.0] * 100}}),
    Situation("nobody is ever wrong", {"rag": runs("60x1 40x0"), "base": runs("40x1 60x0")},
              {"arm": "rag", "changes": "It stays the same however bad a wrong answer is, up to 10 unanswered ones."}, rules=RIGHT,
              more={"fabricated": {"rag": [0.0] * 100, "base": [0.0] * 100}}),
    Situation("another metric names another arm", {"rag": runs("60x1 40x0"), "base": runs("40x1 60x0")},
              {"arm": "rag", "flips": [("token_f1", "set to", "undecided", None)],
               "changes": "If token F1 decided: undecided between base and rag."}, rules=RIGHT,
              more={"token_f1": {"rag": [0.2] * 100, "base": [0.3, 0.5] * 50}, "exact_match": {"rag": runs("20x1 80x0"),
              "base": [0.0] * 100}}),
    Situation("no arm was quick enough: how far to loosen", ROWS, {"verdict": "blocked", "flips": [("p95_seconds", "above", "winner",
              "base")]},
              costs={"rag": cost(1.0, 3.0), "base": cost(1.0, 1.0)}, rules={"constraints": {"p95_seconds": 0.5}}),
    Situation("a finding forbids a verdict whatever the rules", ROWS, {"verdict": "blocked", "flips": []}, blocks=("leak",)),
    Situation("must cite", {"base": ROWS["rag"], "few_shot": ROWS["base"], "rag": runs("100x0")},
              {"arm": "base", "flips": [("must_cite", "set to", "winner", "rag")]}),
    Situation("facts that change daily", {"lora": ROWS["rag"], "rag": ROWS["base"], "classic": runs("100x0")},
              {"arm": "lora", "flips": [("must_cite", "set to", "winner", "rag"),
              ("facts_change", "set to", "winner", "rag")]}),
    Situation("documents in weights", {"hybrid": ROWS["rag"], "rag": ROWS["base"], "classic": runs("100x0")},
              {"arm": "hybrid", "flips": [("documents_in_weights", "set to", "winner", "rag")]}),
    # 120 a training, once a year: 10 a month; 0.5 a thousand cheaper: 20,000 queries.
    Situation("the volume from which training pays", {"rag": SAME["rag"], "classic": SAME["rag"], "lora": SAME["base"]},
              {"arm": "rag", "flips": [("margin", "below", "undecided", None), ("cost_per_1000", "below", "winner", "lora"),
              ("queries_per_month", "above", "tie", "lora")]},
              costs={"rag": cost(1.5), "classic": cost(1.6), "lora": cost(1.0, train=120.0)}),
    # 10 + 2 a year beside 15 a month; with 52 trainings a year 10 + 8.7; every day none can.
    Situation("how often facts change", {"rag": SAME["rag"], "lora": SAME["base"]},
              {"arm": "lora", "flips": [("margin", "below", "undecided", None), ("must_cite", "set to", "winner", "rag"),
              ("facts_change", "set to", "tie", "rag"), ("facts_change", "set to", "winner", "rag"),
              ("queries_per_month", "below", "tie", "rag")], "changes": "If facts changed weekly: rag and lora are equal; take rag."},
              costs={"rag": cost(1.5), "lora": cost(1.0, train=2.0)}),
    # 1 a thousand on a machine at 0.10 an hour against 2 a thousand in tokens: equal at 0.20.
    Situation("the price of a machine hour against tokens", {"rag": SAME["rag"], "gpt_rag": SAME["base"]},
              {"arm": "rag", "flips": [("margin", "below", "undecided", None), ("machine_hour", "above", "tie", "gpt_rag"),
              ("tokens", "below", "tie", "gpt_rag")], "changes": "If the price of an endpoint's tokens were below 0.5 times today's: "},
              costs={"rag": cost(1.0), "gpt_rag": cost(2.0, by_tokens=True)}, rules={"prices": {"machine_hour": 0.10}}),
    Situation("the price of a machine hour against a ceiling", ROWS, {"arm": "rag", "flips": [
              ("cost_per_1000", "below", "winner", "base"), ("machine_hour", "above", "winner",
              "base")]},
              costs={"rag": cost(2.0), "base": cost(1.0)},
              rules={"prices": {"machine_hour": 0.10}, "constraints": {"cost_per_1000": 3.0}}),
    # cost stands at 1/2 and 1, grounded at 1 and 0: equal where w_g = w_c / 2.
    Situation("weights", SAME, {"arm": "rag", "flips": [("margin", "below", "undecided", None), ("cost_per_1000", "below", "winner",
              "base"),
              ("cost", "above", "tie", "base"), ("grounded", "below", "tie", "base")]},
              costs={"rag": cost(2.0), "base": cost(1.0)}, rules={"weights": {"cost": 1.0, "grounded": 1.0}},
              more={"grounded": {"rag": runs("300x1"), "base": runs("300x0")}}),
]
# fmt: on
CROSSINGS = {
    "the volume from which training pays": 20_000.0,
    "the price of a machine hour against tokens": 0.2,
    "the price of a machine hour against a ceiling": 0.15,
    "how often facts change": 1000 / 3,
    "a ceiling that takes the winner out": 3.0,
    "a ceiling of fabrication": 0.3,
}


BEYOND = {"above": 1.001, "below": 0.999}


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_situation(situation: Situation) -> None:
    check(situation)


@pytest.mark.parametrize(("name", "at"), CROSSINGS.items())
def test_crossings_by_hand(name: str, at: float) -> None:
    situation = next(one for one in SITUATIONS if one.name == name)
    assert at in [pytest.approx(flip["at"]) for flip in situation.decide().flips]


@pytest.mark.parametrize("situation", [s for s in SITUATIONS if not s.blocks], ids=lambda situation: situation.name)
def test_on_the_other_side_of_every_flip_the_verdict_is_what_was_told(situation: Situation) -> None:
    frame = situation.frame()
    for flip in situation.decide().flips:
        costs, rules = situation.costs, Rules(**{"metric": "accuracy", **_moved(situation, flip)})
        if flip["name"] in ("machine_hour", "tokens"):
            kind = {"machine_hour": "hours", "tokens": "tokens"}[flip["name"]]
            costs = repriced(costs, **{kind: flip["at"] * BEYOND[flip["direction"]] / flip["now"]})
        other = decide(frame, rules, costs, sensitivity=False)
        assert (other.verdict, other.arm) == (flip["verdict"], flip["arm"]), flip


def _moved(situation: Situation, flip: dict[str, Any]) -> dict[str, Any]:
    """The rules a hair beyond the flip."""
    value = flip["at"] * BEYOND[flip["direction"]] if flip["direction"] in BEYOND else flip["at"]
    rules = dict(situation.rules)
    if flip["kind"] in ("cost", "metric"):
        return {**rules, "cost_of_wrong": 0.0, flip["name"] if flip["kind"] == "cost" else "metric": value}
    section = {"constraint": "constraints", "price": "prices", "weight": "weights"}.get(flip["kind"])
    return {**rules, "margin": value} if section is None else {**rules, section: {**rules.get(section, {}), flip["name"]: value}}


def test_each_of_six_documents_carries_the_verdict() -> None:
    """Six that agree are p = 2/64, five are 2/32."""
    decision = Situation("", {"rag": [1.0] * 120, "base": [1.0, 0.0] * 60}, {}, group_size=20).decide()
    assert decision.verdict == "winner"
    without = [(flip["at"], flip["verdict"]) for flip in decision.flips if flip["kind"] == "group"]
    assert sorted(without) == [(f"g{number}", "undecided") for number in range(6)]
    assert "If the rows of g0 or g1 or g2 (or 3 others) were left out: undecided between rag and base." in decision.changes


def test_one_training_seed_can_carry_the_verdict() -> None:
    seeds = {0: runs("70x1 30x0"), 1: runs("40x1 60x0")}
    decision = Situation("", {"lora": seeds, "base": runs("40x1 60x0")}, {}).decide()
    seeds_out = {flip["at"]: (flip["verdict"], flip["arm"]) for flip in decision.flips if flip["kind"] == "seed"}
    assert seeds_out == {"0": ("tie", "lora"), "1": ("winner", "lora")}, "without seed 0 the two agree on 100 rows: 0.97^100 = 4.8 %"


def test_that_two_of_three_seeds_show_no_lead_is_not_told_of_any_of_them() -> None:
    """One degree of freedom shows none, not even 76 points."""
    alike = {0: runs("96x1 4x0"), 1: runs("86x1 14x0"), 2: runs("78x1 22x0")}
    decision = Situation("", {"lora": alike, "base": runs("10x1 90x0")}, {}).decide()
    assert (decision.verdict, decision.arm) == ("winner", "lora")
    assert [flip for flip in decision.flips if flip["kind"] == "seed"] == []


def test_looking_for_flips_can_be_left_out() -> None:
    situation = replace(SITUATIONS[0])
    decision = decide(situation.frame(), Rules("accuracy"), {}, sensitivity=False)
    assert decision.flips == ()
    assert decision.sentence == situation.decide().sentence
