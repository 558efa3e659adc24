"""A file of answers: what it may hold, and that each mistake in it names its file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.systems.answers_file import AnswersFile
from pipeline.systems.door import answer
from pipeline.systems.reply import Question, Reply, Retrieved

KNOWN = ["a", "b", "c"]


def said(path: Path, row: str = "a") -> Reply:
    return answer(AnswersFile(path, KNOWN), Question(row, "What?"))


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'id,answer\na,"one, two"\n'), ("a.csv", "\ufeffID;Answer\r\na;one, two\r\n"),
        ("a.tsv", "row_id\tresponse\na\tone, two\n"),
        ("a.jsonl", '{"id": "a", "answer": "one, two"}\n'), ("a.jsonl", '\n{"id": "a", "output": " one, two "}\n\n'),
        ("a.csv", "id,answer,seconds,cost\na,\"one, two\",,\n"),
    ],
)  # fmt: skip
def test_an_answer_is_found_by_its_id(tmp_path: Path, name: str, text: str) -> None:
    reply = said(written(tmp_path, name, text))
    assert reply == Reply("one, two")


def test_all_that_is_told_of_an_answer_is_kept(tmp_path: Path) -> None:
    contexts = ["x", {"text": "y", "id": 7}, {"page_content": "z", "metadata": {"source": "d.md"}}]
    whole = {"id": "a", "answer": {"total": 3}, "contexts": contexts, "seconds": 0.5,
             "prompt_tokens": 12, "completion_tokens": 3, "cost": 0.001}  # fmt: skip
    reply = said(written(tmp_path, "a.jsonl", json.dumps(whole)))
    kept = (Retrieved("x"), Retrieved("y", "7"), Retrieved("z", "d.md"))
    assert reply == Reply('{"total": 3}', kept, 0.5, 12, 3, 0.001)
    table = written(tmp_path, "a.csv", 'id,answer,contexts\na,yes,"[""x"", ""y""]"\nb,no,one text\nc,no,\n')
    assert [said(table, row).contexts for row in KNOWN] == [(Retrieved("x"), Retrieved("y")), (Retrieved("one text"),), None]


def test_a_row_without_an_answer_is_missing_with_its_reason(tmp_path: Path) -> None:
    path = written(tmp_path, "mine.csv", "id,answer,failure\na,yes,\nb,,\nc,,timed out\n")
    assert [said(path, row).failure for row in KNOWN] == ["", "the answer to this row is empty in the file", "timed out"]
    assert said(written(tmp_path, "mine.csv", "id,answer\na,yes\n"), "b").failure == "no answer to this row in mine.csv"


@pytest.mark.parametrize(
    ("name", "text", "where", "message"),
    [
        ("x.csv", "id,answer\na,1\nzz,2\n", "x.csv:3", "no row of this comparison has the id 'zz'"),
        ("x.csv", 'id,answer\na,"two\nlines"\na,2\n', "x.csv:4", "stands here and on line 2"),
        ("x.csv", "id,said\na,1\n", "x.csv:1", "no column id and answer"),
        ("x.csv", "id,answer,answer\na,1,2\n", "x.csv:1", "two columns are called 'answer'"),
        ("x.csv", "id,answer\na,1,2\n", "x.csv:2", "3 cells under 2 columns"),
        ("x.csv", 'id,answer\na,"1\n', "x.csv:2", "not CSV"),
        ("x.csv", "id,answer\n,1\n", "x.csv:2", "has no id"),
        ("x.csv", "id,answer,seconds\na,1,soon\n", "x.csv:2", "seconds is 'soon'"),
        ("x.csv", "id,answer\n", "x.csv", "holds no answer"),
        ("x.jsonl", '{"id": "a", "answer": "1"}\n{"id": "b"}\n', "x.jsonl:2", "has no answer"),
        ("x.jsonl", '{"id": "a", "answer": 7}\n', "x.jsonl:1", "is a number, not a text"),
        ("x.jsonl", '{"id": "a", "answer": "1", "contexts": [3]}\n', "x.jsonl:1", "a context is not a text"),
        ("x.jsonl", '{"id": "a", "answer": "1", "cost": -2}\n', "x.jsonl:1", "cost is '-2'"),
        ("x.jsonl", "[1]\n", "x.jsonl:1", "no JSON object"), ("x.jsonl", "{\n", "x.jsonl:1", "not JSON"),
        ("x.txt", "a", "x.txt", "answers are read from"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_and_line(tmp_path: Path, name: str, text: str, where: str, message: str) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(UserError) as found:
        AnswersFile(path, KNOWN)
    assert found.value.where == str(tmp_path / where)
    assert message in found.value.message
