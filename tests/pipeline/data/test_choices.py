"""Multiple choice by index, letter or text, and other tools' exports: the accepted answer is the choice's text; what is none is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.data.audit import audit
from pipeline.data.ingest import load_examples
from pipeline.experiment.load import Data, parse
from tests.pipeline.data.shown import jsonl, notes, shown

COUNT = 40
COLOURS = ["red", "green", "blue", "grey"]


def q(i: int) -> str:
    return f"Which colour has item {i}?"


CHOICES: dict[str, Any] = {
    "index": lambda i: {"question": q(i), "choices": COLOURS, "answer": i % 4},
    "index-text": lambda i: {"question": q(i), "choices": COLOURS, "answer": str(i % 4)},
    "index-from-1": lambda i: {"question": q(i), "options": COLOURS, "answer": i % 4 + 1},
    "letter": lambda i: {"question": q(i), "options": COLOURS, "answer": "ABCD"[i % 4]},
    "letter-in-brackets": lambda i: {"question": q(i), "options": COLOURS, "answer": f"({'abcd'[i % 4]})"},
    "text": lambda i: {"question": q(i), "choices": COLOURS, "answer": COLOURS[i % 4]},
    "arc": lambda i: {"question": q(i), "choices": {"text": COLOURS, "label": list("ABCD")}, "answerKey": "ABCD"[i % 4]},
    "arc-numbers": lambda i: {"question": q(i), "choices": {"text": COLOURS, "label": list("1234")}, "answerKey": "1234"[i % 4]},
    "medqa": lambda i: {
        "question": q(i),
        "options": dict(zip("ABCD", COLOURS, strict=True)),
        "answer_idx": "ABCD"[i % 4],
        "answer": COLOURS[i % 4],
    },
    "mmlu-csv": lambda i: {"question": q(i), **dict(zip("ABCD", COLOURS, strict=True)), "answer": "ABCD"[i % 4]},
    "medmcqa": lambda i: {"question": q(i), **dict(zip(("opa", "opb", "opc", "opd"), COLOURS, strict=True)), "cop": i % 4},
    "winogrande": lambda i: {"sentence": q(i), "option1": "red", "option2": "green", "answer": "12"[i % 2]},
    "hellaswag": lambda i: {"ctx": q(i), "endings": COLOURS, "label": str(i % 4)},
    "python-list": lambda i: {"question": q(i), "choices": str(COLOURS), "answer": i % 4},
    "bars": lambda i: {"question": q(i), "choices": "|".join(COLOURS), "answer": i % 4},
    "truthfulqa": lambda i: {"question": q(i), "choices": {"choices": COLOURS, "labels": [int(n == i % 4) for n in range(4)]}},
    "openbookqa-list": lambda i: {
        "question": q(i),
        "choices": [{"label": label, "text": text} for label, text in zip("ABCD", COLOURS, strict=True)],
        "answerKey": "ABCD"[i % 4],
    },
}


@pytest.mark.parametrize("name", CHOICES)
def test_the_answer_is_the_choice_it_names(name: str, tmp_path: Path) -> None:
    made = CHOICES[name]
    found = shown(jsonl(tmp_path / "mc.jsonl", [made(i) for i in range(COUNT)]))
    assert found["quarantined"] == []
    several = 2 if name == "winogrande" else 4
    assert [(row["input"], row["references"], row["choices"]) for row in found["rows"]] == [
        (q(i), [COLOURS[i % several]], COLOURS[:several]) for i in range(COUNT)
    ]
    assert ("answers are given by" in notes(found)) == (
        name
        in (
            "index",
            "index-text",
            "index-from-1",
            "letter",
            "letter-in-brackets",
            "mmlu-csv",
            "medmcqa",
            "hellaswag",
            "python-list",
            "bars",
        )
    )


def test_numbers_as_choices_are_places_where_the_whole_file_says_so(tmp_path: Path) -> None:
    """MMLU's arithmetic: of choices 4, 2, 1, 0 the answer 2 is the third one, because other rows cannot be read otherwise."""
    rows = [{"question": q(i), "choices": COLOURS, "answer": i % 4} for i in range(COUNT)]
    rows.append({"question": "1 + 0?", "choices": ["4", "2", "1", "0"], "answer": 2})
    found = shown(jsonl(tmp_path / "mc.jsonl", rows))
    assert found["rows"][-1]["references"] == ["1"]
    numbers = [{"question": f"{i} + 0?", "choices": [str(n) for n in range(i, i + 4)], "answer": str(i)} for i in range(COUNT)]
    assert [row["references"] for row in shown(jsonl(tmp_path / "n.jsonl", numbers))["rows"]] == [[str(i)] for i in range(COUNT)]


