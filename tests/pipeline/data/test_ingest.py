"""Files → examples and documents: every row is read or kept in quarantine with its place; no input ends in a traceback."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.data.ingest import load_documents, load_examples
from pipeline.errors import UserError
from pipeline.experiment.load import Data, Task

QA, LABELS = Task(kind="question_answering"), Task(kind="classification")


def data(path: Path, **more: Any) -> Data:
    return Data(**{"examples": [str(path)], **more})


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_references_in_whatever_form(tmp_path: Path) -> None:
    rows = [
        {"question": "a", "answers": ["x", "y", "x"]}, {"question": "b", "answers": "z"}, {"question": "c", "answers": []},
        {"question": "d", "answers": {"text": ["w"], "answer_start": [3]}}, {"question": "e", "answers": '["u", "v"]'},
        {"question": "f", "answers": "", "is_impossible": True},
    ]  # fmt: skip
    loaded = load_examples(data(lines(tmp_path / "q.jsonl", rows)), QA)
    assert [e.references for e in loaded.records] == [("x", "y"), ("z",), (), ("w",), ("u", "v"), ()]
    assert [e.origin.rsplit(":", 1)[1] for e in loaded.records] == ["1", "2", "3", "4", "5", "6"]
    assert loaded.quarantined == []


def test_an_empty_cell_alone_does_not_make_a_row_unanswerable(tmp_path: Path) -> None:
    rows = [{"question": f"q{i}", "answers": ["a"]} for i in range(20)] + [{"question": "z", "answers": None}]
    loaded = load_examples(data(lines(tmp_path / "q.jsonl", rows)), QA)
    assert [(bad.line, bad.reason) for bad in loaded.quarantined] == [(21, "there is no reference answer")]


@pytest.mark.parametrize(("delimiter", "ending"), [(",", ".csv"), (";", ".csv"), ("\t", ".tsv"), ("|", ".csv")])
def test_delimiters_and_quoted_line_breaks(tmp_path: Path, delimiter: str, ending: str) -> None:
    path = tmp_path / f"rows{ending}"
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, delimiter=delimiter).writerows([["text", "label"], ["two\nlines, and; a|b", "x"], ["plain", "y"]])
    loaded = load_examples(data(path), LABELS)
    assert [(e.input, e.references, e.origin.rsplit(":", 1)[1]) for e in loaded.records] == [
        ("two\nlines, and; a|b", ("x",), "2"), ("plain", ("y",), "4")]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_are_told_apart(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "rows.csv"
    text = "text,label\n" + "".join(f"Überweisung für José nach Málaga Nummer {i},größe\n" for i in range(30))
    path.write_bytes(text.encode(encoding))
    loaded = load_examples(data(path), LABELS)
    assert loaded.records[0].input == "Überweisung für José nach Málaga Nummer 0"
    assert loaded.records[0].references == ("größe",)


def test_a_row_with_too_many_cells_is_kept_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "a,b\n" * 20 + "c,d,e\n")
    loaded = load_examples(data(path), LABELS)
    assert [(bad.line, bad.excerpt) for bad in loaded.quarantined] == [(22, "c,d,e")]
    assert len(loaded.records) == 20


def test_too_many_bad_rows_stop_the_import_with_one_message(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "a", "answers": ["b"]}\nnonsense\n')
    with pytest.raises(UserError, match="1 of 2 rows") as told:
        load_examples(data(path), QA)
    assert told.value.where.endswith("q.jsonl:2")


def test_files_called_train_and_test_are_the_sides(tmp_path: Path) -> None:
    for side in ("train", "test"):
        (tmp_path / f"{side}.csv").write_text("text,label\na,b\n")
    loaded = load_examples(Data(examples=[str(tmp_path / "train.csv"), str(tmp_path / "test.csv")]), LABELS)
    assert [(e.split, e.id) for e in loaded.records] == [("train", "train-2"), ("test", "test-2")]


def test_documents_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").write_text("# The Title\n\nText.")
    (tmp_path / "b.txt").write_text("Plain.")
    (tmp_path / "sub" / "b.txt").write_text("Other.")
    (tmp_path / "c.jsonl").write_text(json.dumps({"doc_id": "j1", "title": "J", "text": "From a line."}) + "\n")
    (tmp_path / "empty.md").write_text("\n")
    loaded = load_documents(data(tmp_path, documents=[str(tmp_path)], bad_rows=0.5))
    assert [(d.id, d.title) for d in loaded.records] == [("a", "The Title"), ("b", ""), ("j1", "J"), ("sub/b", "")]
    assert [Path(bad.file).name for bad in loaded.quarantined] == ["empty.md"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))),
       ending=st.sampled_from([".jsonl", ".csv", ".tsv"]))  # fmt: skip
def test_whatever_the_bytes_there_are_rows_or_a_message(tmp_path: Path, content: bytes, ending: str) -> None:
    path = tmp_path / f"file{ending}"
    path.write_bytes(content)
    message, rows = "", []
    try:
        rows = load_examples(data(path, bad_rows=1.0), LABELS).records
    except UserError as error:
        message = str(error)
    assert all(row.input and row.references for row in rows)
    assert rows or not message or str(path) in message or "data." in message


def test_one_broken_record_does_not_swallow_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "a,b\n" * 30 + 'bad "quote" here,x\n"x" y,b\n' + "c,d\n" * 20 + '"never closed,e\nf,g\n')
    loaded = load_examples(data(path), LABELS)
    assert [bad.line for bad in loaded.quarantined] == [33, 54]
    assert "a quote that opens on this line is never closed" in loaded.quarantined[1].reason
    assert (loaded.records[-1].input, loaded.records[-1].references) == ("f", ("g",))
    assert [e.references[0] for e in loaded.records].count("d") == 20


def test_latin_1_far_into_a_long_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"text,label\n" + b"plain words,b\n" * 90_000 + "Gr\u00f6\u00dfe f\u00fcr M\u00e1laga,b\n".encode("latin-1") * 40)
    loaded = load_examples(data(path), LABELS)
    assert (len(loaded.records), loaded.records[-1].input) == (90_040, "Größe für Málaga")


def test_a_datasets_folder_is_read_with_its_splits(tmp_path: Path) -> None:
    import datasets

    part = datasets.Dataset.from_list([{"text": "a", "label": "x"}, {"text": "b", "label": "y"}])
    datasets.DatasetDict({"train": part, "test": part}).save_to_disk(str(tmp_path / "both"))
    part.save_to_disk(str(tmp_path / "one"))
    both = load_examples(data(tmp_path / "both"), LABELS).records
    assert [(row.split, row.input, row.references) for row in both] == [
        ("train", "a", ("x",)), ("train", "b", ("y",)), ("test", "a", ("x",)), ("test", "b", ("y",))]  # fmt: skip
    assert {row.split for row in load_examples(data(tmp_path / "one"), LABELS).records} == {""}
    (tmp_path / "one" / "state.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        load_examples(data(tmp_path / "one"), LABELS)


def test_a_dataset_of_the_hub_that_cannot_be_had_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("no way\nout")

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    with pytest.raises(UserError, match="cannot be had \\(ConnectionError: no way out\\)"):
        load_examples(Data(examples=["hub:owner/name"]), LABELS)
