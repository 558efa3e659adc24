"""Parquet, Arrow and Feather files and `datasets` folders: class labels by their names, odd types told, nothing read outside of bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from pipeline.data.ingest.rows.tables import read_rows
from pipeline.errors import UserError
from tests.pipeline.data.shown import notes, shown, why

COUNT = 40
TEXTS = [f"message {i} about {('delivery', 'refunds')[i % 2]}" for i in range(COUNT)]
NAMES = ["Delivery", "Refund"]
FEATURES = {"text": {"dtype": "string", "_type": "Value"}, "label": {"names": NAMES, "_type": "ClassLabel"}}


def labelled(features: Any = FEATURES, labels: list[Any] | None = None) -> pa.Table:
    table = pa.table({"text": TEXTS, "label": labels or [i % 2 for i in range(COUNT)]})
    return table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def write(path: Path, table: pa.Table) -> Path:
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path)
    elif path.suffix == ".feather":
        pyarrow.feather.write_feather(table, path)
    else:
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
    return path


@pytest.mark.parametrize("ending", [".parquet", ".feather", ".arrow"])
def test_class_labels_have_their_names(ending: str, tmp_path: Path) -> None:
    found = shown(write(tmp_path / f"t{ending}", labelled()))
    assert [(row["input"], row["references"]) for row in found["rows"]] == [(TEXTS[i], [NAMES[i % 2]]) for i in range(COUNT)]


def test_class_labels_of_a_folder_in_lists_and_missing(tmp_path: Path) -> None:
    import datasets

    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=NAMES)})
    made = datasets.Dataset.from_dict({"text": TEXTS, "label": [-1, *(i % 2 for i in range(1, COUNT))]}, features=features)
    made.save_to_disk(str(tmp_path / "folder"))
    datasets.DatasetDict({"train": made, "test": made}).save_to_disk(str(tmp_path / "splits"))
    found = shown(tmp_path / "folder")
    assert [row["references"] for row in found["rows"]] == [[NAMES[i % 2]] for i in range(1, COUNT)]
    assert why(found) == ["there is no reference answer"]
    assert {row["split"] for row in shown(tmp_path / "splits")["rows"]} == {"train", "test"}
    several = labelled({**FEATURES, "label": {"feature": FEATURES["label"], "_type": "List"}}, [[i % 2, 1] for i in range(COUNT)])
    assert shown(write(tmp_path / "l.parquet", several))["rows"][0]["references"] == NAMES
    old = labelled({**FEATURES, "label": [FEATURES["label"]]}, [[i % 2] for i in range(COUNT)])
    assert shown(write(tmp_path / "o.parquet", old))["rows"][1]["references"] == ["Refund"]


def test_odd_columns_are_read_or_told(tmp_path: Path) -> None:
    table = pa.table(
        {
            "question": [f"Q{i}?" for i in range(COUNT)],
            "answer": [float("nan") if i == 0 else float("inf") if i == 1 else i + 0.5 for i in range(COUNT)],
            "far": pa.array([10**15] * COUNT, pa.timestamp("s")),
            "bytes": pa.array([b"\xff\x00"] * COUNT),
            "text": pa.array([b"plain"] * COUNT),
            "map": pa.array([[("a", 1)]] * COUNT, pa.map_(pa.string(), pa.int64())),
            "kind": pa.array(["x"] * COUNT).dictionary_encode(),
        }
    )
    path = write(tmp_path / "t.parquet", table)
    found = shown(path)
    assert why(found) == ["there is no reference answer"] * 2
    assert [row["references"] for row in found["rows"]] == [[str(i + 0.5)] for i in range(2, COUNT)]
    assert "column 'bytes'" in notes(found)
    cells = next(row for row in read_rows(path) if hasattr(row, "cells")).cells
    assert (cells["map"], cells["text"], cells["kind"], cells["bytes"]) == ({"a": 1}, "plain", "x", None)
    assert cells["far"]


def test_text_that_is_not_utf8_and_names_that_come_twice(tmp_path: Path) -> None:
    raw = pa.array([b"shelf \xff" if i == 3 else b"shelf" for i in range(COUNT)])
    broken = pa.Array.from_buffers(pa.string(), COUNT, raw.buffers())
    found = shown(write(tmp_path / "t.parquet", pa.table({"question": TEXTS, "answer": broken})))
    assert (len(found["rows"]), ["UTF-8" in reason for reason in why(found)]) == (COUNT - 1, [True])
    twice = pa.table([pa.array(TEXTS), pa.array(TEXTS)], names=["question", "question"])
    with pytest.raises(UserError, match="several columns are called 'question'"):
        list(read_rows(write(tmp_path / "twice.parquet", twice)))
