"""What a wrong answer is beside the gold evidence: cases by hand, and laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.fabrication import KINDS, kind_of
from pipeline.experiment.load import Task
from pipeline.records import Example
from pipeline.tasks import task_for

PASSAGES = ("The bridge at Aldersby was designed by Anna Lind. It opened in 1932 and may be crossed on foot. Bicycles are not allowed.",)


@pytest.mark.parametrize(
    ("question", "answer", "references", "kind"),
    [
        ("When did it open?", "1934", ["1932"], "contradicts"),
        ("When did it open?", "It opened in the spring of 1934.", ["1932"], "contradicts"),
        ("How many arches?", "There are three arches.", ["four"], "contradicts"),
        ("Who designed it?", "Karl Berg", ["Anna Lind"], "contradicts"),
        ("Who designed it?", "It was Berg.", ["Anna Lind"], "contradicts"),
        ("Who designed it?", "Lind", ["Anna Lind"], "neither"),
        ("May it be crossed on foot?", "No.", ["yes"], "contradicts"),
        ("Are bicycles allowed?", "Bicycles are allowed.", ["They must be left outside"], "contradicts"),
        ("What is it made of?", "granite blocks", ["steel"], "unfounded"),
        ("What is it made of?", "Its towers are of polished granite.", ["steel"], "unfounded"),
        ("What may be done there?", "designed", ["crossed on foot"], "neither"),
        ("When did it open?", "It opened.", ["1932"], "neither"),
        ("When did it open in 1930?", "in 1930", ["1932"], "neither"),
    ],
)
def test_each_case(question: str, answer: str, references: list[str], kind: str) -> None:
    assert kind_of(answer, references, PASSAGES, question) == kind


def test_a_number_beside_another_of_the_same_sentence_contradicts_it() -> None:
    passages = ["Parental leave lasts 30 days.", "Notice is given two weeks before."]
    assert kind_of("Parental leave lasts 45 days.", [], passages) == "contradicts"
    assert kind_of("Parental leave lasts 30 days.", [], passages) == "neither"
    assert kind_of("The canteen opens at 45 degrees of latitude.", [], passages) == "unfounded"


def test_where_nobody_can_know_every_claim_is_unfounded() -> None:
    assert kind_of("Anna Lind", [], []) == kind_of("yes", [], [" "]) == "unfounded"


TEXTS = st.lists(st.sampled_from(["Paris", "London", "red", "blue", "5", "days", "7", "not", "is", "Yes", "the", "."]), max_size=8).map(
    " ".join
)


@given(TEXTS, st.lists(TEXTS, max_size=3), st.lists(TEXTS, max_size=3), TEXTS)
def test_one_kind_whatever_the_order(answer: str, references: list[str], passages: list[str], question: str) -> None:
    found = kind_of(answer, references, passages, question)
    assert found in KINDS
    assert kind_of(answer, references[::-1], passages[::-1], question) == found
    assert kind_of(answer, [*references, *references], passages, question) == found


def test_what_stands_word_for_word_in_one_piece_of_evidence_is_not_unfounded() -> None:
    for sentence in ("Bicycles are not allowed.", "It opened in 1932 and may be crossed on foot."):
        assert kind_of(sentence, ["something else"], PASSAGES) == "neither"


def test_each_task_has_its_own_rule() -> None:
    row = Example("a", "x", ('{"total": 12.5, "paid": null, "city": "Bonn"}',))
    record = task_for(Task(kind="extraction"), [row])
    assert record.wrong('{"total": 13, "city": "Bonn"}', row, []) == "contradicts"
    assert record.wrong('{"total": 12.50, "paid": "yes", "city": "bonn"}', row, []) == "unfounded"
    assert record.wrong('{"total": 12.5}', row, []) == "neither"
    label = Example("b", "x", ("red",))
    assert task_for(Task(kind="classification"), [label]).wrong("blue", label, []) == "contradicts"
    both = Example("c", "x", ("red", "blue"))
    several = task_for(Task(kind="classification", multi_label=True), [both])
    assert (several.wrong("green; red", both, []), several.wrong("red", both, [])) == ("contradicts", "neither")
    choice = Example("d", "x", ("maybe",), choices=("yes", "no", "maybe"))
    answering = task_for(Task(kind="question_answering"), [choice])
    assert answering.wrong("yes", choice, []) == "contradicts"
