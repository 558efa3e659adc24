"""An arm that leads and is not named: right less often than another, no better than a constant response, saved by missing values."""

from __future__ import annotations

import pytest

from eval.decision import Rules, decide
from eval.verdict.judge_error import JudgeError
from eval.verdict.record import Decision
from tests.eval.verdict.situations import Situation, check, pair, runs

F1 = {"metric": "token_f1"}
FLOOR = {"constants": ("declines_all",)}
HALF = runs("50x1 50x0")
"""Declining every question where half of them cannot be answered: right on the first fifty rows."""
LONG_AND_RIGHT, SHORT_AND_WRONG = [0.2] * 100, [0.5] * 100
"""Token F1 of answers in whole sentences, and of short ones that look like the reference."""

SITUATIONS = [
    # The deciding metric and right answers contradict each other: 60 rows to 20, none of them shared.
    Situation("ahead by form, shown to be wrong", {"hybrid": SHORT_AND_WRONG, "classic": LONG_AND_RIGHT},
              {"verdict": "undecided", "arm": None, "withheld": "contradiction", "leaders": ["hybrid", "classic"],
               "sentence": "classic is right more often (60 of 100 rows against 20)",
               "against": [{"arm": "classic", "right": 60, "rows": 100, "other_right": 20, "shown": True}]},
              rules=F1, more={"right": {"hybrid": runs("20x1 80x0"), "classic": runs("40x0 60x1")}}),
    Situation("the same by the yardstick of tasks that are graded otherwise", {"hybrid": SHORT_AND_WRONG, "classic": LONG_AND_RIGHT},
              {"verdict": "undecided", "withheld": "contradiction"},
              rules=F1, more={"correct": {"hybrid": runs("20x1 80x0"), "classic": runs("40x0 60x1")}}),
    Situation("ahead by form, a little less often right", {"hybrid": SHORT_AND_WRONG, "classic": LONG_AND_RIGHT},
              {"verdict": "winner", "arm": "hybrid", "withheld": "",
               "sentence": "It is right on 58 of 100 rows, classic on 60: by right answers its lead is not shown."},
              rules=F1, more={"right": {"hybrid": runs("58x1 42x0"), "classic": runs("60x1 40x0")}}),
    Situation("ahead by both", {"hybrid": SHORT_AND_WRONG, "classic": LONG_AND_RIGHT},
              {"verdict": "winner", "arm": "hybrid", "against": []},
              rules=F1, more={"right": {"hybrid": runs("60x1 40x0"), "classic": runs("20x1 80x0")}}),
    Situation("a tie does not name an arm that is shown to be right less often", {"hybrid": [0.5] * 100, "classic": [0.5] * 100},
              {"verdict": "undecided", "withheld": "contradiction"},
              rules={**F1, "margin": 0.05, "weights": {"well_formed": 1.0}},
              more={"right": {"hybrid": runs("20x1 80x0"), "classic": runs("40x0 60x1")},
                    "well_formed": {"hybrid": [1.0] * 100, "classic": [0.0] * 100}}),
    # The floor: who declines everything is right on every row that nobody can answer.
    Situation("an arm that declines everything is no winner",
              {"lora": HALF, "base": runs("10x1 90x0"), "declines_all": HALF},
              {"verdict": "none", "arm": None, "sentence": "better than declining every question (50 of 100)", "leaders": ["lora"],
               "no_reasons": "it takes"}, rules=FLOOR),
    Situation("a few more than by declining everything is not shown",
              {"lora": runs("53x1 47x0"), "base": runs("10x1 90x0"), "declines_all": HALF},
              {"verdict": "none", "sentence": "is right on 53 of 100 rows against 50"}, rules={**FLOOR, "metric": "right"}),
    Situation("below the floor an arm a point behind is not called worse",
              {"lora": runs("53x1 47x0"), "rag": runs("1x0 52x1 47x0"), "base": runs("10x1 90x0"), "declines_all": HALF},
              {"verdict": "none", "reasons": "Shown to be worse than lora: base (−43).", "no_reasons": "rag"},
              rules={**FLOOR, "metric": "right"}),
    Situation("an arm that answers is above the floor", {"rag": runs("80x1 20x0"), "base": runs("10x1 90x0"), "declines_all": HALF},
              {"verdict": "winner", "arm": "rag", "floor": {"arm": "declines_all", "mean": 0.5, "above": ["rag"]}}, rules=FLOOR),
    Situation("who is not above it takes no part in what the leaders have in common",
              {"hybrid": runs("60x1 40x0"), "lora": runs("10x0 58x1 32x0"), "base": [0.0] * 100, "declines_all": runs("70x0 30x1")},
              {"verdict": "undecided", "leaders": ["hybrid", "lora"], "reasons": "Whichever it is, it takes training"}, rules=FLOOR),
    Situation("a constant response is never compared as an arm", {**pair(50, 30, 5, 15), "declines_all": [0.0] * 100},
              {"verdict": "winner", "arm": "rag", "excluded": {"declines_all": "a constant response"}}, rules=FLOOR),
    # Good enough: the lower end of the interval must reach the limit.
    Situation("nobody reaches what is needed", {"rag": runs("17x1 83x0"), "base": runs("2x1 98x0")},
              {"verdict": "none", "sentence": "None reaches the 60 of 100 right answers that you need: the best, rag, is right on 17"},
              rules={"metric": "right", "constraints": {"min_right": 0.6}}),
    Situation("above it on average is not shown", {"rag": runs("62x1 38x0"), "base": runs("2x1 98x0")},
              {"verdict": "none"}, rules={"metric": "right", "constraints": {"min_right": 0.6}}),
    Situation("one arm reaches it", {"rag": runs("80x1 20x0"), "base": runs("2x1 98x0")},
              {"verdict": "winner", "arm": "rag", "chosen_by": "constraints"},
              rules={"metric": "right", "constraints": {"min_right": 0.6}}),
    Situation("without such a limit a weak leader is called so", {"rag": runs("30x1 70x0"), "base": runs("2x1 98x0")},
              {"verdict": "winner", "arm": "rag", "sentence": "It is the best of a weak field: right on 30 of 100 rows."},
              rules={"metric": "right"}),
    # Missing values at their worst: 62 of 95 against 50 is shown, 62 of 100 is not.
    Situation("a lead that hangs on missing values", {"rag": [1.0] * 62 + [None] * 5 + [0.0] * 33, "base": runs("45x1 12x0 5x1 38x0")},
              {"verdict": "winner", "arm": "rag", "withheld": ""}),
    Situation("a lead that survives its missing values", {"rag": [1.0] * 80 + [None] * 5 + [0.0] * 15, "base": runs("20x1 80x0")},
              {"verdict": "winner", "arm": "rag"}),
    # What a wrong answer costs: at 1, thirty right and seventy wrong are worth less than ten right and ninety declined.
    Situation("free of charge, the arm that guesses", {"rag": runs("30x1 70x0"), "base": runs("10x1 90x0")},
              {"verdict": "winner", "arm": "rag"}, rules={"metric": "right"},
              more={"fabricated": {"rag": runs("30x0 70x1"), "base": [0.0] * 100}}),
    Situation("at a cost, the arm that declines", {"rag": runs("30x1 70x0"), "base": runs("10x1 90x0")},
              {"verdict": "winner", "arm": "base"}, rules={"metric": "right", "cost_of_wrong": 1.0},
              more={"fabricated": {"rag": runs("30x0 70x1"), "base": [0.0] * 100}}),
]  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_situation(situation: Situation) -> None:
    check(situation)


