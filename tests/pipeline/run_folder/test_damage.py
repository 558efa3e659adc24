"""Files that were cut, emptied, flipped or lost are found, named and made anew; other runs and the list of all go on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.results.overview import overview
from pipeline.results.verify import verify
from pipeline.run import execute, prepare
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder
from tests.small_run import small_run, write_small
from tests.tiny_run import Bakeoff

CHEAP = ["classic"]
"""Arms of runs that are done again and again here."""
DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "cut": lambda data: data[: len(data) // 2],
    "emptied": lambda data: b"",
    "flipped": lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :],
    "lost": lambda data: None,
}


def damage(path: Path, how: str) -> None:
    """A file of its own in the place of this one, which may be linked to from elsewhere."""
    made = DAMAGES[how](path.read_bytes())
    path.unlink()
    if made is not None:
        path.write_bytes(made)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("damage")
    return small_run(folder, folder / "runs", arms=CHEAP)


@pytest.fixture
def run(sound: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy, alone in its folder."""
    shutil.copytree(sound.path, tmp_path / sound.id)
    return RunFolder(tmp_path / sound.id)


def named(run: RunFolder) -> set[str]:
    return {event["damaged"] for event in run.events() if "damaged" in event}


@pytest.mark.parametrize(
    ("file", "how"),
    [
        ("data/test.jsonl", "cut"),
        ("index/faiss.index", "flipped"),
        ("predictions/classic/seed-0.jsonl", "emptied"),
        ("scores.parquet", "flipped"),
        ("decision.json", "cut"),
        ("report/report.html", "lost"),
    ],
)
def test_a_damaged_file_is_named_and_its_stage_alone_done_anew(run: RunFolder, sound: RunFolder, file: str, how: str) -> None:
    before, data = record.entries(run), (sound.path / file).read_bytes() if (sound.path / file).exists() else b""
    assert data, file
    damage(run.path / file, how)
    assert [one["file"] for one in verify(run).damaged] == [file]
    execute(run)
    assert named(run) == {file}
    assert verify(run).sound
    done = {event["stage"] for event in run.events()[len(sound.events()) :] if event["event"] == "stage_started"}
    stage = next(name for name, entry in before.items() if file in entry.files)
    assert stage in done
    assert done <= {stage, "decide", "report"}, "seconds of a stage that was done anew stand in the verdict's bill"
    if file.endswith(".jsonl"):
        assert (run.path / file).read_bytes() == data


def test_a_file_damaged_after_its_stage_was_looked_at_is_found_before_it_is_read(run: RunFolder, sound: RunFolder) -> None:
    """Between two stages of one session."""
    rows, (run_file, score) = (sound.path / "data/test.jsonl").read_bytes(), (run.path / "data/test.jsonl", run.path / "scores.parquet")
    score.unlink()

    def listen(event: dict[str, object]) -> None:
        if event["event"] == "stage_done" and event["stage"] == "index":
            damage(run_file, "flipped")

    execute(run, listen)
    assert named(run) == {"data/test.jsonl", "scores.parquet"}
    assert run_file.read_bytes() == rows
    assert verify(run).sound


def test_a_changed_record_counts_for_nothing(run: RunFolder) -> None:
    path = run.path / record.FILE
    stored = json.loads(path.read_text())
    stored["index"]["seconds"] = 0.001
    path.write_text(json.dumps(stored))
    assert [(one["file"], one["why"]) for one in verify(run).damaged] == [(record.FILE, "does not hold what was written of index")]
    execute(run)
    assert verify(run).sound
    assert record.entries(run)["index"].seconds != 0.001
    path.write_bytes(b"")
    execute(run)
    assert verify(run).sound


def test_the_list_of_all_runs_goes_on_past_a_damaged_one(run: RunFolder, sound: RunFolder, bakeoff: Bakeoff) -> None:
    runs = run.path.parent
    shutil.copytree(sound.path, runs / "other-00000000")
    for name in ("status.json", "decision.json", "manifest.json", "stages.json", "events.jsonl"):
        for how in ("cut", "emptied", "flipped"):
            kept = (run.path / name).read_bytes()
            damage(run.path / name, how)
            assert {row["run"] for row in overview(runs)} == {run.id, "other-00000000"}, (name, how)
            (run.path / name).write_bytes(kept)
    damage(run.path / "status.json", "cut")
    damage(run.path / "decision.json", "cut")
    found = next(row for row in overview(runs) if row["run"] == run.id)
    assert (found["state"], found["verdict"], found["damaged"]) == ("failed", None, ["decision.json"])
    told = bakeoff("verify", run.id, "--out", runs, "--json")
    assert (told.code, [one["file"] for one in told.json()["damaged"]]) == (4, ["decision.json", "status.json"])
    listed, shown = bakeoff("list", "--out", runs), bakeoff("verify", "other", "--out", runs)
    assert (listed.code, shown.code, "are what was written" in shown.out) == (0, 0, True)
    assert "Traceback" not in listed.err + told.err


def test_changed_data_and_changed_code_are_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_small(tmp_path, arms=CHEAP)
    run, rows = prepare(load(path), tmp_path / "runs"), tmp_path / "questions.jsonl"
    execute(run)
    manifest, report = ((run.path / name).read_bytes() for name in ("manifest.json", "report/report.json"))
    rows.write_text(rows.read_text().replace("?", " ?", 1))
    with pytest.raises(UserError, match=r"the data changed since this run was begun \(0/questions.jsonl\).*bakeoff run .*experiment.yaml"):
        execute(run)
    assert ((run.path / "manifest.json").read_bytes(), (run.path / "report/report.json").read_bytes()) == (manifest, report)
    anew = prepare(load(path), tmp_path / "runs")
    assert anew.id != run.id
    rows.write_text(rows.read_text().replace(" ?", "?", 1))
    execute(run)
    monkeypatch.setattr("pipeline.stages.base.code_key", lambda stage: "other")
    monkeypatch.setattr("pipeline.stages.beginning.code_key", lambda stage: "other")
    with pytest.raises(UserError, match=r"Bakeoff or its libraries changed .*data, audit, index"):
        execute(run)
    assert (run.path / "report/report.json").read_bytes() == report


def test_what_a_cancelled_session_left_and_cannot_be_used_is_done_anew(run: RunFolder) -> None:
    """Its files are known from the moment the session ended; of a killed one they are read, and what cannot be read begins anew."""
    entry, sheet = record.entries(run)["predict classic seed-0"], run.path / "predictions/classic/seed-0.jsonl"
    rows = sheet.read_bytes()
    for files in (entry.files, {}):
        sheet.write_bytes(rows[: len(rows) // 3] + b"\0\0\n" + rows[len(rows) // 3 :])
        record.write(run, "predict classic seed-0", record.Entry(entry.key, entry.code, 1.0, False, False, None, files))
        execute(run)
        assert sheet.read_bytes() == rows
        assert verify(run).sound


def test_an_experiment_that_was_changed_by_hand_is_refused(run: RunFolder) -> None:
    path = run.path / "experiment.yaml"
    path.write_text(path.read_text().replace("margin: 0.03", "margin: 0.3"))
    with pytest.raises(UserError, match="not what the run was begun with"):
        execute(run)
