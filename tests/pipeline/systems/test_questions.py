"""The test rows as questions: by run or experiment, with their ids and inputs and nothing that gives the answer away."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.results.questions import export_questions
from tests.pipeline.systems.experiments import ROWS, rows, write_answers, write_experiment


def test_questions_are_the_test_rows_without_what_is_right(tmp_path: Path) -> None:
    experiment = write_experiment(tmp_path, [{"name": "mine", "answers": "mine.csv"}])
    assert export_questions(str(experiment), tmp_path, tmp_path / "q.csv") == ROWS
    table = list(csv.DictReader(io.StringIO((tmp_path / "q.csv").read_text(encoding="utf-8-sig"))))
    assert {row["id"]: row["input"] for row in table} == {row["id"]: row["question"] for row in rows()}
    assert set(table[0]) == {"id", "input", "answer"}
    assert export_questions(str(experiment), tmp_path, tmp_path / "q.jsonl") == ROWS
    lines = [json.loads(line) for line in (tmp_path / "q.jsonl").read_text().splitlines()]
    assert set(lines[0]) == {"id", "input"}
    with pytest.raises(UserError, match="may hold answers"):
        export_questions(str(experiment), tmp_path, write_answers(tmp_path / "mine.csv", 3))


def test_a_conversation_and_choices_go_with_the_question(tmp_path: Path) -> None:
    experiment = write_experiment(tmp_path, [{"name": "mine", "answers": "mine.csv"}])
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "What now?"}]
    chats = [{"messages": [*turns, {"role": "assistant", "content": f"answer {n}"}]} for n in range(25)]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in chats))
    plain = experiment.read_text().replace("gold_passages: gold_doc_ids", "gold_passages: null")
    experiment.write_text(
        plain.replace("id: id", "id: null").replace("input: question", "input: null").replace("references: answers", "references: null")
    )
    export_questions(str(experiment), tmp_path, tmp_path / "q.jsonl")
    first = json.loads((tmp_path / "q.jsonl").read_text().splitlines()[0])
    assert first["history"] == turns[:2]
    assert first["input"] == "What now?"
    assert "answer 0" not in json.dumps(first)
