"""Workers that see no folder of the run: what they read comes from a store by key, and what they make goes there."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import fsspec
import pytest

from pipeline.distributed.apart import Post, Sender
from pipeline.distributed.driver import Driver, Order
from pipeline.distributed.machines import Call, Machines, asked_for
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.files import append, write_bytes
from pipeline.run import execute
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.shared import SharedStore
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.doing import Doing
from pipeline.stages.graph import jobs_of
from pipeline.worker import work_apart
from tests.pipeline.scale.kills import check, done_alone, fresh
from tests.pipeline.scale.patience import PATIENCE_S
from tests.pipeline.scale.threads import Threads
from tests.small_run import write_small
from tests.tiny_run import write_tiny


class Apart(Threads):
    """Workers that know the store alone."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        super().__init__()
        self._stages = stages

    def submit(self, call: Call) -> threading.Thread:
        worker = threading.Thread(target=self._quietly, args=(call,), daemon=True)
        worker.start()
        return worker

    def _quietly(self, call: Call) -> None:
        try:
            work_apart(call, lambda experiment, files: self._stages)
        except SystemExit:
            return


def driven(run: RunFolder, stages: Sequence[Stage], url: str) -> None:
    write_bytes(run.path / "experiment.yaml", write_tiny(run.path.parent.parent).read_bytes())
    store, context = SharedStore(url), Context(run, load(run.path / "experiment.yaml"), Progress(run))
    machines = Machines(jobs=2, look_s=0.02, lease_s=60)
    order = Order({}, None, machines, Post(run, store))
    Driver(context, Doing(context, stages, shared=store), jobs_of(stages), Apart(stages), order).run()


def left_in(url: str) -> list[str]:
    files, root = fsspec.core.url_to_fs(url)
    return [str(one) for one in files.find(root) if "/attempts/" in str(one) or ".part/" in str(one)]


def test_what_a_worker_reads_and_makes_goes_through_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.distributed.apart.HEARTBEAT_S", 0.05)
    run, url, seen = RunFolder(tmp_path / "runs/made-12345678"), f"memory://{tmp_path}", list[Path]()

    def work(context: Context) -> None:
        seen.append(context.run.path)
        write_bytes(context.run.path / "b/c.txt", (context.run.path / "a.txt").read_bytes() + b"b")

    stages = [
        Stage("a", ("a.txt",), {}, (), (), lambda context: write_bytes(context.run.path / "a.txt", b"a")),
        Stage("b", ("b",), {}, (), ("a",), work, job="j"),
        Stage("c", ("c.txt",), {}, (), ("b",), lambda context: write_bytes(context.run.path / "c.txt", b"c")),
    ]
    driven(run, stages, url)
    assert [(run.path / name).read_text() for name in ("a.txt", "b/c.txt", "c.txt")] == ["a", "ab", "c"]
    assert not seen[0].is_relative_to(tmp_path)
    assert not seen[0].exists()
    assert left_in(url) == []


def test_the_next_worker_begins_with_what_the_last_one_had_put_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.distributed.apart.HEARTBEAT_S", 0.05)
    monkeypatch.setattr(Sender, "end", lambda self, end=Sender.end: end(self) if tries[1:] else self._over.set())  # the first is killed
    run, url, tries = RunFolder(tmp_path / "runs/made-12345678"), f"memory://{tmp_path}", list[int]()

    def work(context: Context) -> None:
        tries.append(1)
        append(context.run.path / "a.txt", b"half ")
        context.progress.step(1, 2)
        append(context.run.path / "a.txt", b"lost ")
        if not tries[1:]:
            raise SystemExit

    driven(run, [Stage("a", ("a.txt",), {}, (), (), work, job="j")], url)
    assert (run.path / "a.txt").read_text().split() == ["half", "half", "lost"]
    assert left_in(url) == []


def test_no_store_is_told() -> None:
    with pytest.raises(UserError, match=r"need a store\. Name one with --store URL"):
        asked_for(apart=True)
    with pytest.raises(UserError, match=r"find their jobs in the run's folder"):
        asked_for("pool", store="memory://", apart=True)


def in_training(store: Path) -> int:
    """Waits until a checkpoint of a training is in the store; its worker's process id."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        kept = [entry for entry in store.glob("blobs/*.part/entry.json") if b"checkpoint" in entry.read_bytes()]
        for word in store.glob("attempts/*/train-lora-seed-0/*/word.json"):
            if kept and (status := json.loads(word.read_bytes())["status"])["stage"] == "train lora seed-0":
                return int(status["pid"])
        time.sleep(0.05)
    raise AssertionError("no checkpoint came")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_workers_in_folders_of_their_own_make_the_same_bytes_though_one_is_killed(tmp_path: Path) -> None:
    long = {"epochs": 12, "batch_size": 2, "checkpoint_steps": 1}
    whole = done_alone(tmp_path, lambda folder: write_small(folder, finetune=long, arms=["base", "rag", "lora"]))
    run, store = fresh(whole, tmp_path / "apart"), tmp_path / "store"
    killed = threading.Thread(target=lambda: os.kill(in_training(store), signal.SIGKILL), daemon=True)
    killed.start()
    execute(run, machines=Machines(jobs=2, threads=1, store=f"file://{store}", apart=True))
    assert not killed.is_alive()
    check(run, whole)
    assert left_in(f"file://{store}") == []
    events = run.events()
    anew = next(place for place, event in enumerate(events) if "begun anew where it stood" in event.get("message", ""))
    assert next(event["done"] for event in events[anew:] if event["event"] == "train_step") > 1
    again = {job["job"]: job["attempt"] for job in run.status()["jobs"]}
    assert again["train lora seed-0"] == 2