def test_a_cost_of_wrong_answers_needs_right_answers_to_decide() -> None:
    from eval.errors import SetupError

    with pytest.raises(SetupError, match="cost_of_wrong"):
        Situation("", {"rag": [0.5] * 9, "base": [0.4] * 9}, {}, rules={**F1, "cost_of_wrong": 1.0}).decide()


def judged(errors: dict[str, JudgeError]) -> Decision:
    """The judge calls 60 of rag's answers right and 40 of base's, on the same hundred rows."""
    frame = Situation("", {"rag": runs("60x1 40x0"), "base": runs("40x1 60x0")}, {}, rules={"metric": "judge_correct"}).frame()
    return decide(frame, Rules(metric="judge_correct"), {}, judge_errors=errors)


@pytest.mark.parametrize(
    ("errors", "verdict", "words"),
    [
        ({"rag": JudgeError(0.0, 0.02, 40), "base": JudgeError(0.0, 0.02, 40)}, "winner", "Use rag"),
        (
            {"rag": JudgeError(-0.15, 0.05, 40), "base": JudgeError(0.0, 0.02, 40)},
            "undecided",
            "freed of the judge's errors the difference is +5",
        ),
        ({"rag": JudgeError(0.0, 0.02, 40), "base": JudgeError(0.0, 0.02, 9)}, "undecided", "10 of each are needed, there are base (9)"),
        ({}, "undecided", "there are rag (0) and base (0)"),
    ],
)
def test_a_judges_lead_must_stand_without_its_errors(errors: dict[str, JudgeError], verdict: str, words: str) -> None:
    decision = judged(errors)
    assert decision.verdict == verdict
    assert words in decision.sentence
    assert decision.withheld == ("" if verdict == "winner" else "judge")


def test_the_sentence_says_how_many_questions_the_arm_answers() -> None:
    situation = Situation(
        "", {"rag": runs("90x1 10x0"), "base": runs("30x1 70x0"), "declines_all": runs("20x1 80x0")}, {},
        rules={"metric": "right", **FLOOR}, more={"abstained": {"rag": runs("25x1 75x0"), "base": [0.0] * 100}},
    )  # fmt: skip
    assert "It answers 75 of 100 questions; 80 of 100 have an answer." in situation.decide().sentence


@pytest.mark.parametrize("place", [0, 5])
def test_nothing_is_suggested_for_today_where_nothing_is_good_enough_or_the_measures_disagree(place: int) -> None:
    decision = SITUATIONS[place].decide()
    assert decision.verdict in ("none", "undecided")
    assert decision.today is None


def test_of_many_that_lead_the_sentence_counts_and_says_who_beats_a_constant_response() -> None:
    rows = {"hybrid": runs("84x1 116x0"), **dict.fromkeys(("rag", "lora", "lora_rag", "classic", "base"), runs("60x0 76x1 64x0"))}
    floor = {"commonest_answer": runs("56x1 144x0")}
    said = Situation("many", {**rows, **floor}, {}, {"metric": "right", "constants": ("commonest_answer",)}).decide()
    assert said.verdict == "undecided"
    assert said.sentence.startswith("Not enough evidence to choose between hybrid and 5 others that are not shown to be worse: ")
    assert (
        "hybrid is the only one shown to be better than giving every question the commonest training answer (28 of 100)." in said.sentence
    )
