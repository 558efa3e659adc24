"""One run has one worker, whoever starts it how often; its folder is removed by nobody but its maker; a worker is known by its lock."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline import jobs
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.run import discard, execute, prepare
from pipeline.run_folder import record
from pipeline.run_folder.lock import born
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder, now
from tests.tiny_run import ROOT, write_tiny

WORKER = """
import sys, time
from pathlib import Path
from pipeline.run_folder.store import RunFolder
lock = RunFolder(Path(sys.argv[1])).lock()
print(lock.acquire(), flush=True)
time.sleep(60)
"""


@contextmanager
def worker(run: RunFolder) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds this run's lock."""
    with subprocess.Popen([sys.executable, "-c", WORKER, str(run.path)], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def test_a_folder_is_removed_by_its_maker_alone_and_only_while_nobody_is_at_it(tmp_path: Path) -> None:
    experiment = load(write_tiny(tmp_path))
    first, second = (prepare(experiment, tmp_path / "runs") for _ in range(2))
    assert (first == second, first.made, second.made) == (True, True, False)
    discard(second)
    assert first.path.exists(), "the second start did not make it"
    with worker(first):
        discard(first)
        assert first.path.exists(), "somebody is at it"
        with pytest.raises(UserError, match="worked on already"):
            execute(second)
    first.write_json("status.json", {"state": "queued", "pid": 1, "pid_born": born(1), "heartbeat": now()})
    discard(first)
    assert first.path.exists(), "somebody waits for the turn to do it"
    first.write_json("status.json", {"state": "failed"})
    first.write_json("stages.json", {"data": {"finished": True}})
    discard(first)
    assert first.path.exists(), "nobody knows what was done"
    (first.path / "stages.json").unlink()
    record.write(first, "audit", record.Entry("", finished=True))
    discard(first)
    assert first.path.exists(), "something was done"
    (first.path / "stages.json").unlink()
    record.write(first, "data", record.Entry("", finished=True))
    discard(first)
    assert not first.path.exists(), "the files were read, no more"
    assert not list((tmp_path / "runs").iterdir())
    with pytest.raises(UserError, match="renamed or removed"):
        execute(second)


def test_a_worker_is_known_by_its_lock_whatever_the_clock_and_the_status_say(tmp_path: Path) -> None:
    """After the clock was set, a process seems to have begun at another time; status.json may be damaged."""
    run = prepare(load(write_tiny(tmp_path)), tmp_path)
    for status in (b'{"state": "running", "pid": 1, "pid_born": 5.0, "heartbeat": "2999-01-01T00:00:00+00:00"}', b'{"state": "runn', b""):
        with worker(run) as process:
            (run.path / "status.json").write_bytes(status)
            assert jobs.state(tmp_path, run.id).state == "running"
            assert jobs.resume(tmp_path, run.id) == run.id
            assert not (run.path / "worker.log").exists(), "no second worker"
            assert jobs.cancel(tmp_path, run.id).state == "cancelled"
            assert process.wait(5) == -signal.SIGTERM
    (run.path / "status.json").write_bytes(b"\0\0")
    assert jobs.state(tmp_path, run.id).state == "failed"
    assert "damaged" in (jobs.state(tmp_path, run.id).error or "")


def test_a_worker_whose_folder_was_renamed_stops_and_makes_no_second_one(tmp_path: Path) -> None:
    run = prepare(load(write_tiny(tmp_path)), tmp_path)
    lock, progress = run.lock(), Progress(run)
    assert lock.acquire()
    progress.begin(lock)
    run.path.rename(tmp_path / "renamed-1")
    assert jobs.state(tmp_path, "renamed").state == "running"
    for say in (lambda: progress.stage("index"), lambda: progress.step(1, 2, loss=1.0), lambda: progress.note("x")):
        with pytest.raises(UserError, match="renamed or removed"):
            say()
    progress.stop()
    lock.release()
    assert not run.path.exists()
    assert jobs.state(tmp_path, "renamed").state == "running", "this process lives"