@pytest.mark.parametrize("wrong", ["purple", "E", "9", ""])
def test_an_answer_that_is_no_choice_is_found(wrong: str, tmp_path: Path) -> None:
    rows = [{"question": q(i), "choices": COLOURS if wrong else [], "answer": COLOURS[i % 4]} for i in range(COUNT)]
    path = jsonl(tmp_path / "mc.jsonl", [{**row, "answer": wrong or "purple"} if i < 8 else row for i, row in enumerate(rows)])
    raw = {"name": "x", "task": {"kind": "question_answering", "choices": [] if wrong else COLOURS}, "data": {"examples": str(path)}}
    experiment = parse(raw, tmp_path)
    loaded = load_examples(Data(examples=[str(path)]), experiment.task).records
    found = [
        finding for finding in audit(experiment, loaded[20:], [], loaded[:20], []).findings if finding.code == "reference_not_a_choice"
    ]
    assert [(finding.severity, finding.count) for finding in found] == [("blocks", 8)]


EXPORTS: dict[str, Any] = {
    "label-studio": lambda i: {
        "id": i,
        "data": {"text": f"parcel {i}"},
        "annotations": [
            {"was_cancelled": True, "result": []},
            {"result": [{"from_name": "label", "type": "choices", "value": {"choices": [("late", "lost")[i % 2]]}}]},
        ],
    },
    "label-studio-min": lambda i: {"id": i, "text": f"parcel {i}", "label": ("late", "lost")[i % 2], "annotator": 1, "lead_time": 3.2},
    "argilla": lambda i: {
        "id": str(i),
        "fields": {"text": f"parcel {i}"},
        "responses": {"label": [{"value": ("late", "lost")[i % 2], "user_id": "u"}]},
        "suggestions": {},
    },
    "argilla-datasets": lambda i: {
        "id": str(i),
        "text": f"parcel {i}",
        "label.responses": [("late", "lost")[i % 2]],
        "label.responses.users": ["u"],
        "label.suggestion": None,
    },
    "langsmith": lambda i: {
        "id": str(i),
        "inputs": {"text": f"parcel {i}"},
        "outputs": {"category": ("late", "lost")[i % 2]},
        "metadata": {},
    },
    "promptfoo": lambda i: {
        "vars": {"text": f"parcel {i}"},
        "assert": [{"type": "equals", "value": ("late", "lost")[i % 2]}, {"type": "latency", "threshold": 5}],
    },
    "promptfoo-csv": lambda i: {"text": f"parcel {i}", "__expected": f"equals: {('late', 'lost')[i % 2]}", "__description": "x"},
}


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_of_other_tools(name: str, tmp_path: Path) -> None:
    made = EXPORTS[name]
    found = shown(jsonl(tmp_path / "export.jsonl", [made(i) for i in range(COUNT)]))
    assert [(row["input"], row["references"]) for row in found["rows"]] == [
        (f"parcel {i}", [("late", "lost")[i % 2]]) for i in range(COUNT)
    ]


@pytest.mark.parametrize("orient", ["records", "split", "columns", "index"])
def test_tables_as_pandas_writes_them_to_json(orient: str, tmp_path: Path) -> None:
    import pandas as pd

    table = pd.DataFrame({"text": [f"parcel {i}" for i in range(COUNT)], "label": [("late", "lost")[i % 2] for i in range(COUNT)]})
    table.to_json(tmp_path / "t.json", orient=orient)  # type: ignore[call-overload]
    rows = shown(tmp_path / "t.json")["rows"]
    assert [(row["input"], row["references"]) for row in rows] == [(f"parcel {i}", [("late", "lost")[i % 2]]) for i in range(COUNT)]


def test_squad_2_as_datasets_gives_it(tmp_path: Path) -> None:
    rows = [
        {
            "id": f"q{i}",
            "title": "t",
            "context": f"Text {i}.",
            "question": f"What is {i}?",
            "answers": {"text": [f"Text {i}"] if i % 3 else [], "answer_start": []},
        }
        for i in range(COUNT)
    ]
    found = shown(jsonl(tmp_path / "squad.jsonl", rows))
    assert [row["references"] for row in found["rows"]] == [[f"Text {i}"] if i % 3 else [] for i in range(COUNT)]
    assert json.dumps(found["quarantined"]) == "[]"
