"""Laws of grading: it is total, a reference is right by itself, the order of references is irrelevant, a number equals itself alone."""

from __future__ import annotations

import time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics.grading.grade import Asked, Outcome, TaskKind, grade

TEXTS = st.text(max_size=80)
NAMES = st.lists(
    st.sampled_from(["Oslo", "Mara", "Quill", "granite", "blue", "ferry", "Berg", "maple"]), min_size=1, max_size=3, unique=True
)
NUMBERS = st.integers(2, 10**7)


@settings(max_examples=150)
@given(answer=TEXTS, references=st.lists(TEXTS, max_size=3), choices=st.lists(TEXTS, max_size=3), task=st.sampled_from(get_args(TaskKind)))
def test_any_text_gets_a_grade(answer: str, references: list[str], choices: list[str], task: TaskKind) -> None:
    found = grade(Asked(tuple(references), answer, task, tuple(choices)), answer)
    assert found.outcome in get_args(Outcome)
    assert found.why


@given(name=NAMES)
def test_a_reference_is_right_by_its_own_measure_and_in_a_sentence(name: list[str]) -> None:
    reference = " ".join(name)
    assert grade(Asked((reference,)), reference).outcome == "right"
    assert grade(Asked((reference,)), f"The answer is {reference}.").outcome == "right"
    assert grade(Asked((reference,)), f"It is not {reference}.").outcome != "right"


@given(names=st.lists(NAMES, min_size=2, max_size=3), answer=NAMES)
def test_the_order_of_references_is_irrelevant(names: list[list[str]], answer: list[str]) -> None:
    references = [" ".join(name) for name in names]
    one, other = (grade(Asked(tuple(order)), " ".join(answer)).outcome for order in (references, references[::-1]))
    assert one == other


def styles(value: int) -> list[str]:
    """One number as people write it in English and German."""
    grouped = f"{value:,}"
    return [str(value), grouped, grouped.replace(",", " "), f"{value}.0", f"{grouped}.00", f"about {value}", f"{value} items"]


@given(value=NUMBERS, other=NUMBERS)
def test_a_number_equals_itself_in_every_style_and_no_other(value: int, other: int) -> None:
    asked = Asked((str(value),), "How many are there?")
    for style in styles(value):
        assert grade(asked, style).outcome == "right", style
    if other != value:
        for style in styles(other):
            assert grade(asked, style).outcome == "wrong", style
    assert grade(asked, f"-{value}").outcome == "wrong"
    assert grade(asked, f"{value}.5").outcome == "wrong"
    assert grade(asked, f"{value} to {value + 1}").outcome == "wrong"


@given(day=st.dates())
def test_a_day_is_the_same_day_in_its_usual_forms(day: object) -> None:
    import datetime

    assert isinstance(day, datetime.date)
    if day.year < 1000:
        return
    month = day.strftime("%B")
    forms = [day.isoformat(), f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}", f"{day.day:02}.{day.month:02}.{day.year}",
             f"{day.year}年{day.month}月{day.day}日"]  # fmt: skip
    later = day + datetime.timedelta(days=1) if day.year < 9999 else None
    for form in forms:
        assert grade(Asked((day.isoformat(),)), form).outcome == "right", form
        if later:
            assert grade(Asked((later.isoformat(),)), form).outcome == "wrong", form


@pytest.mark.slow  # a bound on seconds, by what this processor needs for a million additions
def test_an_answer_takes_less_than_a_hundred_thousand_additions() -> None:
    """About a millisecond where `sum(range(10**6))` takes 12 ms: ten thousand rows of eight arms in a minute or two."""
    asked = Asked(("forty-two days", "42 days"), "How long is the notice period for employees in the second year?")
    forms = ["The notice period is {} days.", "I don't know, after {} pages.", "It was {} days until 2023, now it is 60 days.", "{}"]

    def seconds(first: int) -> float:
        """Of processor an answer, over answers that differ, since what was read is kept."""
        answers = [form.format(number) for number in range(first, first + 100) for form in forms]
        began = time.process_time()
        for answer in answers:
            grade(asked, answer)
        return (time.process_time() - began) / len(answers)

    def additions() -> float:
        began = time.process_time()
        sum(range(10**6))
        return time.process_time() - began

    best, million = min(seconds(first) for first in (1000, 2000, 3000)), min(additions() for _ in range(5))
    assert best < million / 10, "the best of three"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4000,
        "a " * 20_000,
        "1," * 5000,
        "<think>" * 500,
        "not " * 5000,
        "und " * 5000,
        "9" * 5000,
        "no wait " * 3000,
        "J. S. " * 4000,
        "sorry, " * 3000,
        "oh, well, " * 2500,
    ],
)
def test_hostile_texts_end_soon(text: str) -> None:
    began = time.process_time()
    grade(Asked(("42 days",), "How long?"), text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("part", ["42 days ", "Mara Quill ", "42 days or 500 EUR, ", "between 3 May and ", "not ", "1. x\n"])
def test_a_long_reference_and_an_answer_without_end_are_compared_soon(part: str) -> None:
    reference = "Invoices above 500 EUR must be approved by Mara Quill before they are paid, on 3 May at the latest, 42 days after."
    began = time.process_time()
    for task in ("question_answering", "generation"):
        assert grade(Asked((reference,), "When is the invoice paid?", task), part * 700).outcome == "wrong"
    assert time.process_time() - began < 5


def test_choices_named_without_end_are_read_soon() -> None:
    asked = Asked(("rash",), "Which is not typical?", "question_answering", ("fever", "cough", "rash", "headache"))
    began = time.process_time()
    assert grade(asked, "not fever, cough or " * 1500).outcome == "wrong"
    assert time.process_time() - began < 5


def test_a_contradiction_ahead_of_many_words_is_still_one() -> None:
    asked = Asked(("Costs rise by 5 EUR and sales fall by 3 EUR on 3 May.",), "What changes?")
    assert grade(asked, "Costs fall by 5 EUR and sales rise by 3 EUR on 3 May. " + "So it is said here. " * 100).outcome == "wrong"
