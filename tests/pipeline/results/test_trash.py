"""Deleting a run never touches one that is at work or lies elsewhere, and for a day there is a way back."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import jobs
from pipeline.errors import UserError
from pipeline.results import trash
from pipeline.results.overview import overview
from pipeline.run_folder.store import RunFolder, all_runs
from tests.pipeline.stored_runs import standing


def made(runs: Path, name: str = "one-12345678", state: str = "done") -> RunFolder:
    run = RunFolder((runs / name).resolve())
    run.path.mkdir(parents=True)
    (run.path / "experiment.yaml").write_text("name: one\n")
    standing(run, state)
    return run


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and not p.name.endswith(".lock")}


def test_a_deleted_run_is_gone_from_the_list_and_comes_back_as_it_was(tmp_path: Path) -> None:
    run, other = made(tmp_path), made(tmp_path, "two-12345678")
    before = files(run.path)
    gone = trash.delete(tmp_path, run.id)
    assert [one.id for one in all_runs(tmp_path)] == [other.id]
    assert [row["run"] for row in overview(tmp_path)] == [other.id]
    assert [one.run.id for one in trash.deleted(tmp_path)] == [run.id]
    assert timedelta(hours=23, minutes=59) < gone.until - datetime.now(UTC) <= timedelta(days=1)
    assert trash.restore(tmp_path, run.id) == run
    assert files(run.path) == before
    assert trash.deleted(tmp_path) == []
    with pytest.raises(UserError, match="no deleted run"):
        trash.restore(tmp_path, run.id)


@pytest.mark.parametrize("state", ["queued", "running", "stalled"])
def test_a_run_at_work_is_not_deleted(tmp_path: Path, state: str) -> None:
    run = made(tmp_path, state=state)
    with pytest.raises(UserError, match=re.escape("being worked on")):
        trash.delete(tmp_path, run.id)
    assert run.path.is_dir()


@pytest.mark.parametrize("lock", [".worker.lock", ".start.lock"])
def test_a_run_whose_lock_is_held_is_not_deleted_whatever_its_status_says(tmp_path: Path, lock: str) -> None:
    run = made(tmp_path)
    held = run.lock() if lock == ".worker.lock" else trash.Lock(run.path / lock)
    assert held.acquire()
    with pytest.raises(UserError, match=re.escape("being worked on")):
        trash.delete(tmp_path, run.id)
    assert run.path.is_dir()
    held.release()
    trash.delete(tmp_path, run.id)
    assert not run.path.exists()


@pytest.mark.parametrize("name", ["one", "../one-12345678", ".", "", "..", "/", ".trash", "one-12345678/", "*", "a" * 5000, "\0"])
def test_only_a_whole_id_deletes(tmp_path: Path, name: str) -> None:
    run = made(tmp_path / "runs")
    for path in (name, str(run.path)):
        with pytest.raises(UserError, match="exactly this id"):
            trash.delete(tmp_path / "runs", path)
        with pytest.raises(UserError, match="exactly this id"):
            trash.restore(tmp_path / "runs", path)
    assert run.path.is_dir()


def test_what_lies_outside_the_folder_of_runs_is_left_alone(tmp_path: Path) -> None:
    outside = made(tmp_path / "elsewhere")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / outside.id).symlink_to(outside.path)
    with pytest.raises(UserError, match="outside the folder"):
        trash.delete(tmp_path / "runs", outside.id)
    assert (outside.path / "experiment.yaml").is_file()
    inside = made(tmp_path / "runs", "two-12345678")
    (tmp_path / "runs" / trash.FOLDER).symlink_to(tmp_path / "elsewhere")
    for act in (lambda: trash.delete(tmp_path / "runs", inside.id), lambda: trash.expire(tmp_path / "runs")):
        with pytest.raises(UserError, match="a link to somewhere else"):
            act()
    assert inside.path.is_dir()
    assert (outside.path / "experiment.yaml").is_file()


def test_after_a_day_it_is_gone_for_good_and_nothing_else_is(tmp_path: Path) -> None:
    old, young = made(tmp_path), made(tmp_path, "two-12345678")
    place = trash.delete(tmp_path, old.id).run.path.parent
    trash.delete(tmp_path, young.id)
    past = (datetime.now(UTC) - timedelta(days=1, seconds=1)).strftime(trash.WHEN)
    place.rename(place.with_name(past))
    stray, outside = tmp_path / trash.FOLDER / "notes", tmp_path / "outside"
    for folder in (stray, outside):
        folder.mkdir()
        (folder / "kept.txt").write_text("kept")
    (outside / "run-12345678").mkdir()
    (tmp_path / trash.FOLDER / "20200101T000000.000000Z").symlink_to(outside)
    assert [one.run.id for one in trash.deleted(tmp_path)] == [young.id], "an old one is not offered even before it is removed"
    assert trash.expire(tmp_path) == 1
    assert [one.run.id for one in trash.deleted(tmp_path)] == [young.id]
    assert (stray / "kept.txt").exists()
    assert (outside / "kept.txt").exists()
    assert not (tmp_path / trash.FOLDER / past).exists()


def test_a_run_made_anew_stands_before_the_deleted_one(tmp_path: Path) -> None:
    run = made(tmp_path)
    (run.path / "first").write_text("first")
    trash.delete(tmp_path, run.id)
    made(tmp_path)
    with pytest.raises(UserError, match="made anew"):
        trash.restore(tmp_path, run.id)
    trash.delete(tmp_path, run.id)
    assert len(trash.deleted(tmp_path)) == 2
    assert not (trash.restore(tmp_path, run.id).path / "first").exists(), "the one deleted last"
    assert jobs.state(tmp_path, run.id).state == "done"
    assert os.listdir(tmp_path / trash.FOLDER) == [trash.deleted(tmp_path)[0].run.path.parent.name]
