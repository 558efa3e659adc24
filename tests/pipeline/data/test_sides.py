"""Files called train, dev and test are a given split: proposed by `init`, kept by the import, and never mixed again."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from pipeline.data.ingest import load_examples
from pipeline.data.ingest.rows.propose import propose, write_experiment
from pipeline.data.ingest.rows.sides import by_word, given
from pipeline.data.split import split
from pipeline.errors import UserError
from pipeline.experiment.data_section import Columns, Data
from pipeline.experiment.load import Task, dump, load, parse
from pipeline.planning.preview import audit_only
from pipeline.stages.data import without_places
from tests.tiny_run import Bakeoff

LABELS = Task(kind="classification")


def table(path: Path, rows: int, head: str = "id,text,label") -> Path:
    """Each file counts its rows from one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = {"id": "{i}", "text": "text {i} of " + path.stem, "label": "label {m}"}
    lines = [",".join(cells[name] for name in head.split(",")).format(i=i, m=i % 3) for i in range(1, rows + 1)]
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


def sides_of(path: Path) -> dict[str, Counter[str]]:
    """File → how many of its rows are on which side, after the split."""
    experiment = load(path)
    rows = split(load_examples(experiment.data, experiment.task).records, experiment.data.split, experiment.task.kind)
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(Path(row.origin.rpartition(":")[0]).name, Counter())[row.split] += 1
    return found


@pytest.mark.parametrize(
    ("name", "side"),
    [("train.csv", "train"), ("Test.jsonl", "test"),
     ("dev-v2.0.json", "dev"), ("train-00000-of-00002.parquet", "train"), ("valid.csv", "dev"),
     ("banking_test.csv", "test"), ("data/validation/part1.csv", "dev"), ("contest.csv", ""), ("train_test.csv", ""), ("rows.csv", "")],
)  # fmt: skip
def test_words_of_a_name(name: str, side: str) -> None:
    assert by_word(Path(name)) == side


@pytest.mark.parametrize(
    ("named", "kept"),
    [(["train", "test"], ["train", "test"]), (["train", "dev", "test"], ["train", "dev", "test"]), (["", "test"], ["", "test"]),
     (["train", "dev"], ["", "dev"]), (["dev", "test"], ["", ""]), (["train", "train"], ["", ""]), (["train", ""], ["", ""])],
)  # fmt: skip
def test_a_split_that_can_stand(named: list[str], kept: list[str]) -> None:
    assert given(named) == kept


def test_init_proposes_the_given_split_and_the_run_keeps_it(tmp_path: Path, bakeoff: Bakeoff) -> None:
    files = [table(tmp_path / f"tickets_{side}.csv", rows) for side, rows in (("train", 60), ("test", 20))]
    output = tmp_path / "experiment.yaml"
    done = bakeoff("init", *files, "-o", output)
    assert done.code == 0, done.err
    data = yaml.safe_load(output.read_text())["data"]
    assert data["sides"] == {"train": ["tickets_train.csv"], "test": ["tickets_test.csv"]}
    assert "examples" not in data
    assert "a given split" in output.read_text()
    found = sides_of(output)
    assert found["tickets_test.csv"] == {"test": 20}
    assert found["tickets_train.csv"] == {"train": 54, "dev": 6}
    assert audit_only(load(output))["rows"]["test"] == 20


def test_without_a_test_file_the_test_rows_are_drawn_from_the_others(tmp_path: Path) -> None:
    files = [table(tmp_path / f"{name}.csv", 40) for name in ("train", "valid")]
    proposal = propose(files)
    assert proposal.sides == {"dev": [files[1]]}
    assert "the rows of train.csv are drawn for test and train; is that right?" in proposal.questions
    (tmp_path / "e.yaml").write_text(write_experiment(proposal, "n", tmp_path))
    found = sides_of(tmp_path / "e.yaml")
    assert found["valid.csv"] == {"dev": 40}
    assert found["train.csv"]["test"] > 0 < found["train.csv"]["train"]


def test_a_test_file_without_answers_is_neither_examples_nor_documents(tmp_path: Path) -> None:
    files = [table(tmp_path / "train.csv", 30), table(tmp_path / "test.csv", 9, "id,text")]
    proposal = propose(files)
    assert (proposal.examples, proposal.documents, proposal.sides) == ([files[0]], [], {})
    assert "test.csv has no column 'label' and is left out" in proposal.questions


def test_what_is_written_wins_and_other_files_are_open(tmp_path: Path) -> None:
    for name in ("train", "test", "more"):
        table(tmp_path / f"{name}.csv", 20)
    raw = {"name": "n", "task": {"kind": "classification"}, "data": {"examples": ["train.csv", "more.csv"], "sides": {"dev": "test.csv"}}}
    (tmp_path / "e.yaml").write_text(yaml.safe_dump(raw))
    found = sides_of(tmp_path / "e.yaml")
    assert found["test.csv"] == {"dev": 20}
    assert sum(found["train.csv"].values()) == sum(found["more.csv"].values()) == 20
    again = parse(dump(load(tmp_path / "e.yaml")), tmp_path)
    assert again == load(tmp_path / "e.yaml")
    moved = parse(json.loads(json.dumps(raw)), tmp_path / "elsewhere")
    assert without_places(dump(moved)["data"]) == without_places(dump(again)["data"])
    other = {**raw, "data": {"examples": ["train.csv", "test.csv"], "sides": {"dev": "more.csv"}}}
    assert without_places(dump(parse(other, tmp_path))["data"])["sides"] == {"train": [], "dev": [2], "test": []}


def test_a_file_on_two_sides_and_no_file_at_all_are_refused(tmp_path: Path) -> None:
    raw = {"name": "n", "task": {"kind": "classification"}}
    with pytest.raises(UserError, match=r"'a.csv' stands on two sides"):
        parse({**raw, "data": {"sides": {"train": "a.csv", "test": ["a.csv"]}}}, tmp_path)
    with pytest.raises(UserError, match=r"data.examples: is needed and missing"):
        parse({**raw, "data": {}}, tmp_path)


def test_ids_that_each_file_counts_from_one_are_told_apart(tmp_path: Path) -> None:
    files = [str(table(tmp_path / f"{name}.csv", 3)) for name in ("train", "test")]
    rows = load_examples(Data(examples=files), LABELS).records
    assert [row.id for row in rows] == ["train-1", "train-2", "train-3", "test-1", "test-2", "test-3"]
    with pytest.raises(UserError, match="the id '1' stands here and in"):
        load_examples(Data(examples=files, columns=Columns(id="id")), LABELS)
