"""Ties: equality must be shown, and then the team's weights or the cost choose. Hand-worked tables."""

from __future__ import annotations

import pytest

from tests.eval.verdict.situations import Situation, check, cost, pair, runs

SAME = pair(150, 0, 0, 150)
COSTS = {"rag": cost(2.0), "base": cost(1.0)}
TIE = {"verdict": "tie", "arm": "base", "leaders": ["rag", "base"], "chosen_by": "cost", "required_rows": None}
OPEN = {"verdict": "undecided", "arm": None, "leaders": ["rag", "base"]}
THREE = {name: runs("150x1 150x0") for name in ("rag", "base", "lora")}

# fmt: off
SITUATIONS = [
    # Shown to be equal, or only not shown to differ.
    Situation("300 rows without a difference", SAME, TIE, costs=COSTS),
    # As many as the rule of three asks for: 3 / 0.03 = 100, exactly log .05 / log .97 = 98.4. In groups of five, 1 + 4 x .05 = 1.2 times.
    Situation("99 rows without a difference: 0.97^99 = 4.9 %", pair(50, 0, 0, 49), TIE, costs=COSTS),
    Situation("98 rows: 0.97^98 = 5.05 %, one more would do", pair(49, 0, 0, 49),
              {**OPEN, "sentence": "about 99 rows would settle it if they go on answering alike"}, costs=COSTS),
    Situation("24 groups of five: 0.97^100 = 4.8 %", pair(60, 0, 0, 60), TIE, costs=COSTS, group_size=5),
    Situation("23 groups of five: 0.97^95.8 = 5.4 %", pair(60, 0, 0, 55), {**OPEN, "sentence": "about 120 rows would settle it"},
              costs=COSTS, group_size=5),
    Situation("graded scores that agree on 50 rows: on another they may be a whole point apart", {"rag": [0.5, 0.6] * 25, "base": [0.5, 0.6]
              * 25}, {**OPEN, "sentence": "about 99 rows would settle it if they go on answering alike"}, costs=COSTS),
    Situation("one score on every row", {"rag": [0.5] * 120, "base": [0.5] * 120}, TIE, costs=COSTS),
    Situation("16 groups, 5,000 rows: worth 301", pair(2500, 0, 0, 2500), TIE, costs=COSTS, group_size=313),
    Situation("50 rows without a difference show nothing: 0.97^50 = 22 %", pair(25, 0, 0, 25),
              {**OPEN, "required_rows": 237.0}, costs=COSTS),
    Situation("five to none of a thousand: within 3 points", pair(400, 5, 0, 595), TIE, costs=COSTS),
    Situation("five to five of 200 within 10 points", pair(95, 5, 5, 95), TIE, costs=COSTS, rules={"margin": 0.1}),
    Situation("five to five of 200 within 2 points is not shown", pair(95, 5, 5, 95), OPEN, costs=COSTS, rules={"margin": 0.02}),
    Situation("a difference that is certain and too small to matter", pair(1000, 30, 5, 965),
              {**TIE, "first": {"difference": 0.0125, "equivalent": True}}, costs=COSTS, rules={"margin": 0.05}),
    Situation("the same difference where it matters", pair(1000, 30, 5, 965),
              {"verdict": "winner", "arm": "rag"}, costs=COSTS, rules={"margin": 0.005}),
    Situation("without a margin nothing is equal", SAME, OPEN, costs=COSTS, rules={"margin": 0.0}),
    Situation("graded scores that hardly differ", {"rag": [0.5, 0.6, 0.7] * 60, "base": [0.51, 0.59, 0.7] * 60},
              {**TIE, "leaders": ["rag", "base"], "first": {"test": "permutation"}}, costs=COSTS, rules={"metric": "token_f1"}),
    # Of several.
    Situation("three equal arms, the cheapest", THREE, {"verdict": "tie", "arm": "base", "sentence": "2.0 times cheaper than the next"},
              costs={"rag": cost(2.0), "base": cost(1.0), "lora": cost(2.5)}),
    Situation("two equal arms above a third", {**SAME, "lora": runs("60x1 240x0")},
              {**TIE, "reasons": "Shown to be worse than rag: lora (−30)."}, costs={**COSTS, "lora": cost(0.1)}),
    Situation("the outer two of three are not shown to be equal",
              {"rag": runs("1000x0.52"), "base": runs("1000x0.5"), "lora": runs("1000x0.48")},
              {"verdict": "winner", "arm": "rag"}, rules={"metric": "token_f1", "margin": 0.01}),
    Situation("neighbours equal, the outer two neither equal nor different",
              {"rag": runs("500x1 500x0"), "base": runs("480x1 6x0 14x1 12x0 6x1 482x0"), "lora": runs("450x1 50x0 32x1 468x0")},
              {"verdict": "undecided", "leaders": ["rag", "base", "lora"]}, rules={"margin": 0.032}),
    # Which to take.
    Situation("what it costs to train counts: 10 a month at 12 trainings a year, 1 a thousand queries, 10,000 a month",
              {"rag": SAME["rag"], "lora": SAME["base"]}, {"verdict": "tie", "arm": "rag"}, costs={"rag": cost(1.5), "lora": cost(1.0,
              train=120.0)}),
    Situation("at a hundred times the volume training pays", {"rag": SAME["rag"], "lora": SAME["base"]}, {"verdict": "tie",
              "arm": "lora"},
              costs={"rag": cost(1.5), "lora": cost(1.0, train=120.0)}, rules={"prices": {"queries_per_month": 1e6}}),
    Situation("weekly facts mean weekly training: 4.3 x 2 a month beside 10", {"rag": SAME["rag"], "lora": SAME["base"]},
              {"verdict": "tie", "arm": "rag"}, costs={"rag": cost(1.5), "lora": cost(1.0, train=2.0)},
              rules={"constraints": {"facts_change": "weekly"}}),
    Situation("yearly facts do not", {"rag": SAME["rag"], "lora": SAME["base"]}, {"verdict": "tie", "arm": "lora"},
              costs={"rag": cost(1.5), "lora": cost(1.0, train=2.0)}, rules={"constraints": {"facts_change": "yearly"}}),
    Situation("retrieval follows the facts without training", {"rag": SAME["rag"], "hybrid": SAME["base"]}, {"verdict": "tie",
              "arm": "hybrid"},
              costs={"rag": cost(1.5), "hybrid": cost(1.0, train=2.0)}, rules={"constraints": {"facts_change": "weekly"}}),
    Situation("costs that are not known choose nothing", SAME,
              {**TIE, "arm": "rag", "chosen_by": "mean", "sentence": "any of them will do"}),
    Situation("one unknown cost is enough to choose nothing by cost", SAME,
              {**TIE, "arm": "rag", "chosen_by": "mean"}, costs={"base": cost(1.0)}),
    Situation("equal costs", SAME,
              {**TIE, "arm": "rag", "sentence": "which costs the same"}, costs={"rag": cost(1.0), "base": cost(1.0)}),
    Situation("the plain arm is enough", SAME,
              {**TIE, "sentence": "take base, 2.0 times cheaper: neither retrieval nor fine-tuning is needed"},
              costs=COSTS),
    Situation("a free arm", SAME, {**TIE, "sentence": "take base, at no cost"}, costs={"rag": cost(2.0), "base": cost(0.0)}),
    # Weights come after: 1 x (1 - 0) against 1 x (1 - 1/2).
    Situation("weights outweigh cost", SAME, {**TIE, "arm": "rag", "chosen_by": "weights"}, costs=COSTS,
              rules={"weights": {"cost": 1.0, "grounded": 1.0}}, more={"grounded": {"rag": runs("300x1"), "base": runs("300x0")}}),
    Situation("or do not", SAME, {**TIE, "arm": "base", "chosen_by": "weights"}, costs=COSTS,
              rules={"weights": {"cost": 1.0, "grounded": 0.4}}, more={"grounded": {"rag": runs("300x1"), "base": runs("300x0")}}),
    Situation("less fabrication stands higher", SAME, {**TIE, "arm": "rag", "chosen_by": "weights"}, costs=COSTS,
              rules={"weights": {"fabricated": 1.0}}, more={"fabricated": {"rag": runs("300x0"), "base": runs("150x1 150x0")}}),
    Situation("the quicker one", SAME, {**TIE, "arm": "rag", "chosen_by": "weights"},
              costs={"rag": cost(2.0, 0.5), "base": cost(1.0, 3.0)}, rules={"weights": {"latency": 1.0}}),
    Situation("weights decide nothing where one is better", pair(40, 20, 0, 40), {"verdict": "winner", "arm": "rag"},
              costs=COSTS, rules={"weights": {"cost": 100.0}}),
]
# fmt: on


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_situation(situation: Situation) -> None:
    check(situation)
