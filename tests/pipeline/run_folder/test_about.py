"""What people say of a run: kept, shown in the list, and of no consequence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.errors import Damaged, UserError
from pipeline.results.overview import overview
from pipeline.run_folder import about
from pipeline.run_folder.store import RunFolder


def made(runs: Path) -> RunFolder:
    run = RunFolder((runs / "one-12345678").resolve())
    run.path.mkdir(parents=True)
    (run.path / "experiment.yaml").write_text("name: one\n")
    return run


def said(runs: Path, *words: str) -> str:
    done = CliRunner().invoke(app, [*words, "--out", str(runs)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_line_names_tags_deletes_and_brings_back(tmp_path: Path) -> None:
    run = made(tmp_path)
    told = said(tmp_path, "describe", "one", "--name", "With more rows", "--note", "For Ada", "--tag", "q3", "--tag", "draft")
    assert told == f"{run.id}: With more rows\nTags: q3, draft\nFor Ada\n"
    said(tmp_path, "describe", "one", "--no-tag", "draft")
    assert about.read(run) == about.About("With more rows", "For Ada", ("q3",))
    assert "With more rows [q3]" in said(tmp_path, "list")
    assert f"bakeoff restore {run.id}" in said(tmp_path, "delete", run.id)
    listed = json.loads(said(tmp_path, "list", "--json"))
    assert (listed["runs"], [one["run"] for one in listed["deleted"]]) == ([], [run.id])
    assert f"bakeoff restore {run.id}" in said(tmp_path, "list")
    said(tmp_path, "restore", run.id)
    (row,) = overview(tmp_path)
    assert (row["name"], row["note"], row["tags"], row["damaged"]) == ("With more rows", "For Ada", ["q3"], [])


def test_spaces_and_doubled_tags_are_put_right_and_what_is_too_long_is_refused(tmp_path: Path) -> None:
    run = made(tmp_path)
    assert about.write(run, " a\n\tb\x00 ", " x\ny ", [" q3 ", "q3", "", " "]) == about.About("a b", "x\ny", ("q3",))
    for name, note, tags in (("n" * 61, "", []), ("", "n" * 2001, []), ("", "", ["t" * 31]), ("", "", [str(i) for i in range(11)])):
        with pytest.raises(UserError, match="more than"):
            about.write(run, name, note, tags)
    assert about.read(run).name == "a b"


@pytest.mark.parametrize("content", ["{", "[]", '{"name": 1}', "null"])
def test_a_damaged_file_is_named_and_the_run_is_listed_all_the_same(tmp_path: Path, content: str) -> None:
    run = made(tmp_path)
    (run.path / about.FILE).write_text(content)
    (row,) = overview(tmp_path)
    assert (row["run"], row["name"]) == (run.id, "one")
    if content == "null":
        return
    assert row["damaged"] == [about.FILE]
    with pytest.raises(Damaged):
        about.read(run)
