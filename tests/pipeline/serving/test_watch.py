"""A log of questions beside what a bundle was measured on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.data.served_log import read
from pipeline.errors import UserError
from pipeline.run_folder.store import RunFolder
from pipeline.samples import experiment_of
from pipeline.serving import bundle
from pipeline.serving.watch import watch

REFUSES = "This is not answered in the documents."


@pytest.fixture(scope="module")
def folder(run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle.write(run, bundle.Chosen("rag", 0), tmp_path_factory.mktemp("watched") / "rag")


def lines(inputs: list[str], answer: str | None = None) -> str:
    return "".join(json.dumps({"input": text, **({"answer": answer} if answer else {})}) + "\n" for text in inputs)


def test_questions_that_moved_are_seen_against_the_test_rows_and_since_the_last_time(folder: Path, tmp_path: Path) -> None:
    cases = [json.loads(line)["question"] for line in (experiment_of("facts").parent / "questions.jsonl").read_text().splitlines()[:40]]
    others = [f"My parcel number {n} has not arrived, where is my refund and whom do I phone?" for n in range(40)]
    log = tmp_path / "log.jsonl"
    log.write_text(lines(cases, "27 days") + json.dumps({"status": 200, "path": "/v1/chat/completions"}) + "\nno json\n")
    first = watch(folder, log)
    assert (first.questions, first.distinct, first.since_last_time, first.again) == (40, 40, None, False)
    assert "1 lines of the log hold no question and are left out." in first.notes
    assert first.never_found is not None
    assert 0 <= first.never_found < 1
    with log.open("a") as file:
        file.write(lines([*others, *others]))
    ran = CliRunner().invoke(app, ["watch", str(folder), str(log), "--json"])
    found = json.loads(ran.stdout)
    assert ran.exit_code == 4
    assert (found["questions"], found["distinct"], found["again"]) == (120, 80, True)
    assert found["since_last_time"]["p"] <= 0.01
    assert found["far"] > first.far  # type: ignore[operator]
    assert not any(text in Path(f"{log}.watch.json").read_text() for text in (cases[0], others[0]))
    log.write_text(lines(others))
    assert any("begun anew" in note for note in watch(folder, log).notes)


def test_what_cannot_be_told_is_missing_and_not_zero(run: RunFolder, folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(lines(["Who wrote it?"]))
    bare = bundle.write(run, bundle.Chosen("base", 0, "none"), tmp_path / "base")
    found = watch(bare, log)
    assert (found.from_test_rows, found.far, found.since_last_time, found.abstained, found.never_found, found.again) == (
        None, None, None, None, None, False,
    )  # fmt: skip
    assert len(found.notes) == 3
    log.write_text(json.dumps({"status": 200}) + "\n")
    with pytest.raises(UserError, match="no line of this log"):
        watch(folder, log)
    log.write_text(json.dumps({"question": "a"}) + "\n" + json.dumps([1]) + "\n")
    assert read(log)[1] == 1
