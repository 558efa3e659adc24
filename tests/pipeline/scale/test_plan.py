"""Jobs follow from what stages need; a plan is played through on nodes as its arithmetic says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.experiment.load import load
from pipeline.files import write_bytes
from pipeline.planning.schedule import longest_chain, schedule
from pipeline.run import plan
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.data import input_files
from pipeline.stages.graph import by_rank, job_needs, jobs_of
from tests.tiny_run import write_tiny


def nothing(context: Context) -> None:
    raise AssertionError("a plan runs nothing")


def stage(name: str, *needs: str, job: str = "") -> Stage:
    return Stage(name, (name,), {}, (), needs, nothing, job=job)


def test_trainings_and_their_arms_are_jobs_that_wait_for_what_they_read(tmp_path: Path) -> None:
    probes = dict.fromkeys(("learning_curve", "forgetting", "robustness", "change"), True)
    path = write_tiny(tmp_path, finetune={"epochs": 1, "seeds": [0, 1], "search": True}, probes=probes, retrieval={"tune": True})
    experiment = load(path)
    stages = plan(experiment, input_files(experiment))
    jobs = {job.name: job for job in jobs_of(stages)}
    needs = job_needs(list(jobs.values()))
    assert [one.name for one in jobs["train lora seed-1"].stages] == ["train lora seed-1", "predict lora seed-1", "predict lora_rag seed-1"]
    assert [one.name for one in jobs["index"].stages] == ["tune retrieval", "index", "retrieve"]
    assert needs["train lora seed-1"] == ["data", "index", "search lora"]
    assert needs["curve lora share-025"] == ["data", "index", "search lora", "train lora seed-0"]
    assert {name for name, job in jobs.items() if job.own} >= {"data", "audit", "score", "decide", "report", "curve", "change"}
    assert sorted(one.name for job in jobs.values() for one in job.stages) == sorted(one.name for one in stages)


def test_jobs_that_wait_for_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match=r"wait for each other: .*first.*second"):
        jobs_of([stage("a", job="first"), stage("b", "a", job="second"), stage("c", "b", job="first")])


CHAINED = [
    stage("data"),
    stage("train", "data", job="x"),
    stage("ask", "train", job="x"),
    stage("base", "data", job="y"),
    stage("end", "ask", "base"),
]
SECONDS = {"data": 1.0, "train": 4.0, "ask": 2.0, "base": 3.0, "end": 1.0}


def test_a_plan_by_hand() -> None:
    jobs = jobs_of(CHAINED)
    one, two = schedule(jobs, SECONDS, 1), schedule(jobs, SECONDS, 2)
    assert (one.seconds, two.seconds, two.least, two.limited_by) == (11.0, 8.0, 8.0, "chain")
    assert (one.idle, two.idle) == pytest.approx((2 / 11, 1 - 9 / 16))
    assert longest_chain(jobs, SECONDS) == ["data", "train", "ask", "end"]
    assert [schedule(jobs, SECONDS, count, 10.0).seconds for count in (1, 2, 9)] == [21.0, 18.0, 18.0]


def test_what_the_longest_chain_hangs_on_is_begun_first() -> None:
    """Two short jobs before a long one in the plan; and a short one before them all, on which the long one hangs."""
    jobs = jobs_of([stage("s", job="s"), stage("t", job="t"), stage("before", job="b"), stage("long", "before", job="l")])
    seconds = {"s": 2.0, "t": 2.0, "before": 1.0, "long": 5.0}
    assert [job.name for job in by_rank(jobs, seconds)] == ["b", "l", "s", "t"]
    assert [job.name for job in by_rank(jobs, {})] == ["s", "t", "b", "l"]
    assert schedule(jobs, seconds, 2).seconds == 6.0


def test_a_job_begins_once_the_stages_it_waits_for_are_done_and_not_their_whole_job() -> None:
    jobs = jobs_of([stage("search", job="x"), stage("train", "search", job="x"), stage("other", "search", job="y")])
    assert schedule(jobs, {"search": 1.0, "train": 5.0, "other": 2.0}, 2).seconds == 6.0


@given(some.lists(some.tuples(some.floats(0, 100), some.integers(0, 3), some.lists(some.integers(0, 30), max_size=3)), max_size=30))
def test_a_schedule_lies_between_its_bounds(drawn: list[tuple[float, int, list[int]]]) -> None:
    plan, seconds = [], {}
    for place, (took, job, before) in enumerate(drawn):
        needs = {f"s{one % place}" for one in before} if place else ()
        plan.append(stage(f"s{place}", *needs, job=f"s{place} job" if job else ""))
        seconds[f"s{place}"] = took if job else 0.0
    jobs = jobs_of(plan)
    times = [schedule(jobs, seconds, nodes) for nodes in (1, 2, 1000)]
    assert times[0].seconds == pytest.approx(sum(seconds.values()))
    assert times[2].seconds == pytest.approx(sum(seconds[name] for name in longest_chain(jobs, seconds)))
    for one in times:
        assert one.least - 1e-6 <= one.seconds <= (2 - 1 / one.nodes) * one.least + 1e-6


def test_the_command_takes_seconds_from_a_run_and_draws(tmp_path: Path) -> None:
    path = write_tiny(tmp_path)
    took = RunFolder(tmp_path / "runs/took-12345678")
    write_bytes(took.path / "experiment.yaml", path.read_bytes())
    for name, seconds in {"data": 1.0, "train lora seed-0": 40.0, "train hybrid seed-0": 100.0, "predict rag seed-0": 20.0}.items():
        record.write(took, name, record.Entry("key", seconds=seconds, finished=True))
    of = ["plan", str(path), "--of", "took", "--out", str(tmp_path / "runs"), "--start", "10"]
    told = json.loads(CliRunner().invoke(app, [*of, "--nodes", "1,2", "--json"]).stdout)
    assert [one["seconds"] for one in told["schedules"]] == [171.0, 111.0]
    assert [name for name in told["chain"] if "train" in name] == ["train hybrid seed-0"]
    assert "predict base seed-0" in told["unmeasured"]
    seeds = ["--set", "finetune.seeds=[0, 7]", "--set", "arms=[lora]", "--nodes", "2", "--json"]
    two = json.loads(CliRunner().invoke(app, [*of, *seeds]).stdout)["schedules"][0]
    assert two["seconds"] == 61.0, "the second node starts once there is work for it"
    drawing = ["plan", str(path), "--mermaid", "--json"]
    assert json.loads(CliRunner().invoke(app, drawing).stdout)["start_s"] == 0, "nothing is measured for a drawing"
    drawn = CliRunner().invoke(app, [*of, "--mermaid"]).stdout
    assert drawn.startswith("flowchart TD\n")
    assert '["train lora seed-0<br>40 s"]' in drawn
