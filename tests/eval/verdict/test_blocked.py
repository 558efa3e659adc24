"""What forbids a verdict, and what takes an arm out of the choice: findings, missing scores, constraints. Hand-worked tables."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from eval.decision import Rules, decide
from eval.errors import SetupError
from tests.eval.verdict.situations import Situation, check, cost, pair, runs

ROWS = pair(40, 20, 0, 40)
BLOCKED = {"verdict": "blocked", "arm": None, "leaders": [], "required_rows": None}
ONLY_BASE = {"verdict": "winner", "arm": "base", "chosen_by": "constraints", "sentence": "the only arm that meets the constraints"}
SLOW = {"rag": cost(2.0, 3.0), "base": cost(1.0, 1.0)}
FABRICATED = {"fabricated": {"rag": runs("10x1 90x0"), "base": runs("50x1 50x0")}}
MISSING = {"rag": [1.0] * 60 + [None] * 20 + [0.0] * 20, "base": runs("30x1 70x0")}

# fmt: off
SITUATIONS = [
    # Findings.
    Situation("a finding of the audit", ROWS, {**BLOCKED, "sentence": "No verdict: 31 test rows stand in training."},
              blocks=("31 test rows stand in training.",)),
    Situation("several findings", ROWS, {**BLOCKED, "sentence": "(and 1 more to mend)", "blocks": "The judge is not calibrated"},
              blocks=("31 test rows stand in training.", "The judge is not calibrated.")),
    Situation("nothing to compare with", {"rag": runs("60x1 40x0")}, {**BLOCKED, "blocks": "needs two"}),
    Situation("nothing but a diagnostic arm to compare with", {"rag": runs("60x1 40x0"), "oracle": runs("90x1 10x0")},
              {**BLOCKED, "excluded": {"oracle": "diagnostic"}}),
    Situation("no row in common", {"rag": [1.0] * 50 + ["not applicable: x"] * 50, "base": ["not applicable: x"] * 50 + [1.0] * 50},
              {**BLOCKED, "blocks": "not measured on the same rows"}),
    # Missing scores: never zero, never dropped in silence.
    Situation("the leader has too few scores", MISSING,
              {**BLOCKED, "blocks": "rag has a score on 80 % of its rows, below the floor of 90 %",
              "coverage": {"rag": 0.8, "base": 1.0}, "first": {"n": 80}}),
    Situation("why they are missing is told", {**ROWS, "lora": ["judge refused"] * 60 + [1.0] * 40},
              {**BLOCKED, "blocks": "most often: judge refused"}),
    Situation("a lower floor", MISSING, {"verdict": "winner", "arm": "rag", "first": {"n": 80}}, rules={"coverage_floor": 0.8}),
    Situation("an arm that may lead were its scores known", {**ROWS, "lora": [1.0] * 50 + [None] * 50},
              {**BLOCKED, "blocks": "lora has a score on 50 %"}),
    Situation("an arm that would not lead at its best", {**pair(60, 30, 0, 10), "lora": [0.0] * 80 + [None] * 20},
              {"verdict": "winner", "arm": "rag", "excluded": {"lora": "would not lead"}}),
    Situation("an arm without any score", {**ROWS, "lora": ["endpoint refused"] * 100}, {**BLOCKED, "blocks": "endpoint refused"}),
    Situation("of a scale that is not known nothing can be said", {"rag": [5.0] * 100, "base": [2.0, 3.0] * 50,
              "lora": [1.0] * 50 + [None] * 50},
              {**BLOCKED, "blocks": "lora"}, rules={"metric": "stars"}),
    Situation("a few missing scores count as neither", {"rag": [1.0] * 62 + [None] * 5 + [0.0] * 33, "base": runs("50x1 50x0")},
              {"verdict": "winner", "arm": "rag", "first": {"n": 95, "difference": 12 / 95}, "coverage": {"rag": 0.95, "base": 1.0}}),
    Situation("missing scores that could take the lead away", {"rag": [1.0] * 46 + [None] * 10 + [0.0] * 44,
              "base": runs("38x1 8x0 10x1 44x0")},
              {"verdict": "undecided", "withheld": "missing", "sentence": "10 of its scores are missing"}),
    Situation("rows an arm was never asked are missing too", {**ROWS, "lora": [1.0] * 50},
              {**BLOCKED, "blocks": "no score for this row"}),
    Situation("a diagnostic arm may be asked fewer", {**ROWS, "oracle": [1.0] * 50}, {"verdict": "winner", "arm": "rag"}),
    # Ceilings.
    Situation("too slow", ROWS, {**ONLY_BASE, "excluded": {"rag": "3 s at the 95th percentile, above 2 s"}}, costs=SLOW,
              rules={"constraints": {"p95_seconds": 2.0}}),
    Situation("just quick enough", ROWS, {"verdict": "winner", "arm": "rag", "chosen_by": "difference", "excluded": {}}, costs=SLOW,
              rules={"constraints": {"p95_seconds": 3.0}}),
    Situation("quick when asked alone, as a user would", ROWS, {"verdict": "winner", "arm": "rag", "chosen_by": "difference"},
              costs={**SLOW, "rag": cost(2.0, 3.0, single_p95_s=0.5)}, rules={"constraints": {"p95_seconds": 2.0}}),
    Situation("too slow, all of them", ROWS, {**BLOCKED, "blocks": "no arm is left to choose; loosen p95_seconds"}, costs=SLOW,
              rules={"constraints": {"p95_seconds": 0.5}}),
    Situation("what was not measured does not pass", ROWS,
              {**ONLY_BASE, "excluded": {"rag": "not measured"}}, costs={"base": cost(1.0, 1.0)},
              rules={"constraints": {"p95_seconds": 2.0}}),
    Situation("too dear", ROWS, {**ONLY_BASE, "excluded": {"rag": "2 per 1,000 queries, above 1.5"}}, costs=SLOW,
              rules={"constraints": {"cost_per_1000": 1.5}}),
    Situation("fabricates too much", ROWS, {"verdict": "winner", "arm": "rag", "chosen_by": "constraints",
              "excluded": {"base": "50 of 100 answers are wrong, above 30"}},
              more=FABRICATED, rules={"constraints": {"max_fabricated": 0.3}}),
    Situation("a ceiling that the interval straddles", ROWS, {"caveats": "it is not certain that the ceiling of 12 is kept"},
              more=FABRICATED, rules={"constraints": {"max_fabricated": 0.12}}),
    Situation("fabrication that was not measured does not pass", ROWS,
              {**BLOCKED, "excluded": {"rag": "not measured", "base": "not measured"}},
              rules={"constraints": {"max_fabricated": 0.3}}),
    # Switches.
    Situation("answers must cite", ROWS, {"verdict": "winner", "arm": "rag", "chosen_by": "constraints",
              "excluded": {"base": "nothing to cite"}},
              rules={"constraints": {"must_cite": True}}),
    Situation("facts that change daily are not for weights", {"lora": ROWS["rag"], "rag": ROWS["base"], "base": runs("10x1 90x0")},
              {"verdict": "winner", "arm": "rag", "chosen_by": "difference", "excluded": {"lora": "facts change daily"}},
              rules={"constraints": {"facts_change": "daily"}}),
    Situation("with retrieval they are", {"hybrid": ROWS["rag"], "rag": ROWS["base"]}, {"verdict": "winner", "arm": "hybrid",
              "excluded": {}},
              rules={"constraints": {"facts_change": "daily"}}),
    Situation("facts that change weekly can be trained again", {"lora": ROWS["rag"], "rag": ROWS["base"]}, {"verdict": "winner",
              "arm": "lora"},
              rules={"constraints": {"facts_change": "weekly"}}),
    Situation("documents may not enter weights", {"hybrid": ROWS["rag"], "rag": ROWS["base"], "base": runs("10x1 90x0")},
              {"verdict": "winner", "arm": "rag", "excluded": {"hybrid": "documents stood in its training rows"}},
              rules={"constraints": {"documents_in_weights": False}}),
    Situation("answers in weights may quote documents", {"lora": ROWS["rag"], "rag": ROWS["base"]}, {"verdict": "winner", "arm": "lora",
              "caveats": "may quote documents"}, rules={"constraints": {"documents_in_weights": False}}),
    Situation("several constraints, several reasons", ROWS,
              {**BLOCKED, "excluded": {"rag": "3 s at the 95th percentile, above 2 s; 2 per 1,000",
              "base": "nothing to cite"}}, costs=SLOW,
              rules={"constraints": {"p95_seconds": 2.0, "cost_per_1000": 1.5, "must_cite": True}}),
    Situation("constraints left free", ROWS, {"verdict": "winner", "arm": "rag", "excluded": {}, "constraints": []},
              rules={"constraints": {
              "p95_seconds": None, "cost_per_1000": None, "max_fabricated": None, "must_cite": False, "facts_change": None,
              "documents_in_weights": True}}),
]
# fmt: on


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_situation(situation: Situation) -> None:
    check(situation)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"metric": "bleu"}, r"no scores of 'bleu' .available: accuracy"),
        ({"metric": "fabricated"}, "choose not_fabricated"),
        ({"constraints": {"p99_seconds": 1.0}}, "unknown constraint 'p99_seconds' .available: p95_seconds"),
    ],
)
def test_rules_that_cannot_be_followed(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(SetupError, match=message):
        decide(Situation("", ROWS, {}).frame(), Rules(**{"metric": "accuracy", **rules}), {})


def test_an_unknown_weight() -> None:
    with pytest.raises(SetupError, match=r"no metric 'speed' .available: cost, latency"):
        Situation("", pair(150, 0, 0, 150), {}, rules={"weights": {"speed": 1.0}}).decide()


def test_two_scores_for_one_row_are_not_guessed_between() -> None:
    frame = Situation("", ROWS, {}).frame()
    with pytest.raises(SetupError, match="two scores of 'accuracy' for row 'r0', arm 'rag', seed 0"):
        decide(pd.concat([frame, frame.head(1)], ignore_index=True), Rules("accuracy"), {})


def test_a_row_in_two_groups_cannot_be_resampled() -> None:
    frame = Situation("", ROWS, {}).frame()
    frame.loc[0, "group"] = "elsewhere"
    with pytest.raises(SetupError, match="row 'r0' stands in two groups"):
        decide(frame, Rules("accuracy"), {})
