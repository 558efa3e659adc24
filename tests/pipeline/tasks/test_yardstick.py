"""The tasks grade by one door: what was only thought is no answer, a row that cannot be graded is missing for all, prompts ask in kind."""

from __future__ import annotations

import pytest

from pipeline.experiment.load import Task
from pipeline.records import Example, Prediction
from pipeline.tasks import task_for
from pipeline.tasks.base import Measured, TaskKind

ROW = Example("1", "How long is the notice period?", ("42 days",))
MEANING = Example("2", "How is it handled?", ("it depends on how the team has agreed to handle such cases among themselves",))
LONG = "Receipts must be handed in to the finance team within a fortnight of the end of the trip, or they will not be paid back at all."


def scored(task: TaskKind, text: str, row: Example) -> dict[str, Measured]:
    read = task.heard(text, row)
    return task.score(Prediction(row.id, "base", 0, text, read.content, read.abstained, read.well_formed), row)


def qa(*train: Example) -> TaskKind:
    return task_for(Task(kind="question_answering"), list(train) or [ROW])


@pytest.mark.parametrize(
    ("text", "right", "token_f1"),
    [
        ("<think>30 days?</think>42 days", 1.0, 1.0),
        ("<think>42 days</think>30 days", 0.0, 0.5),
        ("Sure! Here is the answer:\n\n42 days", 1.0, 1.0),
        ("Not 42 days but 30 days", 0.0, None),
        ("It is forty-two days.", 1.0, None),
        ("4.2 days", 0.0, None),
    ],
)
def test_right_goes_by_meaning_and_the_form_is_measured_on_the_same_answer(text: str, right: float, token_f1: float | None) -> None:
    found = scored(qa(), text, ROW)
    assert found["right"].value == right
    assert found["correct"].value == right
    if token_f1 is not None:
        assert found["token_f1"].value == token_f1


@pytest.mark.parametrize("text", ["The team decides.", "I don't know.", MEANING.references[0]])
def test_a_row_that_cannot_be_graded_is_missing_whatever_an_arm_says(text: str) -> None:
    found = scored(qa(), text, MEANING)
    for name in ("right", "correct", "abstained", "fabricated"):
        assert found[name].value is None
        assert found[name].reason.startswith("not applicable: ")
    assert found["token_f1"].value is not None


@pytest.mark.parametrize("kind", ["question_answering", "extraction"])
def test_declining_is_right_where_a_row_has_no_answer(kind: str) -> None:
    task = task_for(Task.model_validate({"kind": kind}), [])
    nobody = Example("3", "Who founded it?", ())
    assert scored(task, "I don't know.", nobody)["abstained"].value == 1
    assert scored(task, "In 1923.", nobody)["fabricated"].value == 1


def test_records_and_replies_are_graded_by_the_same_door() -> None:
    record = task_for(Task(kind="extraction"), [])
    row = Example("4", "a bill", ('{"total": 12.5}',))
    assert scored(record, '<think>{"total": 1}</think>{"total": "12,50 EUR"}', row)["correct"].value == 1
    reply = task_for(Task(kind="generation"), [])
    row = Example("5", "When?", ("It takes 5 days.",))
    assert scored(reply, "It will take five days.", row)["correct"].value == 1
    assert scored(reply, "It does not take 5 days.", row)["fabricated"].value == 1
    assert scored(reply, "5 days", row)["fabricated"].value == 1


def test_prompts_ask_for_answers_as_long_as_the_training_references_are() -> None:
    assert "in a few words" in qa().system
    long = qa(*[Example(str(n), "q", (LONG,)) for n in range(3)])
    assert "in about 30 words" in long.system
    assert scored(long, LONG, ROW)["well_formed"].value == 1
    assert long.max_new_tokens > qa().max_new_tokens
    chinese = qa(Example("1", "问题", ("北门的看守人保管所有棚屋的钥匙，并在工作日的黎明时分将它们分发出去。" * 2,)))
    assert "in about 30 words" in chinese.system
    assert chinese.max_new_tokens > 2 * 64, "a sign takes two tokens"


def test_a_response_is_right_or_not_by_the_same_door() -> None:
    assert qa().is_right("forty-two days", ROW)
    assert not qa().is_right("never 42 days", ROW)


@pytest.mark.parametrize("kind", ["question_answering", "generation", "extraction"])
def test_a_thought_without_an_answer_is_no_refusal(kind: str) -> None:
    """A model cut off while it thinks would else be right on every row that has no answer."""
    settings = {"kind": kind, **({"schema": {"type": "object", "properties": {"a": {"type": "string"}}}} if kind == "extraction" else {})}
    task, row = task_for(Task.model_validate(settings), [ROW]), Example("3", "How long is it?", ())
    for thought in ("<think>Perhaps 30 days, but I should", "<think>Perhaps 30 days.</think>"):
        assert scored(task, thought, row)["abstained"].value == 0
        assert scored(task, f"{thought}</think> I don't know.", row)["abstained"].value == 1
