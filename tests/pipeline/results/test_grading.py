"""`bakeoff grade`: a file of answers, their grades, how far they are as wanted; and every mistake in the file named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.results.grading import grade_file, to_json
from tests.tiny_run import ROOT, Bakeoff

CASES = ROOT / "tests/eval/metrics/grading/cases.jsonl"


def test_a_file_of_cases_is_graded_as_wanted_on_the_command_line(bakeoff: Bakeoff) -> None:
    done = bakeoff("grade", CASES, "--json")
    assert done.code == 0, done.err
    told = done.json()
    assert told["agreement"] == {"rows": len(told["rows"]), "agree": len(told["rows"]), "differ": []}
    assert {row["outcome"] for row in told["rows"]} == {"right", "wrong", "abstained", "missing"}


def test_a_row_of_task_abstention_holds_an_answer_alone(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("task,answer\nabstention,I don't know.\nabstention,42 days\n", encoding="utf-8")
    assert [one.outcome for one in grade_file(file)] == ["abstained", "claims"]


def test_rows_that_are_not_as_wanted_are_named_and_it_ends_well(bakeoff: Bakeoff, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("answer,references,want\nOslo,Oslo,wrong\nBergen,Oslo,wrong\n", encoding="utf-8")
    done = bakeoff("grade", path)
    assert done.code == 0, done.err
    assert "As wanted: 1 of 2." in done.out
    assert "line 2: wanted wrong, graded right" in done.out


def test_a_table_holds_several_references_and_choices_in_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(
        'answer,references,choices,answerable,task\n12,"12|a dozen",,,\nB,blue,red|blue,,\nI do not know,,,false,\n'
        'positive,"[""positive""]",positive|negative,,classification\n"{""a"": 1}","{""a"": 1}",,,extraction\n', encoding="utf-8",
    )  # fmt: skip
    found = grade_file(path)
    assert [one.outcome for one in found] == ["right", "right", "abstained", "right", "right"]
    assert to_json(found)["agreement"] is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"reference": "x"}\n', "no column `answer`"),
        ('{"answer": "x", "task": "poetry", "references": ["x"]}\n', "unknown task 'poetry'"),
        ('{"answer": "x"}\n', "no references"),
        ('{"answer": "x", "references": ["x"], "want": "good"}\n', "unknown grade 'good'"),
        ('{"answer": "x", "references": "[x"}\n', "begins like a list"),
        ("", "empty"),
        ("{nonsense\n", ":1"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        grade_file(path)
    assert told in str(caught.value)
