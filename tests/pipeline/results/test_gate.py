"""`bakeoff gate`: exit codes, which arms and rows are held against each other, and what build servers read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from pipeline.run_folder.store import RunFolder
from tests.pipeline.stored_runs import stored

GOOD = [i % 5 > 0 for i in range(200)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that is in use, the same answers once more, and one that lost forty rows."""
    folder = tmp_path_factory.mktemp("runs")
    base = [i % 2 == 0 for i in range(200)]
    for name, right in (("used", GOOD), ("same", GOOD), ("lost", [one and i >= 40 for i, one in enumerate(GOOD)])):
        stored(folder, name, {"base": base, "rag": right})
    return folder


def gate(*given: str, runs: Path) -> Result:
    return CliRunner().invoke(app, ["gate", *given, "--out", str(runs)])


def told(*given: str, runs: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gate(*given, "--json", runs=runs).stdout)
    return found


def test_exit_codes_of_not_worse_worse_and_not_to_be_shown(runs: Path) -> None:
    assert gate("same", "--baseline", "used", "--arm", "rag", "--baseline-arm", "rag", runs=runs).exit_code == 0
    lost = gate("lost", "--baseline", "used", "--arm", "rag", "--baseline-arm", "rag", runs=runs)
    assert (lost.exit_code, lost.stdout.startswith("Worse. rag of lost-")) == (4, True)
    narrow = gate("same", "--baseline", "used", "--arm", "rag", "--baseline-arm", "rag", "--margin", "0.001", runs=runs)
    assert narrow.exit_code == 5
    assert "about 3,000 rows if the two are equally good" in narrow.stdout
    found = told("same", "--baseline", "used", "--arm", "rag", runs=runs)
    assert (found["outcome"], found["baseline"]["arm"], found["all_rows"]["n"]) == ("not_worse", "rag", 200)


def test_build_servers_and_pull_requests_read_it(runs: Path, tmp_path: Path) -> None:
    run, hostile = RunFolder(next(runs.glob("lost-*"))), "a<b>|\x00& ![x](http://x)"
    lines = [json.loads(line) for line in (run.path / "data/test.jsonl").read_text().splitlines()]
    text = "".join(json.dumps(line | {"slices": {"kind": hostile if i < 40 else "rest"}}) + "\n" for i, line in enumerate(lines))
    (run.path / "data/test.jsonl").write_text(text)
    files = [tmp_path / "gate.xml", tmp_path / "gate.md"]
    options = ["--junit", str(files[0]), "--markdown", str(files[1]), "--arm", "rag", "--baseline-arm", "rag"]
    assert gate("lost", "--baseline", "used", *options, runs=runs).exit_code == 4
    (suite,) = JUnitXml.fromfile(str(files[0]))
    assert (suite.tests, suite.failures, suite.errors) == (3, 2, 0)
    assert [[type(one) for one in case.result] for case in suite] == [[Failure], [Failure], []]
    assert "![x](" not in files[1].read_text()
    assert "- r1\n" in files[1].read_text()
    gate("same", "--baseline", "used", "--margin", "0.001", *options, runs=runs)
    (suite,) = JUnitXml.fromfile(str(files[0]))
    assert [type(one) for case in suite for one in case.result] == [Error]


def test_tables_of_scores_stand_for_runs_and_other_questions_are_left_out(runs: Path, tmp_path: Path) -> None:
    table = tmp_path / "old.csv"
    table.write_text("row,arm,value\n" + "".join(f"r{i},service,{int(one)}\n" for i, one in enumerate(GOOD) if i < 150))
    found = told("same", "--baseline", str(table), "--arm", "rag", runs=runs)
    assert (found["outcome"], found["baseline"]["arm"], found["left_out"]) == ("not_worse", "service", 50)
    other = RunFolder(next(runs.glob("same-*")))
    rows = (other.path / "data/test.jsonl").read_text().replace("Question 7?", "Another question?")
    (other.path / "data/test.jsonl").write_text(rows)
    assert told("same", "--baseline", "used", "--arm", "rag", "--baseline-arm", "rag", runs=runs)["left_out"] == 1


def test_two_tables_are_held_by_their_own_metric_and_scale(runs: Path, tmp_path: Path) -> None:
    for name, top in (("one", 1), ("percent", 100)):
        lines = "".join(f"r{i},service,accuracy,{int(one) * top}\n" for i, one in enumerate(GOOD))
        (tmp_path / f"{name}.csv").write_text(f"row,arm,metric,value\n{lines}")
    one, percent = str(tmp_path / "one.csv"), str(tmp_path / "percent.csv")
    found = told(one, "--baseline", one, runs=runs)
    assert (found["outcome"], found["metric"], found["all_rows"]["n"]) == ("not_worse", "accuracy", 200)
    assert "Are these percentages?" in str(gate(percent, "--baseline", percent, runs=runs).exception)
    assert told(percent, "--baseline", percent, "--scale", "100", runs=runs)["all_rows"]["means"] == found["all_rows"]["means"]


def test_mistakes_are_told(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for given, said in (
        (["same"], "needs something to hold the run against"),
        (["same", "--baseline", "used", "--arm", "x"], "has no arm 'x'"),
        (["same", "--baseline", "used", "--arm", "rag", "--baseline-arm", "rag", "--metric", "x"], "'x'"),
    ):
        assert said in str(gate(*given, runs=runs).exception)
