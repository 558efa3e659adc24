"""What files probably are: right where names or contents say so, and with a reason each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from pipeline.data.ingest.rows.propose import propose
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.planning.preview import audit_only
from pipeline.samples import experiment_of
from tests.tiny_run import Bakeoff


def test_the_bundled_case_is_understood(tmp_path: Path, bakeoff: Bakeoff) -> None:
    folder = experiment_of("facts").parent
    output = tmp_path / "my.yaml"
    done = bakeoff("init", folder / "questions.jsonl", folder / "documents", "-o", output)
    assert done.code == 0, done.err
    experiment = load(output)
    columns = experiment.data.columns
    assert (experiment.task.kind, columns.input, columns.references, columns.group) == (
        "question_answering",
        "question",
        "answers",
        "group",
    )
    assert experiment.data.documents == [str(folder / "documents")]
    assert audit_only(experiment)["rows"]["test"] == 98
    assert bakeoff("init", folder / "questions.jsonl", "-o", output).code == 2


def test_labels_are_told_from_answers(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,category\n" + "".join(f"text {i},label {i % 3}\n" for i in range(30)))
    found = propose([path])
    assert (found.task.value, found.columns["input"].value, found.columns["references"].value) == ("classification", "text", "category")
    assert "3 short labels" in found.task.reason


def test_a_closed_set_becomes_choices(tmp_path: Path) -> None:
    path = tmp_path / "qa.jsonl"
    path.write_text("".join(json.dumps({"question": f"q{i}?", "label": ("yes", "no", "maybe")[i % 3]}) + "\n" for i in range(12)))
    found = propose([path])
    assert (found.task.value, found.settings) == ("question_answering", {"choices": ["maybe", "no", "yes"]})


def _grading(tmp_path: Path, answers: list[str]) -> str:
    path = tmp_path / "qa.jsonl"
    path.write_text("".join(json.dumps({"question": f"what is {n}?", "answers": [one]}) + "\n" for n, one in enumerate(answers)))
    return propose([path]).grading


def test_it_says_how_answers_will_be_graded(tmp_path: Path) -> None:
    short = ["Oslo", "42 days", "Mara Quill"]
    facts = "Receipts must be handed in to Mara Quill within fourteen days of the end of a trip, or they are not paid."
    meaning = "it depends on how the team has agreed to handle such cases among themselves before the start of the year"
    assert "short: an answer is right where it states one" in _grading(tmp_path, short)
    told = _grading(tmp_path, [*short, facts, facts, meaning])
    assert "3 of 6 references are short" in told
    assert "2 of 6 are sentences, graded by their key facts" in told
    assert "1 of 6 hold no such fact and are not graded" in told
    assert "a judge" in told


def test_documents_in_a_table_are_told_from_examples(tmp_path: Path) -> None:
    (tmp_path / "docs.jsonl").write_text(json.dumps({"doc_id": "a", "title": "t", "text": "words"}) + "\n")
    (tmp_path / "qa.jsonl").write_text(json.dumps({"question": "q", "answers": ["a"]}) + "\n")
    found = propose([tmp_path / "docs.jsonl", tmp_path / "qa.jsonl"])
    assert [p.name for p in found.documents] == ["docs.jsonl"]
    assert [p.name for p in found.examples] == ["qa.jsonl"]


def test_a_hostile_name_stays_a_value(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('text,"label"\n' + "a,b\n" * 3)
    odd = tmp_path / 'x"]\nname: y.csv'
    odd.write_text(path.read_text())
    from pipeline.data.ingest.rows.propose import write_experiment

    text = write_experiment(propose([odd]), "n", tmp_path)
    assert yaml.safe_load(text)["data"]["examples"] == [odd.name]
    assert yaml.safe_load(text)["name"] == "n"


def test_files_without_examples_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# text")
    with pytest.raises(UserError, match="none of these files holds examples"):
        propose([tmp_path / "a.md"])
