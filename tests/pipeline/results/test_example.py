"""The finished example that comes with Bakeoff: opened once, whole, decided anew to the same, and taken by no run for its own work."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from eval import scores
from pipeline.errors import UserError
from pipeline.results import example
from pipeline.results.redecide import decide_run
from pipeline.results.verify import verify
from pipeline.run_folder import pages
from pipeline.run_folder.store import RunFolder
from tests.tiny_run import Bakeoff, TinyRun


def test_it_opens_at_once_and_decides_to_the_same(tmp_path: Path) -> None:
    run = example.opened(tmp_path / "runs")
    written = (run.path / "experiment.yaml").stat().st_mtime_ns
    assert example.opened(tmp_path / "runs") == run
    assert (run.path / "experiment.yaml").stat().st_mtime_ns == written, "unpacked once"
    stored, anew = run.read_json("decision.json"), decide_run(tmp_path / "runs", run.id, [], sensitivity=False)
    assert stored is not None
    assert (stored["verdict"], stored["arm"], stored["approach"]) == (anew["verdict"], anew["arm"], anew["approach"])
    path = pages.ready(run)
    assert path is not None
    assert len(pages.lines(path)) == stored["right"][stored["leaders"][0]]["rows"]
    assert {stage["key"] for stage in (run.read_json("stages.json") or {}).values()} == {"example"}, (
        "no run takes these for stages it has done"
    )


def test_other_rules_go_by_the_scores_as_they_are_now(tmp_path: Path) -> None:
    run = example.opened(tmp_path / "runs")
    path, before = run.path / "scores.parquet", decide_run(tmp_path / "runs", run.id, [], sensitivity=False)
    table = scores.read(path)
    table.loc[table["metric"] == before["metric"], "value"] = 0.0
    assert decide_run(tmp_path / "runs", run.id, [], sensitivity=False) == before, "a table is kept, and nobody else's changes reach it"
    scores.write(path, table)
    after = decide_run(tmp_path / "runs", run.id, [], sensitivity=False)
    leader = before["leaders"][0]
    assert before["right"][leader]["right"] > after["right"][leader]["right"] == 0, "a file that was replaced is read again"


def test_every_file_of_it_is_known_by_its_hash(tmp_path: Path) -> None:
    run = example.opened(tmp_path / "runs")
    found = verify(run)
    assert (found.damaged, found.unknown, found.unfinished) == ([], [], [])
    assert found.files > 40
    (run.path / "scores.parquet").write_bytes(b"else")
    assert [one["file"] for one in verify(run).damaged] == ["scores.parquet"]


def test_it_is_small_and_names_no_place_of_the_machine_it_was_made_on() -> None:
    assert example.BUNDLE.stat().st_size < 2**20
    with zipfile.ZipFile(example.BUNDLE) as book:
        for name in book.namelist():
            assert not re.search(rb"/(?:tmp|home|root|work|Users)/", book.read(name)), name


def test_the_terminal_shows_it(bakeoff: Bakeoff, tmp_path: Path) -> None:
    done = bakeoff("demo", "--finished", "--out", str(tmp_path / "runs"))
    assert done.code == 0
    run = example.opened(tmp_path / "runs")
    assert (run.read_json("decision.json") or {})["sentence"] in done.out


def test_a_run_becomes_the_example_byte_for_byte(tiny_run: TinyRun, tmp_path: Path) -> None:
    made = [example.bundle(tiny_run.run, tmp_path / name).read_bytes() for name in ("one.zip", "two.zip")]
    assert made[0] == made[1]
    (tmp_path / "half").mkdir()
    with pytest.raises(UserError, match="is not finished"):
        example.bundle(RunFolder(tmp_path / "half"), tmp_path / "half.zip")
