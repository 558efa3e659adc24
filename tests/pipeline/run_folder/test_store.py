"""The run folder: writes that are whole or not at all, locks, lookup; and workers that die."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import jobs
from pipeline.errors import UserError
from pipeline.files import part_of, sweep, write_bytes
from pipeline.records import Document, Example, Hit, Prediction, kept, read_lines, read_predictions, to_line, write_lines
from pipeline.run_folder import record
from pipeline.run_folder.lock import Lock, born
from pipeline.run_folder.store import RunFolder, find, now, of_id
from tests.tiny_run import ROOT


def made(path: Path) -> RunFolder:
    path.mkdir(parents=True)
    (path / "experiment.yaml").write_text("name: a\n")
    return RunFolder(path)


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.json", b"old")
    with pytest.raises(TypeError):
        RunFolder(tmp_path).write_json("a.json", {"x": object()})
    with pytest.raises(OSError, match=r"exists|directory"):
        write_bytes(tmp_path / "a.json" / "b.json", b"new")
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


WRITER = """
import os, signal, sys
from pathlib import Path
from pipeline.files import write_chunks

def halves():
    yield b"half"
    os.kill(os.getpid(), signal.SIGKILL)

write_chunks(Path(sys.argv[1]), halves())
"""


def test_what_a_killed_writer_left_is_no_file_of_a_stage_and_is_swept_away(tmp_path: Path) -> None:
    run = made(tmp_path / "run-1")
    write_bytes(run.path / "retrieved/test.jsonl", b"whole")
    subprocess.run([sys.executable, "-c", WRITER, str(run.path / "retrieved/dev.jsonl")], cwd=ROOT, check=False)
    left, writing = next((run.path / "retrieved").glob(".dev*.part")), part_of(run.path / "retrieved/train.jsonl")
    writing.write_bytes(b"somebody who lives is writing this")
    assert list(record.seal(run, ["retrieved"])) == ["retrieved/test.jsonl"]
    sweep(run.path)
    assert (left.exists(), writing.exists()) == (False, True)


def test_a_line_cut_off_by_a_kill_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": 2}\n{"a"')
    assert [line["a"] for line in read_lines(path)] == [1, 2]


def test_records_survive_the_round_trip(tmp_path: Path) -> None:
    prediction = Prediction("r", "rag", 0, "text\n\u2028", "t", passages=(Hit("p", "d", 0.5, True),), choices={"a": -0.1})
    write_lines(tmp_path / "p.jsonl", [prediction])
    assert read_predictions(tmp_path / "p.jsonl") == [prediction]
    example = Example("1", "q", ("a", "b"), gold_passages=("d",), slices={"lang": "de"})
    assert Example.from_json(json.loads(to_line(example))) == example
    assert Document.from_json(json.loads(to_line(Document("d", "text", metadata={"origin": "f:1"})))).metadata == {"origin": "f:1"}


HOLD = "import sys; from pathlib import Path; from pipeline.run_folder.lock import Lock\n"
HOLD += "print((lock := Lock(Path(sys.argv[1]))).acquire(), flush=True); input()"


def test_a_lock_has_one_holder_and_is_freed_when_it_dies(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        mine = Lock(tmp_path / "lock")
        assert not mine.acquire()
        holder.kill()
        holder.wait()
        assert mine.acquire()
        mine.release()


def test_a_run_is_found_by_id_beginning_or_folder(tmp_path: Path) -> None:
    run = made(tmp_path / "facts-12345678")
    made(tmp_path / "tie-00000000")
    assert find(tmp_path, "facts") == find(tmp_path, run.id) == find(tmp_path, str(run.path)) == run
    with pytest.raises(UserError, match=r"is not a run.*facts-12345678"):
        find(tmp_path, "nothing")


def test_a_worker_that_died_without_a_word_has_failed(tmp_path: Path) -> None:
    run = made(tmp_path / "a-1")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    status = {
        "state": "running",
        "stage": "index",
        "done": 1,
        "total": 3,
        "pid": dead.pid,
        "pid_born": 1.0,
        "heartbeat": now(),
    }
    run.write_json("status.json", status)
    state = jobs.state(tmp_path, "a-1")
    assert state.state == "failed"
    assert "Resume" in (state.error or "")


def test_a_worker_without_a_heartbeat_is_stalled(tmp_path: Path) -> None:
    import psutil

    run = made(tmp_path / "a-1")
    own = psutil.Process(os.getpid())
    run.write_json(
        "status.json",
        {
            "state": "running",
            "pid": own.pid,
            "pid_born": born(own.pid),
            "heartbeat": "2026-01-01T00:00:00.000+00:00",
        },
    )
    assert jobs.state(tmp_path, "a-1").state == "stalled"


def test_a_worker_whose_parent_never_asks_after_it_can_be_cancelled(tmp_path: Path) -> None:
    """It stays in the process table as a zombie."""
    import psutil

    run = made(tmp_path / "a-1")
    never_asks = "import subprocess, time; worker = subprocess.Popen(['sleep', '60']); print(worker.pid, flush=True); time.sleep(61)"
    with subprocess.Popen([sys.executable, "-c", never_asks], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        run.write_json("status.json", {"state": "running", "pid": worker.pid, "pid_born": born(worker.pid), "heartbeat": now()})
        assert jobs.cancel(tmp_path, "a-1").state == "cancelled"
        assert worker.status() == psutil.STATUS_ZOMBIE
        parent.kill()


def test_a_page_is_opened_by_the_whole_id_alone(tmp_path: Path) -> None:
    run, other = made(tmp_path / "runs" / "facts-1"), made(tmp_path / "elsewhere" / "facts-1")
    runs = tmp_path / "runs"
    assert of_id(runs, "facts-1") == run
    names = [
        str(run.path),
        str(other.path),
        "../elsewhere/facts-1",
        "facts-1/",
        "./facts-1",
        "facts",
        "",
        ".",
        "..",
        "x" * 5000,
        "\0",
        "*",
        "[f]acts-1",
    ]
    assert [of_id(runs, name) for name in names] == [None] * len(names)
    assert find(runs, str(other.path)) == other  # the command line takes paths


@pytest.mark.parametrize("name", ["x" * 5000, "\0", "no-such"])
def test_what_can_be_no_run_is_told_so(tmp_path: Path, name: str) -> None:
    made(tmp_path / "facts-1")
    with pytest.raises(UserError, match="is not a run") as told:
        find(tmp_path, name)
    assert len(str(told.value)) < 400 + len(str(tmp_path))


def test_an_id_goes_before_a_folder_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(tmp_path / "runs" / "facts-1")
    made(tmp_path / "here" / "facts-1")
    monkeypatch.chdir(tmp_path / "here")
    assert find(tmp_path / "runs", "facts-1") == run


def test_what_was_read_of_a_file_is_kept_until_the_file_is_another(tmp_path: Path) -> None:
    path, asked = tmp_path / "x.txt", []

    def read(there: Path) -> str:
        asked.append(there)
        return there.read_text() if there.exists() else ""

    assert kept(read, path) == ""
    for text, times in (("one", 2), ("two", 3)):
        write_bytes(path, text.encode())
        assert [kept(read, path), kept(read, path)] == [text, text]
        assert len(asked) == times
