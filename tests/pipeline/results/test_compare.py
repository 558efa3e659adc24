"""Two runs side by side: the same run twice differs by nothing, changed settings alone are named, flipped rows are listed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.cli.text import comparison_text
from pipeline.records import read_predictions, write_lines
from pipeline.results.compare import compare_runs
from pipeline.results.differences import changed_settings
from pipeline.run_folder import about
from pipeline.run_folder.store import RunFolder
from tests.pipeline.stored_runs import stored


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`before`, its copy, and `after`: rag is right where it was wrong on 10 rows, wrong where it was right on 4, base is as it was."""
    folder = tmp_path_factory.mktemp("runs")
    rag = [i < 20 for i in range(40)]
    run = stored(folder, "before", {"base": [i < 8 for i in range(40)], "rag": rag})
    shutil.copytree(run.path, folder / "copy-12345678")
    then = [right if not (i < 4 or 20 <= i < 30) else not right for i, right in enumerate(rag)]
    stored(folder, "after", {"base": [i < 8 for i in range(40)], "rag": then}, decision={"margin": 0.1})
    return folder


def test_a_run_against_its_own_copy_differs_by_nothing(runs: Path) -> None:
    found = compare_runs(runs, "before", "copy")
    assert [row["difference"] for row in found["arms"]] == [{"difference": 0.0, "low": 0.0, "high": 0.0, "n": 40}] * 2
    assert found["settings"] == []
    assert all(rows == {"mended": [], "broken": []} for rows in found["flips"].values())


def test_answers_that_are_other_words_and_score_the_same_may_still_differ_by_chance(runs: Path) -> None:
    """Nothing was seen to differ on 40 rows, which says little about others: the interval is not empty."""
    shutil.copytree(runs / "before-12345678", runs / "reworded-12345678")
    run = RunFolder(runs / "reworded-12345678")
    said = read_predictions(run.predictions_path("rag", 0))
    write_lines(run.predictions_path("rag", 0), [said[0].__class__(**{**vars(said[0]), "text": "in other words"}), *said[1:]])
    base, rag = (row["difference"] for row in compare_runs(runs, "before", "reworded")["arms"])
    assert (base["low"], base["high"]) == (0.0, 0.0)
    assert rag["difference"] == 0.0
    assert rag["low"] < -0.02 < 0.02 < rag["high"]


def test_flipped_rows_are_listed_with_both_answers(runs: Path) -> None:
    found = compare_runs(runs, "before", "after")
    flips = found["flips"]
    assert flips["base"] == {"mended": [], "broken": []}
    assert [row["row"] for row in flips["rag"]["mended"]] == [f"r{i}" for i in range(20, 30)]
    assert [row["row"] for row in flips["rag"]["broken"]] == [f"r{i}" for i in range(4)]
    assert flips["rag"]["broken"][0] == {
        "row": "r0", "input": "Question 0?", "references": "fact 0", "one": "fact 0", "other": "something else, says rag",
    }  # fmt: skip
    told = comparison_text(found)
    assert "rag            10 mended, 4 broken" in told
    assert "decision.margin: None → 0.1" in told


def test_only_what_was_set_otherwise_is_named(runs: Path) -> None:
    run, other = RunFolder(runs / "before-12345678"), RunFolder(runs / "after-12345678")
    found = {one["setting"]: (one["one"], one["other"]) for one in changed_settings(run, other)}
    assert found == {"name": ("before", "after"), "decision.margin": (None, 0.1)}
    shutil.copytree(run.path, runs / "newer-12345678")
    newer = RunFolder(runs / "newer-12345678")
    settings = yaml.safe_load((newer.path / "experiment.yaml").read_text())
    (newer.path / "experiment.yaml").write_text(yaml.safe_dump({**settings, "arms": ["rag"], "retrieval": {"k": 4, "search": {}}}))
    newer.write_json("manifest.json", {**(newer.read_json("manifest.json") or {}), "data": "other", "versions": {"python": "4"}})
    assert changed_settings(run, newer) == [
        {"setting": "arms", "one": ["base", "rag"], "other": ["rag"]},
        {"setting": "data (hash)", "one": "9f2c", "other": "other"},
        {"setting": "python (version)", "one": "3", "other": "4"},
        {"setting": "retrieval.k", "one": None, "other": 4},
        {"setting": "retrieval.search", "one": None, "other": {}},
    ]


def test_other_rows_give_no_differences(runs: Path) -> None:
    stored(runs, "longer", {"base": [True] * 41, "rag": [True] * 41})
    found = compare_runs(runs, "before", "longer")
    assert not found["comparable"]
    assert found["flips"] is None
    assert [row["difference"] for row in found["arms"]] == [None, None]


def test_runs_go_by_the_name_they_were_given(runs: Path) -> None:
    about.write(RunFolder(runs / "before-12345678"), "First try", "", [])
    assert [run["name"] for run in compare_runs(runs, "before", "after")["runs"]] == ["First try", ""]
