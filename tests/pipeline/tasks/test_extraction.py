"""Extraction: fields compared by type, form apart from content, nothing read as nothing."""

from __future__ import annotations

import json

import pytest

from eval.metrics.grading.records.fields import same
from pipeline.errors import UserError
from pipeline.experiment.load import Task
from pipeline.records import Example, Prediction
from pipeline.tasks import task_for

ROW = Example("a", "Bill of 9 July", (json.dumps({"total": 12.5, "date": "2025-07-09", "name": "Ada  Ltd", "due": None}),), origin="f:1")
TASK = task_for(Task(kind="extraction"), [ROW])


def scored(text: str) -> dict[str, float | None]:
    read = TASK.read(text, ROW)
    prediction = Prediction("a", "base", 0, text, read.content, read.abstained, read.well_formed)
    return {name: found.value for name, found in TASK.score(prediction, ROW).items()}


def test_the_same_values_in_another_form_are_right() -> None:
    values = scored('{"name": "ada ltd", "total": "12.50", "date": "2025-07-09T00:00:00"}')
    assert (values["field_f1"], values["exact_record"], values["correct"], values["well_formed"]) == (1, 1, 1, 1)


def test_a_wrong_field_lowers_precision_and_recall() -> None:
    values = scored('Sure: {"name": "Ada Ltd", "total": 13} as asked')
    assert (values["field_precision"], values["field_recall"]) == (0.5, pytest.approx(1 / 3))
    assert (values["correct"], values["fabricated"], values["well_formed"]) == (0, 1, 0)


def test_fields_in_lines_keep_their_values_and_are_not_well_formed() -> None:
    right, wrong = (scored(f"- **Name:** Ada Ltd\n- **Total:** {total}\n- **Date:** 9 July 2025") for total in ("12,50", "13"))
    assert (right["field_f1"], right["correct"], right["well_formed"]) == (1, 1, 0)
    assert (wrong["field_f1"], wrong["correct"], wrong["well_formed"]) == (pytest.approx(2 / 3), 0, 0)
    assert scored("Name: Ada Ltd\nTotal: 12.50\nDate: 9 July 2025\nI hope this helps.")["field_f1"] == 0, "whatever else is said"


@pytest.mark.parametrize("text", ["", "{", "no JSON", '{"a": ' * 5000, '{"a": ' + "[" * 5000])
def test_what_is_no_object_is_nothing(text: str) -> None:
    values = scored(text)
    assert (values["field_f1"], values["exact_record"], values["correct"], values["well_formed"]) == (0, 0, 0, 0)


def test_leading_zeros_are_text_and_lists_have_no_order() -> None:
    assert not same({"id": "007"}, {"id": "7"})
    assert same({"tags": ["a", "b"]}, {"tags": ["b", "a"]})
    assert not same({"tags": ["a", "a"]}, {"tags": ["a"]})
    assert not same([{"a": 1, "b": 2}, {"a": 3, "b": 4}], [{"a": 1, "b": 4}, {"a": 3, "b": 2}])
    assert not same({"count": 1}, {"count": True})


def test_a_target_that_is_no_object_is_refused() -> None:
    with pytest.raises(UserError, match="no JSON object"):
        TASK.check([Example("b", "x", ("plain",), origin="f:2")])


def test_the_schema_of_the_targets_is_what_all_of_them_follow() -> None:
    rows = [Example("a", "x", ('{"n": 1, "tags": ["a"]}',)), Example("b", "x", ('{"n": 2.5, "who": {"name": "Bo"}}',))]
    task = task_for(Task(kind="extraction", constrained=True), rows)
    who = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"], "additionalProperties": False}
    assert task.schema == {
        "type": "object", "required": ["n", "tags", "who"], "additionalProperties": False,
        "properties": {
            "n": {"type": "number"},
            "tags": {"anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "string"}}]},
            "who": {"anyOf": [{"type": "null"}, who]},
        },
    }  # fmt: skip
    assert task_for(Task(kind="extraction"), rows).schema is None


def test_fields_count_by_what_they_mean_and_the_f1_agrees_with_the_exact_record() -> None:
    task = task_for(Task(kind="extraction"), [])
    row = Example("r", "x", ('{"total": 12.5, "paid": true, "due": "2024-02-01", "note": null}',))
    said = '{"total": "12,50 EUR", "paid": "yes", "due": "1 Feb 2024", "note": "N/A"}'
    found = task.measure(said, row)
    assert (found["field_f1"], found["exact_record"]) == (1.0, 1.0)
    other = task.measure('{"total": 125, "paid": "no", "due": "2 Feb 2024", "note": "late"}', row)
    assert other["field_f1"] == 0.0
