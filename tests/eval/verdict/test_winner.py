"""Winner or undecided: hand-worked tables.

A p is the larger of McNemar's (2 x the binomial tail) and that of t. Twenty to none of 100 by t: half a row at either end makes the mean
20 / 101 = .19802; the rows' variance is (20 - 100 x .04) / 99 = .16162, so their error is 100/101 x √.0016162 = .03980, and that of the
added rows √(.5 x (1.19802² + .80198²)) / 101 = .01009: together .04106. t = 4.823, df 99: p = 5.1e-6, above 2 / 2^20; the interval is
.19802 ± 1.9842 x .04106 = .1165 to .2795. Ten to none: 10 / 101 = .09901, .02985 and .00995, t = 3.147: p = .0022, above 2 / 2^10.
"""

from __future__ import annotations

import pytest

from eval.verdict.rules import Traits
from tests.eval.verdict.situations import Situation, check, cost, pair, runs

WON = {"verdict": "winner", "arm": "rag", "leaders": ["rag"], "chosen_by": "difference"}
OPEN = {"verdict": "undecided", "arm": None, "leaders": ["rag", "base"]}

# fmt: off
SITUATIONS = [
    # Two arms, right or wrong. Only rows on which they differ speak.
    Situation("twenty rows to none", pair(40, 20, 0, 40),
              {**WON, "first": {"difference": 0.2, "p": 5.14e-6, "low": 0.1165, "high": 0.2795, "n": 100}}),
    Situation("ten rows to none", pair(40, 10, 0, 50), {**WON, "first": {"p": 0.00218, "p_holm": 0.00218}}),
    Situation("six rows to none is just enough: 2/64", pair(40, 6, 0, 54), {**WON, "first": {"p": 2 / 2**6}}),
    Situation("five rows to none is not: 2/32", pair(40, 5, 0, 55), {**OPEN, "first": {"p": 2 / 2**5}}),
    Situation("fifteen to five: p = 0.041", pair(40, 15, 5, 40), {**WON, "first": {"p": 0.04139, "difference": 0.1}}),
    Situation("fourteen to six: p = 0.115", pair(40, 14, 6, 40), {**OPEN, "first": {"p": 0.11532}}),
    Situation("the second arm wins", pair(40, 0, 20, 40), {**WON, "arm": "base", "leaders": ["base"]}),
    Situation("a stricter level", pair(40, 15, 5, 40), OPEN, rules={"alpha": 0.01}),
    Situation("a stricter level has wider intervals", pair(40, 20, 0, 40), {"sentence": "99 % CI"}, rules={"alpha": 0.01}),
    Situation("a large margin takes no winner away whose difference may be larger", pair(40, 15, 5, 40), WON, rules={"margin": 0.1}),
    Situation("no margin at all", pair(40, 15, 5, 40), WON, rules={"margin": 0.0}),
    # Several arms: a winner beats every other, each by its own p; Holm over all pairs is for the list of those shown to be worse.
    Situation("two others that are alike, fifteen to five each: Holm would make .041 into .12",
              {**pair(40, 15, 5, 40), "lora": pair(40, 15, 5, 40)["base"]},
              {**WON, "first": {"p": 0.04139, "p_holm": 3 * 0.04139}, "reasons": "It had to beat every one"}),
    Situation("one of two is beaten by its own p only: it is not listed as worse",
              {**pair(40, 15, 5, 40), "lora": pair(40, 14, 6, 40)["base"]},
              {"verdict": "undecided", "leaders": ["rag", "lora", "base"], "no_reasons": "Shown to be worse"}),
    Situation(
        "the closest pair is tested last: its p stays 0.041",
        {**pair(40, 15, 5, 40), "lora": runs("100x0")},
        {**WON, "sentence": "than base, the next best", "first": {"b": "base", "p_holm": 0.04139}},
    ),
    Situation(
        "three pairs of which two are open: 0.031 x 2 is too much",
        {"rag": runs("46x1 54x0"), "base": runs("40x1 60x0"), "lora": runs("6x0 34x1 6x0 6x1 48x0")},
        {"verdict": "undecided"},
    ),
    Situation(
        "the leader beats one and not the other",
        {"rag": runs("50x1 50x0"), "lora": runs("47x1 53x0"), "base": runs("100x0")},
        {"verdict": "undecided", "leaders": ["rag", "lora"], "reasons": "Shown to be worse than rag: base (−50)."},
    ),
    Situation(
        "all that lead retrieve, and no other arm keeps up",
        {"rag": runs("50x1 50x0"), "hybrid": runs("47x1 53x0"), "lora": runs("10x1 90x0"), "base": runs("100x0")},
        {"verdict": "undecided", "leaders": ["rag", "hybrid"], "reasons": "it takes retrieval: no candidate without keeps up. Shown"},
    ),
    Situation(
        "both leaders are trained, one retrieves",
        {"hybrid": runs("50x1 50x0"), "lora": runs("47x1 53x0"), "rag": runs("10x1 90x0")},
        {"verdict": "undecided", "leaders": ["hybrid", "lora"], "reasons": "it takes training: no candidate without keeps up."},
    ),
    Situation(
        "both leaders retrieve and are trained: which of the two it takes, an arm with neither cannot say",
        {"hybrid": runs("50x1 50x0"), "lora_rag": runs("47x1 53x0"), "base": runs("100x0")},
        {"verdict": "undecided", "no_reasons": "it takes"},
    ),
    Situation(
        "both leaders retrieve and are trained: an arm that is only trained shows that it takes retrieval",
        {"hybrid": runs("50x1 50x0"), "lora_rag": runs("47x1 53x0"), "lora": runs("100x0")},
        {"verdict": "undecided", "reasons": "it takes retrieval: no candidate without keeps up."},
    ),
    Situation(
        "of an arm from elsewhere it is not known whether it retrieves",
        {"rag": runs("50x1 50x0"), "hybrid": runs("47x1 53x0"), "vendor": runs("100x0")},
        {"verdict": "undecided", "no_reasons": "it takes"},
    ),
    Situation(
        "the diagnostic arm is better than all and never chosen",
        {**pair(40, 20, 0, 40), "oracle": runs("95x1 5x0")},
        {**WON, "excluded": {"oracle": "diagnostic"}},
    ),
    Situation("an arm the metric does not apply to", {**pair(40, 20, 0, 40), "lora": ["not applicable: retrieves nothing"] * 100},
              {**WON, "excluded": {"lora": "does not apply"}}),
    # Scores between 0 and 1, or of any scale: permutation.
    Situation("graded scores", {"rag": [0.9, 0.8, 0.7, 1.0] * 15, "base": [0.5, 0.6, 0.7, 0.6] * 15},
              {**WON, "sentence": "25 points more token F1", "first": {"test": "permutation", "difference": 0.25, "p": 0.0001}},
              rules={"metric": "token_f1"}),
    Situation("stars instead of shares", {"rag": [3.0, 4, 5, 4] * 20, "base": [2.0, 3, 5, 3] * 20},
              {**WON, "sentence": "0.75 more stars", "first": {"test": "permutation"}}, rules={"metric": "stars", "margin": 0.2}),
    Situation("less fabrication is better", pair(40, 20, 0, 40),
              {**WON, "arm": "base", "leaders": ["base"], "sentence": "20 fewer wrong answers per 100", "metric": "not_fabricated"},
              rules={"metric": "not_fabricated"}),
    # Rows of one source stand and fall together.
    Situation("one source says nothing of others", pair(40, 20, 0, 40),
              {**OPEN, "required_rows": None, "sentence": "one source"}, group_size=100),
    # Even that five sources agree is p = 2/32, so at least 6 clusters: 120 rows. At the margin: nothing varies, so the two added rows
    # are all the variance: worth 100 / (1 + 19 x .05) = 51.3 rows, .0213² x 100 = .0454 a row, and signs of clusters of 20:
    # (1.96 x √(1 + 20 x .0009 / .0454) + .842)² x .0454 / .0009 + 2 = 505.
    Situation("five sources that all agree: 2/32", {"rag": [1.0] * 100, "base": [1.0, 0.0] * 50},
              {**OPEN, "first": {"p": 2 / 2**5, "clusters": 5}, "required_rows": 505, "caveats": "5 independent groups",
              "sentence": "about 120 rows would settle it if the difference is as large as seen"}, group_size=20),
    Situation("six sources that all agree: 2/64", {"rag": [1.0] * 120, "base": [1.0, 0.0] * 60},
              {**WON, "first": {"p": 2 / 2**6, "test": "permutation"}}, group_size=20),
    # Several training runs.
    Situation("one training run", {"lora": runs("70x1 30x0"), "base": runs("40x1 60x0")},
              {"verdict": "winner", "arm": "lora", "caveats": "one seed: this speaks for that one training run"}),
    Situation("two training runs that disagree", {"lora": {0: runs("70x1 30x0"), 1: runs("40x1 60x0")}, "base": runs("40x1 60x0")},
              {"verdict": "undecided", "required_rows": None, "sentence": "more seeds, not more rows"}),
    Situation("three training runs that agree",
              {"lora": {0: runs("70x1 30x0"), 1: runs("68x1 32x0"), 2: runs("66x1 34x0")}, "base": runs("40x1 60x0")},
              {"verdict": "winner", "arm": "lora", "first": {"seeds": 3, "difference": 0.28, "test": "permutation"}}),
    Situation("training runs with other seeds are compared on those both have",
              {"lora": {0: runs("70x1 30x0"), 1: runs("70x1 30x0")}, "hybrid": {1: runs("40x1 60x0"), 2: runs("40x1 60x0"),
              3: runs("40x1 60x0")}},
              {"verdict": "winner", "arm": "lora", "caveats": "seeds both have: 1", "first": {"seeds": 1}}),
    Situation("training runs that share no seed are averaged",
              {"lora": {0: runs("70x1 30x0"), 1: runs("70x1 30x0")}, "hybrid": {2: runs("40x1 60x0"), 3: runs("40x1 60x0")}},
              {"verdict": "winner", "arm": "lora", "caveats": "share no seed"}),
    Situation("training runs that share no seed lie apart all the same",
              {"lora": {0: runs("80x1 20x0"), 1: runs("40x1 60x0")}, "hybrid": {2: runs("40x1 60x0"), 3: runs("40x1 60x0")}},
              {"verdict": "undecided", "sentence": "more seeds, not more rows"}),
    # How many rows would settle it. 20 of 100 rows differ, so the variance is known as from 50: nct(0.8; 50, 1.97) = 2.85 for 2.80.
    Situation("ten to ten: 2.854² x 0.202 / 0.03² = 1,828, and McNemar's steps take 2 / 0.03", pair(40, 10, 10, 40),
              {**OPEN, "required_rows": 1896.0, "sentence": "about 1,9"}),
    Situation("at a margin of 7 points: 2.874² x 0.202 / 0.07² = 340, and 2 / 0.07", pair(40, 10, 10, 40),
              {**OPEN, "required_rows": 371.0}, rules={"margin": 0.07}),
    # 1,000 rows are enough for the margin, so the difference is likely smaller. A new experiment of 1,048 would show it (35 %: .023 is .38
    # errors short of 1.96 of them and a step) or that it lies within the margin (45 %). But if the .023 stays, equality is shown from
    # 1.645² x (.2005 + .0205) / .022² = 1,236 rows on; .022 x (1 - .046 - .022) is what rows would vary more at the margin.
    Situation("rows enough for the margin, the difference half of it",
              pair(400, 112, 89, 399), {**OPEN, "required_rows": 1238.0}, rules={"margin": 0.045}),
    # What is told beside it.
    Situation("the best may not be good enough", pair(10, 20, 0, 70), {**WON, "caveats": "rag reaches only 0.30 of 1"}),
    Situation("names for people", pair(40, 20, 0, 40), {
              "sentence": "Use RAG: 20 more right answers per 100 than Base model (95 % CI 11.7 to 27.9",
              "arm": "rag"}, rules={"labels": {"rag": "RAG", "base": "Base model"}}),
    Situation("fabricated answers and costs are told", pair(40, 20, 0, 40), {"reasons": "Wrong answers of 100: rag 10, base 50."},
              more={"fabricated": {"rag": runs("10x1 90x0"), "base": runs("50x1 50x0")}}, costs={"rag": cost(2.0), "base": cost(1.0)}),
    Situation("an arm whose name tells what it is", {"gpt_lora": runs("70x1 30x0"), "base": runs("40x1 60x0")},
              {"verdict": "winner", "caveats": "gpt_lora was trained with one seed"}),
    Situation("an arm of which the traits are told", {"mine": runs("70x1 30x0"), "base": runs("40x1 60x0")},
              {"verdict": "winner", "caveats": "mine was trained with one seed"}, rules={"traits": {"mine": Traits(trained=True)}}),
]
# fmt: on


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_situation(situation: Situation) -> None:
    check(situation)
