"""The driver: what it hands out and takes over, whom it gives up, and that nobody whom it gave up changes anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.distributed import attempt as attempts
from pipeline.distributed.attempt import Attempt
from pipeline.distributed.driver import Driver, Order
from pipeline.distributed.machines import Machines
from pipeline.distributed.pool import Pool
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.files import append, write_bytes
from pipeline.run import plan, prepare
from pipeline.run_folder import record
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.data import input_files
from pipeline.stages.doing import Doing
from pipeline.stages.graph import jobs_of
from pipeline.worker import work_at, work_pool
from tests.pipeline.faults import content, verdict
from tests.pipeline.scale.threads import Threads
from tests.small_run import small_run
from tests.tiny_run import write_tiny

SOON = Machines(jobs=2, lease_s=60, look_s=0.02, retries=2)
Work = Callable[[Context], None]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    path = write_tiny(tmp_path)
    run = RunFolder(tmp_path / "runs/made-12345678")
    write_bytes(run.path / "experiment.yaml", path.read_bytes())
    return run


def stage(name: str, work: Work, *needs: str, job: str = "") -> Stage:
    return Stage(name, (f"{name}.txt",), {}, ("pipeline/errors.py",), needs, work, job=job)


def says(name: str, text: str) -> Work:
    return lambda context: write_bytes(context.run.path / f"{name}.txt", text.encode())


def driven(run: RunFolder, stages: Sequence[Stage], executor: Threads | None = None, machines: Machines = SOON) -> Context:
    context = Context(run, load(run.path / "experiment.yaml"), Progress(run))
    by = executor or Threads(work=lambda there: work_at(there, lambda experiment, files: stages))
    Driver(context, Doing(context, stages), jobs_of(stages), by, Order({}, None, machines)).run()
    return context


def text(run: RunFolder, name: str) -> str:
    return (run.path / f"{name}.txt").read_text()


def notes(run: RunFolder) -> str:
    return " ".join(event.get("message", "") for event in run.events())


@pytest.mark.slow
def test_threads_of_a_real_run_make_the_same_bytes_as_one_after_the_other(tmp_path: Path) -> None:
    """One thread at a time: a model in two threads at once would share the arithmetic's threads."""
    whole = small_run(tmp_path, tmp_path / "whole", arms=["lora"])
    run = prepare(load(whole.path / "experiment.yaml"), tmp_path / "runs")
    experiment = load(run.path / "experiment.yaml")
    files = input_files(experiment)
    stages = plan(experiment, files)
    write_bytes(run.path / "manifest.json", (whole.path / "manifest.json").read_bytes())
    context = Context(run, experiment, Progress(run))
    Driver(context, Doing(context, stages), jobs_of(stages), Threads(room=1), Order(files, None, replace(SOON, look_s=0.2))).run()
    assert content(run) == content(whole)
    assert verdict(run) == verdict(whole)


def test_what_a_job_reads_lies_beside_it_and_nothing_else(run: RunFolder) -> None:
    seen: list[str] = []

    def work(context: Context) -> None:
        seen.extend(str(path.relative_to(context.run.path)) for path in context.run.path.rglob("*.txt"))
        write_bytes(context.run.path / "c.txt", (context.run.path / "a.txt").read_bytes() + b"c")

    driven(
        run,
        [stage("a", says("a", "a")), stage("b", says("b", "b"), job="k"), stage("c", work, "a", job="j"), stage("d", says("d", "d"), "c")],
    )
    assert (seen, text(run, "c"), text(run, "d")) == (["a.txt"], "ac", "d")
    entries = record.entries(run)
    assert all(entry.finished for entry in entries.values())
    assert [dict(entries[name].machine or {})["beside"] for name in ("a", "c")] == [1, 2]


def test_jobs_are_handed_out_longest_chain_first(run: RunFolder) -> None:
    began = list[str]()
    stages = [stage(name, lambda context, name=name: _begun(context, began, name), job=name) for name in "abc"]
    context = Context(run, load(run.path / "experiment.yaml"), Progress(run))
    by = Threads(room=1, work=lambda there: work_at(there, lambda experiment, files: stages))
    order = Order({}, None, SOON, seconds={"a": 1.0, "b": 2.0, "c": 9.0})
    Driver(context, Doing(context, stages), jobs_of(stages), by, order).run()
    assert began == ["c", "b", "a"]


def _begun(context: Context, began: list[str], name: str) -> None:
    began.append(name)
    write_bytes(context.run.path / f"{name}.txt", b"")


