"""A model folder drafts in this process: to its end, every reply stored. Its weights are random, so nothing is usable, which is said."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from tests.finetune.tiny_model import make

TEXT = "The kiln of Ardle burns at 1240 degrees for nine hours each Friday, says the guild of house {n}."


@pytest.mark.slow
def test_a_model_folder_drafts_to_its_end_and_is_not_asked_again(tmp_path: Path) -> None:
    make(tmp_path / "model")
    rows = [{"id": f"d{n}", "text": TEXT.format(n=n)} for n in range(2)]
    (tmp_path / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = ["draft-questions", str(tmp_path / "documents.jsonl"), "--model", str(tmp_path / "model"), "-n", "2", "--kinds", "fact",
               "--retries", "0", "--out", str(tmp_path)]  # fmt: skip
    first = CliRunner().invoke(app, [*command, "--json"])
    assert first.exit_code == 2, first.output
    counted = json.loads(first.stdout)["counts"]
    assert (counted["asked"], counted["schema"], counted["unanswered"], counted["kept"]) == (2, 2, 0, 0)
    folder = tmp_path / "drafts/documents"
    assert sqlite3.connect(folder / "asked.sqlite").execute("SELECT count(*) FROM verdicts").fetchone() == (2,)
    drafts = (folder / "drafts.jsonl").read_text(encoding="utf-8")
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 2
    assert "the model is on this machine" in again.stdout
    assert (folder / "drafts.jsonl").read_text(encoding="utf-8") == drafts
