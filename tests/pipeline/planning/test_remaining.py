"""How long a run still takes: told from its own stages, in the proportions of an earlier run, and never before anything was seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from pipeline.jobs import JobState
from pipeline.planning.remaining import kind, left_s, outlook
from pipeline.results import example
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder
from tests.pipeline.stored_runs import standing

PLAN = ["data", "predict base seed-0", "predict rag seed-0", "train lora seed-0", "predict lora seed-0", "score"]
EARLIER = dict(zip(PLAN, (1.0, 30.0, 60.0, 120.0, 30.0, 9.0), strict=True))


def at(stage: str, done: int, eta: float | None = None) -> JobState:
    return JobState("running", stage=stage, plan=PLAN, finished=PLAN[:done], eta_s=eta)


def test_nothing_is_promised_before_a_stage_that_tells_was_seen() -> None:
    assert left_s(at("data", 0), {}, 0.0, {}) is None
    assert left_s(at("predict base seed-0", 1), {"data": 0.1}, 3.0, {}) is None
    assert left_s(at("predict base seed-0", 1, 27.0), {"data": 0.1}, 3.0, EARLIER) == pytest.approx(27 + 60 + 120 + 30 + 9)


def test_twice_as_slow_as_the_earlier_run_takes_twice_as_long() -> None:
    """The base model took 60 s for 30: what is left took 219 s then, and 10 s of it are done."""
    assert left_s(at("predict rag seed-0", 2), {"data": 9.0, "predict base seed-0": 60.0}, 10.0, EARLIER) == pytest.approx(2 * 219 - 10)


def test_the_stage_at_hand_tells_for_itself() -> None:
    """Training says 50 s more after 70 s, where by the pace of the others it would be 120 s more."""
    seconds = {"predict base seed-0": 30.0, "predict rag seed-0": 60.0}
    left = left_s(at("train lora seed-0", 3, 50.0), seconds, 70.0, EARLIER)
    assert left == pytest.approx(50 + 30 + 9)


def test_a_stage_that_lasts_longer_than_it_should_is_not_less_than_nothing() -> None:
    seconds = {"predict base seed-0": 30.0}
    assert left_s(at("predict rag seed-0", 2), seconds, 500.0, EARLIER) == pytest.approx(120 + 30 + 9)


def test_what_was_taken_over_from_another_run_tells_nothing() -> None:
    assert left_s(at("predict rag seed-0", 2), {"predict base seed-0": 0.0}, 1.0, {}) is None


@pytest.mark.parametrize(
    ("stage", "told"),
    [("train hybrid seed-1", "train passages"), ("train lora seed-0", "train"), ("predict lora_rag seed-0", "predict passages trained"),
     ("predict lora seed-0", "predict trained"), ("predict big_rag seed-0", "predict passages"),
     ("predict classic seed-0", "predict classic"),
     ("predict mine seed-0", "predict"), ("score", "score"), ("probe change", "probe change")],
)  # fmt: skip
def test_stages_are_told_apart_by_what_makes_them_long(stage: str, told: str) -> None:
    assert kind(stage) == told


def test_the_finished_example_is_what_its_stages_took(tmp_path: Path) -> None:
    run = example.opened(tmp_path)
    seen = outlook(tmp_path, run, JobState("done", plan=list(run.status()["plan"]), finished=list(run.status()["finished"])))
    took = sum(entry.seconds for name, entry in record.entries(run).items() if name != record.BEGINNING)
    assert took > 600
    assert (seen.worked_s, seen.left_s, seen.currency) == (pytest.approx(took), None, "EUR")
    assert seen.money == pytest.approx(took / 3600 * 0.10)


def test_the_finished_example_would_have_been_told_within_a_factor_of_two(tmp_path: Path) -> None:
    """By the built-in proportions alone, whenever a stage began. They were rounded from runs like it: this holds the arithmetic."""
    run = example.opened(tmp_path)
    plan, seconds = list(run.status()["plan"]), {name: entry.seconds for name, entry in record.entries(run).items()}
    told = 0
    for done in range(1, plan.index("score")):
        state = JobState("running", stage=plan[done], plan=plan, finished=plan[:done])
        left = left_s(state, {stage: seconds[stage] for stage in plan[:done]}, 0.0, {})
        told += left is not None
        assert left is None or 0.5 < left / sum(seconds[stage] for stage in plan[done:]) < 2
    assert told >= 8


def test_what_another_run_did_costs_this_one_nothing(tmp_path: Path) -> None:
    run = example.opened(tmp_path)
    entries = {name: entry for name, entry in record.entries(run).items() if name != record.BEGINNING}
    before = outlook(tmp_path, run, JobState("done", plan=list(entries), finished=list(entries)))
    record.write(run, "train hybrid seed-0", replace(entries["train hybrid seed-0"], reused_from="other"))
    after = outlook(tmp_path, run, JobState("done", plan=list(entries), finished=list(entries)))
    assert before.worked_s is not None
    assert after.worked_s == pytest.approx(before.worked_s - entries["train hybrid seed-0"].seconds)


def test_a_stage_that_is_not_recorded_goes_by_its_event_and_without_one_the_time_is_not_known(tmp_path: Path) -> None:
    run = example.opened(tmp_path)
    finished = list(run.status()["finished"])
    before = outlook(tmp_path, run, JobState("done", plan=finished, finished=finished))
    (run.path / record.FILE).unlink()
    after = outlook(tmp_path, run, JobState("done", plan=finished, finished=finished))
    assert after.worked_s == pytest.approx(before.worked_s, abs=1.0)
    (run.path / "events.jsonl").unlink()
    gone = outlook(tmp_path, run, JobState("done", plan=finished, finished=finished))
    assert (gone.worked_s, gone.money) == (None, None), "not known is not nothing"


def test_money_is_not_known_where_an_endpoint_has_no_price(tmp_path: Path) -> None:
    run = RunFolder((tmp_path / "one-12345678").resolve())
    run.path.mkdir()
    endpoint = "endpoints: [{name: big, model: m, base_url: 'http://localhost:1/v1', arms: [base]}]\n"
    (run.path / "experiment.yaml").write_text(f"name: one\ntask: {{kind: question_answering}}\ndata: {{examples: x.jsonl}}\n{endpoint}")
    standing(run, "running")
    (run.path / record.FILE).write_bytes(
        orjson.dumps({"predict big_base seed-0": record.stored(record.Entry("k", seconds=5.0, finished=True))})
    )
    seen = outlook(tmp_path, run, JobState("running", plan=["predict big_base seed-0", "score"], finished=["predict big_base seed-0"]))
    assert seen.money is None
    assert seen.left_s is not None
