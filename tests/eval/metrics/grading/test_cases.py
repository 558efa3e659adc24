"""Answers and how they are to be graded, one by one: numbers, dates, negation, alternatives, lists, choices, fields, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.metrics.grading.abstention import declines
from eval.metrics.grading.grade import Asked, grade

HERE = Path(__file__)
CASES = [json.loads(line) for line in HERE.with_name("cases.jsonl").read_text(encoding="utf-8").splitlines()]
REFUSALS = [json.loads(line) for line in HERE.with_name("refusals.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("task", sorted({case["task"] for case in CASES}))
def test_answers_are_graded_as_people_do(task: str) -> None:
    other = []
    for case in (one for one in CASES if one["task"] == task):
        asked = Asked(tuple(case["references"]), case.get("question", ""), task, tuple(case.get("choices", ())))
        found = grade(asked, case["answer"])
        if found.outcome != case["want"] or not found.why:
            other.append((case, found))
    assert other == []


def test_refusals_and_claims_are_told_apart() -> None:
    assert [case for case in REFUSALS if ("abstained" if declines(case["answer"]) else "claims") != case["want"]] == []


def test_words_of_the_question_claim_nothing_unless_they_are_what_is_denied() -> None:
    assert declines("The colour of the new bicycle shed is not known.", "What is the colour of the new bicycle shed?")
    assert declines("I do not know how much the 30 day pass costs.", "How much does the 30 day pass cost?")
    assert not declines("I do not know how much the 40 day pass costs.", "How much does the 30 day pass cost?")
    assert not declines("No information is shared with third parties.", "Is information shared with third parties?")
    assert not declines("The policy does not include weekends.", "Does the policy include weekends?")


def test_the_language_of_the_question_settles_a_number_with_two_readings() -> None:
    german, english = "Wie viel kostet die Reise im Jahr?", "How much does the trip cost a year?"
    assert grade(Asked(("1.250",), german), "1250").outcome == "right"
    assert grade(Asked(("1.250",), english), "1250").outcome == "wrong"
    assert grade(Asked(("1.250",), english), "1,250").outcome == "wrong"
    assert grade(Asked(("1,250",), english), "1250").outcome == "right"
    assert grade(Asked(("1.250,00 EUR",), english), "1.250 EUR").outcome == "right"  # the reference's own style comes first


def test_an_answer_that_is_buried_states_nothing() -> None:
    buried = "There are many cities in that country and each of them has a long history of trade with its neighbours across the sea, " * 2
    assert grade(Asked(("Oslo",), "Which city?"), f"{buried} such as Oslo.").outcome == "wrong"
    assert grade(Asked(("Oslo",), "Which city?"), f"Oslo. {buried}").outcome == "right"
    assert grade(Asked(("Oslo",), "Which city?", answer_words=200), f"{buried} such as Oslo.").outcome == "right"


def test_a_long_reference_goes_by_its_key_facts_and_says_so() -> None:
    reference = "Invoices above 500 EUR must be approved by Mara Quill before they are paid, on 3 May at the latest."
    held = grade(Asked((reference,)), "Mara Quill approves invoices over 500 EUR, until 3 May.")
    assert (held.outcome, "nobody judged meaning" in held.why) == ("right", True)
    assert grade(Asked((reference,)), "Bo Berg approves invoices over 900 EUR.").outcome == "wrong"
    denied = grade(Asked((reference,)), "Invoices above 500 EUR need not be approved by Mara Quill before they are paid, until 3 May.")
    assert denied.outcome == "wrong"
    assert grade(Asked((reference, "Mara Quill")), "Mara Quill").outcome == "right"
