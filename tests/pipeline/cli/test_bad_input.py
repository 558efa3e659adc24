"""Each mistake of the user ends in one message that names the place and the remedy, exit code 2, and nothing half-written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tiny_run import Bakeoff, Finished, write_tiny


def classification(folder: Path, lines: list[str], **data: Any) -> Path:
    """An experiment on a CSV of texts and labels."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rows.csv").write_text("\n".join(["text,label,side", *lines]) + "\n", encoding="utf-8")
    columns = {"input": "text", "references": "label", "split": "side"}
    experiment = {
        "name": "labels", "task": {"kind": "classification"},
        "data": {"examples": "rows.csv", "columns": columns, "split": {"least_test": 1, "least_train": 1}, **data},
        "arms": ["base"], "preset": "quick", "run": {"minutes": 0},
    }  # fmt: skip
    path = folder / "experiment.yaml"
    path.write_text(yaml.safe_dump(experiment), encoding="utf-8")
    return path


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    experiment = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(experiment)
    path.write_text(yaml.safe_dump(experiment), encoding="utf-8")
    return path


def check_refused(done: Finished, runs: Path, *mentions: str) -> None:
    """One message with all of `mentions`, no traceback, exit code 2, no run folder left."""
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    for mention in mentions:
        assert mention in done.err
    assert [path.name for path in runs.glob("*") if path.is_dir()] == []


def test_a_missing_column_is_named_with_the_nearest(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = edit(write_tiny(tmp_path), lambda e: e["data"]["columns"].update(input="qestion"))
    check_refused(bakeoff("run", path, "--out", tmp_path / "runs"), tmp_path / "runs", "questions.jsonl", "qestion", "question")


def test_an_empty_file(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path)
    (tmp_path / "questions.jsonl").write_text("")
    check_refused(bakeoff("run", path, "--out", tmp_path / "runs"), tmp_path / "runs", "questions.jsonl", "empty")


def test_a_file_of_another_type(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path)
    (tmp_path / "questions.jsonl").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)))
    check_refused(bakeoff("run", path, "--out", tmp_path / "runs"), tmp_path / "runs", "questions.jsonl")


def test_duplicate_ids_name_both_lines(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path)
    lines = (tmp_path / "questions.jsonl").read_text().splitlines()
    first = json.loads(lines[0])["id"]
    (tmp_path / "questions.jsonl").write_text("\n".join([*lines, json.dumps({**json.loads(lines[1]), "id": first})]) + "\n")
    check_refused(bakeoff("run", path, "--out", tmp_path / "runs"), tmp_path / "runs", f"questions.jsonl:{len(lines) + 1}", first)


def test_a_label_seen_only_in_test(tmp_path: Path, bakeoff: Bakeoff) -> None:
    rows = [f"text {i},{label},train" for i in range(6) for label in ("a", "b")] + [
        "odd one,c,test",
        "text 9,a,test",
        "text 8,b,dev",
    ]
    path = classification(tmp_path, rows)
    check_refused(bakeoff("run", path, "--out", tmp_path / "runs"), tmp_path / "runs", "rows.csv:14", "'c'")


def test_documents_without_text(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path)
    for document in (tmp_path / "documents").iterdir():
        document.write_text("\n \n")
    check_refused(bakeoff("run", path, "--out", tmp_path / "runs"), tmp_path / "runs", "documents")


def test_a_model_that_does_not_exist(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path, model={"name": "smollm2-135m-instrukt"})
    check_refused(bakeoff("run", path, "--out", tmp_path / "runs"), tmp_path / "runs", "smollm2-135m-instruct")


def test_a_full_disk(tmp_path: Path, bakeoff: Bakeoff) -> None:
    """`/dev/full` stands for the disk: every write to it fails with the system's own error."""
    from pipeline.errors import UserError
    from pipeline.files import told_plainly

    with (
        pytest.raises(UserError, match="disk is full") as told,
        told_plainly(tmp_path),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    assert "resume" in told.value.remedy


def test_no_permission_to_write(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path)
    (tmp_path / "file").write_text("not a folder")
    done = bakeoff("run", path, "--out", tmp_path / "file" / "runs")
    check_refused(done, tmp_path / "runs", str(tmp_path / "file" / "runs"), "--out")


def test_no_permission_to_read(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path)
    os.chmod(tmp_path / "questions.jsonl", 0)
    if os.access(tmp_path / "questions.jsonl", os.R_OK):  # root reads everything: a dangling link stands in
        (tmp_path / "questions.jsonl").unlink()
        (tmp_path / "questions.jsonl").symlink_to(tmp_path / "gone")
    check_refused(bakeoff("run", path, "--out", tmp_path / "runs"), tmp_path / "runs", "questions.jsonl")


def test_all_mistakes_of_the_experiment_at_once(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path, finetune={"epoch": 1, "rank": 0}, retrieval={"kk": 2})
    check_refused(
        bakeoff("run", path, "--out", tmp_path / "runs"),
        tmp_path / "runs",
        "3 mistakes",
        "did you mean epochs?",
        "finetune.rank",
        "retrieval.kk",
    )


def test_broken_yaml_names_the_line(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text("name: a\ntask: {kind: classification\n")
    check_refused(bakeoff("run", path, "--out", tmp_path / "runs"), tmp_path / "runs", "experiment.yaml:", "YAML")


def test_rows_that_cannot_be_read_are_kept_in_quarantine(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = edit(write_tiny(tmp_path), lambda e: e.update(arms=["classic"]))
    with (tmp_path / "questions.jsonl").open("a") as out:
        out.write("{not json\n")
    done = bakeoff("run", path, "--out", tmp_path / "runs", "--json")
    assert done.code in (0, 3), done.err
    kept = [json.loads(line) for line in next((tmp_path / "runs").glob("*/data/quarantine.jsonl")).read_text().splitlines()]
    assert [(Path(row["file"]).name, row["line"]) for row in kept] == [("questions.jsonl", 18)]
    assert done.json()["summary"]["rows"]["quarantined"] == 1
