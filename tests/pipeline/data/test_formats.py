"""JSON, Parquet, Excel and the layouts of other tools, written by real writers: rows, or a message, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.data.ingest import load_documents, load_examples
from pipeline.data.ingest.rows.propose import propose, write_experiment
from pipeline.errors import UserError
from pipeline.experiment.load import Data, Task, load
from pipeline.records import Example

QA = Task(kind="question_answering")
ROWS = [{"id": "a", "question": "Where?", "answers": ["Here", "there"]}, {"id": "b", "question": "When – now?", "answers": ["Ünow"]}]


def read(path: Path) -> list[Example]:
    return load_examples(Data(examples=[str(path)]), QA).records


def written(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def pairs(found: list[Example]) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.input, row.references) for row in found]


EXPECTED = [("Where?", ("Here", "there")), ("When – now?", ("Ünow",))]


def test_json_parquet_and_excel_give_the_same_rows(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "rows.parquet")
    book = openpyxl.Workbook()
    for line in [["id", "question", "answers"], *[[r["id"], r["question"], json.dumps(r["answers"])] for r in ROWS]]:
        book.active.append(line)
    book.save(tmp_path / "rows.xlsx")
    for path in (written(tmp_path / "rows.json", ROWS), tmp_path / "rows.parquet", tmp_path / "rows.xlsx"):
        assert pairs(read(path)) == EXPECTED, path.suffix


def test_squad_keeps_unanswerable_rows_and_groups_by_paragraph(tmp_path: Path) -> None:
    qas = [
        {"id": "1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]},
        {"id": "2", "question": "Why?", "answers": [], "is_impossible": True},
    ]
    other = {"context": "Bob.", "qas": [{"id": "3", "question": "What?", "answers": [{"text": "Bob", "answer_start": 0}]}]}
    squad = {"version": "v2.0", "data": [{"title": "T", "paragraphs": [{"context": "Ada.", "qas": qas}, other]}]}
    found = read(written(tmp_path / "squad.json", squad))
    assert pairs(found) == [("Who?", ("Ada",)), ("Why?", ()), ("What?", ("Bob",))]
    assert found[0].group == found[1].group != found[2].group
    proposal = propose([tmp_path / "squad.json"])
    (tmp_path / "e.yaml").write_text(write_experiment(proposal, "squad", tmp_path))
    data = load(tmp_path / "e.yaml").data
    assert [(d.id, d.text) for d in load_documents(data).records] == [("T-0", "Ada."), ("T-1", "Bob.")]
    assert [row.gold_passages for row in load_examples(data, QA).records] == [("T-0",), ("T-0",), ("T-1",)]


def test_the_last_assistant_turn_is_the_target(tmp_path: Path) -> None:
    chat = [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Bye"), ("assistant", "Farewell")]
    path = tmp_path / "chat.jsonl"
    path.write_text(
        json.dumps({"messages": [{"role": who, "content": said} for who, said in chat]})
        + "\n"
        + json.dumps({"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hey"}]})
    )
    assert pairs(read(path)) == [("Bye", ("Farewell",)), ("Hi", ("Hey",))]


def test_alpaca_joins_instruction_and_input(tmp_path: Path) -> None:
    rows = [{"instruction": "Translate.", "input": "Hund", "output": "dog"}, {"instruction": "Say hi.", "input": "", "output": "hi"}]
    assert pairs(read(written(tmp_path / "alpaca.json", rows))) == [("Translate.\n\nHund", ("dog",)), ("Say hi.", ("hi",))]


@pytest.mark.parametrize("ending", [".json", ".parquet", ".xlsx"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), mark=st.sampled_from([b"", b"PAR1", b"PK\x03\x04", b"[", b'{"data": ']))
def test_damaged_files_end_in_a_message(tmp_path: Path, ending: str, content: bytes, mark: bytes) -> None:
    path = tmp_path / f"bad{ending}"
    path.write_bytes(mark + content)
    with pytest.raises(UserError):
        read(path)