def test_a_worker_given_up_that_writes_on_changes_nothing(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.run_folder.progress.HEARTBEAT_S", 0.05)
    awake, tries = threading.Event(), list[str]()

    def work(context: Context) -> None:
        """The first falls silent after half of its work, and goes on once the run has long had the second's."""
        file, mine = context.run.path / "a.txt", context.run.path.parent.name[0]
        tries.append(mine)
        append(file, f"half by {mine}".encode())
        if mine == "1":
            context.progress.stop()
            assert awake.wait(20)
        append(file, f"rest by {mine}".encode())

    def end(context: Context) -> None:
        awake.set()
        executor.started[0].join(20)
        write_bytes(context.run.path / "b.txt", (context.run.path / "a.txt").read_bytes())

    stages = [stage("a", work, job="j"), stage("b", end, "a")]
    executor = Threads(work=lambda there: work_at(there, lambda experiment, files: stages))
    driven(run, stages, executor, replace(SOON, lease_s=1))
    assert tries == ["1", "2"]
    assert not executor.started[0].is_alive()
    assert text(run, "a").splitlines() == ["half by 1", "half by 2", "rest by 2"]  # begun with what the first had left
    assert text(run, "b") == text(run, "a")
    assert record.damage(run, record.entries(run)["a"].files) == []
    assert "no sign of life" in notes(run)


def test_workers_that_somebody_else_started_take_what_is_laid_out(run: RunFolder) -> None:
    """A run of three jobs and two workers, one of which finds every attempt taken already or takes what the other leaves."""
    stages = [stage("a", says("a", "a"), job="j"), stage("b", says("b", "b"), job="k"), stage("c", says("c", "c"), "a", "b", job="l")]
    took = list[int]()
    workers = [
        threading.Thread(target=lambda: took.append(work_pool(run.path, lambda experiment, files: stages, 0.02)), daemon=True) for _ in "12"
    ]
    for worker in workers:
        worker.start()
    context = Context(run, load(run.path / "experiment.yaml"), Progress(run))
    context.progress.begin()
    Driver(context, Doing(context, stages), jobs_of(stages), Pool(0), Order({}, None, SOON)).run()
    context.progress.end("done")
    for worker in workers:
        worker.join(20)
    assert (sum(took), [text(run, name) for name in "abc"]) == (3, ["a", "b", "c"])


def test_a_worker_that_dies_is_followed_until_there_were_too_many(run: RunFolder) -> None:
    tries: list[int] = []

    def dies(there: Attempt) -> None:
        tries.append(1)
        if len(tries) > 2:
            work_at(there, lambda experiment, files: stages)

    stages = [stage("a", says("a", "a"), job="j")]
    driven(run, stages, Threads(work=dies))
    assert (len(tries), text(run, "a")) == (3, "a")
    with pytest.raises(UserError, match=r"begun 3 times: its process ended without a word"):
        driven(run, [stage("b", says("b", "b"), job="j")], Threads(work=lambda there: None))


def test_what_a_user_can_mend_ends_the_run_with_its_message(run: RunFolder) -> None:
    def refuses(context: Context) -> None:
        raise UserError("no such key.", where="endpoint", remedy="Set one.")

    with pytest.raises(UserError, match=r"^endpoint: no such key. Set one.$"):
        driven(run, [stage("a", refuses, job="j")])
    with pytest.raises(RuntimeError, match=r"^k: ValueError: a bug"):
        driven(run, [stage("c", _bug, job="k")])


def _bug(context: Context) -> None:
    raise ValueError("a bug")


def test_a_worker_with_other_code_or_other_models_is_refused(run: RunFolder) -> None:
    stages = [stage("a", says("a", "a"), job="j")]

    def elsewhere(there: Attempt) -> None:
        work_at(Attempt(there.run, replace(there.ticket, code="another")), lambda experiment, files: stages)

    with pytest.raises(UserError, match="others here than where the run was started"):
        driven(run, stages, Threads(work=elsewhere))
    other = [replace(stages[0], inputs={"revision": "another"})]
    with pytest.raises(UserError, match="a would be another stage here"):
        driven(run, stages, Threads(work=lambda there: work_at(there, lambda experiment, files: other)))
    assert not (run.path / "a.txt").exists()


@pytest.mark.parametrize("harm", ["another key", "another content"])
def test_a_result_that_is_not_what_was_asked_for_is_not_taken_over(run: RunFolder, harm: str) -> None:
    def by_hand(there: Attempt) -> None:
        write_bytes(there.run.path / "a.txt", b"a")
        key = "0" * 64 if harm == "another key" else there.ticket.keys["a"]
        files = record.seal(there.run, ["a.txt"]) if harm == "another key" else {"a.txt": "0" * 64}
        record.write(there.run, "a", record.Entry(key, finished=True, files=files))
        there.run.write_json(attempts.OUTCOME, {"state": "done", "incomplete": []})

    with pytest.raises(UserError, match="what it wrote did not come here whole"):
        driven(run, [stage("a", says("a", "a"), job="j")], Threads(work=by_hand), replace(SOON, retries=0))


def test_what_workers_of_a_killed_driver_left_is_gone_on_with(run: RunFolder) -> None:
    """The driver dies as the worker has done one stage and half of the next."""

    def half(context: Context) -> None:
        append(context.run.path / "b.txt", b"half")
        raise SystemExit

    stages = [stage("a", says("a", "a"), job="j"), stage("b", half, "a", job="j")]
    with pytest.raises(UserError, match="ended without a word"):
        driven(run, stages, _ending_silently(stages), replace(SOON, retries=0))
    shown = [str(path.parent.relative_to(run.path)) for path in run.path.glob(".jobs/*/*/*/ticket.json")]
    assert len(shown) == 1
    run.remove(["b.txt"])
    record.write(run, "b", replace(record.entries(run)["b"], key="lost with the driver"))
    attempts.brought_home(run)
    assert (text(run, "a"), text(run, "b")) == ("a", "half")
    assert not (run.path / ".jobs").exists()
    rest = [stages[0], stage("b", lambda context: append(context.run.path / "b.txt", b"rest"), "a", job="j")]
    driven(run, rest)
    assert text(run, "b").split() == ["half", "rest"]


def _ending_silently(stages: Sequence[Stage]) -> Threads:
    def work(there: Attempt) -> None:
        try:
            work_at(there, lambda experiment, files: stages)
        except SystemExit:
            return

    return Threads(work=work)


def test_a_stage_that_may_still_grow_is_taken_over_and_stays_unfinished(run: RunFolder) -> None:
    def some(context: Context) -> None:
        write_bytes(context.run.path / "a.txt", b"some rows")
        context.incomplete.add("a")

    driven(run, [stage("a", some, job="j"), stage("b", says("b", "b"), "a")])
    assert text(run, "a") == "some rows"
    assert {name: entry.finished for name, entry in record.entries(run).items()} == {"a": False, "b": False}
